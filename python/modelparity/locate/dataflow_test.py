"""Orders, cuts and what depends on an input."""

from modelparity.locate.dataflow import Dataflow, Node

# a = f(x, w), b = g(a), c = h(w), y = k(b, a, c)
_GRAPH = Dataflow(
    [
        Node("f", "F", ("x", "w"), ("a",)),
        Node("g", "G", ("a",), ("b",)),
        Node("h", "H", ("w",), ("c",)),
        Node("k", "K", ("b", "a", "c"), ("y",)),
    ],
    {"w"},
    {"in": "x"},
    {"out": "y"},
    {name: name for name in "xwabcy"},
)


def test_what_varies_depends_on_an_input():
    assert _GRAPH.varying == {"x", "a", "b", "y"}


def test_ancestors_are_the_tensors_themselves_and_all_above():
    assert _GRAPH.ancestors(["b"]) == {"b", "a", "x", "w"}


def test_a_segment_ends_at_the_nearest_tensors_that_are_known():
    segment = _GRAPH.segment("y", {"x", "a", "y"})
    assert [node.name for node in segment.nodes] == ["g", "h", "k"]
    assert segment.inputs == ["a"]
    assert segment.constants == ["w"]


def test_a_segment_reaches_the_inputs_where_nothing_is_known():
    segment = _GRAPH.segment("y", ())
    assert [node.name for node in segment.nodes] == ["f", "g", "h", "k"]
    assert segment.inputs == ["x"]
