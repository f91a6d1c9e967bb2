"""The repositories that modelparity is built with, for its own workspace and for others.

A WORKSPACE calls three functions, each loaded when what it stands on is there (docs/bazel.md):

    load("@modelparity//bazel:repositories.bzl", "modelparity_repositories")

    modelparity_repositories()

    load("@modelparity//bazel:wheels.bzl", "modelparity_wheels")

    modelparity_wheels()

    load("@modelparity//bazel:setup.bzl", "modelparity_setup")

    modelparity_setup()
"""

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")
load("//bazel:project_version.bzl", "project_version")
load("//bazel:python_interpreter.bzl", "python_interpreter")
load("//bazel:system_libraries.bzl", "system_libraries")

# A step of WORKSPACE has nothing to be named by.
# buildifier: disable=unnamed-macro
def modelparity_repositories():
    """Declares what comes neither from PyPI nor from npm; a rules_python that is there is kept."""
    maybe(
        http_archive,
        name = "rules_python",
        sha256 = "a5640fddd4beb03e8c1fde5ed7160c0ba6bd477e7d048661c30c06936a26fd63",
        strip_prefix = "rules_python-0.22.1",
        url = "https://github.com/bazelbuild/rules_python/archive/refs/tags/0.22.1.tar.gz",
    )

    # Python: the machine's interpreter, and wheels from PyPI by a lock file with hashes.
    python_interpreter(name = "python_interpreter")
    native.register_toolchains("@python_interpreter//:toolchain")

    # The version of everything, which Python's package says.
    project_version(
        name = "project_version",
        file = Label("//python/modelparity:__init__.py"),
    )

    # C++ libraries: the system's, else their release archives.
    system_libraries()
