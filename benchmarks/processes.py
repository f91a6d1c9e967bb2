"""The programs that the benchmarks run, and the folder that they work in."""

import contextlib
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from modelparity import runtimes


class MeasurementError(Exception):
    """A figure cannot be measured; the message says why, in one line."""


_NOTHING: Mapping[str, str] = MappingProxyType({})
_HERE = pathlib.Path(os.path.abspath(__file__)).parent
_IN_TENSORFLOW = _HERE / "in_tensorflow.py"


def _environment() -> dict[str, str]:
    tensorflow = os.path.dirname(importlib.util.find_spec("tensorflow").origin)
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    programs = {"MODELPARITY_LIBTENSORFLOW": tensorflow}
    # As on a user's machine, what was imported once is not compiled again; PYTHONPYCACHEPREFIX says where it lies.
    keep = {"PYTHONDONTWRITEBYTECODE": ""}
    return os.environ | runtimes.python_environment() | quiet | programs | keep


def built(target: str) -> str:
    """Returns the path of a program that Bazel built, by its path in the repository."""
    return str(_HERE.parent / target)


def in_tensorflow(*arguments: str) -> tuple[str, ...]:
    """Returns a command of in_tensorflow.py."""
    return (sys.executable, str(_IN_TENSORFLOW), *arguments)


def in_node(program: str, *arguments: str) -> tuple[str, ...]:
    """Returns a command of a built program for Node, by its path in the repository."""
    return (runtimes.node_binary(), built(program), *arguments)


def busy_seconds() -> float:
    """Returns the processor time that this machine has spent since it started, all cores together.

    Browsers leave processes that nobody waits for, so that a sum over children would miss the most of them.
    """
    user, nice, system = map(int, pathlib.Path("/proc/stat").read_text().split(maxsplit=4)[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def output_of(
    *command: str, statuses: Sequence[int] = (0,), variables: Mapping[str, str] = _NOTHING
) -> str:
    """Runs a program, with more environment variables, and returns what it printed.

    Raises:
        MeasurementError: Its exit status is none of `statuses`; the message ends with its last words.
    """
    environment = _environment() | dict(variables)
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode not in statuses:
        words = done.stderr.strip().splitlines() or ["nothing on stderr"]
        name = " ".join(map(os.path.basename, command[:3]))
        raise MeasurementError(f"{name}: exit status {done.returncode}: {words[-1]}")
    return done.stdout


def json_of(*command: str):
    """Runs a program and returns the JSON that it printed."""
    return json.loads(output_of(*command))


def seconds_of(*command: str, **how: object) -> float:
    """Runs a program as output_of does, and returns its time from start to end."""
    start = time.perf_counter()
    output_of(*command, **how)
    return time.perf_counter() - start


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen]:
    """Runs a program as long as the context, with pipes for what it reads and prints."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=_environment(), text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()
