"""`modelparity zoo`."""

import pathlib
from typing import Annotated

import typer

from modelparity.cli.app import OK, examples, subcommand
from modelparity.cli.chosen_runtimes import choose
from modelparity.cli.plain import say
from modelparity.patterns import without_backend

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity zoo models -o zoo && cd zoo && bazel test //:zoo",
        "modelparity zoo models -o zoo --runtime tensorflow-c --runtime 'onnxruntime-*'",
        "bazel run //:zoo.report -- --html zoo.html --json today.json --since yesterday.json",
    )
)
def _zoo(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="FOLDER", show_default=False)],
    output: Annotated[
        pathlib.Path,
        typer.Option("--output", "-o", metavar="WORKSPACE_DIR", help="The workspace to write."),
    ],
    runtime_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime",
            metavar="GLOB",
            help="Runtimes to run, each with all its backends; repeat it. Default: all.",
        ),
    ] = None,
    shards: Annotated[
        int,
        typer.Option(
            "--shards", metavar="N", min=1, help="Into how many each test is divided, by its cases."
        ),
    ] = 1,
    root: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--modelparity",
            metavar="CHECKOUT",
            help="Where modelparity's rules are. Default: the checkout that this command is of.",
        ),
    ] = None,
) -> int:
    """Writes a Bazel workspace that verifies every model below a folder, many at a time.

    It has a test for each model and group of runtimes, and runs again only what has changed. Called again, the
    list of models is written anew.
    """
    names = _names(runtime_patterns or [])
    # Only here, since few calls need it.
    from modelparity.zoo import workspace

    written = workspace.write(folder, output, root or workspace.checkout(), shards, names)
    count = len(written.models) + len(written.bundles)
    for name in written.left_out:
        say(
            f"left out: {name}: a checkpoint holds values only; put the function that builds its model into a"
            " model_bundle"
        )
    say(f"{output}: {count} models; next: cd {output} && bazel test //:zoo")
    return OK


def _names(patterns: list[str]) -> list[str]:
    """Returns what the rule calls the runtimes that the patterns name."""
    for pattern in patterns:
        if "@" in pattern or "/" in pattern:
            raise typer.BadParameter(
                f"--runtime '{pattern}': a zoo runs installed versions, and all backends of a runtime;"
                " name one without '@' and '/'."
            )
    return sorted({without_backend(runtime.name) for runtime in choose(patterns)})
