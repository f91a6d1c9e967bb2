"""Which tensor of a candidate's graph is which of the reference's.

By name first: converters keep most names, and where one names what it fuses after the last node, the
name stands for the same values. Where few names are left, by structure: what stands at the same place
between tensors that are known.
"""

from typing import NamedTuple

from modelparity.locate.dataflow import Dataflow, Node

_FEW = 0.5
# What only changes how a tensor is laid out or typed: looked through where two graphs are compared by structure.
_CARRIERS = ("Cast", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
# TensorFlow's operators by ONNX's names.
_SAME = {
    **{"AddV2": "Add", "BiasAdd": "Add", "RealDiv": "Div", "ConcatV2": "Concat"},
    **{"BatchMatMulV2": "MatMul", "Conv2D": "Conv", "Conv3D": "Conv"},
    **{"DepthwiseConv2dNative": "Conv", "AvgPool": "AveragePool", "Gemm": "MatMul"},
    **{"GatherV2": "Gather", "Maximum": "Max", "Minimum": "Min", "Mean": "ReduceMean"},
}


class Pair(NamedTuple):
    """One tensor in both graphs."""

    reference: str
    candidate: str


def pair(reference: Dataflow, candidate: Dataflow) -> list[Pair]:
    """Returns the computed tensors that both graphs have, in the order of the candidate's.

    The tensors that the outputs of the signature are bound to are among them, whatever their names.
    """
    found = {candidate.outputs[key]: reference.outputs[key] for key in candidate.outputs}
    found |= {
        candidate.names[name]: reference.names[name]
        for name in candidate.names
        if name in reference.names and candidate.names[name] not in found
    }
    known = found | {candidate.inputs[key]: reference.inputs[key] for key in candidate.inputs}
    computed = candidate.varying & candidate.order.keys()
    if len(computed & found.keys()) < _FEW * len(computed):
        found |= _by_structure(reference, candidate, known)
    return [
        Pair(found[tensor], tensor)
        for tensor in candidate.order
        if tensor in found and found[tensor] in reference.order
    ]


def _by_structure(reference: Dataflow, candidate: Dataflow, known: dict[str, str]):
    """Follows both graphs from tensors that are known, against and with the data, while they look alike."""
    readers = (_readers(reference), _readers(candidate))
    # A constant may have any readers.
    found = dict(known)
    pending = [(tensor, ours) for tensor, ours in known.items() if tensor in candidate.varying]
    while pending:
        theirs, ours = pending.pop()
        new = dict(_above(reference, candidate, ours, theirs))
        new |= dict(_below(*readers, ours, theirs))
        for tensor, other in new.items():
            if tensor not in found:
                found[tensor] = other
                pending.append((tensor, other))
    return found


def _above(reference: Dataflow, candidate: Dataflow, ours: str, theirs: str):
    """Yields what the producers of one tensor read, when they are the same operator."""
    mine, other = _computed(reference, ours), _computed(candidate, theirs)
    if mine is None or other is None:
        return
    if _op(mine) == "Add" and _op(other) == "Conv":
        # The bias is within ONNX's convolution.
        mine = _computed(reference, mine.inputs[0])
    if mine is None or _op(mine) != _op(other):
        return
    lists = [
        [tensor for tensor in node.inputs if tensor in graph.varying]
        for node, graph in ((mine, reference), (other, candidate))
    ]
    if len(lists[0]) == len(lists[1]):
        for tensor, same in zip(*lists, strict=True):
            yield _carried(candidate, same), _carried(reference, tensor)


def _below(readers_of_ours, readers_of_theirs, ours: str, theirs: str):
    """Yields what the only reader of each operator makes of one tensor."""
    mine, others = readers_of_ours.get(ours, {}), readers_of_theirs.get(theirs, {})
    for op in mine.keys() & others.keys():
        if len(mine[op]) == len(others[op]) == 1:
            (node,), (other,) = mine[op], others[op]
            if op == "Conv" and len(other.inputs) > len(node.inputs):
                biased = readers_of_ours.get(node.outputs[0], {}).get("Add", [])
                node = biased[0] if biased else node
            yield other.outputs[0], node.outputs[0]


def _readers(graph: Dataflow) -> dict[str, dict[str, list[Node]]]:
    readers: dict[str, dict[str, list[Node]]] = {}
    for node in graph.nodes:
        if node.op not in _CARRIERS:
            for tensor in {_carried(graph, name) for name in node.inputs} | set(node.inputs):
                readers.setdefault(tensor, {}).setdefault(_op(node), []).append(node)
    return readers


def _computed(graph: Dataflow, tensor: str) -> Node | None:
    return graph.producers.get(_carried(graph, tensor))


def _carried(graph: Dataflow, tensor: str) -> str:
    """Returns the tensor whose values are only laid out anew in this one."""
    while tensor in graph.producers and graph.producers[tensor].op in _CARRIERS:
        varying = [name for name in graph.producers[tensor].inputs if name in graph.varying]
        if not varying:
            return tensor
        tensor = varying[0]
    return tensor


def _op(node: Node) -> str:
    return _SAME.get(node.op, node.op)
