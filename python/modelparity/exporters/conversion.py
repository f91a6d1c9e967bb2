"""Conversions in processes of their own: a converter may crash, hang or eat memory at its own cost.

The parent names a converter module and the items (signatures or formats) that it has to convert:

    for item, outcome in convert("frozen_graph_from_saved_model", ["serving_default"], arguments):
        ...  # outcome: an Artifact, or the one line that says why there is none

The module hands `main` a function that is given the arguments once and returns a function from item
to Artifact:

    def _freezer(arguments):
        loaded = tf.saved_model.load(arguments["saved_model"])
        return lambda signature: ...

    if __name__ == "__main__":
        conversion.main(_freezer)

One process converts all items, since importing TensorFlow takes longer than most conversions. When
it dies in the middle, that item has failed, and another process takes over after it.

In a sandbox a converter may run what is in a hostile model. It can then write into one folder and into
the file of its outcomes, and neither is believed before it was looked at.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TextIO

from google.protobuf import json_format

from modelparity.bundle import check_path
from modelparity.contract import manifest_pb2
from modelparity.errors import BundleInvalidError, ModelParityError, one_line
from modelparity.harness import process_tree
from modelparity.harness.sandbox import Sandbox, check_plain
from modelparity.runtimes import Launch, python_environment

Outcome = manifest_pb2.Artifact | str
Arguments = Mapping[str, object]

_WATCH_INTERVAL = 0.1  # seconds
_MOST_CHARACTERS = 64 << 20  # of the outcomes of a process
_LOG_TAIL = 4096
_READY = json.dumps({"ready": True})
# Read by TensorFlow when it is imported: no chatter, and no look at graphics cards.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one conversion process may use."""

    seconds: float = 900.0
    memory_bytes: int = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    """Resident memory, that of processes which it starts included."""


def convert(
    module: str,
    items: Sequence[str],
    arguments: Arguments,
    limits: Limits = Limits(),
    stop: threading.Event | None = None,
    sandbox: Sandbox | None = None,
    target: str | os.PathLike | None = None,
) -> list[tuple[str, Outcome]]:
    """Runs a converter over items, and returns an outcome for each, in order.

    Args:
        module: A module of this package.
        items: What `arguments` is to be converted for.
        arguments: Values that JSON can carry.
        limits: Of each process.
        stop: Once another thread sets it, the process is ended.
        sandbox: To run in. None: it may do what this user may.
        target: The folder that the converter writes into, for which a sandbox lets it.

    Raises:
        InterruptedError: It was stopped.
        ArtifactInvalidError: It left in `target` what is no file and no folder.
    """
    stop = stop or threading.Event()
    place = _Place(sandbox, [target] if target else [])
    outcomes: list[tuple[str, Outcome]] = []
    while len(outcomes) < len(items):
        left = items[len(outcomes) :]
        ready, finished, death = _run_once(module, left, arguments, limits, stop, place)
        outcomes += zip(left, finished, strict=False)
        left = left[len(finished) :]
        # Before it is ready, a process has not come to any one item.
        blamed = left[:1] if ready else left
        outcomes += [(item, death) for item in blamed]
    return outcomes


def main(prepare: Callable[[Arguments], Callable[[str], manifest_pb2.Artifact]]) -> None:
    """The converter's side: reads the job, writes a line for each item, and exits with status 0."""
    job = json.loads(sys.argv[1])
    with open(job["results"], "w", encoding="utf-8", buffering=1) as results:
        try:
            convert_item = prepare(job["arguments"])
        except Exception as error:
            for _ in job["items"]:
                _write(results, {"failure": _reason(error)})
            return
        results.write(_READY + "\n")
        for item in job["items"]:
            try:
                artifact = convert_item(item)
            except Exception as error:
                _write(results, {"failure": _reason(error)})
            else:
                _write(results, {"artifact": json_format.MessageToDict(artifact)})


class _Place(NamedTuple):
    """Where a converter runs."""

    sandbox: Sandbox | None
    targets: list[str | os.PathLike]


def _run_once(
    module: str,
    items: Sequence[str],
    arguments: Arguments,
    limits: Limits,
    stop: threading.Event,
    place: _Place,
) -> tuple[bool, list[Outcome], str]:
    """Returns whether the process was ready, the outcomes that it wrote, and how it ended."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as results,
        tempfile.TemporaryFile() as log,
    ):
        job = {"items": list(items), "arguments": dict(arguments), "results": results.name}
        command = (sys.executable, "-m", f"modelparity.exporters.{module}", json.dumps(job))
        launch = Launch(command, "", python_environment() | _QUIET)
        variables = os.environ | launch.environment
        if place.sandbox:
            command, variables = place.sandbox.confine(
                launch, variables, [folder, results.name, *place.targets]
            )
        process = subprocess.Popen(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            ending = _watch(process, limits, stop)
        finally:
            if process.poll() is None:
                process_tree.end(process.pid)
                process.wait()
        lines = results.read(_MOST_CHARACTERS).splitlines()
        log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL))
        said = log.read().decode(errors="replace").strip()
        last_words = one_line(said.rpartition("\n")[-1])
    if place.sandbox:
        for target in place.targets:
            check_plain(target)
    outcomes = [_outcome(line) for line in lines if line != _READY]
    return _READY in lines, outcomes, f"the converter {ending}" + (last_words and f": {last_words}")


def _outcome(line: str) -> Outcome:
    """Reads what a converter says of an item; one that was ended in the middle of a line did not say it."""
    try:
        match json.loads(line):
            case {"failure": str(message)}:
                return message
            case {"artifact": dict(fields)}:
                artifact = json_format.ParseDict(fields, manifest_pb2.Artifact())
                check_path(artifact.path)
                return artifact
    except (ValueError, RecursionError, json_format.ParseError, BundleInvalidError) as error:
        return f"the converter gave no outcome: {one_line(error)}"
    return "the converter gave no outcome: its line says neither"


def _watch(process: subprocess.Popen, limits: Limits, stop: threading.Event) -> str:
    """Waits until the process has ended, or has to be, and says why."""
    deadline = time.monotonic() + limits.seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return f"did not end in {limits.seconds:g} s"
        if process_tree.resident_bytes(process.pid) > limits.memory_bytes:
            return f"used more than {limits.memory_bytes >> 20} MiB of memory"
        if stop.wait(_WATCH_INTERVAL):
            raise InterruptedError("the conversion was stopped")
    return process_tree.ending(process.returncode)


def _write(results: TextIO, line: Mapping[str, object]) -> None:
    results.write(json.dumps(line) + "\n")


def _reason(error: Exception) -> str:
    """Returns an exception in one line; our own errors need no class name."""
    traceback.print_exception(error)
    message = one_line(getattr(error, "message", error))
    return message if isinstance(error, ModelParityError) else f"{type(error).__name__}: {message}"
