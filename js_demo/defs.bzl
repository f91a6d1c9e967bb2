"""JavaScript with the packages of @npm: bundles and tests."""

_TOOLS = [
    "//js_demo:build/in_work_folder.sh",
    "@nodejs//:bin/node",
    "@npm//:node_modules",
]

_SOURCES = [
    "//js_demo:sources",
    "//proto:protos",
]

def node_bundles(name, entries, webassembly, folder, **kwargs):
    """Bundles each entry into one file that needs nothing but Node and the WebAssembly beside it.

    Args:
      name: name of the target.
      entries: TypeScript files of this package; `tfjs_node.ts` becomes `<folder>/tfjs_node.mjs`.
      webassembly: names of the WebAssembly files that the engines load.
      folder: where the files go.
      **kwargs: passed to the genrule.
    """
    modules = [entry.split("/")[-1].replace(".ts", ".mjs") for entry in entries]
    native.genrule(
        name = name,
        srcs = _SOURCES,
        outs = ["%s/%s" % (folder, file) for file in modules + webassembly],
        cmd = " ".join([
            "$(execpath //js_demo:build/in_work_folder.sh)",
            "$(execpath @nodejs//:bin/node)",
            "$(execpath @npm//:node_modules)",
            "$(execpaths //js_demo:sources)",
            "$(execpaths //proto:protos)",
            "--",
            "build/bundle.js",
            "$$PWD/$(RULEDIR)/%s" % folder,
        ] + entries),
        message = "Bundling",
        tools = _TOOLS,
        **kwargs
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
        srcs = ["//js_demo:build/in_work_folder.sh"],
        args = [
            "$(rootpath @nodejs//:bin/node)",
            "$(rootpath @npm//:node_modules)",
            "$(rootpaths //js_demo:sources)",
            "$(rootpaths //proto:protos)",
            "--",
        ] + arguments,
        data = data + _SOURCES + _TOOLS[1:],
        **kwargs
    )
