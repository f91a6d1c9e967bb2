"""TensorFlow in Python as a runtime: each format, and each way in which one is broken."""

import json
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.tensorflow_runner import TensorflowRunner

v1 = tf.compat.v1
_X = np.array([[1.0, 2.0]], np.float32)


def _signature(dtype="float32", shape=(-1, 2), output=None):
    return manifest_pb2.Signature(
        name="serving_default",
        inputs=[manifest_pb2.TensorSpec(name="x", dtype=dtype, shape=shape)],
        outputs=[manifest_pb2.TensorSpec(name="y", dtype=output or dtype, unknown_rank=True)],
    )


def _artifact(artifact_format, path, x="x:0", y="y:0", **fields):
    artifact = manifest_pb2.Artifact(format=artifact_format, path=path, **fields)
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="x", tensor=x)
    binding.outputs.add(name="y", tensor=y)
    return artifact


def _load(folder, artifact, signature=None):
    runner = TensorflowRunner()
    signatures = [signature or _signature()]
    runner.load(runner_pb2.Load(bundle=str(folder), artifact=artifact, signatures=signatures))
    return runner


def _run(runner, x=_X):
    return runner.run("serving_default", {"x": x})["y"]


class _Halver(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(0.5)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def halve(self, x):
        return {"y": self.factor * x}


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    module = _Halver()
    tf.saved_model.save(module, folder / "saved_model", signatures=module.halve)
    return folder


_SAVED_MODEL = _artifact("saved_model", "saved_model", tags=["serve"])


def _copy(saved_model, folder):
    for file in saved_model.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(saved_model)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder / "saved_model"


def test_saved_model(saved_model):
    assert _run(_load(saved_model, _SAVED_MODEL)).tolist() == [[0.5, 1.0]]


def test_a_truncated_saved_model_is_invalid(saved_model, tmp_path):
    path = _copy(saved_model, tmp_path) / "saved_model.pb"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path, _SAVED_MODEL)


@pytest.mark.parametrize("file", ["saved_model.pb", "variables/variables.index"])
def test_a_saved_model_without_one_of_its_files_misses_it(saved_model, tmp_path, file):
    (_copy(saved_model, tmp_path) / file).unlink()
    with pytest.raises(FileMissingError):
        _load(tmp_path, _SAVED_MODEL)


def test_a_saved_model_over_2_gb_is_refused_by_its_size(saved_model, tmp_path):
    with open(_copy(saved_model, tmp_path) / "saved_model.pb", "r+b") as file:
        file.truncate(1 << 31)
    with pytest.raises(ArtifactTooLargeError):
        _load(tmp_path, _SAVED_MODEL)


def test_tags_that_are_not_there_are_invalid(saved_model):
    with pytest.raises(ArtifactInvalidError, match="gpu"):
        _load(saved_model, _artifact("saved_model", "saved_model", tags=["gpu"]))


def _write_graph(folder, build):
    """Writes the graph that `build` makes around a placeholder `x` to graph.pb."""
    with tf.Graph().as_default() as graph:
        build()
    (folder / "graph.pb").write_bytes(graph.as_graph_def().SerializeToString())


def _halve():
    tf.multiply(v1.placeholder(tf.float32, [None, 2], name="x"), 0.5, name="y")


def test_frozen_graph(tmp_path):
    _write_graph(tmp_path, _halve)
    assert _run(_load(tmp_path, _artifact("frozen_graph", "graph.pb"))).tolist() == [[0.5, 1.0]]


def test_a_table_of_a_frozen_graph_is_filled_before_the_first_call(tmp_path):
    def look_up():
        table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a", "b"], [3, 4]), default_value=-1
        )
        tf.identity(table.lookup(v1.placeholder(tf.string, [None], name="x")), name="y")

    _write_graph(tmp_path, look_up)
    graph_def = v1.GraphDef.FromString((tmp_path / "graph.pb").read_bytes())
    initializers = [node.name for node in graph_def.node if "Import" in node.op]
    artifact = _artifact("frozen_graph", "graph.pb", initializers=initializers)
    runner = _load(tmp_path, artifact, _signature("string", [-1], "int32"))
    assert _run(runner, np.array([b"b", b"?"], object)).tolist() == [4, -1]


