import json
import os
import zipfile

import h5py
import onnx
import pytest

from modelparity import errors, inspection
from modelparity.contract import manifest_pb2
from modelparity.contract import tensorflow_graph_pb2 as tf
from modelparity.harness.testing import stub_bundle
from modelparity.runners.testing import write_litert


def _render(path):
    return inspection.render(inspection.inspect(path)).splitlines()


def _meta_graph(saved_model, tag, *signatures):
    meta_graph = saved_model.meta_graphs.add()
    meta_graph.meta_info_def.tags.append(tag)
    meta_graph.meta_info_def.tensorflow_version = "2.21.0"
    meta_graph.graph_def.versions.producer = 7
    meta_graph.graph_def.node.add(name="x", op="Placeholder")
    meta_graph.graph_def.library.function.add().node_def.add(name="m", op="MatMul")
    for name in signatures:
        definition = meta_graph.signature_def[name]
        definition.inputs["x"].dtype = tf.DT_FLOAT
        definition.inputs["x"].tensor_shape.dim.add(size=-1)
        definition.outputs["y"].dtype = tf.DT_BOOL
        definition.outputs["y"].tensor_shape.unknown_rank = True


def test_a_saved_model_of_a_serving_tree_with_two_graphs(tmp_path):
    saved_model = tf.SavedModel()
    _meta_graph(saved_model, "serve", "predict", "serving_default")
    _meta_graph(saved_model, "train")
    (tmp_path / "3" / "variables").mkdir(parents=True)
    (tmp_path / "3" / "variables" / "v").write_bytes(bytes(2048))
    (tmp_path / "3" / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    lines = _render(tmp_path)
    assert lines[0].startswith(f"{tmp_path}: SavedModel, 2.")
    graph = [
        "graph tagged serve",
        "  version: 3",
        "  written by: TensorFlow 2.21.0",
        "  graph version: producer 7",
        "  functions: 1",
        "  variables: 2.0 KiB",
        "  signature predict",
        "    in  x: float32 [?]",
        "    out y: bool of any rank",
        "  signature serving_default",
        "    in  x: float32 [?]",
        "    out y: bool of any rank",
        "  2 operators: Placeholder 1, MatMul 1",
    ]
    assert lines[2:15] == graph
    assert lines[16:18] == ["graph tagged train", "  version: 3"]


@pytest.mark.parametrize("path", ["", "saved_model.pbtxt"])
def test_a_saved_model_in_text_with_fields_that_are_not_ours(tmp_path, path):
    (tmp_path / "saved_model.pbtxt").write_text(
        """
        saved_model_schema_version: 1
        meta_graphs {
          meta_info_def { tags: "serve" stripped_default_attrs: true function_aliases { key: "a" value: "b" } }
          graph_def { node { name: "x" op: "Placeholder" experimental_debug_info { original_node_names: "x" } } }
        }
        """
    )
    lines = _render(tmp_path / path)
    assert lines[2] == "graph tagged serve" and lines[-1] == "  1 operators: Placeholder 1"


def test_a_frozen_graph(tmp_path):
    graph = tf.GraphDef()
    graph.node.add(name="x", op="Placeholder").attr["dtype"].type = tf.DT_FLOAT
    graph.node.add(name="y", op="Relu", input=["x"]).attr["T"].type = tf.DT_FLOAT
    (tmp_path / "g.pb").write_bytes(graph.SerializeToString())
    lines = _render(tmp_path / "g.pb")
    assert lines[0] == f"{tmp_path}/g.pb: frozen graph, {(tmp_path / 'g.pb').stat().st_size} bytes"
    assert lines[-4:] == [
        "  signature serving_default",
        "    in  x: float32 of any rank",
        "    out y: float32 of any rank",
        "  2 operators: Placeholder 1, Relu 1",
    ]


def test_a_bundle(tmp_path):
    failures = [manifest_pb2.ConversionFailure(format="onnx", signature="t", message="no operator")]
    refused = [manifest_pb2.RefusedCase(signature="s", name="large", message="too large")]
    stub_bundle(tmp_path / "b", failures=failures, refused=refused)
    lines = _render(tmp_path / "b")
    assert lines[0].startswith(f"{tmp_path}/b: bundle, ")
    assert "  artifact frozen_graph: frozen_graph/t.pb, 13 bytes, signatures t" in lines
    assert "  not made: onnx t: no operator" in lines
    assert "  cases: s 3, t 1" in lines
    assert "  refused by the reference: s/large: too large" in lines
    assert lines[-3:] == ["  signature t", "    in  x: float32 [?]", "    out y: float32 [?]"]


_CONFIG = {
    "class_name": "Functional",
    "registered_name": "Functional",
    "config": {
        "name": "net",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {"name": "x", "dtype": "float32", "batch_shape": [None, 4]},
            },
            {"class_name": "Dense", "config": {"name": "d"}},
        ],
    },
}


