"""Lists of tensors, in which loops keep their steps."""

from collections.abc import Iterator

from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

# What tf2onnx turns into the outputs and inputs of a loop.
_IN_ONNX = (
    *("EmptyTensorList", "TensorListFromTensor", "TensorListGetItem", "TensorListLength"),
    *("TensorListReserve", "TensorListSetItem", "TensorListStack"),
)
_FIXED = "fix the batch size (keras.Input(..., batch_size=1)), or unroll: LSTM(..., unroll=True)"


_LOOPS = ("While", "StatelessWhile")
_GATES_OF_LSTM = 3


def is_list(node: Node) -> bool:
    return "TensorList" in node.op


def lists_in_litert(model: Model) -> Iterator[Obstacle]:
    """LiteRT keeps the elements of a list in one tensor, whose shape has to be known."""

    def judged(node: Node) -> str | None:
        if node.op not in ("TensorListReserve", "EmptyTensorList"):
            return None
        shape = node.inputs[0] if node.inputs else None
        if shape is None or not shape.constant or -1 in (shape.value or ()):
            return node.op
        return None

    for op, signature, places in nodes_by(model, judged):
        yield Obstacle(
            f"LiteRT's {op} needs an element shape that is known, and here the batch size is not",
            stops=True,
            way=_FIXED,
            formats=("litert",),
            signature=signature,
            places=places,
        )


def lists_in_onnx(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        lists = [node for node in signature.nodes if is_list(node) and not node.constant]
        has_loop = any(node.in_loop for node in signature.nodes)
        lacking = [node for node in lists if node.op not in _IN_ONNX or not has_loop]
        if lacking:
            names = ", ".join(sorted({node.op for node in lacking}))
            yield Obstacle(
                f"ONNX has no lists of tensors but those of a loop's steps: {names}",
                stops=True,
                way="write steps with tf.scan or TensorArray.write at the loop's own counter",
                formats=("onnx",),
                signature=signature.name,
                places=[node.place for node in lacking],
            )


def openvino_in_onnx(model: Model) -> Iterator[Obstacle]:
    """OpenVINO has the loops of a SavedModel, and an LSTM where tf2onnx recognizes one."""
    for signature in model.signatures:
        loops = [node for node in signature.nodes if node.op in _LOOPS and not node.constant]
        if loops:
            gates = [node for node in signature.nodes if node.in_loop and node.op == "Sigmoid"]
            may_be_lstm = len(gates) >= _GATES_OF_LSTM
            yield Obstacle(
                "OpenVINO does not convert ONNX's Loop"
                + (", which this becomes unless tf2onnx recognizes an LSTM" if may_be_lstm else ""),
                stops=not may_be_lstm,
                way="give it the SavedModel",
                formats=("onnx",),
                runtimes=("openvino-python",),
                signature=signature.name,
                places=[node.place for node in loops],
            )


def steps_in_onnx_reference(model: Model) -> Iterator[Obstacle]:
    def walked(node: Node) -> bool | None:
        return True if node.op == "TensorListFromTensor" and not node.constant else None

    for _, signature, places in nodes_by(model, walked):
        yield Obstacle(
            "ONNX's evaluator drops the batch dimension of a recurrent loop, unless tf2onnx recognizes an LSTM",
            stops=False,
            way="it is no oracle for loops: use onnxruntime-python",
            formats=("onnx",),
            runtimes=("onnx-reference",),
            signature=signature,
            places=places,
        )
