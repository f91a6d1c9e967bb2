"""JavaScript with the packages of @npm: built folders and tests."""

_RUNNER = "//js_demo:build/in_work_folder.sh"

_TOOLS = [
    "@nodejs//:bin/node",
    "@npm//:node_modules",
]

_SOURCES = [
    "//js_demo:sources",
    "//proto:protos",
]

def _node_folder_impl(ctx):
    folder = ctx.actions.declare_directory(ctx.attr.folder)
    arguments = ctx.actions.args()
    arguments.add_all([ctx.file._runner.path, folder.path, ctx.file._node, ctx.file._node_modules.path])
    arguments.add_all(ctx.files._sources)
    arguments.add("--")
    arguments.add_all([ctx.expand_location(argument, ctx.attr.data) for argument in ctx.attr.arguments])
    ctx.actions.run_shell(
        arguments = [arguments],
        # The program works in a copy of the sources, so where its output goes has to be absolute.
        command = 'runner=$1 folder=$PWD/$2; shift 2; exec "$runner" "$@" "$folder"',
        inputs = ctx.files._sources + ctx.files.data + [ctx.file._runner, ctx.file._node, ctx.file._node_modules],
        mnemonic = "NodeFolder",
        outputs = [folder],
        progress_message = "Bundling %{label}",
    )
    return [DefaultInfo(
        files = depset([folder]),
        runfiles = ctx.runfiles([folder]),
    )]

node_folder = rule(
    implementation = _node_folder_impl,
    attrs = {
        "arguments": attr.string_list(
            doc = "Of Node, such as [\"build/runners.js\"]; the folder comes after them. $(execpath) finds `data`.",
            mandatory = True,
        ),
        "data": attr.label_list(
            allow_files = True,
            doc = "Further files, found by their paths in the build under $START_FOLDER.",
        ),
        "folder": attr.string(
            doc = "Path of the output.",
            mandatory = True,
        ),
        "_node": attr.label(
            allow_single_file = True,
            default = "@nodejs//:bin/node",
        ),
        "_node_modules": attr.label(
            allow_single_file = True,
            default = "@npm//:node_modules",
        ),
        "_runner": attr.label(
            allow_single_file = True,
            default = _RUNNER,
        ),
        "_sources": attr.label_list(
            allow_files = True,
            default = _SOURCES,
        ),
    },
    doc = "A folder that a program of js_demo/build writes.",
)

def node_test(name, arguments, data = [], **kwargs):
    """Runs a program in a copy of js_demo/ with the npm packages; its exit status is the verdict.

    Args:
      name: name of the target.
      arguments: of Node, such as ["build/run_tests.js", "src/bundle.test.ts"].
      data: further files, found by their Bazel paths under $START_FOLDER.
      **kwargs: passed to sh_test.
    """

    # The warning asks for @rules_shell: one more download, for a rule that Bazel has.
    # buildifier: disable=native-sh-test
    native.sh_test(
        name = name,
        srcs = [_RUNNER],
        args = [
            "$(rootpath @nodejs//:bin/node)",
            "$(rootpath @npm//:node_modules)",
            "$(rootpaths //js_demo:sources)",
            "$(rootpaths //proto:protos)",
            "--",
        ] + arguments,
        data = data + _SOURCES + _TOOLS,
        **kwargs
    )
