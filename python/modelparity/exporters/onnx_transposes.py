"""tf2onnx's optimizer that moves transpositions out of the way, without what it gets wrong."""

from collections.abc import Callable

import numpy as np
from tf2onnx.optimizer.transpose_optimizer import TransposeOptimizer


class Transposes(TransposeOptimizer):
    """Pushes Transposes down until they meet and cancel out.

    tf2onnx's own handlers have two faults:

    - After x * x has changed places with a Transpose, the product's recorded shape is still the transposed one. Where
      all axes but one have size 1, a later Transpose is replaced by a Reshape to that shape, and what reads the sizes
      behind it takes the channels for a side.
    - A constant that is added to a convolution is taken for its bias. Of a scalar it asks the largest size, and
      fails; one that lies along another axis than the channels', and has as many elements, it adds to the channels.
    """

    def __init__(self, repaired: Callable[[str, str], None]) -> None:
        """Calls `repaired` with what was done, and with the name of the node."""
        super().__init__()
        self._repaired = repaired

    def _mul_handler(self, trans, node):
        is_square = node.input[0] == node.input[1]
        moved = super()._mul_handler(trans, node)
        if moved and is_square:
            shape = self._g.get_shape(node.input[0])
            self._g.set_shape(node.output[0], shape)
            if shape and sum(size != 1 for size in shape[1:]) <= 1:
                self._repaired("shape of a square where all sides are 1", node.name)
        return moved

    def _add_handler(self, trans, node):
        constant = node.inputs[1]
        if constant.is_const() and not _is_bias(constant.get_tensor_value(as_list=False)):
            if trans.inputs[0].type in ("Conv", "ConvTranspose"):
                self._repaired("constant added to a convolution, which is no bias", node.name)
            return self._handle_node_having_branches(trans, node)
        return super()._add_handler(trans, node)


def _is_bias(constant: np.ndarray) -> bool:
    """Says whether a constant has an element for each channel, which are the last axis before the transposition."""
    return constant.ndim > 0 and constant.size == constant.shape[-1]
