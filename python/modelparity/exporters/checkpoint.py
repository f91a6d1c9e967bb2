"""Gives a model the values of a TensorFlow checkpoint, and says what did not fit.

    notes = restore(model, "training/ckpt-7")  # a keras.Model, a tf.Module, or any trackable object

A checkpoint of TensorFlow 2 names its values by the way from the object that was saved
("model/layers/0/kernel"), one of TensorFlow 1 by the names of variables. The first is restored as
TensorFlow does it, with the model as the saved object or as whichever of its attributes fits; where no
such way leads to the values, and for the second, the names of the variables decide.
"""

import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping

import keras
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

from modelparity.errors import ArtifactInvalidError, FileMissingError, one_line

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_SLOT = "/.OPTIMIZER_SLOT/"
_SHOWN = 5  # names in a message


def restore(model: object, prefix: str | os.PathLike) -> list[str]:
    """Sets every variable of a model from a checkpoint.

    Args:
        model: Built; what it has no variable for is left in the checkpoint.
        prefix: Of the checkpoint's files, its index file, or a folder: the latest one in it.

    Returns:
        What of the checkpoint was not used, in a sentence; empty: nothing.

    Raises:
        FileMissingError: There is no such checkpoint.
        ArtifactInvalidError: A variable of the model has no value there, or one of another shape.
    """
    prefix = _prefix(pathlib.Path(prefix))
    try:
        reader = tf.train.load_checkpoint(prefix)
        shapes = reader.get_variable_to_shape_map()
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise ArtifactInvalidError(
            f"checkpoint '{prefix}' cannot be read: {one_line(error)}"
        ) from error
    keys = {key for key in shapes if key != _OBJECT_GRAPH and _SLOT not in key}
    try:
        if _OBJECT_GRAPH in shapes:
            used = _restore_objects(model, prefix, keys)
            if used is not None:
                return _unused(keys - used)
        return _unused(keys - _restore_names(model, prefix, reader, shapes, keys))
    except (ValueError, tf.errors.OpError) as error:
        raise ArtifactInvalidError(
            f"checkpoint '{prefix}' does not fit the model: {one_line(error)}"
        ) from error


def _prefix(path: pathlib.Path) -> str:
    if path.is_dir():
        latest = tf.train.latest_checkpoint(path)
        if latest is None:
            raise FileMissingError(
                f"checkpoint '{path}': the folder names none that is there; give the prefix of its files"
            )
        return latest
    prefix = str(path).removesuffix(".index")
    if not pathlib.Path(f"{prefix}.index").is_file():
        raise FileMissingError(
            f"checkpoint '{path}': got no file '{prefix}.index'; give the prefix of a checkpoint's files"
        )
    return prefix


def _restore_objects(model: object, prefix: str, keys: set[str]) -> set[str] | None:
    """Returns the keys that the model took, or None when it lacks one by these ways."""
    own = _own_keys(model)
    # What was saved is the model, or an object that has the model for an attribute.
    attributes = {key.partition("/")[0] for key in keys}
    roots = {"": own} | {name: {f"{name}/{key}" for key in own} for name in sorted(attributes)}
    best = max(roots, key=lambda name: len(roots[name] & keys))
    if not roots[best] <= keys:
        return None
    checkpoint = tf.train.Checkpoint(**{best: model}) if best else tf.train.Checkpoint(model)
    checkpoint.restore(prefix).assert_existing_objects_matched().expect_partial()
    return roots[best]


def _own_keys(model: object) -> set[str]:
    """Returns the keys under which TensorFlow itself would save the model."""
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(model).write(f"{folder}/own")
        keys = tf.train.load_checkpoint(path).get_variable_to_shape_map()
    return {key for key in keys if key.endswith(_VALUE) and _SLOT not in key} - {
        f"save_counter{_VALUE}"
    }


def _restore_names(model, prefix: str, reader, shapes, keys: set[str]) -> set[str]:
    names = dict(_names(reader, shapes, keys))
    variables = {_name(variable): variable for variable in getattr(model, "variables", ())}
    chosen = {name: _key(name, names) for name in variables}
    missing = sorted(name for name, key in chosen.items() if key is None)
    if missing or not variables:
        raise ArtifactInvalidError(
            f"checkpoint '{prefix}' lacks {len(missing)} of the model's {len(variables)} variables:"
            f" {_listed(missing)}; it has {_listed(sorted(names))}"
        )
    for name, variable in variables.items():
        if list(variable.shape) != shapes[chosen[name]]:
            raise ArtifactInvalidError(
                f"variable '{name}': got {shapes[chosen[name]]} in the checkpoint '{prefix}', the model"
                f" wants {list(variable.shape)}"
            )
    for name, variable in variables.items():
        variable.assign(reader.get_tensor(chosen[name]))
    return set(chosen.values())


def _names(reader, shapes: Mapping[str, object], keys: set[str]) -> Iterator[tuple[str, str]]:
    """Yields the name of each variable and the key of its value."""
    if _OBJECT_GRAPH not in shapes:
        yield from ((key, key) for key in keys)
        return
    graph = trackable_object_graph_pb2.TrackableObjectGraph.FromString(
        reader.get_tensor(_OBJECT_GRAPH)
    )
    for node in graph.nodes:
        for attribute in node.attributes:
            if attribute.checkpoint_key in keys:
                yield attribute.full_name, attribute.checkpoint_key


def _name(variable: object) -> str:
    return variable.path if isinstance(variable, keras.Variable) else variable.name.split(":")[0]


def _key(name: str, names: Mapping[str, str]) -> str | None:
    """Returns the key of a name; Keras 3 puts the model's own name before that of its layers."""
    return names.get(name) or names.get(name.partition("/")[2])


def _unused(keys: set[str]) -> list[str]:
    names = sorted(key.removesuffix(_VALUE) for key in keys)
    return [f"the checkpoint has {len(names)} values more: {_listed(names)}"] if names else []


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