def _keras(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.json", json.dumps(content))
    return path


def test_a_keras_model(tmp_path):
    path = _keras(tmp_path / "m.keras", config=_CONFIG, metadata={"keras_version": "3.15.1"})
    lines = _render(path)
    assert "  model: Functional 'net'" in lines
    assert "  written by: Keras 3.15.1" in lines
    assert lines[-3:] == [
        "  signature serving_default",
        "    in  x: float32 [?,4]",
        "  2 operators: InputLayer 1, Dense 1",
    ]


def test_an_argument_called_layers_is_not_taken_for_layers(tmp_path):
    config = {"class_name": "Net", "config": {"name": "net", "layers": [64, 10]}}
    lines = _render(_keras(tmp_path / "m.keras", config=config, metadata={}))
    assert "  model: Net 'net'" in lines
    assert "  written by: Keras of an unknown version" in lines


def test_an_hdf5_model(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(_CONFIG)
        file.attrs["keras_version"] = b"2.15.0"
    lines = _render(tmp_path / "m.h5")
    assert lines[0].startswith(f"{tmp_path}/m.h5: HDF5 Keras model, ")
    assert "  written by: Keras 2.15.0" in lines
    assert "    in  x: float32 [?,4]" in lines


def test_an_onnx_model(tmp_path):
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 4])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.INT64, None)
    graph = onnx.helper.make_graph([onnx.helper.make_node("ArgMax", ["x"], ["y"])], "g", [x], [y])
    opsets = [onnx.helper.make_opsetid("", 18)]
    onnx.save(
        onnx.helper.make_model(graph, producer_name="me", opset_imports=opsets), tmp_path / "m.onnx"
    )
    lines = _render(tmp_path / "m.onnx")
    assert "  written by: me" in lines
    assert "  opsets: ai.onnx 18" in lines
    assert lines[-4:] == [
        "  signature serving_default",
        "    in  x: float32 [?,4]",
        "    out y: int64 of any rank",
        "  1 operators: ArgMax 1",
    ]


def test_a_litert_model(tmp_path):
    write_litert(tmp_path / "m.tflite", shape=(-1, 3), operator="RELU", signatures=("a", "b"))
    assert _render(tmp_path / "m.tflite")[1:] == [
        "  written by: a test",
        "  schema version: 3",
        "  signature a",
        "    in  x: float32 [?,3]",
        "    out y: float32 [?,3]",
        "  signature b",
        "    in  x: float32 [?,3]",
        "    out y: float32 [?,3]",
        "  2 operators: RELU 2",
    ]


def test_a_litert_model_with_an_operator_of_somebodys_own_and_no_signature(tmp_path):
    write_litert(tmp_path / "m.tflite", custom_operator="Mine", signatures=())
    assert _render(tmp_path / "m.tflite")[3:] == [
        "  signature: none is stored; tensors are called by their names",
        "  signature serving_default",
        "    in  tensor_x: float32 [?]",
        "    out tensor_y: float32 [?]",
        "  1 operators: Mine 1",
    ]


def test_a_checkpoint(tmp_path):
    for name in ("checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"):
        (tmp_path / name).write_bytes(bytes(10))
    for path, size in ((tmp_path, 30), (tmp_path / "ckpt-1", 20)):
        lines = _render(path)
        assert lines[0] == f"{path}: TensorFlow checkpoint, {size} bytes"
        assert "  checkpoints: ckpt-1" in lines


def _h5_without_a_model(path):
    h5py.File(path, "w").close()


def _h5_with_half_a_model(path):
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"class_name":'


def _keras_with_a_list_for_a_model(path):
    _keras(path, config=[], metadata={})


def _half_a_litert_model(path):
    write_litert(path)
    os.truncate(path, path.stat().st_size // 2)


def _sparse(path):
    path.touch()
    os.truncate(path, 3 << 30)


@pytest.mark.parametrize(
    ("name", "make", "error", "message"),
    [
        ("none", lambda path: None, errors.FileMissingError, "is not there"),
        (
            "m.txt",
            lambda path: path.touch(),
            errors.UnsupportedError,
            r"ends in '\.txt', wants a folder or",
        ),
        ("m", lambda path: path.mkdir(), errors.FileMissingError, "has no saved_model.pb"),
        (
            "saved_model.pbtxt",
            lambda path: path.write_text("no: proto {"),
            errors.ArtifactInvalidError,
            "cannot be read as SavedModel",
        ),
        ("m.pb", lambda path: path.touch(), errors.ArtifactInvalidError, "is no GraphDef"),
        ("m.pb", _sparse, errors.ArtifactTooLargeError, "has 3221225472 bytes"),
        ("m.onnx", _sparse, errors.ArtifactTooLargeError, "has 3221225472 bytes"),
        ("m.keras", lambda path: path.touch(), errors.ArtifactInvalidError, r"is no \.keras file"),
        ("m.keras", _keras, errors.ArtifactInvalidError, "no item named 'config.json'"),
        (
            "m.keras",
            _keras_with_a_list_for_a_model,
            errors.ArtifactInvalidError,
            "is not as Keras writes it",
        ),
        ("m.h5", _h5_with_half_a_model, errors.ArtifactInvalidError, "model_config is no JSON"),
        ("m.h5", lambda path: path.touch(), errors.ArtifactInvalidError, "is no HDF5 file"),
        ("m.h5", _h5_without_a_model, errors.ArtifactInvalidError, "has no model_config"),
        (
            "m.onnx",
            lambda path: path.touch(),
            errors.ArtifactInvalidError,
            "its graph has no nodes",
        ),
        (
            "m.onnx",
            lambda path: path.write_text("text"),
            errors.ArtifactInvalidError,
            "is no ONNX model",
        ),
        (
            "m.tflite",
            lambda path: path.touch(),
            errors.ArtifactInvalidError,
            "lacks the identifier",
        ),
        ("m.tflite", _half_a_litert_model, errors.ArtifactInvalidError, "is no LiteRT model: "),
    ],
)
def test_what_cannot_be_read(tmp_path, name, make, error, message):
    make(tmp_path / name)
    with pytest.raises(errors.ModelParityError, match=message) as caught:
        inspection.inspect(tmp_path / name)
    assert type(caught.value) is error
