"""`modelparity locate`."""

import pathlib
from typing import Annotated

import typer

from modelparity import atomic
from modelparity.bundle import Bundle
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK, examples, subcommand
from modelparity.cli.arguments import CasePatterns, MemoryLimit, Sandbox, Timeout
from modelparity.cli.chosen_runtimes import choose
from modelparity.cli.console import spinner
from modelparity.cli.plain import say, tell
from modelparity.contract import report_pb2
from modelparity.errors import ModelParityError, RuntimeUnavailableError, UnsupportedError
from modelparity.harness.options import Limits, limits_of
from modelparity.harness.options import Options as VerifyOptions

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity locate my.bundle --runtime onnxruntime-python",
        "modelparity locate my.bundle --runtime openvino-python --format onnx --output repro",
        "modelparity locate my.bundle --runtime tfjs-node/cpu --case 'serving_default/batch-*'",
    )
)
def _locate(
    bundle: Annotated[pathlib.Path, typer.Argument(metavar="BUNDLE", show_default=False)],
    runtime: Annotated[
        str, typer.Option("--runtime", metavar="R", help="The runtime that differs.")
    ],
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="F",
            help="An artifact to look into: frozen_graph, onnx or saved_model; repeat it. Default: all.",
        ),
    ] = None,
    case_patterns: CasePatterns = None,
    output: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Write what reproduces it: the part of the model, its inputs and answer, and a report.",
        ),
    ] = None,
    json: Annotated[
        pathlib.Path | None,
        typer.Option("--json", metavar="FILE", help="Write what was found as JSON."),
    ] = None,
    timeout: Timeout = Limits.seconds,
    memory_limit: MemoryLimit = None,
    sandbox: Sandbox = False,
) -> int:
    """Finds the first node at which a runtime's values leave the reference's.

    It takes the first case that differs, compares the tensors in the middle of both graphs, and then gives
    the node that was found exactly what the reference computed: so a fault is told from a difference that
    was only amplified. What was changed in an artifact is found as well as what a runtime or a converter
    does wrong.

    Exit status: 0 nothing differs, 1 something does, and the node is named; 2 wrong call; 3 where it differs cannot
    be said.
    """
    # Numpy and the readers of graphs, which `--help` has no need of.
    from modelparity import locate
    from modelparity.locate import rendering, repro, sides

    unknown = [name for name in formats or () if name not in sides.FORMATS]
    if unknown:
        raise typer.BadParameter(
            f"--format {unknown[0]}: got what cannot be looked into; choose from {', '.join(sides.FORMATS)}."
        )
    chosen = choose([runtime])
    if len(chosen) != 1:
        names = ", ".join(each.name for each in chosen)
        raise typer.BadParameter(f"--runtime {runtime}: names {names}; choose one of them.")
    if json:
        atomic.check_folder(json)
    if output:
        repro.check(output)
    limits = limits_of(timeout, memory_limit, sandbox)
    options = locate.Options(tuple(formats or sides.FORMATS), tuple(case_patterns or ["*"]), limits)
    opened = Bundle.open(bundle)
    try:
        with spinner() as progress:
            finding = locate.locate(opened, chosen[0], options, progress)
    except (locate.CannotLocateError, RuntimeUnavailableError, UnsupportedError) as error:
        tell(f"modelparity: {error}")
        return NOTHING_VERIFIED
    if finding is None:
        print(f"{chosen[0].name} agrees in every case: there is nothing to locate")
        return OK
    if output:
        repro.write(finding, output)
    if json:
        atomic.write_text(json, rendering.to_json(finding))
    say(rendering.to_text(finding), end="")
    return DIFFERENT


def located(report: report_pb2.Report, bundle: Bundle, options: VerifyOptions) -> str:
    """Returns as text what is found of the first cell that differs and that can be looked into; empty: nothing."""
    from modelparity import locate
    from modelparity.locate import rendering, sides

    for cell in report.cells:
        if cell.ok or cell.verdict != cell.mismatch or cell.format not in sides.FORMATS:
            continue
        runtime = next(each for each in options.runtimes if each.name == cell.runtime)
        where = locate.Options((cell.format,), (f"{cell.signature}/{cell.case}",), options.limits)
        try:
            with spinner() as progress:
                finding = locate.locate(bundle, runtime, where, progress)
        except ModelParityError as error:
            return f"{cell.runtime}: where it differs cannot be said: {error}\n"
        return rendering.to_text(finding) if finding else ""
    return ""
