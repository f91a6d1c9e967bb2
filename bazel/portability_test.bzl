"""The matrix as Bazel tests: a target for each runtime, and for each signature when they are listed."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel:runtimes.bzl", "NEEDS", "RUNTIMES")

_MAIN = Label("//bazel:portability_main.py")

def portability_test(
        name,
        model,
        signatures = None,
        runtimes = RUNTIMES,
        expectations = None,
        atol = None,
        rtol = None,
        deps = [],
        **kwargs):
    """Holds every runtime's answers for a model against the reference's.

    Makes `<name>_<runtime>` for each runtime with all its backends, and the test suite `<name>` of all of them.
    With `signatures`, each of these tests is one for each signature, `<name>_<signature>_<runtime>`, and
    `<name>_signatures` fails when they are not exactly what the bundle has.

    Args:
      name: name of the test suite.
      model: a `model_bundle` target, or another target that is one bundle folder.
      signatures: every signature of the model; without it, a test runs them all.
      runtimes: names of runtimes, as `modelparity runtimes` lists them, without their backends.
      expectations: a file with the failures that are known; without one, every cell has to match.
      atol: absolute tolerance of every float; without it, as the case or the dtype says.
      rtol: relative tolerance, likewise.
      deps: py_library targets that Python runners import to load the model (custom objects).
      **kwargs: passed to the tests, such as size or tags.
    """
    unknown = [runtime for runtime in runtimes if runtime not in NEEDS]
    if unknown:
        fail("portability_test '%s': got runtimes %s, want some of %s" % (name, unknown, RUNTIMES))
    if not runtimes:
        fail("portability_test '%s': got no runtimes, want some of %s" % (name, RUNTIMES))
    if signatures != None and not signatures:
        fail("portability_test '%s': got no signatures, want every signature of %s" % (name, model))
    bundle = "$(rootpath %s)" % model
    options = ["--expectations", "$(rootpath %s)" % expectations] if expectations else []
    for option, tolerance in {"--atol": atol, "--rtol": rtol}.items():
        if tolerance != None:
            options += [option, str(tolerance)]
    data = [model] + ([expectations] if expectations else [])
    tests = []
    for signature in signatures or [None]:
        part = "%s_%s" % (name, signature) if signature else name
        cases = ["--case", signature + "/*"] if signature else []
        for runtime in runtimes:
            test = "%s_%s" % (part, runtime)
            tests.append(test)
            py_test(
                name = test,
                srcs = [_MAIN],
                args = ["verify", bundle, "--runtime", runtime] + cases + options,
                data = data + NEEDS[runtime].data,
                main = _MAIN,
                deps = deps + NEEDS[runtime].deps + [Label("//python/modelparity")],
                **kwargs
            )
    if signatures:
        tests.append(name + "_signatures")
        py_test(
            name = name + "_signatures",
            size = "small",
            srcs = [_MAIN],
            args = ["signatures", bundle] + signatures,
            data = [model],
            main = _MAIN,
            deps = [Label("//python/modelparity")],
        )
    native.test_suite(
        name = name,
        tests = tests,
    )
