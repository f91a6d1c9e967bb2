"""Gives files inside a wheel of the Python lock file a repository and targets of their own."""

def _wheel_files_impl(ctx):
    wheel = ctx.path(ctx.attr.wheel).dirname
    for inside, name in ctx.attr.files.items():
        ctx.symlink(ctx.path(str(wheel) + "/" + inside), name)
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

wheel_files = repository_rule(
    implementation = _wheel_files_impl,
    attrs = {
        "build_file": attr.label(mandatory = True),
        "files": attr.string_dict(
            doc = "Path inside the wheel's repository (`site-packages/...`, `bin/...`) to path in this one.",
            mandatory = True,
        ),
        "wheel": attr.label(
            doc = "The BUILD file of the wheel's repository.",
            mandatory = True,
        ),
    },
    doc = "Links files of a wheel into a repository with a BUILD file of ours.",
)
