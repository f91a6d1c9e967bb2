"""Every kind of file, and what is none."""

import json
import zipfile

import h5py
import onnx
import pytest
from onnx import TensorProto, helper

from modelparity import check, runtimes
from modelparity.bundle import BundleWriter
from modelparity.check.facts import Kind
from modelparity.check.testing import node, saved_model
from modelparity.contract import tensorflow_graph_pb2 as tf_graph
from modelparity.errors import (
    ArtifactInvalidError,
    BundleInvalidError,
    FileMissingError,
    SignatureNotFoundError,
    UnsupportedError,
)
from modelparity.runners.testing import write_litert

_NODES = (node("x", "Placeholder", dtype="float32"), node("y", "Erfinv", "x", T="float32"))


def _said(path, runtime):
    return [one for one in check.predict(check.read(path), runtimes.select(runtime))]


def _verdicts(path, runtime):
    return {one.format: str(one.verdict) for one in _said(path, runtime)}


def test_versions_of_a_saved_model(tmp_path):
    (tmp_path / "served").mkdir()
    saved_model(tmp_path / "served" / "1", _NODES)
    assert check.read(tmp_path / "served").kind is Kind.SAVED_MODEL


def test_a_frozen_graph(tmp_path):
    path = tmp_path / "frozen.pb"
    path.write_bytes(tf_graph.GraphDef(node=_NODES).SerializeToString())
    assert _verdicts(path, "tensorflow-c") == {"frozen_graph": "works"}
    assert _verdicts(path, "onnxruntime-python") == {"onnx": "will not"}


def _keras(path, layers):
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": layers}}
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
    return path


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_keras_file(tmp_path, name):
    layer = {"class_name": "IntegerLookup", "module": "keras.layers", "config": {"name": "ids"}}
    path = _keras(tmp_path / name, [layer])
    assert _verdicts(path, "tensorflow-c")["saved_model"] == "works"
    assert _verdicts(path, "tfjs-node/cpu") == {"frozen_graph": "will not"}
    # Which operators a layer becomes is not written in the file.
    assert _verdicts(path, "litert-python") == {"litert": "may differ"}
    assert _verdicts(path, "openvino-python")["saved_model"] == "may differ"
    (said,) = _said(path, "tfjs-node/cpu")
    assert said.obstacles[0].places[0].node == "ids"


def test_layers_within_layers_of_keras(tmp_path):
    inner = {"class_name": "LSTM", "module": "keras.layers", "config": {"name": "inner"}}
    outer = {
        "class_name": "TimeDistributed",
        "module": "keras.layers",
        "config": {"name": "outer", "layer": inner},
    }
    own = {"class_name": "Mine", "module": "me", "config": {"name": "own"}}
    model = check.read(_keras(tmp_path / "model.keras", [outer, own]))
    assert [layer.class_name for layer in model.layers[1:]] == [
        "TimeDistributed",
        "LSTM",
        "me>Mine",
    ]


@pytest.mark.parametrize(
    ("shape", "verdict"),
    [
        ([None, None, 4], "may differ"),
        ([None, 7, 4], "works"),
        ([None], "works"),
        (None, "works"),
        ("?", "works"),
    ],
)
def test_an_export_that_changes_a_keras_model(tmp_path, shape, verdict):
    layer = {
        "class_name": "TimeDistributed",
        "module": "keras.layers",
        "config": {"name": "outer"},
        "build_config": {"input_shape": shape},
    }
    path = _keras(tmp_path / "model.keras", [layer])
    assert _verdicts(path, "tensorflow-python")["keras"] == verdict


def _onnx(path, op, dtype=TensorProto.FLOAT, domain="", inputs=("x",), **attributes):
    values = [helper.make_tensor_value_info(name, dtype, [2]) for name in ("x", "y")]
    made = helper.make_node(op, inputs, ["y"], name="the_node", domain=domain, **attributes)
    graph = helper.make_graph([made], "g", values[:1], values[1:])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("other", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets), path)
    return path


def test_an_onnx_file(tmp_path):
    path = _onnx(tmp_path / "m.onnx", "Tanh")
    assert _verdicts(path, "onnxruntime-*") == {"onnx": "works"}
    assert _verdicts(path, "tensorflow-c") == {"": "will not"}
    lacking = _onnx(tmp_path / "l.onnx", "Strange", domain="other")
    (said,) = _said(lacking, "onnxruntime-python")
    assert (str(said.verdict), said.reason) == (
        "will not",
        "ONNX Runtime has no kernel of Strange",
    )
    assert said.obstacles[0].places[0].node == "the_node"


def test_an_onnx_file_of_a_dtype_without_a_kernel(tmp_path):
    path = _onnx(tmp_path / "m.onnx", "Tan", TensorProto.DOUBLE)
    assert _verdicts(path, "onnxruntime-python") == {"onnx": "may differ"}
    assert _verdicts(path, "onnxruntime-web-chromium/webgpu") == {"onnx": "will not"}


