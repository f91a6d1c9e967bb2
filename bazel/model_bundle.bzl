"""Bundles as build outputs."""

load("@rules_python//python:defs.bzl", "py_binary")

_MAIN = Label("//bazel:portability_main.py")

def _bundle_impl(ctx):
    bundle = ctx.actions.declare_directory(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add("export")
    arguments.add(ctx.attr.source or ctx.file.model.path)
    arguments.add("--output", bundle.path)
    arguments.add_all(ctx.attr.formats, before_each = "--format")
    arguments.add("--seed", ctx.attr.seed)
    arguments.add_all(ctx.attr.without_probes, before_each = "--no-probe")
    arguments.add_all(ctx.attr.python_modules, before_each = "--import")

    # Bazel itself knows what need not be made again.
    arguments.add("--no-cache")
    ctx.actions.run(
        arguments = [arguments],
        executable = ctx.executable.exporter,
        inputs = ([ctx.file.model] if ctx.file.model else []) + ctx.files.data,
        mnemonic = "ModelBundle",
        outputs = [bundle],
        progress_message = "Exporting bundle %{label}",
    )
    return [DefaultInfo(
        files = depset([bundle]),
        runfiles = ctx.runfiles([bundle]),
    )]

exported_bundle = rule(
    implementation = _bundle_impl,
    attrs = {
        "data": attr.label_list(
            allow_files = True,
            doc = "Files that the model reads beside itself.",
        ),
        "exporter": attr.label(
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
        "formats": attr.string_list(),
        "model": attr.label(allow_single_file = True),
        "python_modules": attr.string_list(
            doc = "Modules with the model's custom objects, from libraries of the exporter.",
        ),
        "seed": attr.int(),
        "source": attr.string(),
        "without_probes": attr.string_list(),
    },
    doc = "The folder of a bundle, by an exporter that `model_exporter` makes.",
)

def model_exporter(name, deps = []):
    """Makes the program that exports models.

    Args:
      name: name of the target.
      deps: py_library targets that the models need.
    """
    py_binary(
        name = name,
        srcs = [_MAIN],
        main = _MAIN,
        tags = ["manual"],
        deps = deps + [Label("//python/modelparity:exporting")],
    )

def model_bundle(name, source = None, model = None, deps = [], formats = [], seed = 0, without_probes = [], **kwargs):
    """Exports a model; the target is the bundle's folder.

    Args:
      name: name of the target and of the folder, by custom `<model>.bundle`.
      source: "module:function" that returns the model, from a library in `deps`.
      model: instead of `source`: a file or folder, such as a SavedModel.
      deps: py_library targets that `source` needs.
      formats: artifacts to make, as of `modelparity export --format`; none: the usual ones.
      seed: seed of the golden cases' inputs.
      without_probes: cases not to make up, as of `modelparity export --no-probe`.
      **kwargs: passed to the rule, such as visibility.
    """
    if bool(source) == bool(model):
        fail("model_bundle '%s': got source = %r and model = %r, want exactly one of them" % (name, source, model))
    model_exporter(
        name = name + ".exporter",
        deps = deps,
    )
    exported_bundle(
        name = name,
        exporter = name + ".exporter",
        formats = formats,
        model = model,
        seed = seed,
        source = source,
        without_probes = without_probes,
        **kwargs
    )
