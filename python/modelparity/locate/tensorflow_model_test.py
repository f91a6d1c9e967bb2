"""Frozen graphs, cut by hand."""

import numpy as np
import pytest

from modelparity.check.testing import constant, node
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import UnsupportedError
from modelparity.graphs import read_graph, read_saved_model
from modelparity.locate.tensorflow_model import TensorflowModel

_ONE = np.ones(1, np.float32)


def _model(folder, *nodes, output="y:0"):
    path = folder / "graph.pb"
    path.write_bytes(tensorflow_graph_pb2.GraphDef(node=nodes).SerializeToString())
    artifact = manifest_pb2.Artifact(format="frozen_graph", path="graph.pb")
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="x", tensor="x:0")
    binding.outputs.add(name="y", tensor=output)
    return TensorflowModel(path, artifact)


def _halves(folder):
    return _model(
        folder,
        node("y", "Mul", "half", "w/read", T="float32"),
        node("half", "Split", "axis", "x", "^guard", T="float32"),
        node("unread", "Neg", "x", T="float32"),
        constant("axis", 0),
        constant("w", 2),
        node("w/read", "Identity", "w", T="float32"),
        node("guard", "NoOp", "x"),
        node("x", "Placeholder", dtype="float32"),
    )


def test_what_the_outputs_need_in_order(tmp_path):
    graph = _halves(tmp_path).dataflow
    assert [each.name for each in graph.nodes] == ["half", "y"]
    assert graph.nodes[1].inputs == ("half:0", "w:0")
    assert graph.constants == {"axis:0", "w:0"}
    assert graph.names["w/read:0"] == "w:0"


def test_a_fed_tensor_is_read_from_outside_and_still_computed(tmp_path):
    model = _halves(tmp_path)
    (tmp_path / "part").mkdir()
    feeds = {"x:0": _ONE, "half:0": _ONE}
    artifact, inputs, outputs = model.write(tmp_path / "part", feeds, ["half:0", "y:0"])
    assert inputs == {"x:0": "x:0", "half:0": "given/half:0"}
    assert outputs == {"half:0": "half:0", "y:0": "y:0"}
    graph = read_graph(tmp_path / "part" / artifact.path)
    nodes = {each.name: each for each in graph.node}
    assert list(nodes["y"].input) == ["given/half", "w/read"]
    assert list(nodes["half"].input) == ["axis", "x", "^guard"]
    assert "unread" not in nodes
    assert nodes["given/half"].attr["shape"].shape.dim[0].size == 1


def test_a_part_as_a_saved_model(tmp_path):
    model = _halves(tmp_path).written_for(["saved_model", "onnx"])
    part = model.part(tmp_path, {"x:0": _ONE}, {"y:0": "float32"})
    assert (part.artifact.format, list(part.artifact.tags)) == ("saved_model", ["serve"])
    (meta_graph,) = read_saved_model(tmp_path / part.artifact.path).meta_graphs
    definition = meta_graph.signature_def["serving_default"]
    assert definition.outputs["y:0"].name == "y:0"


def test_a_loop_of_tensorflow_1_is_refused(tmp_path):
    with pytest.raises(UnsupportedError, match="closes a loop of TensorFlow 1"):
        _model(
            tmp_path,
            node("x", "Placeholder", dtype="float32"),
            node("merge", "Merge", "x", "next"),
            node("y", "Switch", "merge"),
            node("next", "NextIteration", "y"),
        )


def test_text_is_the_frameworks_own(tmp_path):
    model = _halves(tmp_path)
    text = model.text(model.dataflow.segment("y:0", ["half:0"]).nodes)
    assert text.startswith('name: "y"\nop: "Mul"\ninput: "half"')
    assert "Split" not in text
