"""What tf2onnx gets wrong and we convert ourselves, where it is certain what is right.

| TensorFlow's operator | tf2onnx makes of it | here |
|---|---|---|
| Erfc | Erfc, which ONNX does not have | 1 - Erf: within 1e-7 in float32 |
| FloorDiv of signed integers | Div, which rounds towards zero | one less where Mod and the remainder of Div differ |
| FloorMod of signed integers | the remainder of Div, which has the sign of the dividend | Mod |

What its optimizer gets wrong stands in onnx_transposes.

ONNX's Mod of integers has the sign of the divisor, as FloorMod has (ONNX operators, Mod-13, fmod=0).
"""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from onnx import TensorProto, helper
from tf2onnx import optimizer
from tf2onnx.onnx_opset import math as by_tf2onnx

from modelparity.exporters.onnx_transposes import Transposes

_SIGNED = (TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64)
# ONNX Runtime compares no narrower ones.
_NARROW = (TensorProto.INT8, TensorProto.INT16)
_NAMED = 8


class Repairs:
    """Hands its converters of operators to tf2onnx, and keeps what they did."""

    def __init__(self) -> None:
        self._places = defaultdict(dict)

    def handlers(self) -> dict[str, tuple[Callable, list]]:
        """Returns what tf2onnx takes as `custom_op_handlers`."""
        convert = {"Erfc": self._erfc, "FloorDiv": self._floor_div, "FloorMod": self._floor_mod}
        return {op: (function, []) for op, function in convert.items()}

    def optimizers(self) -> dict[str, Callable]:
        """Returns what tf2onnx's optimizer takes as `optimizers`."""
        ours = {"optimize_transpose": lambda: Transposes(self._add)}
        return optimizer._get_optimizers() | ours

    def lines(self) -> list[str]:
        """Returns a line for each kind of repair, with the nodes that it was made at."""
        return [f"{what}: {_list(list(names))}" for what, names in self._places.items()]

    def _add(self, what: str, node: str) -> None:
        # The optimizer comes by each node several times.
        self._places[what][node] = None

    def _erfc(self, graph, node, name, _):
        dtype = graph.get_dtype(node.input[0])
        one = graph.make_const(f"{name}/one", np.ones((), helper.tensor_dtype_to_np_dtype(dtype)))
        erf = graph.make_node("Erf", [node.input[0]], dtypes=[dtype])
        _replace(graph, node, "Sub", [one.output[0], erf.output[0]])
        self._add("Erfc as 1 - Erf", name)

    def _floor_div(self, graph, node, name, _):
        if graph.get_dtype(node.input[0]) not in _SIGNED:
            return by_tf2onnx.FloorDiv.version_6(graph, node)
        make = _maker(graph)
        dtype, (x, y) = _widened(graph, node)
        quotient = make("Div", dtype, x, y)
        remainder = make("Sub", dtype, x, make("Mul", dtype, quotient, y))
        is_floor = make("Equal", TensorProto.BOOL, remainder, make("Mod", dtype, x, y))
        is_above = make("Not", TensorProto.BOOL, is_floor)
        floor = make("Sub", dtype, quotient, make("Cast", dtype, is_above, to=dtype))
        _replace(graph, node, "Cast", [floor], to=graph.get_dtype(node.input[0]))
        self._add("FloorDiv of integers rounded down", name)

    def _floor_mod(self, graph, node, name, _):
        if graph.get_dtype(node.input[0]) not in _SIGNED:
            return by_tf2onnx.FloorMod.version_7(graph, node)
        _replace(graph, node, "Mod", node.input)
        self._add("FloorMod of integers with the sign of the divisor", name)


def _list(names: list[str]) -> str:
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join(names[:_NAMED] + more)


def _maker(graph) -> Callable[..., str]:
    def make(operator: str, dtype: int, *inputs: str, **attributes) -> str:
        return graph.make_node(operator, list(inputs), attr=attributes, dtypes=[dtype]).output[0]

    return make


def _widened(graph, node) -> tuple[int, list[str]]:
    """Returns the dtype in which to compute, and the inputs of a node in it."""
    dtype = graph.get_dtype(node.input[0])
    if dtype not in _NARROW:
        return dtype, list(node.input)
    make = _maker(graph)
    wide = TensorProto.INT32
    return wide, [make("Cast", wide, name, to=wide) for name in node.input]


def _replace(graph, node, operator: str, inputs: list[str], **attributes) -> None:
    """Puts an operator in the place of a node: its name and outputs stay."""
    shapes, dtypes, inputs = node.output_shapes, node.output_dtypes, list(inputs)
    graph.remove_node(node.name)
    graph.make_node(
        operator,
        inputs,
        attr=attributes,
        name=node.name,
        outputs=node.output,
        shapes=shapes,
        dtypes=dtypes,
    )
