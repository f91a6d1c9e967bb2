"""Layers and lines of nodes."""

from modelparity.bundle import Bundle, BundleWriter
from modelparity.contract import tensorflow_debug_pb2, tensorflow_graph_pb2
from modelparity.locate import origin
from modelparity.locate.dataflow import Dataflow, Node


def test_layers():
    node = "StatefulPartitionedCall/StatefulPartitionedCall_1/net/dense/MatMul"
    assert origin.layer_of(node) == "net/dense"
    assert origin.layer_of("MatMul") == ""


def test_the_node_that_computes():
    nodes = [Node("a", "Relu", ("x",), ("a",)), Node("b", "Identity", ("a",), ("b",))]
    graph = Dataflow(nodes, (), {"x": "x"}, {"y": "b"}, {})
    assert origin.computing(graph, "b").name == "a"


def test_lines_of_a_function(tmp_path):
    with BundleWriter(tmp_path / "a.bundle") as writer:
        folder = writer.path / "saved_model"
        (folder / "debug").mkdir(parents=True)
        saved_model = tensorflow_graph_pb2.SavedModel()
        function = saved_model.meta_graphs.add().graph_def.library.function.add()
        function.signature.name = "f"
        (folder / "saved_model.pb").write_bytes(saved_model.SerializeToString())
        info = tensorflow_debug_pb2.GraphDebugInfo(files=["net.py"])
        trace = info.traces["dense/MatMul@f"]
        trace.file_line_cols.add(file_index=0, line=12)
        (folder / "debug" / "saved_model_debug_info.pb").write_bytes(info.SerializeToString())
        manifest = writer.manifest
        manifest.signatures.add(name="s").outputs.add(name="y", dtype="float32")
        artifact = manifest.artifacts.add(format="saved_model", path="saved_model")
        artifact.bindings.add(signature="s").outputs.add(name="y", tensor="y:0")

    bundle = Bundle.open(tmp_path / "a.bundle")
    assert origin.python_line(bundle, "StatefulPartitionedCall/dense/MatMul") == "net.py:12"
    assert origin.python_line(bundle, "StatefulPartitionedCall/dense/BiasAdd") == ""
