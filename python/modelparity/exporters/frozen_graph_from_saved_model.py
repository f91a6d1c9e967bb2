"""Freezes a SavedModel: for each signature a GraphDef with the variables as constants.

A TensorFlow 2 model is frozen through its functions. A TensorFlow 1 model is frozen in a session;
its tables stay when their entries are in the graph, and the artifact names their initializers.
"""

import pathlib

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from modelparity import graphs
from modelparity.bundle import file_name
from modelparity.contract import manifest_pb2
from modelparity.errors import ConversionFailedError
from modelparity.exporters import compiled_functions, conversion
from modelparity.exporters.graph_cut import make_placeholder
from modelparity.exporters.tables import table_initializers

v1 = tf.compat.v1


def _freezer(arguments):
    folder = arguments["path"]
    tags = arguments["origin"]["tags"]
    freeze = _freezer_v2(folder, tags) if is_version_2(folder) else freezer_v1(folder, tags)

    def convert(signature: str) -> manifest_pb2.Artifact:
        graph_def, artifact = freeze(signature)
        artifact.format = "frozen_graph"
        artifact.path = f"frozen_graph/{file_name(signature)}.pb"
        path = pathlib.Path(arguments["bundle"], artifact.path)
        path.write_bytes(graph_def.SerializeToString())
        return artifact

    return convert


def is_version_2(folder: str) -> bool:
    """As TensorFlow tells: by the object graph, which TensorFlow 1 did not write."""
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString(pathlib.Path(folder, "saved_model.pb").read_bytes())
    return saved_model.meta_graphs[0].HasField("object_graph_def")


def _freezer_v2(folder, tags):
    loaded = tf.saved_model.load(folder, tags=tags)

    def freeze(signature):
        function = loaded.signatures[signature]
        # Loops and conditions stay functional: TensorFlow.js and converters read them as they are.
        frozen = convert_variables_to_constants_v2(function, lower_control_flow=False)
        # TensorFlow flattens both in the order of the keys.
        inputs = sorted(function.structured_input_signature[1])
        outputs = sorted(function.structured_outputs)
        graph_def = frozen.graph.as_graph_def()
        for tensor in frozen.inputs[len(inputs) :]:
            raise ConversionFailedError(
                f"freezing leaves {_consumers(graph_def, tensor)} without its table or resource: it"
                f" became the hidden input '{tensor.name}'; use the saved_model"
            )
        artifact = manifest_pb2.Artifact()
        _bind(
            artifact,
            signature,
            zip(inputs, frozen.inputs, strict=True),
            zip(outputs, frozen.outputs, strict=True),
        )
        bound = artifact.bindings[0]
        ends = [[entry.tensor for entry in end] for end in (bound.inputs, bound.outputs)]
        return compiled_functions.inlined(graph_def, *ends), artifact

    return freeze


def _consumers(graph_def, tensor) -> str:
    """Returns the operators that use a tensor, directly or through Identity."""
    names, ops = {tensor.op.name}, set()
    for node in graph_def.node:  # each after its inputs
        if names.isdisjoint(graphs.source_node(name) for name in node.input):
            continue
        if node.op == "Identity":
            names.add(node.name)
        else:
            ops.add(node.op)
    return ", ".join(sorted(ops))


def freezer_v1(folder, tags):
    """Returns a function from a signature of a TensorFlow 1 model to its GraphDef and Artifact."""
    session = v1.Session(graph=tf.Graph())
    with session.graph.as_default():
        meta_graph = v1.saved_model.loader.load(session, tags, folder)

    def freeze(signature):
        definition = meta_graph.signature_def[signature]
        graph = session.graph
        inputs = [
            (key, graph.get_tensor_by_name(info.name)) for key, info in definition.inputs.items()
        ]
        outputs = [
            (key, graph.get_tensor_by_name(info.name)) for key, info in definition.outputs.items()
        ]
        graph_def = graph.as_graph_def()
        _cut(graph_def, [tensor for _, tensor in inputs])
        # Inputs as well: one that no output needs would be dropped, and could not be fed.
        wanted = [tensor.op.name for _, tensor in inputs + outputs]
        used = {node.name for node in v1.graph_util.extract_sub_graph(graph_def, wanted).node}
        initializers = table_initializers(graph_def, used)
        frozen = v1.graph_util.convert_variables_to_constants(
            session, graph_def, [*wanted, *initializers]
        )
        artifact = manifest_pb2.Artifact(initializers=initializers)
        _bind(artifact, signature, inputs, outputs)
        return frozen, artifact

    return freeze


def _cut(graph_def, inputs) -> None:
    """Makes placeholders of the inputs, which may be computed from others, such as tf.Examples."""
    tensors = {tensor.op.name: tensor for tensor in inputs}
    for node in graph_def.node:
        if node.name not in tensors or node.op == "Placeholder":
            continue
        tensor = tensors[node.name]
        if tensor.value_index != 0:
            raise ConversionFailedError(
                f"the input '{tensor.name}' is one of several outputs of {node.op}; use the"
                " saved_model"
            )
        make_placeholder(node, tensor, tensor.shape)


def _bind(artifact, signature, inputs, outputs) -> None:
    binding = artifact.bindings.add(signature=signature)
    for key, tensor in inputs:
        binding.inputs.add(name=key, tensor=tensor.name)
    for key, tensor in outputs:
        binding.outputs.add(name=key, tensor=tensor.name)


if __name__ == "__main__":
    conversion.main(_freezer)