def test_one_string_is_an_array_without_dimensions(tmp_path):
    _write_graph(tmp_path, lambda: tf.identity(v1.placeholder(tf.string, [], name="x"), name="y"))
    runner = _load(tmp_path, _artifact("frozen_graph", "graph.pb"), _signature("string", []))
    y = _run(runner, np.array(b"\x00\xff", object))
    assert (y.shape, y.dtype, y.item()) == ((), np.dtype(object), b"\x00\xff")


def test_a_file_that_is_no_graph_is_invalid(tmp_path):
    (tmp_path / "graph.pb").write_bytes(b"\xff" * 20)
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path, _artifact("frozen_graph", "graph.pb"))


def test_an_operator_that_tensorflow_does_not_have_is_unsupported(tmp_path):
    _write_graph(tmp_path, _halve)
    graph_def = v1.GraphDef.FromString((tmp_path / "graph.pb").read_bytes())
    next(node for node in graph_def.node if node.name == "y").op = "NoSuchOperator"
    (tmp_path / "graph.pb").write_bytes(graph_def.SerializeToString())
    with pytest.raises(UnsupportedError, match="NoSuchOperator"):
        _load(tmp_path, _artifact("frozen_graph", "graph.pb"))


def test_a_tensor_that_is_not_there_is_a_failed_run(tmp_path):
    _write_graph(tmp_path, _halve)
    with pytest.raises(RunFailedError, match="other:0"):
        _run(_load(tmp_path, _artifact("frozen_graph", "graph.pb", y="other:0")))


def test_a_call_that_fails_is_a_failed_run(tmp_path):
    def multiply():
        tf.matmul(v1.placeholder(tf.float32, [None, None], name="x"), [[1.0], [2.0]], name="y")

    _write_graph(tmp_path, multiply)
    runner = _load(tmp_path, _artifact("frozen_graph", "graph.pb"), _signature(shape=[-1, -1]))
    with pytest.raises(RunFailedError, match=r"incompatible|Incompatible|Matrix size"):
        _run(runner, np.zeros((1, 3), np.float32))


@pytest.fixture(scope="module")
def keras_model():
    inputs = {name: keras.Input((2,), name=name) for name in ("second", "first")}
    difference = keras.layers.Subtract()([inputs["second"], inputs["first"]])
    outputs = {"difference": difference, "again": keras.layers.Dense(1)(difference)}
    return keras.Model(inputs, outputs)


_KERAS_SIGNATURE = manifest_pb2.Signature(
    name="serving_default",
    inputs=[manifest_pb2.TensorSpec(name=name, dtype="float32", shape=[-1, 2]) for name in "ab"],
    outputs=[manifest_pb2.TensorSpec(name="y", dtype="float32", shape=[-1, 2])],
)


def _keras_artifact(artifact_format, path):
    # By position, in the order of the model's own keys: `first` is 0 and `second` is 1.
    artifact = manifest_pb2.Artifact(format=artifact_format, path=path)
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="a", tensor="1")
    binding.inputs.add(name="b", tensor="0")
    binding.outputs.add(name="y", tensor="1")
    return artifact


def _write_checkpoint(model, path):
    path.mkdir()
    (path / "architecture.json").write_text(model.to_json(), encoding="utf-8")
    tf.train.Checkpoint(model=model).save(str(path / "ckpt"))


@pytest.mark.parametrize(
    ("artifact_format", "path", "write"),
    [
        ("keras", "model.keras", keras.Model.save),
        ("hdf5", "model.h5", keras.Model.save),
        ("checkpoint", "checkpoint", _write_checkpoint),
    ],
)
def test_keras_formats(keras_model, tmp_path, artifact_format, path, write):
    write(keras_model, tmp_path / path)
    runner = _load(tmp_path, _keras_artifact(artifact_format, path), _KERAS_SIGNATURE)
    outputs = runner.run("serving_default", {"a": 3 * _X, "b": _X})
    assert outputs["y"].tolist() == [[2.0, 4.0]]


