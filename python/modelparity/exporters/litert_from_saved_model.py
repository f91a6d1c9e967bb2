"""Converts a SavedModel's signatures, or a frozen graph, to LiteRT, with LiteRT's own operators only.

Nothing is quantized or optimized, and no operator is left to TensorFlow (Flex): one that LiteRT does
not have is a failed conversion, which names it.
"""

import contextlib
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import tensorflow as tf
from google.protobuf import json_format
from tensorflow.lite.python.convert_phase import ConverterError

from modelparity.bundle import file_name
from modelparity.contract import manifest_pb2
from modelparity.errors import ConversionFailedError, one_line
from modelparity.exporters import conversion
from modelparity.exporters.frozen_graph_from_saved_model import freezer_v1, is_version_2

v1 = tf.compat.v1

# What the converter found no operator for, and the first dtype there:
#   <tab>tf.AddV2(tensor<?x4xui8>, tensor<4xui8>) -> (tensor<?x4xui8>) : {device = ""}
_LACKING = re.compile(r"^\ttf\.(\w+)\((?:tensor<(?:[\d?*]+x)*(?:!tf_type\.)?(\w+))?", re.MULTILINE)
# <unknown>:0: error: loc(...): 'tf.TensorListReserve' op requires element_shape to be static
_ERROR = re.compile(r"error: (?:loc\(.*\): )?(.*)")


def _converter(arguments):
    origin = json_format.ParseDict(arguments["origin"], manifest_pb2.Artifact())
    open_saved_model = _opener(arguments["path"], origin)
    bindings = {binding.signature: binding for binding in origin.bindings}

    def convert(signature: str) -> manifest_pb2.Artifact:
        artifact = manifest_pb2.Artifact(
            format="litert", path=f"litert/{file_name(signature)}.tflite"
        )
        binding = artifact.bindings.add(signature=signature)
        for entry in bindings[signature].inputs:
            binding.inputs.add(name=entry.name, tensor=entry.name)
        for entry in bindings[signature].outputs:
            binding.outputs.add(name=entry.name, tensor=entry.name)
        with open_saved_model(signature) as folder:
            content = _convert(folder, origin.tags, signature)
        path = pathlib.Path(arguments["bundle"], artifact.path)
        path.write_bytes(content)
        return artifact

    return convert


def _opener(
    path: str, origin: manifest_pb2.Artifact
) -> Callable[[str], AbstractContextManager[str]]:
    """Returns what gives the folder of the SavedModel in which the converter finds a signature."""
    if origin.format == "frozen_graph":
        graph_def = v1.GraphDef.FromString(pathlib.Path(path).read_bytes())
        return lambda _: _wrapped(graph_def, origin.bindings[0], origin.tags)
    if is_version_2(path):
        return lambda _: contextlib.nullcontext(path)
    # Of TensorFlow 1's, the converter would take the tables of every signature along.
    freeze = freezer_v1(path, origin.tags)

    def freeze_and_wrap(signature: str) -> AbstractContextManager[str]:
        graph_def, artifact = freeze(signature)
        return _wrapped(graph_def, artifact.bindings[0], origin.tags)

    return freeze_and_wrap


@contextlib.contextmanager
def _wrapped(graph_def, binding: manifest_pb2.Binding, tags: Sequence[str]) -> Iterator[str]:
    """Makes a SavedModel with one signature of a graph without variables."""
    with tempfile.TemporaryDirectory() as parent:
        folder = f"{parent}/saved_model"
        # Inside a session, the converter would turn into that of TensorFlow 1.
        with v1.Session(graph=tf.Graph()) as session:
            tf.graph_util.import_graph_def(graph_def, name="")

            def infos(bound):
                return {
                    entry.name: v1.saved_model.build_tensor_info(
                        session.graph.get_tensor_by_name(entry.tensor)
                    )
                    for entry in bound
                }

            definition = v1.saved_model.build_signature_def(
                infos(binding.inputs), infos(binding.outputs), "predict"
            )
            builder = v1.saved_model.Builder(folder)
            builder.add_meta_graph_and_variables(session, tags, {binding.signature: definition})
            builder.save()
        yield folder


def _convert(saved_model: str, tags: Sequence[str], signature: str) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(
        saved_model, signature_keys=[signature], tags=set(tags)
    )
    try:
        return converter.convert()
    except ConverterError as error:
        raise ConversionFailedError(_reason(str(error))) from error


def _reason(message: str) -> str:
    """Returns what matters of the converter's pages, in one line."""
    lacking = sorted({" of ".join(filter(None, names)) for names in _LACKING.findall(message)})
    if lacking:
        return f"LiteRT has no operator {', '.join(lacking)}"
    found = _ERROR.search(message)
    return one_line(found.group(1) if found else message)


if __name__ == "__main__":
    conversion.main(_converter)
