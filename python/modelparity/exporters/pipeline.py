"""From a model to a bundle.

The process that calls `export` never imports TensorFlow: whatever needs it runs in a child process.
First there has to be the model's origin, a SavedModel or a frozen graph: the one that the user named, or
one that `model_from_source` makes. Then, side by side, the reference answers the golden cases and the
converters run. At last every artifact is loaded and run: one that cannot be run is none.

What cannot be converted stands in the manifest as a ConversionFailure; what cannot be read at all raises.
"""

import functools
import importlib.metadata
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from google.protobuf import json_format

from modelparity import runtimes
from modelparity.bundle import PROTOBUF_LIMIT, Bundle, BundleWriter, file_name
from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import ModelParityError, UnsupportedError
from modelparity.exporters import conversion, golden
from modelparity.exporters import source as sources
from modelparity.exporters.origin import Origin, obtain
from modelparity.exporters.player import Player
from modelparity.harness.runner_process import Limits

FORMATS = ("saved_model", "frozen_graph", "keras", "hdf5", "checkpoint", "onnx")
"""Every format that can be asked for, in the order in which artifacts stand in a bundle."""

_PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "numpy")
_ONNX_RUNTIME = "onnxruntime-python"
_LIMITS = Limits(seconds=300)

# An artifact, or why there is none, and for which signature ("": all).
_Result = tuple[str, str, conversion.Outcome]


def export(
    source: str,
    bundle_path: str | os.PathLike,
    *,
    formats: Sequence[str] | None = None,
    signatures: Sequence[str] | None = None,
    cases: str | os.PathLike | None = None,
    seed: int = 0,
    python_modules: Sequence[str] = (),
    overwrite: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Bundle:
    """Makes a bundle of a model.

    Args:
        source: As modelparity.exporters.source says.
        bundle_path: The folder that will be the bundle.
        formats: Of FORMATS. None: those that suit the source.
        signatures: None: all of them.
        cases: A file with golden inputs, as modelparity.cases says.
        seed: Of the inputs that are made from the signatures; the same seed gives the same inputs.
        python_modules: Imported before a Keras model is loaded, for its custom objects.
        overwrite: Replace a bundle that is there.
        progress: Told what is being done, in a few words.

    Raises:
        FileMissingError, ArtifactInvalidError, ArtifactTooLargeError: The source cannot be read.
        SignatureNotFoundError: The model has no such signature.
        UnsupportedError: A format is none.
        BundleInvalidError: The bundle cannot be written there.
    """
    for name in formats or ():
        if name not in FORMATS:
            raise UnsupportedError(f"format '{name}': choose from {', '.join(FORMATS)}")
    found = sources.find(source)
    with (
        BundleWriter(bundle_path, overwrite=overwrite) as writer,
        tempfile.TemporaryDirectory(prefix="modelparity-") as folder,
        Player(runtimes.REFERENCE, _LIMITS) as reference,
        ThreadPoolExecutor() as pool,
    ):
        progress("reading the model")
        origin = obtain(found, pathlib.Path(folder), signatures, python_modules)
        reference.load(origin.folder, origin.artifact, origin.signatures)
        progress("converting it, and recording golden cases")
        formats = [name for name in FORMATS if name in (formats or _default_formats(origin))]
        asked, impossible = golden.collect(origin, cases, seed)
        converting = [pool.submit(_CONVERTERS[name], origin, writer.path) for name in formats]
        recorded, refused = golden.record(reference, found.name, asked)
        results = [result for future in converting for result in future.result()]
        progress("running every artifact")
        artifacts, failures = _keep_what_runs(results, writer.path, origin, recorded, reference)
        manifest = writer.manifest
        manifest.name = found.name
        manifest.producer.source = found.label
        manifest.producer.package_versions.update(_package_versions())
        manifest.signatures.extend(origin.signatures)
        manifest.artifacts.extend(artifacts)
        manifest.conversion_failures.extend(failures)
        manifest.refused_cases.extend(impossible + refused)
        for case in recorded:
            writer.add_case(case)
    return Bundle.open(bundle_path)


def _default_formats(origin: Origin) -> list[str]:
    if origin.artifact.format == "frozen_graph":
        return ["frozen_graph", "onnx"]
    keras = ["keras"] if isinstance(origin.keras, manifest_pb2.Artifact) else []
    return ["saved_model", "frozen_graph", *keras, "onnx"]


def _package_versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in _PACKAGES}


