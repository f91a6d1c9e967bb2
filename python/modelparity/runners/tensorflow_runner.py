"""TensorFlow in Python as a runtime: SavedModels, frozen graphs, and Keras' own formats."""

import importlib
import os
import pathlib
import re
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from modelparity.bundle import check_protobuf_size
from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError, UnsupportedError, one_line
from modelparity.runners.base import Arrays, Model, Runner
from modelparity.runtimes import GRAPH_OPTIMIZER_VARIABLE

# Keras 3 puts the whole configuration before the cause, once for each object around the one that failed; Keras 2
# puts it behind.
_NOT_DESERIALIZED = re.compile(
    r".*\bException encountered: (.+)|(Could not deserialize class .+? cannot be imported)\.",
    re.DOTALL,
)


class TensorflowRunner(Runner):
    runtime = "tensorflow-python"
    concurrent = True

    def __init__(self):
        super().__init__()
        if not _optimizes_graphs():
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

    def version(self):
        return tf.__version__

    def load_model(self, path, artifact, signatures):
        if artifact.format not in _MODELS:
            raise UnsupportedError(
                f"format '{artifact.format}': this runtime reads {', '.join(_MODELS)}"
            )
        for module in artifact.python_modules:
            _import(module)
        return _MODELS[artifact.format](path, artifact)

    def explain(self, error, otherwise):
        if found := _NOT_DESERIALIZED.search(str(error)):
            import keras

            return otherwise(
                f"Keras {keras.__version__} cannot read the model's configuration: {one_line(found[found.lastindex])};"
                " what a newer Keras saved needs that Keras, or take the saved_model"
            )
        message = one_line(getattr(error, "message", error))
        if isinstance(error, tf.errors.UnimplementedError) or "Op type not registered" in message:
            return UnsupportedError(message)
        if isinstance(error, tf.errors.NotFoundError | FileNotFoundError):
            return FileMissingError(message)
        return otherwise(message)


class SavedModel(Model):
    """Called by its signatures, as a Python service does."""

    def __init__(self, path: pathlib.Path, artifact: manifest_pb2.Artifact):
        check_protobuf_size(path / "saved_model.pb")
        # The signatures die with the object that they belong to.
        self._loaded = tf.saved_model.load(str(path), tags=list(artifact.tags))

    def run(self, binding, arrays):
        outputs = self._loaded.signatures[binding.signature](
            **{name: tf.constant(array) for name, array in arrays.items()}
        )
        return {entry.name: _to_numpy(outputs[entry.name]) for entry in binding.outputs}


class FrozenGraph(Model):
    """Run in a session of TensorFlow 1: the one interface that takes any graph."""

    def __init__(self, path: pathlib.Path, artifact: manifest_pb2.Artifact):
        check_protobuf_size(path)
        graph_def = tf.compat.v1.GraphDef()
        try:
            graph_def.ParseFromString(path.read_bytes())
        except DecodeError as error:
            raise ArtifactInvalidError(
                f"'{path.name}' is no GraphDef: {one_line(error)}"
            ) from error
        with tf.Graph().as_default() as graph:
            tf.graph_util.import_graph_def(graph_def, name="")
        config = tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = not _optimizes_graphs()
        self._session = tf.compat.v1.Session(graph=graph, config=config)
        self._session.run(list(artifact.initializers))

    def run(self, binding, arrays):
        feeds = {entry.tensor: arrays[entry.name] for entry in binding.inputs}
        values = self._session.run([entry.tensor for entry in binding.outputs], feeds)
        return {
            entry.name: _to_numpy(value)
            for entry, value in zip(binding.outputs, values, strict=True)
        }


class KerasModel(Model):
    """A Keras model called with `training=False`; its tensors are bound by their positions."""

    def __init__(self, path: pathlib.Path, artifact: manifest_pb2.Artifact):
        # Keras takes a second to import, and most artifacts do not need it.
        import keras

        # Keras 2, of TensorFlow 2.15 and older, takes TensorFlow's.
        self._tree = getattr(keras, "tree", tf.nest)
        self._model = _KERAS_LOADERS[artifact.format](path)
        # Only a functional model says how its inputs are nested; others are called on one tensor.
        try:
            self._nesting = self._model.input
        except (AttributeError, ValueError):  # The latter: Keras 3.3.
            self._nesting = None

    def run(self, binding, arrays):
        outputs = self._tree.flatten(self._model(self._inputs(binding, arrays), training=False))
        return {entry.name: _to_numpy(outputs[int(entry.tensor)]) for entry in binding.outputs}

    def _inputs(self, binding: manifest_pb2.Binding, arrays: Arrays) -> object:
        by_position = {
            int(entry.tensor): tf.constant(arrays[entry.name]) for entry in binding.inputs
        }
        inputs = [by_position[position] for position in sorted(by_position)]
        if self._nesting is not None:
            return self._tree.pack_sequence_as(self._nesting, inputs)
        if len(inputs) != 1:
            raise UnsupportedError(
                f"signature '{binding.signature}': got {len(inputs)} inputs, and a subclassed Keras"
                " model does not say how it wants them; use the saved_model"
            )
        return inputs[0]


def _optimizes_graphs() -> bool:
    return os.environ.get(GRAPH_OPTIMIZER_VARIABLE) != "0"


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise FileMissingError(
            f"module '{module}', which the model needs, cannot be imported: {one_line(error)}; put its"
            " folder on PYTHONPATH, or --import it from the working folder, or its package beside the runtime:"
            " install it, or ask for"
            " tensorflow-python@VERSION,PACKAGE@VERSION"
        ) from error


def _load_keras(path: pathlib.Path) -> object:
    import keras

    # Safe mode is Keras' default: no code from the file is run.
    return keras.saving.load_model(path, compile=False)


def _load_checkpoint(path: pathlib.Path) -> object:
    import keras

    model = keras.models.model_from_json((path / "architecture.json").read_text(encoding="utf-8"))
    status = tf.train.Checkpoint(model=model).restore(tf.train.latest_checkpoint(path))
    status.assert_existing_objects_matched().expect_partial()
    return model


def _to_numpy(value: object) -> np.ndarray:
    """Returns a dense tensor's values, strings as an object array also when it is one string."""
    if not isinstance(value, tf.Tensor | np.ndarray | np.generic | bytes):
        raise UnsupportedError(
            f"the answer is a {type(value).__name__}; only dense tensors can be compared"
        )
    array = value.numpy() if isinstance(value, tf.Tensor) else value
    return np.asarray(array, object) if isinstance(array, bytes) else np.asarray(array)


_KERAS_LOADERS: dict[str, Callable[[pathlib.Path], object]] = {
    "keras": _load_keras,
    "hdf5": _load_keras,
    "checkpoint": _load_checkpoint,
}
_MODELS: dict[str, type[Model]] = {
    "saved_model": SavedModel,
    "frozen_graph": FrozenGraph,
    **dict.fromkeys(_KERAS_LOADERS, KerasModel),
}
