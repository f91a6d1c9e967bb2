"""`modelparity verify --all`: every model below a folder, each by a `modelparity verify` of its own.

What came of a model stays in its folder among the results: `report.json`, `log.txt` with all that the
command printed, and at last `result.json`. A model that has one is not verified again, until its files,
the options, the packages or modelparity are others.
"""

import collections
import dataclasses
import glob
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.table import Table

from modelparity import atomic, fingerprints
from modelparity.cache import digest
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK, WRONG_CALL
from modelparity.cli.console import stdout
from modelparity.cli.plain import tell
from modelparity.collection import Found, find_models
from modelparity.errors import FileMissingError
from modelparity.files import files_below
from modelparity.harness.reports import ALL
from modelparity.runtimes import python_environment

_RESULT, _REPORT, _LOG = "result.json", "report.json", "log.txt"
_COMMAND = (sys.executable, "-m", "modelparity", "verify")
_MESSAGE = "modelparity: "
_INTERRUPTED = 130
_REASON_LIMIT = 200  # characters
_WORDS = {
    OK: "OK",
    DIFFERENT: "FAILED",
    WRONG_CALL: "could not be read",
    NOTHING_VERIFIED: "not verified",
}


@dataclasses.dataclass(frozen=True)
class _Result:
    """What came of one model, as it stands in result.json."""

    fingerprint: str
    """Of the model's files and the options."""
    status: int
    """The command's exit status; negative: the signal that ended it."""
    seconds: float
    artifacts: list[str]
    """Formats that were run."""
    verdicts: dict[str, int]
    reason: str
    """The first thing that is wrong; empty: nothing is."""


