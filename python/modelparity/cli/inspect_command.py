"""`modelparity inspect`."""

from modelparity import inspection
from modelparity.cli.app import OK, app
from modelparity.cli.arguments import Path
from modelparity.cli.console import stdout


@app.command(
    "inspect",
    epilog="Example: `modelparity inspect models/half_plus_two`",
)
def _inspect(path: Path) -> int:
    """Shows signatures, dtypes, shapes, operators, sizes and versions of a bundle or any artifact.

    PATH is a bundle, a SavedModel (or a folder of numbered ones), a frozen .pb, .keras, .h5, .onnx,
    .tflite, or a checkpoint.
    """
    stdout().print(inspection.render(inspection.inspect(path)), soft_wrap=True, end="")
    return OK
