"""Tensors that are the same in two graphs."""

from modelparity.locate.dataflow import Dataflow, Node
from modelparity.locate.pairing import pair


def _graph(*nodes, output):
    made = [Node(name, op, tuple(inputs), (name,)) for name, op, *inputs in nodes]
    names = {"x": "x", "w": "w", "b": "b"} | {name: name for name, *_ in nodes}
    return Dataflow(made, {"w", "b"}, {"x": "x"}, {"y": output}, names)


_REFERENCE = _graph(
    ("conv", "Conv2D", "x", "w"),
    ("bias", "BiasAdd", "conv", "b"),
    ("relu", "Relu", "bias"),
    ("product", "MatMul", "relu", "w"),
    ("out", "Identity", "product"),
    output="out",
)


def _pairs(candidate):
    return {each.candidate: each.reference for each in pair(_REFERENCE, candidate)}


def test_by_name_and_the_outputs_by_their_keys():
    candidate = _graph(
        ("bias", "Conv", "x", "w", "b"),
        ("relu", "Relu", "bias"),
        ("y", "MatMul", "relu", "w"),
        output="y",
    )
    assert _pairs(candidate) == {"bias": "bias", "relu": "relu", "y": "out"}


def test_by_structure_where_all_names_are_others():
    candidate = _graph(
        ("t1", "Transpose", "x"),
        ("t2", "Conv", "t1", "w", "b"),
        ("t3", "Relu", "t2"),
        ("t4", "Transpose", "t3"),
        ("t5", "MatMul", "t4", "w"),
        output="t5",
    )
    assert _pairs(candidate) == {"t2": "bias", "t3": "relu", "t5": "out"}


def test_structure_is_followed_up_to_another_operator():
    candidate = _graph(
        ("t1", "Conv", "x", "w", "b"), ("t2", "Tanh", "t1"), ("t3", "Gemm", "t2", "w"), output="t3"
    )
    assert _pairs(candidate) == {"t1": "bias", "t2": "relu", "t3": "out"}
