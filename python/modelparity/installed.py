"""The Python packages that are installed, by the folders that installers leave beside them.

    version_of("ai-edge-litert")  # "2.3.0"

importlib.metadata says the same. It reads and parses a file for each package, and importing it alone
takes as long as it takes to import this and to look at every package.
"""

import functools
import os
import re
import sys
from collections.abc import Iterable

# `ai_edge_litert-2.3.0.dist-info`, `numpy-1.24.2-py3.11.egg-info`.
_INFO = re.compile(r"([^-]+)-([^-]+)(?:-.*)?\.(?:dist|egg)-info")


def version_of(package: str, folders: Iterable[str] | None = None) -> str:
    """Returns the version of a package, empty when it is not installed.

    Args:
        package: As pip takes it.
        folders: To look in, instead of this process's path.
    """
    path = sys.path if folders is None else folders
    return _versions(tuple(path)).get(_normal(package), "")


def entries() -> list[str]:
    """Returns the names of what installers left on this process's path: they have name and version."""
    return sorted(name for folder in set(sys.path) for name in _entries(folder))


@functools.cache
def _versions(path: tuple[str, ...]) -> dict[str, str]:
    versions: dict[str, str] = {}
    for match in (_INFO.fullmatch(name) for folder in path for name in _entries(folder)):
        # The first on the path is the one that is imported.
        versions.setdefault(_normal(match[1]), match[2])
    return versions


def _entries(folder: str) -> list[str]:
    return list(filter(_INFO.fullmatch, os.listdir(folder))) if os.path.isdir(folder) else []


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
