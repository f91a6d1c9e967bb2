"""Python environments with a version of a package that is not the installed one, made once and kept.

    environment = Environment.parse("tensorflow-python", "tensorflow", "2.16.2,keras@3.3.3")
    python = environment.folder() / PYTHON  # is made by uv when it is not there yet

What is in one is said by a lock, a requirements file with the hash of every wheel. Locks of versions
that we tried are in locks/; any other is resolved once and kept in the cache, where it can be read,
changed and removed:

    ~/.cache/modelparity/environments/        below $XDG_CACHE_HOME where that is set
      onnxruntime-1.20-cpython-311.txt        a lock that was resolved here
      onnxruntime-1.20-cpython-311-6d1f.../   an environment, by its lock's content

An environment is whole or absent: it is made under another name and renamed. One process makes it,
and others wait. What is being done is logged under this module's name.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import logging
import os
import pathlib
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator

from modelparity import uv
from modelparity.atomic import write_text
from modelparity.errors import FileMissingError, RuntimeUnavailableError
from modelparity.files import user_cache

PYTHON = "bin/python"
"""The program, below an environment's folder."""

_LOG = logging.getLogger(__name__)
_LOCKS = pathlib.Path(os.path.abspath(__file__)).parent / "locks"
# What a runner imports besides the runtime. The generated messages want protobuf 4.25 (contract/generate.py).
_RUNNER_NEEDS = ("ml_dtypes", "numpy", "protobuf>=4.25")
_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?")
_PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
# Holds the name of the runtime that an environment was made for.
_RUNTIME_FILE = "modelparity-runtime"


@dataclasses.dataclass(frozen=True)
class Environment:
    """One environment, made or not."""

    runtime: str
    """As in the report: `tensorflow-python@2.16.2`."""
    versions: tuple[tuple[str, str], ...]
    """Of packages; the first is the runtime's own."""

    @classmethod
    def parse(cls, runtime: str, package: str, text: str) -> "Environment":
        """Reads what stands after the `@` of a runtime's name.

        Args:
            runtime: What stands before it.
            package: The Python package whose version comes first.
            text: `2.16.2`, `2.16` for the newest 2.16.x, or `2.16.2,keras@3.3.3` with the versions
                of packages that it would else choose for itself.

        Raises:
            RuntimeUnavailableError: It is none of these.
        """
        name = f"{runtime}@{text}"
        versions = []
        for place, part in enumerate(text.split(",")):
            who, _, version = part.rpartition("@") if place else (package, "@", part)
            if not (_PACKAGE.fullmatch(who) and _VERSION.fullmatch(version)):
                raise RuntimeUnavailableError(
                    f"{name!r}: got {part!r}, wants a version such as 2.16.2, or 2.16 for the newest"
                    " 2.16.x; other packages follow as in 2.16.2,keras@3.3.3"
                )
            versions.append((who, version))
        return cls(name, tuple(versions))

    def is_ready(self) -> bool:
        """Says whether `folder` has nothing to make."""
        try:
            lock = self._known_lock()
            return lock is not None and _is_whole(self._folder(lock))
        except (RuntimeUnavailableError, OSError):
            return False

    def folder(self) -> pathlib.Path:
        """Returns the path of the environment, which is made first when it is not there.

        Raises:
            RuntimeUnavailableError: It cannot be made; the message says why.
        """
        try:
            lock = self._known_lock() or self._resolve()
            folder = self._folder(lock)
            if not _is_whole(folder):
                self._make(folder, lock)
        except OSError as error:
            raise RuntimeUnavailableError(
                f"{self.runtime}: its environment cannot be made: {error.strerror}:"
                f" '{error.filename}'; set XDG_CACHE_HOME to a folder that can be written"
            ) from error
        return folder

    @property
    def _name(self) -> str:
        return "+".join(f"{package}-{version}" for package, version in self.versions)

    def _kept_lock(self) -> pathlib.Path:
        return _cache() / f"{self._name}-{sys.implementation.cache_tag}.txt"

    def _known_lock(self) -> str | None:
        for path in (_LOCKS / f"{self._name}.txt", self._kept_lock()):
            with contextlib.suppress(FileNotFoundError):
                return path.read_text(encoding="utf-8")
        return None

    def _folder(self, lock: str) -> pathlib.Path:
        key = f"{sysconfig.get_platform()}\n{lock}".encode()
        digest = hashlib.sha256(key).hexdigest()[:16]
        return _cache() / f"{self._name}-{sys.implementation.cache_tag}-{digest}"

    def _resolve(self) -> str:
        path = self._kept_lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        _LOG.info("%s: there is no lock for it; resolving its packages", self.runtime)
        requirements = [
            # A version of one or two numbers is a series, of which uv takes the newest.
            f"{package}=={version}{'.*' if re.fullmatch(r'[0-9]+([.][0-9]+)?', version) else ''}"
            for package, version in self.versions
        ]
        with self._named_errors():
            lock = uv.resolve([*requirements, *_RUNNER_NEEDS], path.parent)
            write_text(path, lock)
        _LOG.info("%s: its lock is kept in %s", self.runtime, path)
        return lock

    def _make(self, folder: pathlib.Path, lock: str) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = folder.with_name(f"{folder.name}.partial")
        with self._only_maker(folder) as descriptor:
            if _is_whole(folder):
                return
            # Of a maker that was killed, and of a Python that is no longer on this machine.
            for stale in (partial, folder):
                if stale.exists():
                    shutil.rmtree(stale)
            _LOG.info("%s: making its environment, once, in %s", self.runtime, folder)
            try:
                with self._named_errors():
                    uv.make_environment(partial, lock, tell=self._tell, keep_open=descriptor)
                (partial / _RUNTIME_FILE).write_text(self.runtime, encoding="utf-8")
                partial.rename(folder)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise

    @contextlib.contextmanager
    def _only_maker(self, folder: pathlib.Path) -> Iterator[int]:
        """Waits until no other process makes this environment, and yields the lock's descriptor."""
        with open(folder.with_name(f"{folder.name}.making"), "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _LOG.info("%s: waiting for another process, which makes it", self.runtime)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()

    def _tell(self, line: str) -> None:
        _LOG.info("%s: %s", self.runtime, line)

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeUnavailableError, FileMissingError) as error:
            raise RuntimeUnavailableError(f"{self.runtime}: {error}") from error


def cached_runtimes() -> list[str]:
    """Returns the names of the runtimes that environments were made for, by any Python."""
    with contextlib.suppress(RuntimeUnavailableError):
        files = sorted(_cache().glob(f"*/{_RUNTIME_FILE}"))
        return list(dict.fromkeys(file.read_text(encoding="utf-8") for file in files))
    return []


def _cache() -> pathlib.Path:
    try:
        return user_cache() / "environments"
    except RuntimeError as error:
        raise RuntimeUnavailableError(
            "there is no home folder to keep environments in; set XDG_CACHE_HOME to a folder"
        ) from error


def _is_whole(folder: pathlib.Path) -> bool:
    # A link to the Python that it was made with.
    return (folder / PYTHON).exists()
