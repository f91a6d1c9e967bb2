"""C++ libraries that Debian packages: the system's copy, else the release archive.

Where neither is to be had, the error names the Debian package. What is linked, and not only included, has to be the
system's: building gRPC needs twenty more archives.
"""

def _header_only(name, folder):
    return """
cc_library(
    name = "%s",
    hdrs = glob(["include/%s/**"]),
    includes = ["include"],
    visibility = ["//visibility:public"],
)
""" % (name, folder)

_LIBRARIES = {
    "cli11": struct(
        build_file = _header_only("cli11", "CLI"),
        debian_package = "libcli11-dev",
        headers = "CLI",
        sha256 = "c6ea6b2e5608b3ea8617999bd5f47420c71b2ebdb8dc4767c1034d1da5785711",
        sources = None,
        strip_prefix = "CLI11-2.6.2",
        url = "https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.6.2.tar.gz",
    ),
    "googletest": struct(
        build_file = """
cc_library(
    name = "gtest_main",
    srcs = [
        "src/gtest-all.cc",
        "src/gtest_main.cc",
    ],
    hdrs = glob(["include/gtest/**"]),
    includes = ["include"],
    linkopts = ["-pthread"],
    textual_hdrs = glob(
        ["src/*"],
        exclude = [
            "src/gtest-all.cc",
            "src/gtest_main.cc",
        ],
    ),
    visibility = ["//visibility:public"],
)
""",
        debian_package = "libgtest-dev",
        headers = "gtest",
        sha256 = "8ad598c73ad796e0d8280b082cebd82a630d73e73cd3c70057938a6501bba5d7",
        sources = "/usr/src/googletest/googletest/src",
        strip_prefix = "googletest-1.14.0/googletest",
        url = "https://github.com/google/googletest/archive/refs/tags/v1.14.0.tar.gz",
    ),
    "nlohmann_json": struct(
        build_file = _header_only("nlohmann_json", "nlohmann"),
        debian_package = "nlohmann-json3-dev",
        headers = "nlohmann",
        sha256 = "d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d",
        sources = None,
        strip_prefix = "json",
        url = "https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz",
    ),
    "protozero": struct(
        build_file = _header_only("protozero", "protozero"),
        debian_package = "libprotozero-dev",
        headers = "protozero",
        sha256 = "68d1df951b4d8397355c8fc9ffed40d9c06282a877fe847403feac6edcee3ef1",
        sources = None,
        strip_prefix = "protozero-1.8.2",
        url = "https://github.com/mapbox/protozero/archive/refs/tags/v1.8.2.tar.gz",
    ),
}

def _system_library_impl(ctx):
    library = _LIBRARIES[ctx.attr.library]
    headers = ctx.path("/usr/include/" + library.headers)
    if headers.exists and (not library.sources or ctx.path(library.sources).exists):
        ctx.symlink(headers, "include/" + library.headers)
        if library.sources:
            ctx.symlink(library.sources, "src")
    else:
        got = ctx.download_and_extract(
            library.url,
            allow_fail = True,
            sha256 = library.sha256,
            stripPrefix = library.strip_prefix,
        )
        if not got.success:
            fail("%s: not in /usr/include, and its release archive cannot be downloaded; run: apt-get install %s" % (
                ctx.attr.library,
                library.debian_package,
            ))
    ctx.file("BUILD.bazel", 'load("@rules_cc//cc:defs.bzl", "cc_library")\n' + library.build_file)

_system_library = repository_rule(
    implementation = _system_library_impl,
    attrs = {"library": attr.string(mandatory = True)},
    configure = True,
    local = True,
)

_LINKED = {
    "benchmark": struct(
        debian_packages = "libbenchmark-dev",
        pkg_config = "benchmark",
        programs = [],
    ),
    "grpc": struct(
        debian_packages = "libgrpc++-dev protobuf-compiler-grpc",
        pkg_config = "grpc++",
        programs = ["grpc_cpp_plugin"],
    ),
    "prometheus_cpp": struct(
        debian_packages = "prometheus-cpp-dev",
        pkg_config = "prometheus-cpp-pull",
        programs = [],
    ),
    "protobuf": struct(
        debian_packages = "libprotobuf-dev protobuf-compiler",
        pkg_config = "protobuf",
        programs = ["protoc"],
    ),
}

def _linked_library_impl(ctx):
    library = _LINKED[ctx.attr.library]
    missing = "%s: not on this machine; run: apt-get install pkgconf %s" % (ctx.attr.library, library.debian_packages)
    pkg_config = ctx.which("pkg-config")
    flags = ctx.execute([pkg_config, "--libs", library.pkg_config]) if pkg_config else None
    if not flags or flags.return_code != 0:
        fail(missing)
    for program in library.programs:
        path = ctx.which(program)
        if not path:
            fail(missing)
        ctx.symlink(path, program)

    # gRPC's list names its dependencies many times over.
    linkopts = {flag: None for flag in flags.stdout.split(" ") if flag.strip()}.keys()
    ctx.file("BUILD.bazel", """
load("@rules_cc//cc:defs.bzl", "cc_library")

exports_files(%s)

# The headers are in the compiler's own search path.
cc_library(
    name = "%s",
    linkopts = %s,
    visibility = ["//visibility:public"],
)
""" % (library.programs, ctx.attr.library, [flag.strip() for flag in linkopts]))

_linked_library = repository_rule(
    implementation = _linked_library_impl,
    attrs = {"library": attr.string(mandatory = True)},
    configure = True,
    local = True,
)

def system_libraries():
    """Declares every library of this file as a repository of its name, with a target of its name."""
    for library in _LIBRARIES:
        _system_library(name = library, library = library)
    for library in _LINKED:
        _linked_library(name = library, library = library)
