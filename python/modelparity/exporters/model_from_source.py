"""Makes what only TensorFlow can make of a source, in a folder.

- For the item "model": a SavedModel; or, of a frozen graph, a copy and beside it SIGNATURE_FILE,
  for which TensorFlow's operator definitions are needed. Bindings name the signatures that matter;
  none: all.
- For the item "keras": a `.keras` file, when the source is a Keras model.
- Golden inputs of the source's module, as cases without an answer: CASES_FOLDER/<number>.pb.
"""

import importlib
import inspect
import pathlib
import shutil

import keras
import tensorflow as tf
from google.protobuf import text_format
from tensorflow.core.protobuf import saved_model_pb2

from modelparity import graphs
from modelparity.cases import case_of
from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, ConversionFailedError, one_line
from modelparity.exporters import checkpoint, conversion, graph_cut
from modelparity.exporters import source as sources
from modelparity.exporters.source import (
    CASES_FOLDER,
    NOT_KERAS,
    NOTES_FILE,
    SIGNATURE_FILE,
)
from modelparity.exporters.tables import table_initializers
from modelparity.specs import DEFAULT_SIGNATURE

_SAVED_MODEL = "made"


def _writer(arguments):
    for module in arguments["python_modules"]:
        importlib.import_module(module)
    folder = pathlib.Path(arguments["folder"])
    source = sources.find(arguments["source"])
    choice = sources.Choice(**arguments["choice"])
    made = _make(source, folder, choice)

    def write(item: str) -> manifest_pb2.Artifact:
        if item == "model":
            return _write_model(made, folder, choice)
        artifact = _write_keras(made, source, folder)
        artifact.python_modules.extend(arguments["python_modules"])
        if source.kind == "function":
            artifact.python_modules.append(source.location.partition(":")[0])
        return artifact

    return write


def _make(source: sources.Source, folder: pathlib.Path, choice: sources.Choice) -> object:
    """Returns a Keras model, (object, signatures), or the Source that a function named."""
    if source.kind in ("keras", "hdf5"):
        return load_keras(source.location)
    if source.kind != "function":
        return source
    module_name, _, function_name = source.location.partition(":")
    module = importlib.import_module(module_name)
    function = getattr(module, function_name)
    made = function(folder) if inspect.signature(function).parameters else function()
    if hasattr(module, "cases"):
        _write_cases(module.cases(), folder / CASES_FOLDER)
    if isinstance(made, str | pathlib.Path):
        return _make(_named(str(made), source, choice), folder, choice)
    if choice.tags or choice.feeds or choice.fetches:
        raise ArtifactInvalidError(
            f"'{source.location}' returned a model, and --tag, --feed and --fetch are for a file"
        )
    if not isinstance(made, keras.Model) and not (isinstance(made, tuple) and len(made) == 2):
        raise ArtifactInvalidError(
            f"'{source.location}' returned {type(made).__name__}, wants a keras.Model,"
            " (object, {signature: function}) or a path"
        )
    if choice.checkpoint:
        model = made if isinstance(made, keras.Model) else made[0]
        notes = checkpoint.restore(model, choice.checkpoint)
        (folder / NOTES_FILE).write_text("".join(f"{note}\n" for note in notes), encoding="utf-8")
    return made


