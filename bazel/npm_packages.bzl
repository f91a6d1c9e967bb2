"""npm packages, by the lock file."""

def _npm_packages_impl(ctx):
    ctx.symlink(ctx.attr.manifest, "package.json")
    ctx.symlink(ctx.attr.lock, "package-lock.json")
    ctx.symlink(ctx.attr.npmrc, ".npmrc")
    node = ctx.path(ctx.attr.node)
    npm = node.dirname.dirname.get_child("lib/node_modules/npm/bin/npm-cli.js")
    ctx.report_progress("npm ci")

    # Install scripts would download behind Bazel's back; no package of ours needs its own.
    result = ctx.execute(
        [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", ctx.path("npm_cache")],
        timeout = 1200,
    )
    if result.return_code != 0:
        fail("npm ci: got exit status %d for js_demo/package-lock.json; npm said:\n%s%s" % (
            result.return_code,
            result.stdout,
            result.stderr,
        ))
    ctx.delete("npm_cache")
    ctx.file("BUILD.bazel", 'exports_files(["node_modules"])\n')

npm_packages = repository_rule(
    implementation = _npm_packages_impl,
    attrs = {
        "lock": attr.label(mandatory = True),
        "manifest": attr.label(mandatory = True),
        "node": attr.label(mandatory = True),
        "npmrc": attr.label(mandatory = True),
    },
    doc = "Runs `npm ci`; `:node_modules` is the folder, as one directory.",
)
