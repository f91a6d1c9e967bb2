"""The two graphs that are held against each other: what the author's model computes, and what a runtime runs."""

import importlib.util
import pathlib
import threading
from collections.abc import Callable

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import manifest_pb2
from modelparity.errors import UnsupportedError
from modelparity.harness.sandbox import Sandbox
from modelparity.locate.model import Model
from modelparity.locate.tensorflow_model import TensorflowModel
from modelparity.runtimes import Runtime

FORMATS = ("frozen_graph", "onnx", "saved_model")
"""The formats that can be looked into. Of a SavedModel the graph that is frozen from it is."""


def reference(
    bundle: Bundle, signature: str, folder: pathlib.Path, sandbox: Sandbox | None = None
) -> tuple[Model, Runtime]:
    """Returns the graph that is right, and the runtime that runs it.

    It is frozen anew from the SavedModel where there is one: the bundle's own frozen graph may be what
    is wrong.

    Args:
        bundle: With an artifact of FORMATS.
        signature: Of the bundle.
        folder: Empty, to write into.
        sandbox: Shows the bundle to what freezes it. None: it is not confined.

    Raises:
        UnsupportedError: The SavedModel cannot be frozen, or there is nothing that could be cut.
        ModelParityError: As the readers of graphs.
    """
    tensorflow = runtimes.find(runtimes.REFERENCE)
    if artifact := bundle.artifact("saved_model", signature):
        frozen = _freeze(bundle, artifact, signature, folder, sandbox)
        return _tensorflow(folder, frozen), tensorflow
    if artifact := bundle.artifact("frozen_graph", signature):
        return _tensorflow(bundle.path, artifact), tensorflow
    if artifact := bundle.artifact("onnx", signature):
        return _onnx(bundle.path, artifact), runtimes.find("onnxruntime-python")
    raise UnsupportedError(
        f"signature '{signature}' has none of {', '.join(FORMATS)} in the bundle; export it with one of them"
    )


def candidate(
    bundle: Bundle, signature: str, format_name: str, runtime: Runtime, reference_model: Model
) -> Model:
    """Returns the graph that a runtime runs for a format of FORMATS, errors as in reference.

    Of a SavedModel, in which tensors stand in functions where nobody can fetch them, it is the reference's.
    """
    artifact = bundle.artifact(format_name, signature)
    if format_name in READERS:
        return READERS[format_name](bundle.path, artifact)
    return reference_model.written_for(runtime.formats)


def _freeze(
    bundle: Bundle,
    artifact: manifest_pb2.Artifact,
    signature: str,
    folder: pathlib.Path,
    sandbox: Sandbox | None,
) -> manifest_pb2.Artifact:
    # Exporters are not part of an installation that only runs bundles.
    from modelparity.exporters import formats
    from modelparity.exporters.origin import Origin
    from modelparity.exporters.source import NOT_KERAS

    made_of = Origin(bundle.path, artifact, [bundle.signature(signature)], NOT_KERAS, [], {})
    how = formats.How(repairs=True, stop=threading.Event(), sandbox=sandbox)
    ((_, _, outcome),) = formats.make("frozen_graph", made_of, folder, how)
    if isinstance(outcome, str):
        raise UnsupportedError(
            f"signature '{signature}' cannot be frozen, and so not be looked into: {outcome}"
        )
    return outcome


def _tensorflow(folder: pathlib.Path, artifact: manifest_pb2.Artifact) -> Model:
    return TensorflowModel(folder / artifact.path, artifact)


def _onnx(folder: pathlib.Path, artifact: manifest_pb2.Artifact) -> Model:
    if importlib.util.find_spec("onnx") is None:
        raise UnsupportedError("looking into ONNX needs the package onnx; `pip install onnx`")
    from modelparity.locate.onnx_model import OnnxModel

    return OnnxModel(folder / artifact.path, artifact)


READERS: dict[str, Callable[[pathlib.Path, manifest_pb2.Artifact], Model]] = {
    "frozen_graph": _tensorflow,
    "onnx": _onnx,
}
"""By format; given the folder that the artifact's path is relative to."""
