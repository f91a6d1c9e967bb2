"""`modelparity report`."""

import os
import pathlib
from collections.abc import Iterable
from typing import Annotated

import typer

from modelparity.cli.app import examples, subcommand
from modelparity.cli.arguments import Html, Json, Junit, Markdown, Verbose
from modelparity.cli.conclusion import ReportFiles, conclude
from modelparity.errors import FileMissingError
from modelparity.report import json_file
from modelparity.report.changes import changes
from modelparity.report.merging import merge

_REPORT = "report.json"
_EXAMPLES = examples(
    "modelparity report merge results --html zoo.html",
    "modelparity report merge shard-*.json --json today.json --since yesterday.json",
)

app = subcommand()


@app.callback(epilog=_EXAMPLES)
def _report() -> None:
    """Merges the reports of many models or shards into one, and tells what changed."""


@app.command("merge", epilog=_EXAMPLES)
def _merge(
    reports: Annotated[
        list[pathlib.Path], typer.Argument(metavar="FILE_OR_FOLDER...", show_default=False)
    ],
    since: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--since",
            metavar="FILE",
            help="An earlier report, merged or of one model: tell what is otherwise now.",
        ),
    ] = None,
    json: Json = None,
    junit: Junit = None,
    html: Html = None,
    markdown: Markdown = None,
    verbose: Verbose = False,
) -> int:
    """Joins the reports of many models, or of the shards of a model, into one.

    A FILE is what `verify --json` or `report merge --json` wrote. A FOLDER is searched for files of the name
    report.json, such as those of `verify --all`. What two reports judge is an error, unless one is a copy of the other.

    Exit status: as of `verify`, for all cells together.
    """
    files = ReportFiles(json, junit, html, markdown)
    files.check()
    report = merge((str(path), json_file.read(path)) for path in _files(reports))
    if since:
        report.changes.CopyFrom(changes(report, json_file.read(since)))
    models = len({cell.model for cell in report.cells})
    return conclude(report, f"{models} model{'s' * (models != 1)}", files, verbose)


def _files(paths: Iterable[pathlib.Path]) -> list[pathlib.Path]:
    """Returns the files, each once, those of a folder by path."""
    found: dict[pathlib.Path, pathlib.Path] = {}
    for path in paths:
        below = [path]
        if path.is_dir():
            below = sorted(
                pathlib.Path(folder, _REPORT)
                for folder, _, names in os.walk(path)
                if _REPORT in names
            )
            if not below:
                raise FileMissingError(
                    f"'{path}' has no {_REPORT} in it, and none below; `verify --json` writes one, `verify"
                    " --all` one for each model"
                )
        found |= {each.resolve(): each for each in below}
    return list(found.values())
