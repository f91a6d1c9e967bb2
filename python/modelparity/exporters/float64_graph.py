"""The same graph with every float in float64: what TensorFlow makes of it is the nearest to the truth that can be had.

Constants keep their values, which float64 holds exactly. Operators are TensorFlow's own, but for the batch
normalization of inference, which TensorFlow has in float32 only and is written out here:
y = (x - mean) / sqrt(variance + epsilon) * scale + offset (Ioffe and Szegedy, 2015).

A graph with an operator that TensorFlow has not in float64 does not load; whoever runs this has to expect that.
"""

import numpy as np

from modelparity.contract import tensorflow_graph_pb2 as tf_graph
from modelparity.graphs import source_node
from modelparity.tensor_protos import of_array, to_array

_DOUBLE = tf_graph.DT_DOUBLE
_NARROW = (tf_graph.DT_FLOAT, tf_graph.DT_BFLOAT16, tf_graph.DT_HALF)
_BATCH_NORMS = {"FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"}


def to_float64(graph: tf_graph.GraphDef) -> tf_graph.GraphDef:
    """Returns a copy of a graph without variables, in float64.

    Raises:
        UnsupportedError: A constant has a dtype that numpy has not here.
    """
    made = tf_graph.GraphDef()
    made.CopyFrom(graph)
    _widen_nodes(made.node, in_function=False)
    for function in made.library.function:
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            argument.type = _wide(argument.type)
        renamed = _widen_nodes(function.node_def, in_function=True)
        for key, name in function.ret.items():
            function.ret[key] = _renamed(name, renamed)
        for attribute in function.attr.values():
            _widen_attribute(attribute)
    return made


def _widen_nodes(nodes, *, in_function: bool) -> set[str]:
    """Widens nodes in place; returns those whose output has another name in functions now."""
    written = []
    norms = set()
    for node in nodes:
        for attribute in node.attr.values():
            _widen_attribute(attribute)
        if node.op in _BATCH_NORMS and not node.attr["is_training"].b and _is_nhwc(node):
            norms.add(node.name)
            written += _batch_norm(node, in_function)
        else:
            written.append(node)
    copies = [tf_graph.NodeDef.FromString(node.SerializeToString()) for node in written]
    del nodes[:]
    nodes.extend(copies)
    if in_function:
        for node in nodes:
            node.input[:] = [_renamed(name, norms) for name in node.input]
    return norms


def _is_nhwc(node: tf_graph.NodeDef) -> bool:
    return node.attr["data_format"].s in (b"", b"NHWC", b"NDHWC")


def _renamed(name: str, norms: set[str]) -> str:
    if source_node(name) in norms and name.endswith(":y:0"):
        return name.removesuffix("y:0") + "z:0"
    return name


def _wide(data_type: int) -> int:
    return _DOUBLE if data_type in _NARROW else data_type


def _widen_attribute(attribute: tf_graph.AttrValue) -> None:
    match attribute.WhichOneof("value"):
        case "type":
            attribute.type = _wide(attribute.type)
        case "list":
            attribute.list.type[:] = [_wide(data_type) for data_type in attribute.list.type]
        case "func":
            for inner in attribute.func.attr.values():
                _widen_attribute(inner)
        case "tensor" if attribute.tensor.dtype in _NARROW:
            attribute.tensor.CopyFrom(of_array(to_array(attribute.tensor).astype(np.float64)))


def _batch_norm(node: tf_graph.NodeDef, in_function: bool) -> list[tf_graph.NodeDef]:
    """Returns nodes that compute the first output of a batch normalization; the last has its name."""
    x, scale, offset, mean, variance = node.input[:5]
    controls = node.input[5:]
    epsilon = node.attr["epsilon"].f if "epsilon" in node.attr else 1e-4
    made = []

    def add(op: str, output: str, *inputs: str, name: str = "") -> str:
        name = name or f"{node.name}/float64_{len(made)}"
        made.append(tf_graph.NodeDef(name=name, op=op, input=inputs))
        made[-1].attr["T"].type = _DOUBLE
        return f"{name}:{output}:0" if in_function else name

    constant = tf_graph.NodeDef(name=f"{node.name}/float64_epsilon", op="Const")
    constant.attr["dtype"].type = _DOUBLE
    constant.attr["value"].tensor.CopyFrom(of_array(np.array(epsilon)))
    made.append(constant)
    added = f"{constant.name}:output:0" if in_function else constant.name
    factor = add("Rsqrt", "y", add("AddV2", "z", variance, added))
    centred = add("Sub", "z", x, mean)
    scaled = add("Mul", "z", add("Mul", "z", centred, factor), scale)
    add("AddV2", "z", scaled, offset, *controls, name=node.name)
    return made
