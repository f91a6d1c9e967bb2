"""The matrix as Bazel tests: one target for each signature of a model and each runtime."""

load("@rules_python//python:defs.bzl", "py_test")

# What each runtime needs at run time, beside the harness.
_RUNTIMES = {
    "onnxruntime-python": struct(data = [], deps = ["//python/modelparity/runners:onnxruntime_python"]),
    "onnxruntime-web-node": struct(data = ["//js_demo:runners"], deps = ["//python/modelparity:node"]),
    "tensorflow-c": struct(data = ["//cpp_loader:tensorflow_c_runner"], deps = ["@pypi_tensorflow//:pkg"]),
    "tensorflow-python": struct(data = [], deps = ["//python/modelparity/runners:tensorflow_python"]),
    "tfjs-node": struct(data = ["//js_demo:runners"], deps = ["//python/modelparity:node"]),
}

RUNTIMES = sorted(_RUNTIMES)

def portability_test(name, model, signatures, runtimes = RUNTIMES, expectations = None, deps = [], **kwargs):
    """Holds every runtime's answers for a model against the reference's.

    Makes `<name>_<signature>_<runtime>` for each signature and runtime, `<name>_signatures`, which fails
    when `signatures` is not exactly what the bundle has, and the test suite `<name>` of all of them.

    Args:
      name: name of the test suite.
      model: a `model_bundle` target, or another target that is one bundle folder.
      signatures: every signature of the model.
      runtimes: names of runtimes, as `modelparity runtimes` lists them.
      expectations: a file with the failures that are known; without one, every cell has to match.
      deps: py_library targets that Python runners import to load the model (custom objects).
      **kwargs: passed to the tests, such as size or tags.
    """
    unknown = [runtime for runtime in runtimes if runtime not in _RUNTIMES]
    if unknown:
        fail("portability_test '%s': got runtimes %s, want some of %s" % (name, unknown, RUNTIMES))
    if not signatures:
        fail("portability_test '%s': got no signatures, want every signature of %s" % (name, model))
    common = ["$(rootpath %s)" % model]
    tests = []

    def_kwargs = dict(kwargs)
    def_kwargs.setdefault("size", "medium")
    for signature in signatures:
        for runtime in runtimes:
            arguments = ["verify"] + common + ["--runtime", runtime, "--case", signature + "/*"]
            data = [model] + _RUNTIMES[runtime].data
            if expectations:
                arguments += ["--expectations", "$(rootpath %s)" % expectations]
                data = data + [expectations]
            test = "%s_%s_%s" % (name, signature, runtime)
            tests.append(test)
            py_test(
                name = test,
                srcs = ["//bazel:portability_main.py"],
                args = arguments,
                data = data,
                main = "//bazel:portability_main.py",
                deps = deps + _RUNTIMES[runtime].deps + ["//python/modelparity"],
                **def_kwargs
            )
    tests.append(name + "_signatures")
    py_test(
        name = name + "_signatures",
        size = "small",
        srcs = ["//bazel:portability_main.py"],
        args = ["signatures"] + common + signatures,
        data = [model],
        main = "//bazel:portability_main.py",
        deps = ["//python/modelparity"],
    )
    native.test_suite(
        name = name,
        tests = tests,
    )
