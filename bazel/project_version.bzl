"""The project's version where Bazel needs it to name files: `load("@project_version//:version.bzl", "VERSION")`."""

def _project_version_impl(ctx):
    opening = '__version__ = "'
    lines = [line for line in ctx.read(ctx.attr.file).split("\n") if line.startswith(opening)]
    if len(lines) != 1:
        fail("%s: got %d lines that begin with %s, want one" % (ctx.attr.file, len(lines), opening))
    ctx.file("BUILD.bazel", "")
    ctx.file("version.bzl", "VERSION = %r\n" % lines[0].removeprefix(opening).removesuffix('"'))

project_version = repository_rule(
    implementation = _project_version_impl,
    attrs = {"file": attr.label(
        doc = "A Python module that sets `__version__`.",
        mandatory = True,
    )},
    local = True,
)
