"""Where a node of a graph comes from: its layer, and the line of Python that made it."""

from modelparity.bundle import Bundle
from modelparity.check.python_lines import PythonLines
from modelparity.graphs import read_saved_model
from modelparity.locate.dataflow import Dataflow, Node

_CALLS = ("StatefulPartitionedCall", "PartitionedCall")
_MOVERS = ("Identity",)


def computing(graph: Dataflow, tensor: str) -> Node:
    """Returns the node that computes a tensor, which may be handed on by others."""
    node = graph.producers[tensor]
    while node.op in _MOVERS and node.inputs[0] in graph.producers:
        node = graph.producers[node.inputs[0]]
    return node


def layer_of(node: str) -> str:
    """Returns the path of a node without the calls that freezing wrote in front of it."""
    parts = node.split("/")
    while parts and parts[0].startswith(_CALLS):
        parts = parts[1:]
    return "/".join(parts[:-1])


def python_line(bundle: Bundle, node: str) -> str:
    """Returns "file.py:12"; empty: the SavedModel was saved without `save_debug_info`, or is not there.

    Freezing writes the calls that led to a node in front of its name.
    """
    for artifact in bundle.manifest.artifacts:
        folder = bundle.path_of(artifact)
        if artifact.format != "saved_model" or not (folder / "debug").is_dir():
            continue
        lines = PythonLines.of_saved_model(folder)
        functions = [
            function.signature.name
            for meta_graph in read_saved_model(folder).meta_graphs
            for function in meta_graph.graph_def.library.function
        ]
        parts = node.split("/")
        for start in range(len(parts)):
            for function in ("", *functions):
                if line := lines.of("/".join(parts[start:]), function):
                    return line
    return ""
