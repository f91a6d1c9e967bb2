"""Many models in every runtime: an action for each model and group of runtimes, and one report of all."""

load("@rules_python//python:defs.bzl", "py_binary", "py_test")
load("//bazel:model_bundle.bzl", "exported_bundle", "model_exporter")
load("//bazel:runtimes.bzl", "GROUPS", "NEEDS", "RUNTIMES")

_MAIN = Label("//bazel:portability_main.py")

def _list_of_tests_impl(ctx):
    file = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(file, ctx.attr.content)
    return [DefaultInfo(files = depset([file]))]

_list_of_tests = rule(
    implementation = _list_of_tests_impl,
    attrs = {"content": attr.string(mandatory = True)},
)

def portability_zoo(
        name,
        models = [],
        bundles = [],
        data = {},
        shards = 1,
        runtimes = RUNTIMES,
        expectations = {},
        formats = [],
        seed = 0,
        without_probes = [],
        atol = None,
        rtol = None,
        deps = [],
        python_modules = [],
        size = "large",
        tags = [],
        **kwargs):
    """Holds every runtime's answers for many models against those of the reference.

    Makes, for each model, `<name>.bundles/<model>`, and `<name>/<model>/<group>` for each group of runtimes: `python`,
    `tensorflow-c`, `node`, `chromium`. A test has the bundle and what its runtimes need for inputs, and nothing else, so
    that a model that changed is exported and run again, and every other verdict comes from the cache. Runtimes of
    a group that read no format of the model are left out, and the report says so.

    `<name>` is the suite of all tests. `bazel run <name>.report -- --html zoo.html`, after `bazel test <name>`, merges
    what they have found; it takes the options of `modelparity report merge`.

    Args:
      name: name of the test suite.
      models: files, or folders such as SavedModels (`glob([...], exclude_directories = 0)`), of which bundles are made.
        A model's name is its label.
      bundles: folders that are bundles already.
      data: model to the files that it reads beside itself, such as weights of an .onnx file.
      shards: into how many each test is divided, by cases; each of them loads the model anew.
      runtimes: names of runtimes, as `modelparity runtimes` lists them, without their backends.
      expectations: model to the file with its known failures.
      formats: artifacts to make, as of `modelparity export --format`; none: the usual ones.
      seed: seed of the golden cases' inputs.
      without_probes: cases not to make up, as of `modelparity export --no-probe`.
      atol: absolute tolerance of every float; without it, as the case or the dtype says.
      rtol: relative tolerance, likewise.
      deps: py_library targets that models need (custom objects).
      python_modules: modules of `deps` to import before a model is loaded.
      size: of each test.
      tags: of each test, which has `modelparity-<group>` besides.
      **kwargs: passed to the tests, such as exec_properties.
    """
    unknown = [runtime for runtime in runtimes if runtime not in NEEDS]
    if unknown or not runtimes:
        fail("portability_zoo '%s': got runtimes %s, want some of %s" % (name, unknown or "none", RUNTIMES))
    if not models and not bundles:
        fail("portability_zoo '%s': got no models and no bundles, want at least one" % name)
    for argument, given in {"data": data, "expectations": expectations}.items():
        strange = [model for model in given if model not in models and model not in bundles]
        if strange:
            fail("portability_zoo '%s': got %s of %s, which are among neither models nor bundles" % (name, argument, strange))
    options = []
    for option, tolerance in {"--atol": atol, "--rtol": rtol}.items():
        if tolerance != None:
            options += [option, str(tolerance)]
    for module in python_modules:
        options += ["--import", module]
    folders = {bundle: bundle for bundle in bundles}
    if models:
        model_exporter(
            name = name + ".exporter",
            deps = deps,
        )
    for model in models:
        folders[model] = "%s.bundles/%s" % (name, _path_of(model))
        exported_bundle(
            name = folders[model],
            data = data.get(model, []),
            exporter = name + ".exporter",
            formats = formats,
            model = model,
            python_modules = python_modules,
            seed = seed,
            tags = ["manual"],
            without_probes = without_probes,
        )
    tests = []
    for model, bundle in folders.items():
        known = expectations.get(model)
        for group, members in GROUPS.items():
            chosen = [runtime for runtime in members if runtime in runtimes]
            if not chosen:
                continue
            test = struct(
                model = _path_of(model),
                name = "%s/%s/%s" % (name, _path_of(model), group),
                runtimes = chosen,
                shards = shards,
            )
            tests.append(test)
            needs = [NEEDS[runtime] for runtime in chosen]
            py_test(
                name = test.name,
                size = size,
                srcs = [_MAIN],
                args = ["zoo", "$(rootpath %s)" % bundle, test.model, ",".join(chosen)] + options +
                       (["--expectations", "$(rootpath %s)" % known] if known else []),
                data = _once([bundle] + ([known] if known else []) + [file for need in needs for file in need.data]),
                main = _MAIN,
                shard_count = shards if shards > 1 else None,
                tags = tags + ["modelparity-" + group],
                deps = _once(deps + [dep for need in needs for dep in need.deps] + [Label("//python/modelparity")]),
                **kwargs
            )
    native.test_suite(
        name = name,
        tests = [test.name for test in tests],
    )
    _list_of_tests(
        name = name + ".tests.json",
        content = json.encode(struct(package = native.package_name(), tests = tests)),
    )
    py_binary(
        name = name + ".report",
        srcs = [_MAIN],
        args = ["merge", "$(rootpath %s.tests.json)" % name],
        data = [name + ".tests.json"],
        main = _MAIN,
        deps = [Label("//python/modelparity")],
    )

def _path_of(label):
    """What a label is called in names of targets and in the report: `//a:b/c` is `a/b/c`."""
    return label.removeprefix("@").replace("//", "/").replace(":", "/").strip("/")

def _once(labels):
    return {str(label): label for label in labels}.values()
