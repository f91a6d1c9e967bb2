"""`modelparity compare`."""

import pathlib
from typing import Annotated

import typer

from modelparity.cli.app import examples, subcommand
from modelparity.cli.arguments import Atol, CasePatterns, Html, Json, Junit, Markdown, Rtol, Verbose
from modelparity.cli.conclusion import ReportFiles, conclude
from modelparity.contract import report_pb2
from modelparity.harness.options import Options
from modelparity.harness.reports import ALL
from modelparity.patterns import matches_any, names_runtime

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
    case_patterns: CasePatterns = None,
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
        # "*" names no runtime of another version.
        if runtime_patterns and not any(
            names_runtime(pattern, cell.runtime) for pattern in runtime_patterns
        ):
            return False
        # What stands for every case stands for the chosen ones, too.
        case = f"{cell.signature}/{cell.case}"
        return cell.case == ALL or matches_any(case, case_patterns or ["*"])

    # Only here, since it brings numpy.
    from modelparity.harness import saved_answers

    options = Options(runtimes=(), atol=atol, rtol=rtol)
    report = saved_answers.judge(folder, options, is_wanted)
    report.model = report.model or folder.name
    return conclude(report, report.model, files, verbose, atol, rtol)
