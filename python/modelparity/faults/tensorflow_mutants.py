"""Faults in frozen graphs, the same as in `onnx_mutants`; made without TensorFlow.

To add one: a function that changes a node in place and returns whether it could, and a row in KINDS.
"""

import copy
from collections.abc import Callable, Iterator

import numpy as np

from modelparity.contract import tensorflow_graph_pb2
from modelparity.faults import weights
from modelparity.faults.mutant import Mutant
from modelparity.faults.use import Step, used
from modelparity.graphs import source_node
from modelparity.tensor_protos import of_array, to_array

_FLOAT = tensorflow_graph_pb2.DT_FLOAT
_PRODUCTS = ("MatMul", "Conv2D", "DepthwiseConv2dNative", "BatchMatMulV2")


class _Site:
    """A node of a graph that may be changed."""

    def __init__(self, graph: tensorflow_graph_pb2.GraphDef, place: int):
        self.graph = graph
        self.node = graph.node[place]
        self._nodes = {node.name: node for node in graph.node}

    def constant(self, index: int) -> np.ndarray | None:
        """Returns the values of an input, when they are floats of a Const, also behind Identity."""
        if index >= len(self.node.input):
            return None
        node = self._nodes[source_node(self.node.input[index])]
        while node.op == "Identity":
            node = self._nodes[source_node(node.input[0])]
        if node.op != "Const" or node.attr["dtype"].type != _FLOAT:
            return None
        return to_array(node.attr["value"].tensor)

    def weight(self) -> tuple[int, np.ndarray] | None:
        """Returns which input of a product is constant, and its values."""
        if self.node.op not in _PRODUCTS:
            return None
        found = [(index, self.constant(index)) for index in (1, 0)]
        found = [(index, array) for index, array in found if array is not None and array.ndim > 1]
        return found[0] if found else None

    def replace(self, index: int, array: np.ndarray) -> None:
        """Gives this node other values for an input; other nodes keep theirs."""
        name = f"{source_node(self.node.input[index])}/planted"
        self.node.input[index] = self.add_constant(name, array)

    def add_constant(self, name: str, array: np.ndarray) -> str:
        node = self.graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = _FLOAT
        node.attr["value"].tensor.CopyFrom(of_array(array.astype(np.float32)))
        return name

    def add(self, name: str, op: str, *inputs: str) -> str:
        node = self.graph.node.add(name=name, op=op, input=inputs)
        node.attr["T"].type = _FLOAT
        return name

    def become(self, op: str, *inputs: str) -> None:
        """Makes the node another operator of floats."""
        name = self.node.name
        self.node.Clear()
        self.node.name, self.node.op = name, op
        self.node.input.extend(inputs)
        self.node.attr["T"].type = _FLOAT


def _other_padding(site: _Site) -> bool:
    """Where a window does not fit the size, VALID and SAME differ by a row."""
    node = site.node
    if node.op in ("MaxPool", "AvgPool"):
        # Windows that lie side by side mostly fit.
        can_differ = node.attr["ksize"] != node.attr["strides"]
    elif node.op in ("Conv2D", "DepthwiseConv2dNative"):
        kernel = site.constant(1)
        can_differ = kernel is not None and kernel.shape[:2] != (1, 1)
    else:
        return False
    node.attr["padding"].s = b"VALID" if node.attr["padding"].s == b"SAME" else b"SAME"
    return can_differ


def _epsilon(site: _Site) -> bool:
    if site.node.op == "FusedBatchNormV3":
        site.node.attr["epsilon"].f *= 10
        return True
    if site.node.op not in ("Add", "AddV2"):
        return False
    for index in (0, 1):
        array = site.constant(index)
        if array is not None and array.size == 1 and 0 < array.item() <= 1e-2:
            site.replace(index, array * 10)
            return True
    return False


def _other_gelu(site: _Site) -> bool:
    """erfc as 1 - the tanh of GELU's approximation: tanh(sqrt(2/pi) (u + 0.044715 u^3)), u = x sqrt(2)."""
    if site.node.op != "Erfc":
        return False
    name, x = site.node.name, site.node.input[0]
    factor, cube, one = (
        site.add_constant(f"{name}/planted/{key}", np.float32(value))
        for key, value in (("f", 2 / np.sqrt(np.pi)), ("c", 0.044715 * 2), ("one", 1.0))
    )
    square = site.add(f"{name}/planted/square", "Mul", x, x)
    scaled = site.add(f"{name}/planted/scaled", "Mul", square, cube)
    cubed = site.add(f"{name}/planted/cubed", "Mul", scaled, x)
    added = site.add(f"{name}/planted/added", "AddV2", cubed, x)
    inner = site.add(f"{name}/planted/inner", "Mul", added, factor)
    site.become("Sub", one, site.add(f"{name}/planted/tanh", "Tanh", inner))
    return True


def _dropped_bias(site: _Site) -> bool:
    if site.node.op not in ("Add", "AddV2", "BiasAdd"):
        return False
    for index in (0, 1):
        array = site.constant(index)
        # What is added to a constant is no bias, but the variance of a normalization.
        is_bias = array is not None and array.ndim and site.constant(1 - index) is None
        if is_bias and array.any():
            site.become("Identity", site.node.input[1 - index])
            return True
    return False


def _other_resize(site: _Site) -> bool:
    if site.node.op not in ("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic"):
        return False
    centers = site.node.attr["half_pixel_centers"]
    centers.b = not centers.b
    return True


def _other_rounding(site: _Site) -> bool:
    """Up, and not to the even one, where two whole numbers are equally near."""
    if site.node.op not in ("Round", "Rint") or site.node.attr["T"].type != _FLOAT:
        return False
    name, x = site.node.name, site.node.input[0]
    half = site.add_constant(f"{name}/planted/half", np.float32(0.5))
    site.become("Floor", site.add(f"{name}/planted/added", "AddV2", x, half))
    return True


def _average_for_maximum(site: _Site) -> bool:
    if site.node.op != "MaxPool":
        return False
    site.node.op = "AvgPool"
    return True


def _other_activation(site: _Site) -> bool:
    others = {"Relu": "Elu", "Tanh": "Sigmoid", "Sigmoid": "Tanh", "Softmax": "Sigmoid"}
    if site.node.op not in others or site.node.attr["T"].type != _FLOAT:
        return False
    site.become(others[site.node.op], site.node.input[0])
    return True


KINDS: dict[str, Callable[[_Site], bool]] = {
    **weights.KINDS,
    "VALID for SAME": _other_padding,
    "epsilon": _epsilon,
    "tanh GELU for exact": _other_gelu,
    "dropped bias": _dropped_bias,
    "off-by-one resize": _other_resize,
    "wrong rounding": _other_rounding,
    "average for maximum": _average_for_maximum,
    "other activation": _other_activation,
}


def mutants(graph: tensorflow_graph_pb2.GraphDef) -> Iterator[Mutant]:
    """Yields the graph with each fault at each node where it can be planted."""
    steps = [Step(node.op, list(map(source_node, node.input)), [node.name]) for node in graph.node]
    read = {name for step in steps for name in step.inputs}
    places = used(steps, [node.name for node in graph.node if node.name not in read])
    for kind, plant in KINDS.items():
        for place in places:
            changed = copy.deepcopy(graph)
            site = _Site(changed, place)
            if plant(site):
                yield Mutant(kind, f"{site.node.name}:0", changed)
