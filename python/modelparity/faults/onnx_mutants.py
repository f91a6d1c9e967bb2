"""Faults in ONNX files, of the kinds that converters and hands make.

To add one: a function that changes a node in place and returns whether it could, and a row in KINDS.
"""

import copy
from collections.abc import Callable, Iterator

import numpy as np
import onnx
from onnx import helper, numpy_helper

from modelparity.faults import weights
from modelparity.faults.mutant import Mutant
from modelparity.faults.use import Step, used

_PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")


class _Site:
    """A node of a model that may be changed."""

    def __init__(self, model: onnx.ModelProto, place: int):
        self.graph = model.graph
        self.node = model.graph.node[place]
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}

    def constant(self, index: int) -> np.ndarray | None:
        """Returns the values of an input, when they are floats in the file."""
        if index >= len(self.node.input):
            return None
        tensor = self._initializers.get(self.node.input[index])
        array = None if tensor is None else numpy_helper.to_array(tensor)
        return array if array is not None and array.dtype == np.float32 else None

    def weight(self) -> tuple[int, np.ndarray] | None:
        """Returns which input of a product is constant, and its values."""
        if self.node.op_type not in _PRODUCTS:
            return None
        found = [(index, self.constant(index)) for index in (0, 1)]
        found = [(index, array) for index, array in found if array is not None and array.ndim > 1]
        return found[0] if found else None

    def replace(self, index: int, array: np.ndarray) -> None:
        """Gives this node other values for an input; other nodes keep theirs."""
        name = f"{self.node.input[index]}/planted"
        self.graph.initializer.append(numpy_helper.from_array(array.astype(np.float32), name))
        self.node.input[index] = name

    def attribute(self, name: str) -> onnx.AttributeProto | None:
        return next((each for each in self.node.attribute if each.name == name), None)

    def insert(self, *nodes: onnx.NodeProto) -> None:
        """Puts nodes in the place of this one."""
        place = list(self.graph.node).index(self.node)
        del self.graph.node[place]
        for offset, node in enumerate(nodes):
            self.graph.node.insert(place + offset, node)


def _shifted_padding(site: _Site) -> bool:
    """SAME as another framework means it: the odd row is added at the other end."""
    pads = site.attribute("pads")
    if site.node.op_type not in ("Conv", "MaxPool", "AveragePool") or pads is None:
        return False
    sizes = list(pads.ints)
    half = len(sizes) // 2
    if not sizes[0]:
        return False
    sizes[0], sizes[half] = sizes[0] - 1, sizes[half] + 1
    pads.ints[:] = sizes
    return True


def _valid_padding(site: _Site) -> bool:
    pads = site.attribute("pads")
    if site.node.op_type not in ("Conv", "MaxPool", "AveragePool") or pads is None:
        return False
    if not any(pads.ints):
        return False
    pads.ints[:] = [0] * len(pads.ints)
    return True


def _epsilon(site: _Site) -> bool:
    """A small constant that is added, as in a normalization, and its attribute in one that is whole."""
    if epsilon := site.attribute("epsilon"):
        epsilon.f *= 10
        return True
    if site.node.op_type != "Add":
        return False
    for index in (0, 1):
        array = site.constant(index)
        if array is not None and array.size == 1 and 0 < array.item() <= 1e-2:
            site.replace(index, array * 10)
            return True
    return False


def _folded_epsilon(site: _Site) -> bool:
    """The same where the converter has folded it into a factor: 1e-3 becomes 1e-5 at a variance near 1."""
    array = site.constant(1)
    if site.node.op_type != "Mul" or "batchnorm/mul" not in site.node.name or array is None:
        return False
    site.replace(1, array * np.sqrt((1 + 1e-3) / (1 + 1e-5)))
    return True


