"""Who loses NaN and infinities.

Seen in one call of each operator: `modelparity verify MODEL --case '*/nan' --case '*/infinite'`.
"""

from collections.abc import Iterator

from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules import frozen
from modelparity.check.rules.grouping import nodes_by

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_OPENVINO = """ClipByValue Exp Greater GreaterEqual LogSoftmax Max Maximum Minimum Relu Relu6 ResizeBilinear
    Select SelectV2"""
_LOSERS = {
    ("frozen_graph", "tfjs-*/cpu"): "ArgMax ArgMin Sign TopKV2",
    (
        "frozen_graph",
        "tfjs-*/wasm",
    ): """ArgMax ArgMin AvgPool ClipByValue MaxPool Relu6 ResizeBilinear Sign
        TopKV2""",
    (
        "litert",
        "litert*",
    ): """AddN ArgMax ArgMin AvgPool Exp Expm1 IsInf Log Log1p Max MaxPool Maximum Minimum
        ResizeBilinear Selu TensorScatterUpdate TopKV2 Xdivy Xlogy""",
    (
        "onnx",
        "onnxruntime-*",
    ): """ArgMax ArgMin MatrixBandPart Max MaxPool Min ResizeBilinear Select SelectV2
        TopKV2""",
    (
        "onnx",
        "onnx-reference",
    ): """ArgMax ArgMin AvgPool LRN LogSoftmax MatrixBandPart MaxPool ResizeBilinear
        Select SelectV2 TopKV2""",
    ("saved_model", "openvino-python"): f"{_OPENVINO} ArgMax ArgMin Expm1",
    ("onnx", "openvino-python"): f"{_OPENVINO} ArgMax ArgMin MatrixBandPart TopKV2",
    ("litert", "openvino-python"): f"""{_OPENVINO} ArgMax ArgMin Expm1 IsInf ResizeNearestNeighbor
        TensorScatterUpdate Xdivy Xlogy""",
}
"""Operators by format and runtime."""


def lost(model: Model) -> Iterator[Obstacle]:
    for (format_name, runtime), names in _LOSERS.items():
        ops = frozenset(names.split())

        def loser(node: Node, ops: frozenset[str] = ops) -> str | None:
            op, dtypes = frozen.as_frozen(node)
            is_float = set(dtypes.get("T", _FLOATS)) & set(_FLOATS)
            return op if op in ops and is_float and not node.constant else None

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