def verify_all(
    folder: pathlib.Path, output: pathlib.Path, options: Sequence[str], jobs: int, overwrite: bool
) -> int:
    """Verifies the models, prints a line for each and a table at last, and returns the exit status.

    Args:
        folder: Where the models are.
        output: Folder for the results; made when it is not there.
        options: For each call of `modelparity verify`.
        jobs: How many models at a time.
        overwrite: Verify also those that have a result.

    Raises:
        FileMissingError: There is no model, or no results can be written.
    """
    if not folder.is_dir():
        raise FileMissingError(f"'{folder}' is no folder; --all looks for models in one")
    models = find_models(folder, leave_out=output)
    if not models:
        raise FileMissingError(
            f"'{folder}' has no model in it, and none below; give another folder"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileMissingError(f"'{output}' cannot be written: {error.strerror}") from error
    batch = _Batch(output, options, overwrite)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            results = {}
            for model, result in zip(models, pool.map(batch.verify, models), strict=True):
                results[model.name] = result
                told = f"{model.name}: {result.reason or 'OK'}"
                tell(f"[{len(results)}/{len(models)}] {told}")
        except BaseException:
            batch.stop()
            pool.shutdown(cancel_futures=True)
            raise
    _print(results)
    return _status([result.status for result in results.values()])


class _Batch:
    """Verifies models one by one, from several threads, until it is stopped."""

    def __init__(self, output: pathlib.Path, options: Sequence[str], overwrite: bool):
        self._output = output
        self._options = options
        self._overwrite = overwrite
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen] = set()
        self._stopped = False

    def verify(self, model: Found) -> _Result:
        """Returns the result of a model, which may be that of a former call."""
        folder = self._output / model.name
        fingerprint = _fingerprint(model.path, self._options)
        former = _read(folder / _RESULT)
        if former and former.fingerprint == fingerprint and not self._overwrite:
            return former
        folder.mkdir(parents=True, exist_ok=True)
        for name in (_RESULT, _REPORT):
            (folder / name).unlink(missing_ok=True)
        start = time.monotonic()
        status = self._run(model, folder)
        seconds = round(time.monotonic() - start, 1)
        result = _Result(fingerprint, status, seconds, *_findings(folder, status))
        # Ctrl-C at a terminal reaches the command before it reaches us.
        if not self._stopped and status != _INTERRUPTED:
            text = json.dumps(dataclasses.asdict(result), indent=2)
            atomic.write_text(folder / _RESULT, text + "\n")
        return result

    def stop(self) -> None:
        """Ends what is running; it leaves no result."""
        with self._lock:
            self._stopped = True
            processes = list(self._processes)
        for process in processes:
            # It ends its own runners then.
            process.terminate()

    def _run(self, model: Found, folder: pathlib.Path) -> int:
        # Bundles of several models may call them the same.
        named = ["--name", model.name]
        command = [
            *_COMMAND,
            str(model.path),
            "--json",
            str(folder / _REPORT),
            *named,
            *self._options,
        ]
        with open(folder / _LOG, "wb") as log:
            with self._lock:
                if self._stopped:
                    return -signal.SIGTERM
                process = subprocess.Popen(
                    command,
                    env=os.environ | python_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
                self._processes.add(process)
            status = process.wait()
        with self._lock:
            self._processes.discard(process)
        return status


def _fingerprint(path: pathlib.Path, options: Sequence[str]) -> str:
    """Returns what changes when a model's files, as their sizes and times tell, or all else does."""
    if path.is_dir():
        files = sorted(files_below(path))
    else:
        # Weights of an ONNX file and parts of a checkpoint stand beside it.
        files = sorted(file for file in path.parent.glob(f"{glob.escape(path.name)}*"))
    states = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return digest(repr((states, list(options))), fingerprints.of_python())


def _read(path: pathlib.Path) -> _Result | None:
    """Returns a result of a former call; None: there is none that can be read."""
    try:
        return _Result(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _findings(folder: pathlib.Path, status: int) -> tuple[list[str], dict[str, int], str]:
    """Returns the formats that were run, the number of cells by verdict, and the first reason."""
    try:
        report = json.loads((folder / _REPORT).read_text("utf-8"))
    except (OSError, ValueError):
        return [], {}, _last_words(folder / _LOG, status)
    cells = report["cells"]
    made = [cell["format"] for cell in cells if cell["verdict"] != "conversion_failed"]
    formats = [name for name in dict.fromkeys(made) if name != ALL]
    wrong = (cell for cell in cells if not cell["ok"])
    first = next((f"{cell['runtime']}: {cell['verdict']}: {cell['message']}" for cell in wrong), "")
    return formats, report["summary"], first or _last_words(folder / _LOG, status)


def _last_words(log: pathlib.Path, status: int) -> str:
    if status == OK:
        return ""
    lines = log.read_text("utf-8", "replace").splitlines()
    said = [line.removeprefix(_MESSAGE) for line in lines if line.startswith(_MESSAGE)]
    if said:
        return said[-1]
    how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    return f"its verification ended with {how}; see '{log}'"


def _print(results: Mapping[str, _Result]) -> None:
    console = stdout()
    listing = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("model", "artifacts", "cells", "seconds", "first reason"):
        listing.add_column(heading, overflow="fold")
    for name, result in results.items():
        cells = ", ".join(f"{count} {verdict}" for verdict, count in result.verdicts.items())
        listing.add_row(
            name,
            ", ".join(result.artifacts) or "none",
            cells or "none",
            f"{result.seconds:.1f}",
            result.reason[:_REASON_LIMIT] or "OK",
        )
    console.print(listing)
    counts = collections.Counter(_WORDS.get(result.status, "died") for result in results.values())
    total = ", ".join(f"{count} {word}" for word, count in counts.items())
    console.print(f"\n{len(results)} models: {total}", soft_wrap=True)


def _status(statuses: Collection[int]) -> int:
    """Returns the status of all: nothing could be verified only if that is so of each."""
    if all(status == OK for status in statuses):
        return OK
    return NOTHING_VERIFIED if set(statuses) <= {NOTHING_VERIFIED, WRONG_CALL} else DIFFERENT
