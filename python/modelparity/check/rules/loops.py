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
