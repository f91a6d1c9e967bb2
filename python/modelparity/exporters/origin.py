"""What a bundle is made from: a SavedModel, a graph or another file, and what is known about it."""

import dataclasses
import os
import pathlib
import shutil
from collections.abc import Mapping, Sequence

from modelparity import graphs, litert_file, onnx_file
from modelparity.cases import case_of
from modelparity.contract import case_pb2, manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError, ModelParityError, SignatureNotFoundError
from modelparity.exporters import conversion
from modelparity.exporters.source import (
    CASES_FOLDER,
    CONVERTED,
    DEFAULT_CHOICE,
    NOT_KERAS,
    NOTES_FILE,
    SIGNATURE_FILE,
    Choice,
    Source,
)
from modelparity.given_cases import cases_beside
from modelparity.harness.sandbox import Sandbox


@dataclasses.dataclass(frozen=True)
class Origin:
    """The first artifact of a model: a SavedModel or a frozen graph, or an ONNX or LiteRT file."""

    folder: pathlib.Path
    """Where `artifact.path` and `keras.path` lie."""
    artifact: manifest_pb2.Artifact
    signatures: list[manifest_pb2.Signature]
    """Those that are exported; the artifact binds the same ones."""
    keras: conversion.Outcome
    """The model as a `.keras` file, or why there is none."""
    given_cases: list[case_pb2.Case]
    """Of the source itself, without answers."""
    examples: dict[str, dict[str, list[graphs.Feature]]]
    """By signature and input, the features of the tf.Examples that it takes."""
    size: int = 0
    """Bytes of the weights that answer the signatures, near enough; 0 for a converted file."""
    state: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    """By signature, the kinds of operators for which a call may depend on the calls before it."""
    notes: Sequence[str] = ()
    """What the user is to be told of it."""

    @property
    def path(self) -> pathlib.Path:
        return self.folder / self.artifact.path


def obtain(
    source: Source,
    folder: pathlib.Path,
    signatures: Sequence[str] | None,
    python_modules: Sequence[str],
    choice: Choice = DEFAULT_CHOICE,
    sandbox: Sandbox | None = None,
) -> Origin:
    """Makes or finds the origin.

    Args:
        source: What the user named.
        folder: Empty, to write into.
        signatures: The names of those wanted; None: all.
        python_modules: Imported before a Keras model is loaded.
        choice: What else the user said of the source.
        sandbox: Shows the source to what loads it. None: it is not confined.

    Raises:
        ModelParityError: The source cannot be read, or has no such signature.
    """
    if source.kind in CONVERTED:
        return _of_converted(source, folder, signatures)
    path = pathlib.Path(source.location)
    if source.kind == "saved_model" and graphs.saved_model_file(path).suffix == ".pb":
        artifact = manifest_pb2.Artifact(format="saved_model", path=path.name)
        folder, keras = path.parent, NOT_KERAS
    else:
        arguments = {
            "source": source.location,
            "folder": str(folder),
            "python_modules": list(python_modules),
            "choice": dataclasses.asdict(choice),
        }
        outcomes = dict(
            conversion.convert(
                "model_from_source", ["model", "keras"], arguments, sandbox=sandbox, target=folder
            )
        )
        artifact, keras = outcomes["model"], outcomes["keras"]
        if isinstance(artifact, str):
            raise ArtifactInvalidError(f"source '{source.label}': {artifact}")
    if artifact.format == "saved_model":
        meta_graph = _chosen_graph(folder / artifact.path, choice.tags)
        graph, found = meta_graph.graph_def, _bind(artifact, meta_graph)
    else:
        graph = graphs.read_graph(folder / artifact.path)
        found = [manifest_pb2.Signature.FromString((folder / SIGNATURE_FILE).read_bytes())]
    kept = _choose(found, signatures, artifact)
    examples = {
        binding.signature: graphs.example_features(
            graph, {entry.name: entry.tensor for entry in binding.inputs}
        )
        for binding in artifact.bindings
    }
    state = {
        binding.signature: graphs.stateful_ops(graph, [entry.tensor for entry in binding.outputs])
        for binding in artifact.bindings
    }
    cases = [
        case_pb2.Case.FromString(path.read_bytes())
        for path in sorted((folder / CASES_FOLDER).glob("*.pb"))
    ]
    notes = folder / NOTES_FILE
    told = notes.read_text("utf-8").splitlines() if notes.exists() else []
    if artifact.format == "saved_model":
        cases += _cases_beside(folder / artifact.path, kept, told)
    answers = [entry.tensor for binding in artifact.bindings for entry in binding.outputs]
    size = graphs.frozen_size(graph, answers)
    return Origin(folder, artifact, kept, keras, cases, examples, size, state, told)


