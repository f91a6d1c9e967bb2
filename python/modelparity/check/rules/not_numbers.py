"""Who loses NaN and infinities.

Seen in one call of each operator: `modelparity verify MODEL --case '*/nan' --case '*/infinite'`.
"""

from collections.abc import Iterator

from modelparity.check.facts import FLOATS, Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_OPENVINO = (
    "ArgMax ArgMin ClipByValue Exp Greater GreaterEqual LogSoftmax Max Maximum Minimum Relu Relu6"
    " ResizeBilinear Select SelectV2"
)
_LITERT = (
    "AddN ArgMax ArgMin AvgPool Exp Expm1 IsInf Log Log1p Max MaxPool Maximum Minimum ResizeBilinear Selu"
    " TensorScatterUpdate TopKV2 Xdivy Xlogy"
)
_ONNX = "ArgMax ArgMin MatrixBandPart MaxPool ResizeBilinear Select SelectV2 TopKV2"
_TFJS = "ArgMax ArgMin Sign TopKV2"
_LOSERS = (
    ("frozen_graph", "tfjs-*/cpu", _TFJS),
    ("frozen_graph", "tfjs-*/wasm", f"{_TFJS} AvgPool ClipByValue MaxPool Relu6 ResizeBilinear"),
    ("litert", "litert*", _LITERT),
    ("onnx", "onnxruntime-*", f"{_ONNX} Max Min"),
    ("onnx", "onnx-reference", f"{_ONNX} AvgPool LRN LogSoftmax"),
    ("saved_model", "openvino-python", f"{_OPENVINO} Expm1"),
    ("onnx", "openvino-python", f"{_OPENVINO} MatrixBandPart TopKV2"),
    (
        "litert",
        "openvino-python",
        f"{_OPENVINO} Expm1 IsInf ResizeNearestNeighbor TensorScatterUpdate Xdivy Xlogy",
    ),
)
"""Format, runtime, and operators that do."""
_BY_OPERATOR: dict[str, list[tuple[str, str]]] = {}
for _format, _runtime, _operators in _LOSERS:
    for _operator in _operators.split():
        _BY_OPERATOR.setdefault(_operator, []).append((_format, _runtime))


def lost(model: Model) -> Iterator[Obstacle]:
    def loser(node: Node) -> str | None:
        if node.op not in _BY_OPERATOR or node.constant:
            return None
        return node.op if set(node.dtypes.get("T", FLOATS)) & set(FLOATS) else None

    for op, signature, places in nodes_by(model, loser):
        for format_name, runtime in _BY_OPERATOR[op]:
            yield Obstacle(
                f"{op} does not pass NaN and infinities on as TensorFlow does",
                stops=False,
                way="nothing is wrong while numbers are finite; check them before the model",
                formats=(format_name,),
                runtimes=(runtime,),
                signature=signature,
                places=places,
            )
