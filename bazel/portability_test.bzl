"""The matrix as Bazel tests: one target for each signature of a model and each runtime."""

load("@rules_python//python:defs.bzl", "py_test")

_IN_JAVASCRIPT = struct(data = ["//js_demo:runners"], deps = ["//python/modelparity:node"])

# What each runtime, with all its backends, needs at run time, beside the harness.
_RUNTIMES = {
    "litert-python": struct(data = [], deps = ["//python/modelparity/runners:litert_python"]),
    "litertjs-chromium": _IN_JAVASCRIPT,
    "onnx-reference": struct(data = [], deps = ["//python/modelparity/runners:onnx_reference"]),
    "onnxruntime-python": struct(data = [], deps = ["//python/modelparity/runners:onnxruntime_python"]),
    "onnxruntime-web-chromium": _IN_JAVASCRIPT,
    "onnxruntime-web-node": _IN_JAVASCRIPT,
    "openvino-python": struct(data = [], deps = ["//python/modelparity/runners:openvino_python"]),
    "tensorflow-c": struct(data = ["//cpp_loader:tensorflow_c_runner"], deps = ["@pypi_tensorflow//:pkg"]),
    "tensorflow-python": struct(data = [], deps = ["//python/modelparity/runners:tensorflow_python"]),
    "tfjs-chromium": _IN_JAVASCRIPT,
    "tfjs-node": _IN_JAVASCRIPT,
}

RUNTIMES = sorted(_RUNTIMES)

def portability_test(name, model, signatures, runtimes = RUNTIMES, expectations = None, deps = [], **kwargs):
    """Holds every runtime's answers for a model against the reference's.

    Makes `<name>_<signature>_<runtime>` for each signature and runtime with all its backends,
    `<name>_signatures`, which fails when `signatures` is not exactly what the bundle has, and the test suite
    `<name>` of all of them.

    Args:
      name: name of the test suite.
      model: a `model_bundle` target, or another target that is one bundle folder.
      signatures: every signature of the model.
      runtimes: names of runtimes, as `modelparity runtimes` lists them, without their backends.
      expectations: a file with the failures that are known; without one, every cell has to match.
      deps: py_library targets that Python runners import to load the model (custom objects).
      **kwargs: passed to the tests, such as size or tags.
    """
    unknown = [runtime for runtime in runtimes if runtime not in _RUNTIMES]
    if unknown:
        fail("portability_test '%s': got runtimes %s, want some of %s" % (name, unknown, RUNTIMES))
    if not signatures:
        fail("portability_test '%s': got no signatures, want every signature of %s" % (name, model))
    bundle = "$(rootpath %s)" % model
    known = ["--expectations", "$(rootpath %s)" % expectations] if expectations else []
    data = [model] + ([expectations] if expectations else [])
    tests = []
    for signature in signatures:
        for runtime in runtimes:
            test = "%s_%s_%s" % (name, signature, runtime)
            tests.append(test)
            py_test(
                name = test,
                srcs = ["//bazel:portability_main.py"],
                args = ["verify", bundle, "--runtime", runtime, "--case", signature + "/*"] + known,
                data = data + _RUNTIMES[runtime].data,
                main = "//bazel:portability_main.py",
                deps = deps + _RUNTIMES[runtime].deps + ["//python/modelparity"],
                **kwargs
            )
    tests.append(name + "_signatures")
    py_test(
        name = name + "_signatures",
        size = "small",
        srcs = ["//bazel:portability_main.py"],
        args = ["signatures", bundle] + signatures,
        data = [model],
        main = "//bazel:portability_main.py",
        deps = ["//python/modelparity"],
    )
    native.test_suite(
        name = name,
        tests = tests,
    )