def test_an_onnx_file_in_runtimes_that_only_read_it(tmp_path):
    for name, domain, in_openvino, in_evaluator in (
        ("Det", "", "will not", "works"),
        ("MaxRoiPool", "", "works", "will not"),
        ("Strange", "other", "may differ", "may differ"),
    ):
        path = _onnx(tmp_path / f"{name}.onnx", name, domain=domain)
        assert _verdicts(path, "openvino-python") == {"onnx": in_openvino}
        assert _verdicts(path, "onnx-reference") == {"onnx": in_evaluator}


def test_a_loop_of_an_onnx_file(tmp_path):
    ports = [
        helper.make_tensor_value_info("step", TensorProto.INT64, []),
        helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
        helper.make_tensor_value_info("state", TensorProto.FLOAT, [2]),
    ]
    body = helper.make_graph([], "body", ports, ports[1:])
    path = _onnx(tmp_path / "m.onnx", "Loop", inputs=("", "", "x"), body=body)
    assert _verdicts(path, "openvino-python") == {"onnx": "may differ"}
    assert _verdicts(path, "onnx-reference") == {"onnx": "works"}


def test_a_litert_file(tmp_path):
    for name, verdict in (("RELU", "works"), ("ATAN2", "will not")):
        write_litert(tmp_path / f"{name}.tflite", operator=name)
        path = tmp_path / f"{name}.tflite"
        assert _verdicts(path, "litert-python") == {"litert": "works"}
        assert _verdicts(path, "openvino-python") == {"litert": verdict}


def test_the_first_graph_of_a_litert_file(tmp_path):
    write_litert(tmp_path / "m.tflite", operator="RELU", signatures=("a", "b"))
    said = {one.signature: str(one.verdict) for one in _said(tmp_path / "m.tflite", "openvino*")}
    assert said == {"a": "works", "b": "will not"}


def test_a_bundle_of_frozen_graphs(tmp_path):
    with BundleWriter(tmp_path / "my.bundle") as writer:
        manifest = writer.manifest
        for name in ("first", "second"):
            (writer.path / f"{name}.pb").write_bytes(
                tf_graph.GraphDef(node=_NODES).SerializeToString()
            )
            signature = manifest.signatures.add(name=name)
            signature.inputs.add(name="x", dtype="float32", shape=[-1])
            signature.outputs.add(name="y", dtype="float32", shape=[-1])
            artifact = manifest.artifacts.add(format="frozen_graph", path=f"{name}.pb")
            binding = artifact.bindings.add(signature=name)
            binding.inputs.add(name="x", tensor="x:0")
            binding.outputs.add(name="y", tensor="y:0")
        manifest.conversion_failures.add(format="onnx", signature="second", message="no, not that")
    path = tmp_path / "my.bundle"
    assert check.read(path).kind is Kind.BUNDLE
    assert _verdicts(path, "tensorflow-c") == {"frozen_graph": "works"}
    reasons = {said.signature: said.reason for said in _said(path, "onnxruntime-python")}
    assert reasons["second"] == "no, not that"


def test_a_bundle_without_a_graph(tmp_path):
    with BundleWriter(tmp_path / "my.bundle") as writer:
        (writer.path / "m.onnx").write_bytes(b"")
        writer.manifest.signatures.add(name="s")
        artifact = writer.manifest.artifacts.add(format="onnx", path="m.onnx")
        artifact.bindings.add(signature="s")
    with pytest.raises(BundleInvalidError, match="has no saved_model and no frozen_graph"):
        check.read(tmp_path / "my.bundle")


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("m.txt", b"", UnsupportedError, "ends in '.txt', wants a folder or .pb"),
        ("m.pb", b"no graph", ArtifactInvalidError, "cannot be read as GraphDef"),
        ("m.keras", b"no zip", ArtifactInvalidError, "is no Keras model"),
        ("m.h5", b"no hdf5", ArtifactInvalidError, "is no Keras model"),
        ("m.onnx", b"no onnx", ArtifactInvalidError, "is no ONNX model"),
        ("m.tflite", b"no flatbuffer", ArtifactInvalidError, "lacks the identifier TFL3"),
        ("m.tflite", b"\xff\xff\xff\x7fTFL3", ArtifactInvalidError, "is no LiteRT model"),
    ],
)
def test_a_file_that_is_none(tmp_path, name, content, error, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=message):
        check.read(path)


def test_nothing_there(tmp_path):
    with pytest.raises(FileMissingError, match="is not there"):
        check.read(tmp_path / "missing")
    with pytest.raises(FileMissingError, match=r"has no saved_model\.pb"):
        check.read(tmp_path)


def test_a_saved_model_without_a_signature(tmp_path):
    saved_model = tf_graph.SavedModel()
    saved_model.meta_graphs.add().graph_def.node.extend(_NODES)
    (tmp_path / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    with pytest.raises(SignatureNotFoundError, match="has no signature"):
        check.read(tmp_path)
