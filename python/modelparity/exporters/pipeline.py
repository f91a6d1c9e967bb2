"""From a model to a bundle.

The process that calls `export` never imports TensorFlow: whatever needs it runs in a child process.
First there has to be the model's origin, a SavedModel or a frozen graph: the one that the user
named, or one that `model_from_source` makes. Then, side by side, the reference answers the golden
cases and the converters run. At last every artifact is loaded and run: one that cannot be run is
none.

What cannot be converted stands in the manifest as a ConversionFailure; what cannot be read at all
raises.
"""

import contextlib
import dataclasses
import glob
import os
import pathlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from modelparity import runtimes
from modelparity.bundle import Bundle, BundleWriter
from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import ModelParityError, UnsupportedError
from modelparity.exporters import golden, noise, oracle
from modelparity.exporters import source as sources
from modelparity.exporters.formats import (
    FORMATS,
    How,
    Result,
    check_packages,
    default_formats,
    make,
)
from modelparity.exporters.origin import Origin, obtain
from modelparity.exporters.source import Choice
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.harness.sandbox import Sandbox, check_contained
from modelparity.installed import version_of
from modelparity.patterns import matches_any

_PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert", "numpy")
_LIMITS = Limits(seconds=300)


def export(
    source: str,
    bundle_path: str | os.PathLike,
    *,
    formats: Sequence[str] | None = None,
    signatures: Sequence[str] | None = None,
    cases: str | os.PathLike | None = None,
    seed: int = 0,
    without: Sequence[str] = (),
    python_modules: Sequence[str] = (),
    tags: Sequence[str] = (),
    feeds: Sequence[str] = (),
    fetches: Sequence[str] = (),
    checkpoint: str = "",
    repairs: bool = True,
    overwrite: bool = False,
    sandbox: bool = False,
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
        without: Patterns of made-up cases to leave out, such as "nan".
        python_modules: Imported before a Keras model is loaded, for its custom objects.
        tags, feeds, fetches, checkpoint: What else is to be said of the source, see Choice.
        repairs: Convert ourselves what a converter is known to get wrong; artifacts name what was done.
        overwrite: Replace a bundle that is there.
        sandbox: Whatever loads, converts or runs the model does so in a sandbox.
        progress: Told what is being done, in a few words.

    Raises:
        FileMissingError, ArtifactInvalidError, ArtifactTooLargeError: The source cannot be read.
        SignatureNotFoundError: The model has no such signature.
        UnsupportedError: A format is none.
        BundleInvalidError: The bundle cannot be written there.
        RuntimeUnavailableError: TensorFlow is not installed, or a converter is not, or there is no sandbox.
    """
    for name in formats or ():
        if name not in FORMATS:
            raise UnsupportedError(f"format '{name}': choose from {', '.join(FORMATS)}")
    choice = Choice(tuple(tags), tuple(feeds), tuple(fetches), checkpoint)
    found = sources.find(source)
    choice.check(found)
    with contextlib.ExitStack() as stack:
        writer = stack.enter_context(BundleWriter(bundle_path, overwrite=overwrite))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="modelparity-"))
        limits = _LIMITS
        if sandbox:
            limits = _confined(limits, found, choice, folder, writer.path)
        reference = Player(_reference_for(found), limits)
        reference.runtime.launch()  # is it there at all?
        pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count()))
        # Whatever ends this early would wait for conversions.
        how = How(repairs, stop=threading.Event(), sandbox=limits.sandbox)
        stack.callback(how.stop.set)
        # Where it is TensorFlow, it is imported in two processes at once.
        starting = pool.submit(stack.enter_context, reference)
        progress("reading the model")
        origin = obtain(
            found, pathlib.Path(folder), signatures, python_modules, choice, how.sandbox
        )
        for note in origin.notes:
            progress(note)
        wanted = formats or default_formats(origin)
        check_packages(wanted)
        asked, impossible = golden.collect(origin, cases, seed, without)
        starting.result()
        _load(reference, origin, found)
        progress("converting it, and recording golden cases")
        making = [
            pool.submit(make, name, origin, writer.path, how) for name in FORMATS if name in wanted
        ]
        recorded, refused = golden.record(reference, found.name, asked, origin.state)
        steadiness = not matches_any(noise.PROBE, without)
        if steadiness:
            settings = {
                setting: pool.submit(
                    noise.answers, reference.runtime, setting, limits, origin, recorded
                )
                for setting in noise.SETTINGS
            }
            answered = {setting: future.result() for setting, future in settings.items()}
            recorded, unsteady = noise.record(recorded, answered)
            refused += unsteady
        results = [result for future in making for result in future.result()]
        progress("running every artifact")
        artifacts, failures = _keep_what_runs(
            results, writer.path, origin, recorded, reference, limits
        )
        frozen = [artifact for artifact in artifacts if artifact.format == "frozen_graph"]
        if not matches_any(oracle.PROBE, without):
            progress("computing the answers in float64")
            for artifact in frozen:
                oracle.record(reference, writer.path, artifact, origin.signatures, recorded, folder)
        for artifact in frozen if steadiness else ():
            recorded, unsteady = noise.record_frozen(
                reference, writer.path, artifact, origin.signatures, recorded
            )
            refused += unsteady
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


def _confined(
    limits: Limits, found: sources.Source, choice: Choice, *folders: str | os.PathLike
) -> Limits:
    """Returns limits with a sandbox that shows the source, and what is made of it in `folders`."""
    limits = dataclasses.replace(limits, sandbox=Sandbox.make()).reading(*folders)
    if choice.checkpoint:
        limits = limits.reading(*glob.glob(f"{glob.escape(choice.checkpoint)}*"))
    if found.kind == "function":
        return limits
    check_contained(found.location)
    return limits.reading(found.location)


def _reference_for(source: sources.Source) -> runtimes.Runtime:
    """Returns whose answers are recorded: of a converted file, the first runtime that reads it."""
    if source.kind in sources.CONVERTED:
        return _first_reader(source.kind)
    return runtimes.find(runtimes.REFERENCE)


def _load(reference: Player, origin: Origin, source: sources.Source) -> None:
    try:
        reference.load(origin.folder, origin.artifact, origin.signatures)
    except ModelParityError as error:
        raise type(error)(
            f"source '{source.label}': the reference {reference.runtime.name} cannot load it: {error}"
        ) from error


def _package_versions() -> dict[str, str]:
    versions = {name: version_of(name) for name in _PACKAGES}
    return {name: version for name, version in versions.items() if version}


def _keep_what_runs(
    results: Iterable[Result],
    bundle: pathlib.Path,
    origin: Origin,
    cases: Sequence[case_pb2.Case],
    reference: Player,
    limits: Limits,
) -> tuple[list[manifest_pb2.Artifact], list[manifest_pb2.ConversionFailure]]:
    """Loads and runs each artifact; the files of one that fails are removed."""
    players = dict.fromkeys(reference.runtime.formats, reference)
    artifacts, failures = [], []
    with contextlib.ExitStack() as stack:
        for format_name, signature, outcome in results:
            if isinstance(outcome, manifest_pb2.Artifact):
                if format_name not in players:
                    player = Player(_first_reader(format_name), limits)
                    players[format_name] = stack.enter_context(player)
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


def _first_reader(format_name: str) -> runtimes.Runtime:
    return next(runtime for runtime in runtimes.RUNTIMES if format_name in runtime.formats)


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