def test_a_checkpoint_of_another_model_is_invalid(keras_model, tmp_path):
    _write_checkpoint(keras_model, tmp_path / "checkpoint")
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    (tmp_path / "checkpoint/architecture.json").write_text(other.to_json(), encoding="utf-8")
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path, _keras_artifact("checkpoint", "checkpoint"), _KERAS_SIGNATURE)


@pytest.mark.parametrize("artifact_format", ["keras", "hdf5"])
def test_a_file_that_is_no_keras_model_is_invalid(tmp_path, artifact_format):
    path = {"keras": "model.keras", "hdf5": "model.h5"}[artifact_format]
    (tmp_path / path).write_bytes(b"garbage")
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path, _keras_artifact(artifact_format, path), _KERAS_SIGNATURE)


def test_code_in_a_keras_file_is_not_run(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x / 2)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ArtifactInvalidError, match=r"[Ll]ambda"):
        _load(tmp_path, _artifact("keras", "model.keras", "0", "0"))


def test_modules_with_custom_objects_are_imported_first(tmp_path, monkeypatch):
    (tmp_path / "my_layers.py").write_text(
        "import keras\n\n\n"
        "@keras.saving.register_keras_serializable('my_layers')\n"
        "class Half(keras.layers.Layer):\n"
        "    def call(self, inputs):\n"
        "        return inputs / 2\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import my_layers

    model = keras.Sequential([keras.Input((2,)), my_layers.Half()])
    model.save(tmp_path / "model.keras")
    keras.saving.get_custom_objects().pop("my_layers>Half")
    monkeypatch.delitem(sys.modules, "my_layers")
    fields = {"python_modules": ["my_layers"]}
    assert _run(
        _load(tmp_path, _artifact("keras", "model.keras", "0", "0", **fields))
    ).tolist() == [[0.5, 1.0]]


def test_a_module_that_the_model_needs_and_cannot_have_is_named(tmp_path):
    (tmp_path / "model.keras").touch()
    artifact = _artifact("keras", "model.keras", python_modules=["no_such_module"])
    with pytest.raises(
        FileMissingError,
        match=r"module 'no_such_module', .*: No module named .*; put its folder on",
    ):
        _load(tmp_path, artifact)


def test_what_a_newer_keras_saved_fails_with_its_cause_alone(keras_model, tmp_path):
    _write_checkpoint(keras_model, tmp_path / "checkpoint")
    path = tmp_path / "checkpoint/architecture.json"
    architecture = json.loads(path.read_text())
    for layer in architecture["config"]["layers"]:
        layer["config"]["of_tomorrow"] = 1
    path.write_text(json.dumps(architecture))
    with pytest.raises(
        ArtifactInvalidError,
        match=r"^Keras \S+ cannot read the model's configuration: .*of_tomorrow.*; what a newer Keras",
    ) as raised:
        _load(tmp_path, _keras_artifact("checkpoint", "checkpoint"), _KERAS_SIGNATURE)
    assert len(str(raised.value)) < 300


def test_a_layer_that_keras_2_does_not_know_is_told_without_its_configuration():
    error = TypeError(
        "Could not deserialize class 'Functional' because its parent module keras.src.models.functional"
        " cannot be imported. Full object config: {'module': 'keras.src.models.functional'}"
    )
    explained = str(TensorflowRunner().explain(error, ArtifactInvalidError))
    assert "keras.src.models.functional cannot be imported; what a newer Keras" in explained
    assert "Full object config" not in explained


def test_another_format_is_unsupported(tmp_path):
    (tmp_path / "model.onnx").touch()
    with pytest.raises(UnsupportedError, match="frozen_graph"):
        _load(tmp_path, _artifact("onnx", "model.onnx"))
