"""Converts a SavedModel's signatures, or a frozen graph, to ONNX with tf2onnx.

tf2onnx reports success when it leaves operators in the file that ONNX does not have: here that is a
failed conversion, which names them. An input of unknown rank becomes a scalar in the file; ONNX
Runtime refuses other ranks then.
"""

import pathlib
import tempfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

import onnx
import tensorflow as tf
from google.protobuf import json_format
from tf2onnx import optimizer, tf_loader, tfonnx

from modelparity.bundle import file_name
from modelparity.contract import manifest_pb2
from modelparity.errors import ConversionFailedError
from modelparity.exporters import compiled_functions, conversion
from modelparity.exporters.frozen_graph_from_saved_model import freezer_v1, is_version_2
from modelparity.exporters.onnx_repairs import Repairs

_OPSET = 18


class _Graph(NamedTuple):
    """A graph without variables, and the tensors of a signature in it by their keys."""

    graph_def: tf.compat.v1.GraphDef
    inputs: dict[str, str]
    outputs: dict[str, str]
    tables: dict | None = None


def _converter(arguments):
    load = _loader(arguments)

    def convert(signature: str) -> manifest_pb2.Artifact:
        graph = load(signature)
        artifact = manifest_pb2.Artifact(format="onnx", path=f"onnx/{file_name(signature)}.onnx")
        binding = artifact.bindings.add(signature=signature)
        for key in graph.inputs:
            binding.inputs.add(name=key, tensor=key)
        for key in graph.outputs:
            # ONNX has one name space for all tensors.
            binding.outputs.add(name=key, tensor=f"{key}:output" if key in graph.inputs else key)
        repairs = Repairs() if arguments["repairs"] else None
        model = _onnx_model(graph, binding, repairs)
        artifact.repairs.extend(repairs.lines() if repairs else [])
        path = pathlib.Path(arguments["bundle"], artifact.path)
        onnx.save(model, path)
        return artifact

    return convert


def _loader(arguments) -> Callable[[str], _Graph]:
    """Returns what reads the graph of a signature, as tf2onnx can take it."""
    path = arguments["path"]
    origin = json_format.ParseDict(arguments["origin"], manifest_pb2.Artifact())
    tags = list(origin.tags)
    if origin.format == "frozen_graph":
        return lambda _: _frozen_graph(path, origin.bindings[0])
    if is_version_2(path):
        return lambda signature: _signature_graph(path, tags, signature)
    # tf2onnx stumbles over the initializers of TensorFlow 1, and has no trouble with a frozen
    # graph.
    freeze = freezer_v1(path, tags)

    def freeze_and_load(signature: str) -> _Graph:
        graph_def, artifact = freeze(signature)
        with tempfile.NamedTemporaryFile(suffix=".pb") as file:
            file.write(graph_def.SerializeToString())
            file.flush()
            return _frozen_graph(file.name, artifact.bindings[0])

    return freeze_and_load


def _signature_graph(saved_model: str, tags: list[str], signature: str) -> _Graph:
    graph_def, inputs, outputs, function, _, tables, _ = tf_loader.from_saved_model(
        saved_model,
        None,
        None,
        tags,
        [signature],
        return_concrete_func=True,
        return_initialized_tables=True,
        return_tensors_to_rename=True,
    )
    # TensorFlow flattens both in the order of the keys.
    keys = sorted(function.structured_input_signature[1])
    return _Graph(
        compiled_functions.inlined(graph_def, inputs, outputs),
        dict(zip(keys, inputs, strict=True)),
        dict(zip(sorted(function.structured_outputs), outputs, strict=True)),
        tables,
    )


def _frozen_graph(path: str, binding: manifest_pb2.Binding) -> _Graph:
    inputs = {entry.name: entry.tensor for entry in binding.inputs}
    outputs = {entry.name: entry.tensor for entry in binding.outputs}
    ends = [*inputs.values()], [*outputs.values()]
    graph_def, _, _ = tf_loader.from_graphdef(path, *ends)
    return _Graph(compiled_functions.inlined(graph_def, *ends), inputs, outputs)


def _onnx_model(
    graph: _Graph, binding: manifest_pb2.Binding, repairs: Repairs | None
) -> onnx.ModelProto:
    names = {graph.inputs[entry.name]: entry.tensor for entry in binding.inputs}
    names |= {graph.outputs[entry.name]: entry.tensor for entry in binding.outputs}
    with tf.Graph().as_default() as tf_graph:
        tf.graph_util.import_graph_def(graph.graph_def, name="")
        converted = tfonnx.process_tf_graph(
            tf_graph,
            opset=_OPSET,
            input_names=[*graph.inputs.values()],
            output_names=[*graph.outputs.values()],
            tensors_to_rename=names,
            initialized_tables=graph.tables,
            custom_op_handlers=repairs.handlers() if repairs else None,
        )
        model = optimizer.optimize_graph(
            converted, catch_errors=False, optimizers=repairs.optimizers() if repairs else None
        ).make_model(binding.signature)
    unknown = sorted(set(_unknown_operators(model.graph)))
    if unknown:
        raise ConversionFailedError(
            f"ONNX has no operator {', '.join(unknown)}, and tf2onnx wrote it"
        )
    return model


def _unknown_operators(graph: onnx.GraphProto) -> Iterator[str]:
    for node in graph.node:
        if not onnx.defs.has(node.op_type, node.domain):
            yield node.op_type
        for attribute in node.attribute:
            for subgraph in (attribute.g, *attribute.graphs):
                yield from _unknown_operators(subgraph)


if __name__ == "__main__":
    conversion.main(_converter)