def _of_converted(source: Source, folder: pathlib.Path, signatures: Sequence[str] | None) -> Origin:
    """Returns the origin that is a file which somebody converted: keys are the file's own names."""
    path = "model" + pathlib.Path(source.location).suffix
    artifact = manifest_pb2.Artifact(format=source.kind, path=path)
    if source.kind == "onnx":
        onnx_file.write_whole(source.location, folder / path)
        graph = onnx_file.read(source.location).graph
        found, ops = [onnx_file.signature_of(graph)], {node.op_type for node in graph.node}
    else:
        shutil.copyfile(source.location, folder / path)
        file = litert_file.read(source.location)
        found, ops = file.signatures, file.operators
    for signature in found:
        binding = artifact.bindings.add(signature=signature.name)
        for bound, specs in (
            (binding.inputs, signature.inputs),
            (binding.outputs, signature.outputs),
        ):
            for spec in specs:
                bound.add(name=spec.name, tensor=spec.name)
    kept = _choose(found, signatures, artifact)
    names = [signature.name for signature in kept]
    state = sorted(op for op in ops if graphs.is_stateful(op))
    notes: list[str] = []
    return Origin(
        folder,
        artifact,
        kept,
        NOT_KERAS,
        given_cases=_cases_beside(source.location, kept, notes),
        examples={name: {} for name in names},
        state=dict.fromkeys(names, state),
        notes=notes,
    )


def _cases_beside(
    model: str | os.PathLike, signatures: Sequence[manifest_pb2.Signature], notes: list[str]
) -> list[case_pb2.Case]:
    """Returns the cases that travel with a model; it can be exported without them."""
    try:
        return [case_of(*given) for given in cases_beside(model, signatures)]
    except ModelParityError as error:
        notes.append(f"the inputs that lie beside the model are not used: {error}")
        return []


def _bind(
    artifact: manifest_pb2.Artifact, meta_graph: tensorflow_graph_pb2.MetaGraphDef
) -> list[manifest_pb2.Signature]:
    """Adds the tags, and the bindings of every signature that the artifact may have."""
    artifact.tags.extend(meta_graph.meta_info_def.tags)
    only = {binding.signature for binding in artifact.bindings}
    del artifact.bindings[:]
    signatures = graphs.signatures_of(meta_graph)
    signatures = [signature for signature in signatures if not only or signature.name in only]
    for signature in signatures:
        definition = meta_graph.signature_def[signature.name]
        binding = artifact.bindings.add(signature=signature.name)
        for spec in signature.inputs:
            binding.inputs.add(name=spec.name, tensor=_tensor(definition.inputs[spec.name]))
        for spec in signature.outputs:
            binding.outputs.add(name=spec.name, tensor=_tensor(definition.outputs[spec.name]))
    return signatures


def _chosen_graph(path: pathlib.Path, tags: Sequence[str]) -> tensorflow_graph_pb2.MetaGraphDef:
    """Returns the graph with exactly these tags; without any: that for serving, or the only one."""
    meta_graphs = graphs.read_saved_model(path).meta_graphs
    wanted = set(tags or ["serve"])
    chosen = [graph for graph in meta_graphs if set(graph.meta_info_def.tags) == wanted]
    if not chosen and not tags and len(meta_graphs) == 1:
        chosen = meta_graphs
    if len(chosen) != 1:
        has = " and ".join(str(list(graph.meta_info_def.tags)) for graph in meta_graphs)
        raise ArtifactInvalidError(
            f"'{path}': got graphs with the tags {has}, wants one with {sorted(wanted)}; choose with --tag,"
            " once for each tag of the graph"
        )
    return chosen[0]


def _tensor(info: tensorflow_graph_pb2.TensorInfo) -> str:
    # A sparse tensor has three; runners refuse it by its dtype before they look for it.
    return info.name or info.coo_sparse.values_tensor_name


def _choose(
    found: list[manifest_pb2.Signature],
    wanted: Sequence[str] | None,
    artifact: manifest_pb2.Artifact,
) -> list[manifest_pb2.Signature]:
    """Returns the wanted signatures, and takes the bindings of the others off the artifact."""
    names = [signature.name for signature in found]
    if not names:
        raise SignatureNotFoundError(
            f"'{artifact.path}' has no signature; save it with `signatures=`, a Keras model"
            " after it was called once"
        )
    for name in wanted or ():
        if name not in names:
            raise SignatureNotFoundError(
                f"signature '{name}': the model has {', '.join(names)}; choose one of these"
            )
    kept = [signature for signature in found if not wanted or signature.name in wanted]
    bindings = {binding.signature: binding for binding in artifact.bindings}
    del artifact.bindings[:]
    artifact.bindings.extend(bindings[signature.name] for signature in kept)
    return kept
