"""`modelparity check`."""

import pathlib
from typing import Annotated

import typer

from modelparity import atomic, check
from modelparity.check import rendering
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK, examples, subcommand
from modelparity.cli.arguments import Path
from modelparity.cli.chosen_runtimes import choose
from modelparity.cli.plain import say

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity check saved_model_folder",
        "modelparity check model.onnx --runtime 'onnxruntime-*'",
    )
)
def _check(
    path: Path,
    runtime_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime",
            metavar="GLOB",
            help="Runtimes to ask about; repeat it. `tfjs-chromium` is all its backends. Default: all.",
        ),
    ] = None,
    json: Annotated[
        pathlib.Path | None,
        typer.Option("--json", metavar="FILE", help="Write it as JSON, with every place."),
    ] = None,
) -> int:
    """Says what stands between a model and each runtime, without running it.

    With the place of each obstacle, and the known way round. PATH is a SavedModel (or a folder of
    numbered ones), a frozen .pb, .keras, .h5, .onnx, .tflite, or a bundle. It is a prediction, made
    in a second; `verify` is the proof.

    Exit status: 0 nothing stands in the way of the runtimes asked, 1 something does, 3 nothing is
    known of any of them.
    """
    if json:
        atomic.check_folder(json)
    chosen = choose(runtime_patterns or ["*"])
    model = check.read(path)
    predictions = check.predict(model, chosen)
    if json:
        atomic.write_text(json, rendering.to_json(model, predictions))
    say(rendering.to_text(model, predictions), end="")
    verdicts = {prediction.verdict for prediction in predictions}
    if verdicts == {check.Verdict.NOT_KNOWN}:
        return NOTHING_VERIFIED
    return OK if _all_can(predictions) else DIFFERENT


def _all_can(predictions) -> bool:
    """Says whether each runtime has a format in which all signatures work, as far as is known."""
    fine = (check.Verdict.WORKS, check.Verdict.NOT_KNOWN)
    by_runtime: dict[str, dict[str, bool]] = {}
    for prediction in predictions:
        formats = by_runtime.setdefault(prediction.runtime, {})
        good = prediction.verdict in fine
        formats[prediction.format] = formats.get(prediction.format, True) and good
    return all(any(formats.values()) for formats in by_runtime.values())
