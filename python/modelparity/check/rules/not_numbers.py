"""Who loses NaN and infinities.

Seen in one call of each operator: `modelparity verify MODEL --case '*/nan' --case '*/infinite'`.
"""

from collections.abc import Iterator

from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_FLOATS = ("float16", "bfloat16", "float32", "float64")
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


def lost(model: Model) -> Iterator[Obstacle]:
    for format_name, runtime, names in _LOSERS:
        ops = frozenset(names.split())

        def loser(node: Node, ops: frozenset[str] = ops) -> str | None:
            if node.op not in ops or node.constant:
                return None
            return node.op if set(node.dtypes.get("T", _FLOATS)) & set(_FLOATS) else None

        for op, signature, places in nodes_by(model, loser):
            yield Obstacle(
                f"{op} does not pass NaN and infinities on as TensorFlow does",
                stops=False,
                way="nothing is wrong while numbers are finite; check them before the model",
                formats=(format_name,),
                runtimes=(runtime,),
                signature=signature,
                places=places,
            )
