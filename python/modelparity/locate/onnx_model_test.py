"""ONNX files, cut, and run by ONNX's own reference."""

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from modelparity.locate.testing.onnx_graphs import node, onnx_model

_W = np.array([2, 3], np.float32)
_X = np.array([1, 10], np.float32)


def _run(folder, part, feeds):
    (binding,) = part.artifact.bindings
    evaluator = ReferenceEvaluator(onnx.load(folder / part.artifact.path))
    names = [entry.tensor for entry in binding.outputs]
    values = evaluator.run(names, {entry.tensor: feeds[entry.name] for entry in binding.inputs})
    return {
        entry.name: value.tolist() for entry, value in zip(binding.outputs, values, strict=True)
    }


def _model(folder):
    nodes = [
        node("w_too", "Identity", "w"),
        node("a", "Mul", "x", "w_too"),
        node("b", "Add", "a", "w"),
        node("unread", "Neg", "a"),
        node("y", "Neg", "b"),
    ]
    return onnx_model(folder, nodes, {"w": _W})


def test_the_dataflow(tmp_path):
    graph = _model(tmp_path).dataflow
    assert [each.name for each in graph.nodes] == ["a", "b", "unread", "y"]
    assert graph.nodes[0].inputs == ("x", "w")
    assert graph.constants == {"w"}


def test_nodes_run_side_by_side_on_what_they_are_given(tmp_path):
    model = _model(tmp_path / "model")
    feeds = {"x": _X, "a": _X * 0, "b": _X}
    part = model.part(tmp_path, feeds, {"a": "float32", "b": "float32", "y": "float32"})
    assert _run(tmp_path, part, feeds) == {"a": [2, 30], "b": [2, 3], "y": [-1, -10]}
    written = onnx.load(tmp_path / part.artifact.path)
    assert [each.output[0] for each in written.graph.node] == ["w_too", "a", "b", "y"]


def test_a_part_keeps_the_names_of_what_it_does_not_compute(tmp_path):
    model = _model(tmp_path / "model")
    part = model.part(tmp_path, {"b": _X}, {"y": "float32"})
    assert [entry.tensor for entry in part.artifact.bindings[0].inputs] == ["b"]


def test_what_a_body_takes_from_around_it_is_read_from_outside(tmp_path):
    def body(value):
        given = helper.make_tensor_value_info(value, TensorProto.FLOAT, None)
        return helper.make_graph([node(value, "Add", "a", value[:1])], "body", [], [given])

    nodes = [
        node("a", "Mul", "x", "w"),
        node("one", "ReduceSum", "x", keepdims=0),
        node("is", "Cast", "one", to=TensorProto.BOOL),
        node("y", "If", "is", then_branch=body("x_then"), else_branch=body("w_else")),
    ]
    model = onnx_model(tmp_path / "model", nodes, {"w": _W})
    assert set(model.dataflow.producers["y"].inputs) == {"is", "a", "x", "w"}
    feeds = {"a": _X * 0, "is": np.array(True), "x": _X}
    part = model.part(tmp_path, feeds, {"y": "float32", "a": "float32"})
    assert _run(tmp_path, part, feeds) == {"a": [2, 30], "y": [1, 10]}


def test_dtypes_and_constants(tmp_path):
    model = _model(tmp_path)
    assert (model.dtype("b"), model.dtype("w"), model.dtype("none")) == ("float32", "float32", None)
    assert model.constant("w").tolist() == [2, 3]
    assert "= Add(%a, %w)" in model.text([model.dataflow.producers["b"]])
