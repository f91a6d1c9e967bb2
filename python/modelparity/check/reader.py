"""Reads any model that can be checked; its contents, not its name, say what a folder is."""

import dataclasses
import importlib
import os
import pathlib

from modelparity import graphs
from modelparity.bundle import Bundle, is_bundle
from modelparity.check.facts import Kind, Model
from modelparity.errors import (
    BundleInvalidError,
    FileMissingError,
    SignatureNotFoundError,
    UnsupportedError,
)

# Ending of a file to the module here, and the function in it, that reads it.
_READERS = {
    ".pb": ("tensorflow_reader", "frozen_graph"),
    ".keras": ("keras_reader", "read"),
    ".h5": ("keras_reader", "read"),
    ".hdf5": ("keras_reader", "read"),
    ".onnx": ("onnx_reader", "read"),
    ".tflite": ("litert_reader", "read"),
}


def read(path: str | os.PathLike) -> Model:
    """Reads a model.

    Args:
        path: A SavedModel's folder (or that of its numbered versions), a bundle, or a file: frozen
            .pb, .keras, .h5, .onnx, .tflite.

    Raises:
        FileMissingError: It is not there, or a part of it is not.
        ArtifactTooLargeError: It is one protobuf file over 2 GB; nothing was read.
        ArtifactInvalidError: It cannot be read.
        BundleInvalidError: It is a bundle, and a wrong one, or one without a graph.
        SignatureNotFoundError: It has no signature.
        UnsupportedError: It is nothing that we know.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileMissingError(f"'{path}' is not there; give a model or a bundle")
    if is_bundle(path):
        return _bundle(path)
    if path.name in graphs.SAVED_MODEL_FILES:
        path = path.parent
    if path.is_dir():
        file = graphs.lone_file(path, _READERS)
        if file:
            return read(file)
        return _with_signatures(_call("tensorflow_reader", "saved_model", path))
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise UnsupportedError(
            f"'{path}': got a file that ends in '{path.suffix}', wants a folder or"
            f" {', '.join(_READERS)}"
        )
    return _call(*_READERS[suffix], path)


def _call(module: str, function: str, *arguments):
    """Imports a reader when a file needs it: some stand on packages that take a second."""
    return getattr(importlib.import_module(f"modelparity.check.{module}"), function)(*arguments)


def _with_signatures(model: Model) -> Model:
    if not model.signatures:
        raise SignatureNotFoundError(
            f"'{model.path}' has no signature; save it with `signatures=`, a Keras model after it was"
            " called once"
        )
    return model


def _bundle(path: pathlib.Path) -> Model:
    """Reads the graph in a bundle, whose manifest tells what it could not be made into."""
    bundle = Bundle.open(path)
    manifest = bundle.manifest
    not_made = {
        (failure.format, failure.signature): failure.message
        for failure in manifest.conversion_failures
    }
    made = [artifact.format for artifact in manifest.artifacts]
    graph = _graph_of(bundle)
    return dataclasses.replace(
        graph,
        kind=Kind.BUNDLE,
        path=str(path),
        formats=tuple(dict.fromkeys([*made, *(name for name, _ in not_made)])),
        not_made=not_made,
        made=tuple(made),
    )


def _graph_of(bundle: Bundle) -> Model:
    """Returns what a bundle's SavedModel tells, or its frozen graphs, with the manifest's signatures."""
    specs = {signature.name: signature for signature in bundle.manifest.signatures}
    artifacts = {artifact.format: artifact for artifact in bundle.manifest.artifacts}
    if "saved_model" in artifacts:
        path = bundle.path_of(artifacts["saved_model"])
        model = _call("tensorflow_reader", "saved_model", path)
        signatures = [found for found in model.signatures if found.name in specs]
        return dataclasses.replace(model, signatures=signatures)
    frozen = [
        (bundle.path_of(artifact), artifact.bindings)
        for artifact in bundle.manifest.artifacts
        if artifact.format == "frozen_graph"
    ]
    if not frozen:
        raise BundleInvalidError(
            f"'{bundle.path}' has no saved_model and no frozen_graph, so that its operators are not"
            " known; check the model that it was made of"
        )
    signatures = [
        _call("tensorflow_reader", "bound_graph", path, specs[binding.signature], binding)
        for path, bindings in frozen
        for binding in bindings
    ]
    size = max(path.stat().st_size for path, _ in frozen)
    return Model(Kind.BUNDLE, str(bundle.path), (), size, signatures, version_2=False)
