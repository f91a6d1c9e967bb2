"""Reads one signature of an artifact with OpenVINO's frontends, and says what its tensors are called.

    converted = FRONTENDS["onnx"](core, path, artifact, binding, signature)
    converted.model.input(converted.inputs["x"])

A frontend has its own idea of names: the keys of one signature of a SavedModel, the tensors of an
ONNX graph, those of the first graph of a LiteRT file, which is all of it that OpenVINO reads. Of a
SavedModel's signatures OpenVINO takes `serving_default`, or all of them in one model when none has
that name, and drops whatever else it is asked for (measured with 2026.4). So it is given a copy of
saved_model.pb whose only signature is the one that is meant.
"""

import pathlib
import tempfile
from collections.abc import Callable
from typing import NamedTuple

import openvino
from openvino.frontend import FrontEndManager

from modelparity import litert_file
from modelparity.bundle import check_protobuf_size
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError, UnsupportedError
from modelparity.graphs import SAVED_MODEL_FILE, read_saved_model


class Converted(NamedTuple):
    """A signature as OpenVINO's own graph."""

    model: openvino.Model
    inputs: dict[str, str]
    """Key in the signature to the name that its tensor has in `model`."""
    outputs: dict[str, str]


Frontend = Callable[
    [
        openvino.Core,
        pathlib.Path,
        manifest_pb2.Artifact,
        manifest_pb2.Binding,
        manifest_pb2.Signature,
    ],
    Converted,
]


def _from_onnx(core, path, artifact, binding, signature) -> Converted:
    check_protobuf_size(path)
    return Converted(core.read_model(path), _tensors(binding.inputs), _tensors(binding.outputs))


def _from_litert(core, path, artifact, binding, signature) -> Converted:
    """The names of OpenVINO are those of the graph, which only the file's signature leads to."""
    with litert_file.opened(path) as (model, schema):
        graph = model.Subgraphs(0)
        names = [graph.Tensors(i).Name().decode() for i in range(graph.TensorsLength())]
        places = _litert_places(model, schema, names, binding.signature)
    inputs, outputs = (
        _litert_names(word, bound, found, names)
        for word, bound, found in zip(
            ("input", "output"), (binding.inputs, binding.outputs), places, strict=True
        )
    )
    return Converted(core.read_model(path), inputs, outputs)


def _litert_places(model, schema, names: list[str], signature: str) -> list[dict[str, int]]:
    """Returns the inputs and the outputs of a signature: the keys of the file to tensors of the first graph."""
    definitions = {}
    for index in range(model.SignatureDefsLength()):
        definition = schema.SignatureDefT.InitFromObj(model.SignatureDefs(index))
        definitions[definition.signatureKey.decode()] = definition
    if not definitions:
        graph = schema.SubGraphT.InitFromObj(model.Subgraphs(0))
        return [
            dict(
                zip(
                    litert_file.names_without_signature([names[i] for i in ports]),
                    ports,
                    strict=True,
                )
            )
            for ports in (graph.inputs, graph.outputs)
        ]
    # A file that was converted for one signature may call it by another name.
    name = signature if len(definitions) > 1 else next(iter(definitions))
    if name not in definitions:
        raise ArtifactInvalidError(
            f"got the signatures {sorted(definitions)} in the LiteRT file, wants '{name}'; export it again"
        )
    if definitions[name].subgraphIndex != 0:
        raise UnsupportedError(
            f"signature '{name}': it is not the first graph of the LiteRT file, and OpenVINO reads no"
            " other; convert it to a file of its own"
        )
    return [
        {entry.name.decode(): entry.tensorIndex for entry in entries or ()}
        for entries in (definitions[name].inputs, definitions[name].outputs)
    ]


def _litert_names(word: str, bound, places: dict[str, int], names: list[str]) -> dict[str, str]:
    tensors = _tensors(bound)
    if places.keys() != set(tensors.values()):
        raise ArtifactInvalidError(
            f"got the {word}s {sorted(places)} in the LiteRT file, wants {sorted(tensors.values())};"
            " the conversion changed the model"
        )
    for key, index in places.items():
        if names.count(names[index]) > 1:
            raise UnsupportedError(
                f"{word} '{key}': several tensors of the LiteRT file are called '{names[index]}', and"
                " OpenVINO tells them apart by name"
            )
    return {key: names[places[tensor]] for key, tensor in tensors.items()}


def _from_saved_model(core, path, artifact, binding, signature) -> Converted:
    # Unlike the signature's own keys, these are all different, and no tensor's name.
    inputs, outputs = (
        {
            tensor: f"modelparity_{word}_{index}"
            for index, tensor in enumerate(_tensors(bound).values())
        }
        for word, bound in (("input", binding.inputs), ("output", binding.outputs))
    )
    with tempfile.TemporaryDirectory() as folder:
        _write_signature(path, artifact.tags, inputs, outputs, pathlib.Path(folder))
        frontend = FrontEndManager().load_by_framework("tf")
        graph = frontend.load(folder)
        places = {name: graph.get_place_by_tensor_name(name) for name in (*inputs, *outputs)}
        # Without this an input with a default value becomes that value.
        graph.override_all_inputs([places[tensor] for tensor in inputs])
        graph.override_all_outputs([places[tensor] for tensor in outputs])
        for key, tensor in _tensors(binding.inputs).items():
            (spec,) = (spec for spec in signature.inputs if spec.name == key)
            # A graph of TensorFlow 1 need not say it, and the CPU plugin has to know the rank.
            graph.set_partial_shape(places[tensor], openvino.PartialShape(list(spec.shape)))
        model = frontend.convert(graph)
    return Converted(
        model,
        {key: inputs[tensor] for key, tensor in _tensors(binding.inputs).items()},
        {key: outputs[tensor] for key, tensor in _tensors(binding.outputs).items()},
    )


def _write_signature(path, tags, inputs, outputs, folder: pathlib.Path) -> None:
    """Writes a SavedModel with one signature; its variables stay where they are."""
    saved_model = read_saved_model(path)
    meta_graphs = [
        graph for graph in saved_model.meta_graphs if set(graph.meta_info_def.tags) == set(tags)
    ]
    if len(meta_graphs) != 1:
        raise ArtifactInvalidError(
            f"got {len(meta_graphs)} graphs tagged {','.join(tags)} in {SAVED_MODEL_FILE}, wants one;"
            " export the bundle again"
        )
    (meta_graph,) = meta_graphs
    meta_graph.signature_def.clear()
    definition = meta_graph.signature_def["serving_default"]
    for infos, names in ((definition.inputs, inputs), (definition.outputs, outputs)):
        for tensor, name in names.items():
            infos[name].name = tensor
    definition.method_name = "tensorflow/serving/predict"
    copy = tensorflow_graph_pb2.SavedModel(saved_model_schema_version=1, meta_graphs=meta_graphs)
    (folder / SAVED_MODEL_FILE).write_bytes(copy.SerializeToString())
    for name in ("variables", "assets"):
        if (path / name).is_dir():
            (folder / name).symlink_to(path / name)


def _tensors(bound) -> dict[str, str]:
    return {entry.name: entry.tensor for entry in bound}


FRONTENDS: dict[str, Frontend] = {
    "saved_model": _from_saved_model,
    "onnx": _from_onnx,
    "litert": _from_litert,
}
"""By the format of the artifacts that each reads."""
