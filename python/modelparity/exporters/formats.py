"""One way for each format, from a model's origin to the artifacts in a bundle."""

import functools
import importlib.util
import pathlib
import shutil
import threading
from collections.abc import Iterable
from typing import NamedTuple

from google.protobuf import json_format

from modelparity.bundle import PROTOBUF_LIMIT, file_name
from modelparity.contract import manifest_pb2
from modelparity.errors import RuntimeUnavailableError
from modelparity.exporters import conversion, memory
from modelparity.exporters.origin import Origin
from modelparity.exporters.source import CONVERTED, NOT_KERAS
from modelparity.harness.sandbox import Sandbox


class Result(NamedTuple):
    """What came of one format, for one signature or for all."""

    format: str
    signature: str
    """Empty: all of them."""
    outcome: conversion.Outcome


class How(NamedTuple):
    """What all conversions of an export do alike."""

    repairs: bool
    """Convert ourselves what a converter is known to get wrong, see onnx_repairs."""
    stop: threading.Event
    """Set: end what is under way."""
    sandbox: Sandbox | None = None
    """Shows the origin to what converts it. None: it is not confined."""


def default_formats(origin: Origin) -> list[str]:
    """Returns the formats that suit a model when the user names none."""
    if origin.artifact.format in CONVERTED:
        return [origin.artifact.format]
    if origin.artifact.format == "frozen_graph":
        return ["frozen_graph", "onnx", "litert"]
    # A Keras model that cannot be saved as one is a failure to be told, and not to be left out.
    keras = [] if origin.keras == NOT_KERAS else ["keras"]
    return ["saved_model", "frozen_graph", *keras, "onnx", "litert"]


def check_packages(names: Iterable[str]) -> None:
    """Tells beforehand what would only be known once everything else was made.

    Raises:
        RuntimeUnavailableError: A package is not installed with which a format of FORMATS is made,
            or run to see that it is one.
    """
    for name in names:
        missing = [
            package
            for package in _PACKAGES.get(name, ())
            if importlib.util.find_spec(package.replace("-", "_")) is None
        ]
        if missing:
            raise RuntimeUnavailableError(
                f"format '{name}': it is made with {', '.join(missing)}, which is not installed; `pip"
                f" install {' '.join(missing)}`, or name the other formats with --format"
            )


def make(name: str, origin: Origin, bundle: pathlib.Path, how: How) -> list[Result]:
    """Writes the artifacts of one of FORMATS below `bundle`.

    Args:
        name: Of FORMATS.
        origin: What they are made of.
        bundle: A folder.
        how: What all conversions of an export do alike.

    Raises:
        InterruptedError: `how.stop` was set meanwhile.
    """
    if origin.artifact.format not in CONVERTED:
        return _MAKERS[name](origin, bundle, how)
    if name != origin.artifact.format:
        return [
            Result(name, "", f"the source is {origin.artifact.format}; no other form is made of it")
        ]
    artifact = _renamed(origin.artifact, f"{name}/{origin.artifact.path}")
    _copy_file(origin.path, bundle / artifact.path)
    return [Result(name, "", artifact)]


def _saved_model(origin: Origin, bundle: pathlib.Path, how: How) -> list[Result]:
    if origin.artifact.format != "saved_model":
        return [Result("saved_model", "", "a frozen graph is not made into a SavedModel")]
    artifact = _renamed(origin.artifact, "saved_model")
    shutil.copytree(origin.path, bundle / artifact.path)
    return [Result("saved_model", "", artifact)]


def _frozen_graph(origin: Origin, bundle: pathlib.Path, how: How) -> list[Result]:
    if origin.artifact.format != "frozen_graph":
        return _convert_signatures(
            "frozen_graph", "frozen_graph_from_saved_model", origin, bundle, how
        )
    signature = origin.signatures[0].name
    artifact = _renamed(origin.artifact, f"frozen_graph/{file_name(signature)}.pb")
    _copy_file(origin.path, bundle / artifact.path)
    return [Result("frozen_graph", signature, artifact)]


def _convert_signatures(
    name: str, module: str, origin: Origin, bundle: pathlib.Path, how: How
) -> list[Result]:
    size = origin.size
    if size > PROTOBUF_LIMIT:
        # Tried all the same, a conversion of a few gigabytes can take all the memory there is.
        reason = f"the model has {size} bytes, and a file of this format can have {PROTOBUF_LIMIT}"
        return [Result(name, "", reason)]
    arguments = {
        "path": str(origin.path),
        "origin": json_format.MessageToDict(origin.artifact),
        "bundle": str(bundle),
        "repairs": how.repairs,
    }
    signatures = [signature.name for signature in origin.signatures]
    with memory.turn(module, size):
        if reason := memory.obstacle(module, size):
            return [Result(name, "", reason)]
        outcomes = _convert(module, signatures, arguments, bundle / name, how)
        return [Result(name, *pair) for pair in outcomes]


def _convert(
    module: str,
    items: list[str],
    arguments: conversion.Arguments,
    target: pathlib.Path,
    how: How,
) -> list[tuple[str, conversion.Outcome]]:
    """Makes the folder that a converter writes into, and lets it."""
    target.mkdir()
    outcomes = conversion.convert(
        module, items, arguments, stop=how.stop, sandbox=how.sandbox, target=target
    )
    if not any(target.iterdir()):
        target.rmdir()
    return outcomes


def _keras_format(name: str, origin: Origin, bundle: pathlib.Path, how: How) -> list[Result]:
    if isinstance(origin.keras, str):
        return [Result(name, "", origin.keras)]
    keras_file = origin.folder / origin.keras.path
    if name == "keras":
        outcome = manifest_pb2.Artifact(format="keras", path="keras/model.keras")
        _copy_file(keras_file, bundle / outcome.path)
    else:
        arguments = {
            "keras": str(keras_file),
            "bundle": str(bundle),
            "python_modules": list(origin.keras.python_modules),
        }
        ((_, outcome),) = _convert("formats_from_keras", [name], arguments, bundle / name, how)
    if isinstance(outcome, manifest_pb2.Artifact):
        outcome.bindings.extend(origin.keras.bindings)
        outcome.python_modules.extend(origin.keras.python_modules)
    return [Result(name, "", outcome)]


def _renamed(artifact: manifest_pb2.Artifact, path: str) -> manifest_pb2.Artifact:
    copy = manifest_pb2.Artifact()
    copy.CopyFrom(artifact)
    copy.path = path
    return copy


def _copy_file(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir()
    shutil.copyfile(source, target)


# As pip knows them; TensorFlow, with which everything begins, is not among them.
_PACKAGES = {"onnx": ("onnx", "onnxruntime", "tf2onnx"), "litert": ("ai-edge-litert",)}
_MAKERS = {
    "saved_model": _saved_model,
    "frozen_graph": _frozen_graph,
    "keras": functools.partial(_keras_format, "keras"),
    "hdf5": functools.partial(_keras_format, "hdf5"),
    "checkpoint": functools.partial(_keras_format, "checkpoint"),
    "onnx": functools.partial(_convert_signatures, "onnx", "onnx_from_tensorflow"),
    "litert": functools.partial(_convert_signatures, "litert", "litert_from_saved_model"),
}
FORMATS = tuple(_MAKERS)
"""Every format that can be asked for, in the order in which artifacts stand in a bundle."""