def _saved_model(origin: Origin, bundle: pathlib.Path) -> list[_Result]:
    if origin.artifact.format != "saved_model":
        return [("saved_model", "", "a frozen graph is not made into a SavedModel")]
    artifact = manifest_pb2.Artifact()
    artifact.CopyFrom(origin.artifact)
    artifact.path = "saved_model"
    shutil.copytree(origin.path, bundle / artifact.path)
    return [(artifact.format, "", artifact)]


def _frozen_graph(origin: Origin, bundle: pathlib.Path) -> list[_Result]:
    if origin.artifact.format == "frozen_graph":
        artifact = manifest_pb2.Artifact()
        artifact.CopyFrom(origin.artifact)
        artifact.path = f"frozen_graph/{file_name(artifact.bindings[0].signature)}.pb"
        (bundle / artifact.path).parent.mkdir()
        shutil.copyfile(origin.path, bundle / artifact.path)
        return [(artifact.format, "", artifact)]
    return _convert_signatures("frozen_graph", "frozen_graph_from_saved_model", origin, bundle)


def _onnx(origin: Origin, bundle: pathlib.Path) -> list[_Result]:
    return _convert_signatures("onnx", "onnx_from_tensorflow", origin, bundle)


def _convert_signatures(
    format_name: str, module: str, origin: Origin, bundle: pathlib.Path
) -> list[_Result]:
    weights = origin.size()
    if weights > PROTOBUF_LIMIT:
        return [
            (
                format_name,
                "",
                f"the model has {weights} bytes, and one file can have {PROTOBUF_LIMIT}",
            )
        ]
    arguments = {
        "path": str(origin.path),
        "origin": json_format.MessageToDict(origin.artifact),
        "bundle": str(bundle),
    }
    names = [signature.name for signature in origin.signatures]
    outcomes = conversion.convert(module, names, arguments)
    return [(format_name, signature, outcome) for signature, outcome in outcomes]


def _keras_format(name: str, origin: Origin, bundle: pathlib.Path) -> list[_Result]:
    if isinstance(origin.keras, str):
        return [(name, "", origin.keras)]
    keras_file = origin.folder / origin.keras.path
    if name == "keras":
        artifact = manifest_pb2.Artifact(format=name, path="keras/model.keras")
        (bundle / artifact.path).parent.mkdir()
        shutil.copyfile(keras_file, bundle / artifact.path)
        outcome = artifact
    else:
        arguments = {
            "keras": str(keras_file),
            "bundle": str(bundle),
            "python_modules": list(origin.keras.python_modules),
        }
        ((_, outcome),) = conversion.convert("formats_from_keras", [name], arguments)
    if isinstance(outcome, manifest_pb2.Artifact):
        outcome.bindings.extend(origin.keras.bindings)
        outcome.python_modules.extend(origin.keras.python_modules)
    return [(name, "", outcome)]


_CONVERTERS = {
    "saved_model": _saved_model,
    "frozen_graph": _frozen_graph,
    "onnx": _onnx,
    **{name: functools.partial(_keras_format, name) for name in ("keras", "hdf5", "checkpoint")},
}


def _keep_what_runs(
    results: Iterable[_Result],
    bundle: pathlib.Path,
    origin: Origin,
    cases: Sequence[case_pb2.Case],
    reference: Player,
) -> tuple[list[manifest_pb2.Artifact], list[manifest_pb2.ConversionFailure]]:
    """Loads and runs each artifact; the files of one that fails are removed."""
    players = {name: reference for name in runtimes.find(reference.runtime).formats}
    artifacts, failures = [], []
    with Player(_ONNX_RUNTIME, _LIMITS) as players["onnx"]:
        for format_name, signature, outcome in results:
            if isinstance(outcome, manifest_pb2.Artifact):
                failure = _failure(players[format_name], bundle, outcome, origin, cases)
                if failure is None:
                    artifacts.append(outcome)
                    continue
                _remove(bundle / outcome.path)
                outcome = failure
            failures.append(
                manifest_pb2.ConversionFailure(
                    format=format_name, signature=signature, message=outcome
                )
            )
    return artifacts, failures


def _failure(
    player: Player,
    bundle: pathlib.Path,
    artifact: manifest_pb2.Artifact,
    origin: Origin,
    cases: Sequence[case_pb2.Case],
) -> str | None:
    """Returns why an artifact cannot be run by anybody, or None."""
    try:
        player.load(bundle, artifact, origin.signatures)
        golden.check(player, artifact, cases)
    except UnsupportedError:
        return None
    except ModelParityError as error:
        return f"what was made cannot be run: {error}"
    return None


def _remove(path: pathlib.Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
