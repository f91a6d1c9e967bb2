"""The loader as files that any build system can link."""

load("@rules_cc//cc:defs.bzl", "CcInfo")

def _position_independent_archive_impl(ctx):
    for linker_input in ctx.attr.library[CcInfo].linking_context.linker_inputs.to_list():
        if linker_input.owner == ctx.attr.library.label:
            return [DefaultInfo(files = depset([library.pic_static_library for library in linker_input.libraries]))]
    fail("%s: got a library without sources, want one with an archive" % ctx.attr.library.label)

position_independent_archive = rule(
    implementation = _position_independent_archive_impl,
    attrs = {"library": attr.label(
        mandatory = True,
        providers = [CcInfo],
    )},
    doc = "The archive of a cc_library that can be linked into programs and shared libraries alike.",
)
