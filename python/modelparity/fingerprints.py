"""What an answer depends on besides the model: this machine, these packages, this modelparity.

Two calls with the same fingerprints give the same answers, as far as anything can be told from
outside of a model that draws no random numbers.
"""

import functools
import importlib
import importlib.util
import os
import pathlib
import platform
import sys
from collections.abc import Sequence

from modelparity import installed
from modelparity.cache import digest, digest_of_files
from modelparity.runtimes import Launch

ENGINE_VARIABLES = (
    "TF_",
    "XLA_",
    "KERAS_",
    "ORT_",
    "OMP_",
    "MKL_",
    "ONEDNN_",
    "DNNL_",
    "OV_",
    "OPENVINO_",
)
"""Beginnings of variables that change what engines compute or how: threads, oneDNN, XLA, flags of Keras..."""


@functools.cache
def of_python() -> str:
    """Says which Python, packages, modelparity, processor and settings this process has.

    A package counts by its name and version.
    """
    own = pathlib.Path(__file__).parent
    variables = sorted(pair for pair in os.environ.items() if pair[0].startswith(ENGINE_VARIABLES))
    return digest(
        sys.version,
        repr(installed.entries()),
        digest_of_files([*own.rglob("*.py"), *own.glob("compare/*.so")], own),
        _processor(),
        repr(variables),
    )


def of_launch(launch: Launch) -> str:
    """Says which runner it starts: a program counts by its path, size and time of change."""
    files = [*launch.command, *launch.environment.values()]
    statuses = [os.stat(file) for file in files if os.path.isfile(file)]
    changes = [(status.st_size, status.st_mtime_ns) for status in statuses]
    return digest(repr(launch.command), launch.version, repr(changes), of_python())


def of_modules(names: Sequence[str]) -> str | None:
    """Says what users' own Python modules hold: the packages that they are in, or their folders.

    Returns:
        None: A module is not found, so that it cannot be told.
    """
    parts = []
    # A module may have been written a moment ago.
    importlib.invalidate_caches()
    for name in sorted({name.partition(".")[0] for name in names}):
        spec = importlib.util.find_spec(name)
        if spec is None:
            return None
        for folder in spec.submodule_search_locations or ():
            parts.append(digest_of_files(pathlib.Path(folder).rglob("*.py"), pathlib.Path(folder)))
        if not spec.submodule_search_locations:
            if spec.origin is None or not os.path.isfile(spec.origin):
                return None
            # What it imports most likely lies beside it.
            folder = pathlib.Path(spec.origin).parent
            parts.append(digest_of_files(folder.glob("*.py"), folder))
    return digest(*parts)


def _processor() -> str:
    """Returns the model and the instructions of the processor, which engines choose kernels by."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    wanted = ("model name", "flags")
    return repr(sorted({line for line in lines if line.startswith(wanted)}))
