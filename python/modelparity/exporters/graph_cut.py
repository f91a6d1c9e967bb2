"""Cuts out of a graph the part between the inputs and the outputs that a user names.

An input is `NAME` or `NAME[SHAPE]`, an output `NAME`. NAME is a node, which stands for all that comes
out of it, or a tensor of one ("x:0"). SHAPE is as people write it, "x[?,224,224,3]"; the dtype is the
graph's.
"""

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from modelparity.errors import ArtifactInvalidError
from modelparity.exporters.tables import table_initializers

_FEED = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<shape>[^\[\]]*)\])?")
_SIZE = re.compile(r"\?|-1|\d+")
_CLOSE = 5  # names to suggest


class Cut(NamedTuple):
    """A graph, and what goes in and comes out of it: names of tensors."""

    graph_def: tf.compat.v1.GraphDef
    inputs: list[str]
    outputs: list[str]
    initializers: list[str]
    """Operators that fill the tables."""


def cut(
    graph_def: tf.compat.v1.GraphDef,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> Cut:
    """Returns the part of a graph that computes outputs from inputs, which become placeholders.

    Args:
        graph_def: Without variables.
        inputs: As above. Empty: the placeholders that the outputs need.
        outputs: As above; at least one.

    Raises:
        ArtifactInvalidError: A name or a shape is none, or an output needs an input that is not given.
        ConversionFailedError: A table is filled from a file.
    """
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
    shapes = dict(_parse(graph, text) for text in inputs)
    tensors = [tensor for name in outputs for tensor in _tensors(graph, name)]
    fetched = list(dict.fromkeys(tensor.name for tensor in tensors))
    rest = tf.compat.v1.GraphDef()
    rest.CopyFrom(graph_def)
    for node in rest.node:
        if f"{node.name}:0" in shapes:
            make_placeholder(node, *shapes[f"{node.name}:0"])
    ends = [name.partition(":")[0] for name in (*shapes, *fetched)]
    used = {node.name for node in tf.compat.v1.graph_util.extract_sub_graph(rest, ends).node}
    initializers = table_initializers(rest, used)
    rest = tf.compat.v1.graph_util.extract_sub_graph(rest, [*ends, *initializers])
    open_ends = [
        f"{node.name}:0"
        for node in rest.node
        if node.op in ("Placeholder", "PlaceholderV2") and f"{node.name}:0" not in shapes
    ]
    if inputs and open_ends:
        names = ", ".join(f"'{name}'" for name in open_ends)
        raise ArtifactInvalidError(
            f"the outputs need {names}, and --feed names {', '.join(inputs)} only; add the rest"
        )
    return Cut(rest, [*shapes, *open_ends], fetched, initializers)


def _parse(graph: tf.Graph, text: str) -> tuple[str, tuple[tf.Tensor, tf.TensorShape]]:
    match = _FEED.fullmatch(text)
    sizes = (match["shape"] or "").replace(" ", "").split(",") if match else []
    sizes = [] if sizes == [""] else sizes
    if not match or not all(_SIZE.fullmatch(size) for size in sizes):
        raise ArtifactInvalidError(f"--feed '{text}': wants NAME or NAME[SHAPE], such as 'x[?,3]'")
    tensor = _tensors(graph, match["name"])[0]
    if tensor.value_index:
        raise ArtifactInvalidError(
            f"--feed '{text}': it is not the first output of {tensor.op.type}; feed what reads it"
        )
    if match["shape"] is None:
        return tensor.name, (tensor, tensor.shape)
    given = [int(size) if size.isdigit() else None for size in sizes]
    if not tensor.shape.is_compatible_with(given):
        raise ArtifactInvalidError(f"--feed '{text}': the graph says {tensor.shape} of it")
    return tensor.name, (tensor, tf.TensorShape(given))


def _tensors(graph: tf.Graph, name: str) -> list[tf.Tensor]:
    node, _, place = name.partition(":")
    operators = {operator.name: operator for operator in graph.get_operations()}
    if node not in operators:
        near = difflib.get_close_matches(node, operators, _CLOSE, cutoff=0.5)
        near += [other for other in operators if node in other and other not in near][:_CLOSE]
        hint = f"near it are {', '.join(near)}" if near else "`modelparity inspect` lists some"
        raise ArtifactInvalidError(f"the graph has no node '{node}'; {hint}")
    found = operators[node].outputs
    if not (place or "0").isdecimal() or int(place or 0) >= len(found):
        raise ArtifactInvalidError(
            f"'{name}': node '{node}', which is {operators[node].type}, has {len(found)} outputs, from :0"
        )
    return [found[int(place)]] if place else list(found)


def make_placeholder(node, tensor: tf.Tensor, shape: tf.TensorShape) -> None:
    """Makes a NodeDef, whatever it was, an input of a tensor's dtype."""
    name = node.name
    node.Clear()
    node.name, node.op = name, "Placeholder"
    node.attr["dtype"].type = tensor.dtype.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(shape.as_proto())
