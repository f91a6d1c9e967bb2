"""Finds the Python that runs wheels, tools and tests, and registers it as Bazel's."""

_VERSIONS = ["3.11", "3.12", "3.13"]

_BUILD = """
load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")

exports_files(["python3"])

py_runtime(
    name = "runtime",
    interpreter_path = "{path}",
    python_version = "PY3",
)

py_runtime_pair(
    name = "pair",
    py3_runtime = ":runtime",
)

toolchain(
    name = "toolchain",
    toolchain = ":pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
"""

_QUESTION = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"

def _python_interpreter_impl(ctx):
    named = ctx.os.environ.get("MODELPARITY_PYTHON")
    seen = []
    for name in [named] if named else ["python3"] + ["python" + version for version in _VERSIONS]:
        found = ctx.path(name) if name.startswith("/") else ctx.which(name)
        if not found:
            continue
        answer = ctx.execute([found, "-c", _QUESTION])
        if answer.return_code != 0:
            continue
        version, path = answer.stdout.strip().split(" ", 1)
        if version in _VERSIONS:
            ctx.symlink(path, "python3")
            ctx.file("BUILD.bazel", _BUILD.format(path = path))
            return
        seen.append("%s (%s)" % (path, version))
    fail("python: got %s, TensorFlow 2.21 wants one of %s; install it (Debian: apt-get install python3) or name it in MODELPARITY_PYTHON" % (
        ", ".join(seen) if seen else "none",
        ", ".join(_VERSIONS),
    ))

python_interpreter = repository_rule(
    implementation = _python_interpreter_impl,
    configure = True,
    doc = "A py_runtime toolchain for the machine's Python, and the file `python3` for pip_parse.",
    environ = [
        "MODELPARITY_PYTHON",
        "PATH",
    ],
    local = True,
)
