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
"""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from google.protobuf import json_format

from modelparity.contract import manifest_pb2
from modelparity.errors import ModelParityError, one_line
from modelparity.harness import process_tree
from modelparity.runtimes import python_environment

Outcome = manifest_pb2.Artifact | str
Arguments = Mapping[str, object]

_WATCH_INTERVAL = 0.1  # seconds
_READY = {"ready": True}
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
) -> list[tuple[str, Outcome]]:
    """Runs a converter over items, and returns an outcome for each, in order.

    Args:
        module: A module of this package.
        items: What `arguments` is to be converted for.
        arguments: Values that JSON can carry.
        limits: Of each process.
        stop: Once another thread sets it, the process is ended.

    Raises:
        InterruptedError: It was stopped.
    """
    stop = stop or threading.Event()
    outcomes: list[tuple[str, Outcome]] = []
    while len(outcomes) < len(items):
        left = items[len(outcomes) :]
        ready, finished, death = _run_once(module, left, arguments, limits, stop)
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
        _write(results, _READY)
        for item in job["items"]:
            try:
                artifact = convert_item(item)
            except Exception as error:
                _write(results, {"failure": _reason(error)})
            else:
                _write(results, {"artifact": json_format.MessageToDict(artifact)})


def _run_once(
    module: str,
    items: Sequence[str],
    arguments: Arguments,
    limits: Limits,
    stop: threading.Event,
) -> tuple[bool, list[Outcome], str]:
    """Returns whether the process was ready, the outcomes that it wrote, and how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder, "results.jsonl")
        log = pathlib.Path(folder, "log.txt")
        job = {"items": list(items), "arguments": dict(arguments), "results": str(results)}
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"modelparity.exporters.{module}", json.dumps(job)],
                env=os.environ | python_environment() | _QUIET,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            ending = _watch(process, limits, stop)
        finally:
            if process.poll() is None:
                process_tree.end(process.pid)
                process.wait()
        lines = []
        if results.exists():
            lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        last_words = one_line(log.read_text(errors="replace").strip().rpartition("\n")[-1])
    outcomes = [_outcome(line) for line in lines if line != _READY]
    return _READY in lines, outcomes, f"the converter {ending}" + (last_words and f": {last_words}")


def _outcome(line: Mapping[str, object]) -> Outcome:
    if "failure" in line:
        return line["failure"]
    return json_format.ParseDict(line["artifact"], manifest_pb2.Artifact())


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
    if process.returncode < 0:
        return f"was killed by {signal.Signals(-process.returncode).name}"
    return f"ended with exit status {process.returncode}"


def _write(results: TextIO, line: Mapping[str, object]) -> None:
    results.write(json.dumps(line) + "\n")


def _reason(error: Exception) -> str:
    """Returns an exception in one line; our own errors need no class name."""
    traceback.print_exception(error)
    message = one_line(getattr(error, "message", error))
    return message if isinstance(error, ModelParityError) else f"{type(error).__name__}: {message}"
