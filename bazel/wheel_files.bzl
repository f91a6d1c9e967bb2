"""Gives files inside a wheel of the Python lock file a repository and targets of their own."""

def _wheel_files_impl(ctx):
    package = ctx.path(ctx.attr.wheel).dirname.get_child("site-packages").get_child(ctx.attr.package)
    for inside, name in ctx.attr.files.items():
        ctx.symlink(ctx.path(str(package) + "/" + inside), name)
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

wheel_files = repository_rule(
    implementation = _wheel_files_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "files": attr.string_dict(
            doc = "Path inside the package to path in this repository.",
            mandatory = True,
        ),
        "package": attr.string(
            doc = "The package's folder in site-packages.",
            mandatory = True,
        ),
        "wheel": attr.label(
            doc = "The BUILD file of the wheel's repository.",
            mandatory = True,
        ),
    },
    doc = "Links files of a wheel into a repository with a BUILD file of ours.",
)
