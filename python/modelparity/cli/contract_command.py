"""`modelparity contract`."""

import pathlib
from typing import Annotated

import typer

from modelparity import atomic, signature_file
from modelparity.cli.app import DIFFERENT, OK, examples, subcommand
from modelparity.cli.plain import say

app = subcommand()
Model = Annotated[pathlib.Path, typer.Argument(metavar="MODEL", show_default=False)]


@app.callback(
    epilog=examples(
        "modelparity contract write saved_model_folder -o contract.txt",
        "modelparity contract check saved_model_folder contract.txt",
    )
)
def _contract() -> None:
    """Keeps names, dtypes and shapes in a text file, and tells when they change.

    The contract of a model is the keys, dtypes and shapes of every signature.

    MODEL is a bundle, a SavedModel (or a folder of numbered ones), a frozen .pb, .keras, .h5, .onnx or
    .tflite.
    """


@app.command(
    "write",
    epilog=examples("modelparity contract write saved_model_folder -o contract.txt"),
)
def _write(
    model: Model,
    output: Annotated[
        pathlib.Path,
        typer.Option("--output", "-o", metavar="FILE", help="The text file to write."),
    ],
) -> int:
    """Writes the contract of MODEL to a text file."""
    atomic.write_text(output, signature_file.of_model(model))
    return OK


@app.command(
    "check",
    epilog=examples("modelparity contract check saved_model_folder contract.txt"),
)
def _check(
    model: Model,
    contract: Annotated[pathlib.Path, typer.Argument(metavar="FILE", show_default=False)],
) -> int:
    """Says whether MODEL still keeps the contract in FILE.

    Prints what differs as a unified diff, - what FILE holds, + what MODEL has.

    Exit status: 0 nothing differs, 1 something does, 2 wrong call or unusable input.
    """
    kept = signature_file.read(contract)
    found = signature_file.difference(
        kept, signature_file.of_model(model), str(contract), str(model)
    )
    say(found, end="")
    return DIFFERENT if found else OK
