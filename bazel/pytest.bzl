"""pytest files as Bazel tests."""

load("@pypi//:requirements.bzl", "requirement")
load("@rules_python//python:defs.bzl", "py_test")

def pytest_test(name, srcs, deps = [], args = [], **kwargs):
    """Runs pytest files in one process; no test, or a skipped one, is a failure.

    Args:
      name: name of the target, by custom `<file>_test`.
      srcs: the `*_test.py` files, and `conftest.py` files that they need.
      deps: py_library targets; pytest itself is added.
      args: further arguments of pytest, such as ["-k", "frames"].
      **kwargs: passed to py_test.
    """
    tests = [src for src in srcs if src.endswith("_test.py")]
    if not tests:
        fail("pytest_test '%s': got srcs = %s, want at least one *_test.py file" % (name, srcs))
    py_test(
        name = name,
        srcs = srcs + [Label("//bazel:pytest_main.py")],
        args = ["$(rootpath %s)" % test for test in tests] + args,
        main = Label("//bazel:pytest_main.py"),
        deps = deps + [
            requirement("pytest"),
            requirement("pytest-timeout"),
        ],
        **kwargs
    )
