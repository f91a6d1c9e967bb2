"""Searches in ONNX Runtime, of a graph against the same with something changed."""

import itertools

import numpy as np
import pytest

from modelparity import runtimes
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.locate.fetching import Fetcher
from modelparity.locate.search import Search
from modelparity.locate.testing.onnx_graphs import node, onnx_model

_X = np.linspace(-1, 1, 8).astype(np.float32)
_TWO = np.array(2, np.float32)


@pytest.fixture(scope="module")
def player():
    with Player(runtimes.find("onnxruntime-python"), Limits()) as started:
        yield started


def _search(player, folder, right, wrong, constants=None, changed=None):
    constants = constants or {"two": _TWO}
    reference = onnx_model(folder / "right", right, constants)
    candidate = onnx_model(folder / "wrong", wrong, changed or constants)
    search = Search(Fetcher(reference, player), Fetcher(candidate, player), {"x": _X})
    return search, search.run(candidate.dataflow.outputs.values())


_CHAIN = [node("a", "Mul", "x", "two"), node("b", "Tanh", "a"), node("y", "Add", "b", "two")]


def test_nothing_differs(player, tmp_path):
    assert _search(player, tmp_path, _CHAIN, _CHAIN)[1] is None


def test_a_changed_operator(player, tmp_path):
    wrong = [_CHAIN[0], node("b", "Sigmoid", "a"), _CHAIN[2]]
    _, place = _search(player, tmp_path, _CHAIN, wrong)
    assert place.pair.candidate == "b"
    assert place.by_itself
    assert not place.input_errors["a"].differs
    np.testing.assert_allclose(place.wanted, np.tanh(2 * _X), rtol=1e-6)


def test_a_changed_constant_is_named(player, tmp_path):
    right = [node("a", "Mul", "x", "w"), node("y", "Tanh", "a")]
    search, place = _search(
        player, tmp_path, right, right, {"w": _TWO}, {"w": np.array(2.1, np.float32)}
    )
    assert place.pair.candidate == "a"
    assert search.constants(place)["w"].differs


def test_the_first_of_two_and_on_the_branch_that_differs(player, tmp_path):
    def graph(left, right):
        return [
            node("r1", "Neg", "x"),
            node("l1", left, "x"),
            node("r2", right, "r1"),
            node("l2", "Abs", "l1"),
            node("y", "Add", "l2", "r2"),
        ]

    _, place = _search(player, tmp_path, graph("Sin", "Tanh"), graph("Sin", "Sigmoid"))
    assert place.pair.candidate == "r2"
    _, place = _search(player, tmp_path, graph("Sin", "Tanh"), graph("Cos", "Sigmoid"))
    assert place.pair.candidate == "l1"


def test_bisecting_does_not_pass_over_a_fault_on_another_branch(player, tmp_path):
    def graph(first, second):
        names = ["x", *(f"l{i}" for i in range(100))]
        return [
            node("r1", first, "x"),
            *(node(out, "Neg", source) for source, out in itertools.pairwise(names)),
            node("r2", second, "r1"),
            node("y", "Add", names[-1], "r2"),
        ]

    _, place = _search(player, tmp_path, graph("Sin", "Tanh"), graph("Cos", "Sigmoid"))
    assert place.pair.candidate == "r1"


def test_a_long_graph_is_bisected(player, tmp_path):
    def graph(op):
        names = ["x", *(f"n{i}" for i in range(1000)), "y"]
        return [
            node(out, op if out == "n777" else "Neg", source)
            for source, out in itertools.pairwise(names)
        ]

    search, place = _search(player, tmp_path, graph("Neg"), graph("Exp"))
    assert place.pair.candidate == "n777"
    assert place.by_itself
    # Fetching all, as many at once, would take 32 runs, and looking at each alone as many again.
    assert search.runs < 16


def test_an_amplified_difference_is_told_from_a_fault(player, tmp_path):
    """Where a - b is nearly nothing, rounding is all that is left: no node is wrong."""
    large = {"large": np.array(3e4, np.float32), "two": _TWO}
    right = [
        node("a", "Add", "x", "large"),
        node("b", "Sub", "a", "large"),
        node("y", "Mul", "b", "two"),
    ]
    # The same sum in another order, which rounds otherwise.
    wrong = [
        node("half", "Div", "large", "two"),
        node("a1", "Add", "x", "half"),
        node("a", "Add", "a1", "half"),
        *right[1:],
    ]
    _, place = _search(player, tmp_path, right, wrong, large)
    assert place.pair.candidate == "b"
    assert not place.by_itself


def test_what_makes_more_of_a_change_is_not_blamed(player, tmp_path):
    """3e-6 of the largest element could be rounding, and what becomes of it is no fault of the Exp."""
    constants = {"w": _TWO, "large": np.array(40, np.float32)}
    right = [
        node("a", "Mul", "x", "w"),
        node("b", "Mul", "a", "large"),
        node("y", "Exp", "b"),
    ]
    changed = {**constants, "w": np.array(2 * (1 + 3e-6), np.float32)}
    _, place = _search(player, tmp_path, right, right, constants, changed)
    assert place.pair.candidate == "y"
    assert not place.by_itself


def test_a_name_that_stands_for_something_else_is_passed_over(player, tmp_path):
    """As tf2onnx calls the square root Rsqrt."""
    right = [
        node("s", "Abs", "x"),
        node("r", "Exp", "s"),
        node("z", "Reciprocal", "r"),
        node("y", "Tanh", "z"),
    ]
    wrong = [
        node("s", "Abs", "x"),
        node("r", "Neg", "s"),
        node("z", "Exp", "r"),
        node("y", "Sigmoid", "z"),
    ]
    _, place = _search(player, tmp_path, right, wrong)
    assert place.pair.candidate == "y"
    assert place.by_itself


def test_another_shape_is_a_difference(player, tmp_path):
    axes = {"axes": np.array([0], np.int64)}
    right = [node("a", "Neg", "x"), node("y", "Abs", "a")]
    wrong = [node("a", "ReduceSum", "x", "axes"), node("y", "Abs", "a")]
    _, place = _search(player, tmp_path, right, wrong, axes)
    assert place.pair.candidate == "a"
    assert place.own_error.remark == "got the shape [1], wants [8]"


def test_within_many_nodes_the_reader_of_an_unknown_weight_is_named(player, tmp_path):
    """As where a converter makes many nodes of one, and the reference has no tensor between them."""
    weights = {
        name: np.linspace(1, 2, 8).astype(np.float32) ** i for i, name in enumerate("abc", 1)
    }
    right = [node("p", "Mul", "x", "a"), node("q", "Mul", "p", "b"), node("y", "Mul", "q", "c")]
    wrong = [
        node("r", "Neg", "x"),
        node("s", "Mul", "r", "b"),
        node("t", "Mul", "s", "a"),
        node("u", "Neg", "t"),
        node("y", "Mul", "u", "c"),
    ]
    changed = {**weights, "b": weights["b"].astype(np.float16).astype(np.float32)}
    search, place = _search(player, tmp_path, right, wrong, weights, changed)
    assert [each.name for each in place.segment.nodes] == ["r", "s", "t", "u"]
    assert search.node(place).name == "s"