def load_keras(path: str) -> keras.Model:
    """Loads a Keras model.

    Raises:
        ArtifactInvalidError: It has a class that nobody has registered.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except (TypeError, ValueError) as error:
        # Keras tells first what it was doing, each time with all of the configuration, and the cause last.
        cause = one_line(str(error).rpartition("Exception encountered:")[2])
        # The cause is told with advice on custom objects, in words that differ from format to format.
        if "custom" not in cause.lower():
            raise
        raise ArtifactInvalidError(
            f"{cause.rstrip('.')}; --import the module that defines and registers it"
        ) from error


def _named(path: str, source: sources.Source, choice: sources.Choice) -> sources.Source:
    """Returns the source whose path a function returned."""
    named = sources.find(path)
    if named.kind in sources.CONVERTED:
        raise ArtifactInvalidError(
            f"'{source.location}' returned '{named.label}', of which nothing else is made; give that"
            " file as the source"
        )
    choice.check(named)
    return named


def _write_cases(cases, folder: pathlib.Path) -> None:
    folder.mkdir()
    for signature, by_name in cases.items():
        for name, arrays in by_name.items():
            path = folder / f"{len(list(folder.iterdir()))}.pb"
            path.write_bytes(case_of(signature, name, arrays).SerializeToString())


def _write_model(
    made: object, folder: pathlib.Path, choice: sources.Choice
) -> manifest_pb2.Artifact:
    if isinstance(made, sources.Source) and made.kind == "frozen_graph":
        return _copy_frozen_graph(made, folder, choice)
    artifact = manifest_pb2.Artifact(format="saved_model", path=_SAVED_MODEL)
    target = str(folder / artifact.path)
    if isinstance(made, sources.Source):
        shutil.copytree(made.location, target)
        _make_binary(folder / artifact.path)
    elif isinstance(made, keras.Model):
        made.export(target, verbose=False)
        # Keras writes the same function once more, as `serve`.
        artifact.bindings.add(signature=DEFAULT_SIGNATURE)
    else:
        tf.saved_model.save(_saveable(made[0]), target, signatures=made[1])
    return artifact


def _saveable(made: object) -> object:
    """Returns what of `made` to hand to `tf.saved_model.save`.

    Keras 3 records its variables so that Python alone restores them: to C++ (the C API, TensorFlow
    Serving) they are uninitialized. Restored everywhere are those recorded as TensorFlow's own.
    """
    if not isinstance(made, keras.Model):
        return made
    module = tf.Module()
    module.model = made
    module.tensorflow_variables = [variable.value for variable in made.variables]
    return module


def _make_binary(saved_model: pathlib.Path) -> None:
    """Turns a graph that is written as text into the form that every runtime reads."""
    text = saved_model / "saved_model.pbtxt"
    if (saved_model / "saved_model.pb").exists() or not text.exists():
        return
    try:
        message = text_format.Parse(text.read_text("utf-8"), saved_model_pb2.SavedModel())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise ArtifactInvalidError(f"'{text.name}' is no SavedModel: {one_line(error)}") from error
    (saved_model / "saved_model.pb").write_bytes(message.SerializeToString())
    text.unlink()


def _copy_frozen_graph(
    made: sources.Source, folder: pathlib.Path, choice: sources.Choice
) -> manifest_pb2.Artifact:
    found = graphs.signature_of_graph(graphs.read_graph(made.location))
    path = folder / "made.pb"
    graph_def = tf.compat.v1.GraphDef.FromString(pathlib.Path(made.location).read_bytes())
    if choice.feeds or choice.fetches:
        fetches = choice.fetches or [spec.name for spec in found.outputs]
        graph_def, inputs, outputs, initializers = graph_cut.cut(graph_def, choice.feeds, fetches)
        path.write_bytes(graph_def.SerializeToString())
    else:
        shutil.copyfile(made.location, path)
        inputs = [f"{spec.name}:0" for spec in found.inputs]
        outputs = None
        initializers = table_initializers(graph_def, {node.name for node in graph_def.node})
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(graph_def, name="")
    if outputs is None:
        ends = [graph.get_operation_by_name(spec.name) for spec in found.outputs]
        outputs = [tensor.name for end in ends for tensor in end.outputs]
    artifact = manifest_pb2.Artifact(
        format="frozen_graph", path=path.name, initializers=initializers
    )
    signature = manifest_pb2.Signature(name=found.name)
    binding = artifact.bindings.add(signature=signature.name)
    for bound, specs, names in (
        (binding.inputs, signature.inputs, inputs),
        (binding.outputs, signature.outputs, outputs),
    ):
        for tensor in sorted(map(graph.get_tensor_by_name, names), key=_tensor_name):
            specs.append(_spec(tensor))
            bound.add(name=_tensor_name(tensor), tensor=tensor.name)
    (folder / SIGNATURE_FILE).write_bytes(signature.SerializeToString())
    return artifact


def _spec(tensor: tf.Tensor) -> manifest_pb2.TensorSpec:
    shape = tensor.shape
    return manifest_pb2.TensorSpec(
        name=_tensor_name(tensor),
        dtype=tensor.dtype.name,
        unknown_rank=shape.rank is None,
        shape=[-1 if size is None else size for size in shape or ()],
    )


def _tensor_name(tensor: tf.Tensor) -> str:
    """Names a tensor as its node; those of a node with several ("top_k") have their places, too."""
    return tensor.op.name if len(tensor.op.outputs) == 1 else tensor.name


def _write_keras(
    model: object, source: sources.Source, folder: pathlib.Path
) -> manifest_pb2.Artifact:
    """Writes `.keras` after the SavedModel, whose keys are bound to the model's positions."""
    if not isinstance(model, keras.Model):
        raise ConversionFailedError(NOT_KERAS)
    artifact = manifest_pb2.Artifact(format="keras", path="made.keras")
    if source.kind == "keras":
        # The user's own file: saved again it would lose its optimizer.
        shutil.copyfile(source.location, folder / artifact.path)
    else:
        model.save(folder / artifact.path)
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((folder / _SAVED_MODEL / "saved_model.pb").read_bytes())
    definition = saved_model.meta_graphs[0].signature_def[DEFAULT_SIGNATURE]
    binding = artifact.bindings.add(signature=DEFAULT_SIGNATURE)
    keys = sorted(definition.inputs)
    # A model of several inputs names them; one of a single input may have no name for it.
    names = keys if len(keys) == 1 else [tensor.name for tensor in getattr(model, "inputs", ())]
    if sorted(names) != keys:
        raise ConversionFailedError(
            f"the model's inputs are {names}, those of its signature {keys}; name each keras.Input"
        )
    for position, name in enumerate(names):
        binding.inputs.add(name=name, tensor=str(position))
    outputs = sorted(definition.outputs, key=_output_order)
    for position, name in enumerate(outputs):
        binding.outputs.add(name=name, tensor=str(position))
    return artifact


def _output_order(name: str) -> tuple[int, str]:
    """Keras flattens a dict by its keys, and numbers all else: output_2 is before output_10."""
    number = name.removeprefix("output_")
    return (int(number), "") if number.isdigit() else (0, name)


if __name__ == "__main__":
    conversion.main(_writer)