def _other_gelu(site: _Site) -> bool:
    """erf as the tanh of GELU's approximation has it: tanh(sqrt(2/pi) (u + 0.044715 u^3)), u = x sqrt(2)."""
    if site.node.op_type != "Erf":
        return False
    node = site.node
    (x,), (y,) = node.input, node.output
    planted = [f"{y}/planted/{step}" for step in range(4)]
    factor, cube = np.float32(2 / np.sqrt(np.pi)), np.float32(0.044715 * 2)
    for name, value in ((f"{y}/factor", factor), (f"{y}/cube", cube)):
        site.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    site.insert(
        helper.make_node("Mul", [x, x], [planted[0]]),
        helper.make_node("Mul", [planted[0], f"{y}/cube"], [planted[1]]),
        helper.make_node("Mul", [planted[1], x], [planted[2]]),
        helper.make_node("Add", [planted[2], x], [f"{planted[2]}/sum"]),
        helper.make_node("Mul", [f"{planted[2]}/sum", f"{y}/factor"], [planted[3]]),
        helper.make_node("Tanh", [planted[3]], [y], name=node.name),
    )
    return True


def _dropped_bias(site: _Site) -> bool:
    node = site.node
    if node.op_type == "Conv" and len(node.input) == 3:
        bias = site.constant(2)
        if bias is None or not bias.any():
            return False
        del node.input[2]
        return True
    if node.op_type != "Add":
        return False
    for index in (0, 1):
        array = site.constant(index)
        if array is not None and array.ndim and array.any():
            identity = helper.make_node("Identity", [node.input[1 - index]], list(node.output))
            identity.name = node.name
            site.insert(identity)
            return True
    return False


def _other_resize(site: _Site) -> bool:
    if site.node.op_type != "Resize":
        return False
    mode = site.attribute("coordinate_transformation_mode")
    if mode is None:
        return False
    mode.s = b"align_corners" if mode.s == b"half_pixel" else b"half_pixel"
    return True


def _other_rounding(site: _Site) -> bool:
    """Up, and not to the even one, where two whole numbers are equally near."""
    if site.node.op_type != "Round":
        return False
    node = site.node
    (x,), (y,) = node.input, node.output
    half, added = f"{y}/planted/half", f"{y}/planted/added"
    site.graph.initializer.append(numpy_helper.from_array(np.asarray(0.5, np.float32), half))
    site.insert(
        helper.make_node("Add", [x, half], [added]),
        helper.make_node("Floor", [added], [y], name=node.name),
    )
    return True


def _average_for_maximum(site: _Site) -> bool:
    if site.node.op_type != "MaxPool":
        return False
    site.node.op_type = "AveragePool"
    return True


def _other_activation(site: _Site) -> bool:
    others = {"Relu": "Elu", "Tanh": "Softsign", "Sigmoid": "HardSigmoid"}
    if site.node.op_type not in others:
        return False
    site.node.op_type = others[site.node.op_type]
    return True


def _wrong_axis(site: _Site) -> bool:
    axis = site.attribute("axis")
    if site.node.op_type == "Softmax":
        if axis is None:
            axis = site.node.attribute.add(name="axis", type=onnx.AttributeProto.INT)
        axis.i = 0
        return True
    return False


KINDS: dict[str, Callable[[_Site], bool]] = {
    **weights.KINDS,
    "shifted padding": _shifted_padding,
    "VALID for SAME": _valid_padding,
    "epsilon": _epsilon,
    "folded epsilon": _folded_epsilon,
    "tanh GELU for exact": _other_gelu,
    "dropped bias": _dropped_bias,
    "off-by-one resize": _other_resize,
    "wrong rounding": _other_rounding,
    "average for maximum": _average_for_maximum,
    "other activation": _other_activation,
    "softmax over another axis": _wrong_axis,
}


def mutants(model: onnx.ModelProto) -> Iterator[Mutant]:
    """Yields the model with each fault at each node where it can be planted."""
    graph = model.graph
    steps = [Step(node.op_type, node.input, node.output) for node in graph.node]
    places = used(steps, [output.name for output in graph.output])
    for kind, plant in KINDS.items():
        for place in places:
            changed = copy.deepcopy(model)
            site = _Site(changed, place)
            outputs = list(site.node.output)
            if plant(site):
                yield Mutant(kind, outputs[0], changed)
