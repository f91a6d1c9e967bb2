"""`modelparity compare`."""

import pathlib
from collections.abc import Callable
from typing import Annotated

import typer

from modelparity.cli.app import examples, subcommand
from modelparity.cli.arguments import Atol, Html, Json, Junit, Markdown, Rtol, Verbose
from modelparity.cli.conclusion import ReportFiles, conclude
from modelparity.contract import report_pb2
from modelparity.harness.options import Options
from modelparity.harness.reports import ALL
from modelparity.patterns import matches, names_runtime

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity compare answers --rtol 1e-3",
        "modelparity compare answers --atol 0 --rtol 0 --runtime 'onnxruntime-*' --verbose",
    )
)
def _compare(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="DIR", show_default=False)],
    runtime_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime", metavar="GLOB", help="Runtimes to judge; repeat it. Default: all."
        ),
    ] = None,
    case_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="GLOB",
            help="Cases to judge, as `signature/case`; repeat it. Default: all.",
        ),
    ] = None,
    atol: Atol = None,
    rtol: Rtol = None,
    json: Json = None,
    junit: Junit = None,
    html: Html = None,
    markdown: Markdown = None,
    verbose: Verbose = False,
) -> int:
    """Judges saved answers again, with other tolerances, and runs nothing.

    DIR is what `verify --save-outputs` has made. Tolerances are those of the cases and dtypes, unless
    they are given; those that `verify` was given do not count. What gave no answer is as it was.

    Exit status: as of `verify`.
    """
    files = ReportFiles(json, junit, html, markdown)
    files.check()

    def is_wanted(cell: report_pb2.Cell) -> bool:
        # What stands for every case stands for the chosen ones, too.
        case = f"{cell.signature}/{cell.case}"
        return _is_any(cell.runtime, runtime_patterns, names_runtime) and (
            cell.case == ALL or _is_any(case, case_patterns, lambda each, text: matches(text, each))
        )

    # Only here, since it brings numpy.
    from modelparity.harness import saved_answers

    options = Options(runtimes=(), atol=atol, rtol=rtol)
    report = saved_answers.judge(folder, options, is_wanted)
    return conclude(report, folder.name, files, verbose, atol, rtol)


def _is_any(name: str, patterns: list[str] | None, fits: Callable[[str, str], bool]) -> bool:
    """Says whether one of the patterns, when there are any, fits."""
    return not patterns or any(fits(pattern, name) for pattern in patterns)
