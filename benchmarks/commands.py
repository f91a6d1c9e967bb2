"""What the command line must reach, and what it reaches here: ./bazelw run //benchmarks:commands

Prints each figure as a ratio of two things that were measured in the same run, or as a part of the
seconds that a person is willing to wait. Standard output is the table, standard error the progress.
Exit status 1: a figure was not reached, or could not be measured.
"""

import importlib.metadata
import os
import pathlib
import statistics
import sys
import tempfile
from collections.abc import Sequence

import figures
import models
import processes
from figures import Figure
from workspace import Workspace

from modelparity import runtimes

_FORMATS = ("saved_model", "frozen_graph", "onnx", "litert")
_ROUNDS = 5
_PLAIN = pathlib.Path(__file__).with_name("plain_comparison.py")


def reading(work: Workspace) -> list[Figure]:
    """Commands that read a model, or nothing, against 0.3 seconds."""
    bundle = work.bundle(models.DENSE, _FORMATS)
    commands = {
        "--help": ["--help"],
        "runtimes": ["runtimes"],
        "inspect": ["inspect", bundle],
        "check": ["check", bundle],
    }
    result = []
    for name, arguments in commands.items():
        # `check` says by its exit status whether anything stands in the way.
        times = [_seconds(*arguments, statuses=(0, 1)) for _ in range(_ROUNDS)]
        result.append(_within(f"{name} : 0.3 s", times, 0.3))
    return result


def two_runtimes(work: Workspace) -> list[Figure]:
    """`verify` in tensorflow-c and onnxruntime-python, against a script that imports both."""
    bundle = work.bundle(models.DENSE, _FORMATS)
    arguments = ["verify", bundle, "--no-cache"]
    arguments += ["--runtime", "tensorflow-c", "--runtime", "onnxruntime-python"]
    plain = (sys.executable, str(_PLAIN), bundle, str(models.DENSE[0]))
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        ours.append(_seconds(*arguments))
        theirs.append(processes.seconds_of(*plain))
    ratios = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    return [
        Figure("verify in two runtimes : plain script", ratios, _text(ours), _text(theirs), 0.25)
    ]


def second_verify(work: Workspace) -> list[Figure]:
    """A `verify` with nothing changed since the one before, of a bundle and of a SavedModel."""
    result = []
    for what, source in (
        ("bundle", work.bundle(models.DENSE, _FORMATS)),
        ("SavedModel", work.saved_model(models.DENSE)),
    ):
        with tempfile.TemporaryDirectory() as cache:
            _seconds("verify", source, cache=cache)
            times = [_seconds("verify", source, cache=cache) for _ in range(_ROUNDS)]
        result.append(_within(f"second verify of a {what} : 0.5 s", times, 0.5))
    return result


def matrix(work: Workspace) -> list[Figure]:
    """All runtimes at once, against the slowest of them alone, and against the processor time that they take.

    Where there are fewer cores than runners, nothing can be as fast as the slowest of them: the last figure says
    how far that is from a machine whose cores never wait. It counts whatever else this machine does as well.
    """
    bundle = work.bundle(models.DENSE, _FORMATS)
    alone = {}
    for runtime in runtimes.RUNTIMES:
        work.progress(f"{runtime.name} alone")
        arguments = ("verify", bundle, "--no-cache", "--runtime", runtime.name)
        alone[runtime.name] = min(_seconds(*arguments) for _ in range(2))
    slowest = max(alone.values())
    together, busy = [], []
    for _ in range(3):
        before = processes.busy_seconds()
        together.append(_seconds("verify", bundle, "--no-cache"))
        busy.append((processes.busy_seconds() - before) / os.cpu_count())
    ratios = [seconds / slowest for seconds in together]
    title = f"all {len(alone)} runtimes : the slowest alone"
    return [
        Figure(title, ratios, _text(together), _text([slowest]), 1.3),
        Figure(
            f"all {len(alone)} runtimes : one after the other",
            [seconds / sum(alone.values()) for seconds in together],
            _text(together),
            _text([sum(alone.values())]),
            1.0,
        ),
        Figure(
            f"all {len(alone)} runtimes : their processor time, on {os.cpu_count()} cores",
            [seconds / least for seconds, least in zip(together, busy, strict=True)],
            _text(together),
            _text(busy),
            1.3,
        ),
    ]


def _seconds(*arguments: str, statuses: Sequence[int] = (0,), cache: str | None = None) -> float:
    """Returns the time of the command, from the start of its process to its end."""
    command = (sys.executable, "-m", "modelparity", *arguments)
    variables = {"XDG_CACHE_HOME": cache} if cache else {}
    return processes.seconds_of(*command, statuses=statuses, variables=variables)


def _within(title: str, times: Sequence[float], bound: float) -> Figure:
    return Figure(title, [seconds / bound for seconds in times], _text(times), f"{bound:g} s", 1.0)


def _text(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.2f} s"


_MEASURES = (reading, two_runtimes, second_verify, matrix)

if __name__ == "__main__":
    _VERSIONS = {name: importlib.metadata.version(name) for name in ("tensorflow", "onnxruntime")}
    sys.exit(figures.run("commands", __doc__.splitlines()[0], _MEASURES, _VERSIONS))
