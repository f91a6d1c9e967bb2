"""`modelparity inspect`."""

from modelparity import inspection
from modelparity.cli.app import OK, examples, subcommand
from modelparity.cli.arguments import Path
from modelparity.cli.plain import say

app = subcommand()


@app.command(epilog=examples("modelparity inspect models/half_plus_two"))
def _inspect(path: Path) -> int:
    """Shows what is in a bundle or any artifact.

    That is signatures, dtypes, shapes, operators, sizes and versions. PATH is a bundle, a SavedModel
    (or a folder of numbered ones), a frozen .pb, .keras, .h5, .onnx, .tflite, or a checkpoint.
    """
    say(inspection.render(inspection.inspect(path)), end="")
    return OK
