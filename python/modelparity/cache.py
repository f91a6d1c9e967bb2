"""Results that need not be computed again, in files that are named by what they depend on.

    cache = Cache.of_user()
    name = digest(model_bytes, "tensorflow 2.21.0")
    data = cache.read("verdicts", name)  # None: nobody has computed it yet
    if data is None:
        cache.write("verdicts", name, compute())

A cache is a convenience: what cannot be read there is computed again, what cannot be written is not
kept. Processes may share one. Delete the folder to be rid of it.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator

MAX_BYTES = 10 << 30
"""The least recently used entries go when all together are larger."""

_ONE_HOUR = 3600.0
_DIGEST_BYTES = 32


class Cache:
    """A folder with a subfolder for each kind of entry; an entry is a file or a folder."""

    def __init__(self, folder: str | os.PathLike, max_bytes: int = MAX_BYTES):
        self.folder = pathlib.Path(folder)
        self._max_bytes = max_bytes

    @classmethod
    def of_user(cls) -> "Cache":
        """The user's own, below $XDG_CACHE_HOME, by default ~/.cache: modelparity/results."""
        parent = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        return cls(pathlib.Path(parent, "modelparity", "results"))

    def read(self, kind: str, name: str) -> bytes | None:
        """Returns what was written under that name; None: nothing, or it is damaged."""
        path = self.folder / kind / name
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        checksum, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return data if hashlib.sha256(data).digest() == checksum else None

    def write(self, kind: str, name: str, data: bytes) -> None:
        """Keeps data under a name, if it can."""
        with contextlib.suppress(OSError):
            folder = self.folder / kind
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".")
            with open(descriptor, "wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
            os.replace(temporary, folder / name)

    def entry(self, kind: str, name: str) -> pathlib.Path | None:
        """Returns where a folder is, or is to be made by renaming it into place.

        None: there is nowhere to make it.
        """
        path = self.folder / kind / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                os.utime(path)
        except OSError:
            return None
        return path if os.access(path.parent, os.W_OK) else None

    def trim(self) -> None:
        """Removes old entries; one that was used within the hour may be in use.

        To be called when all is written: it looks at every file.
        """
        entries = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                entries.append((path.stat().st_mtime, _size(path), path))
        total = sum(size for _, size, _ in entries)
        for used, size, path in sorted(entries):
            if total <= self._max_bytes or used > time.time() - _ONE_HOUR:
                return
            total -= size
            with contextlib.suppress(OSError):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()


def digest(*parts: str | bytes) -> str:
    """Returns a name for everything that consists of these parts in this order."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hashed.update(len(data).to_bytes(8, "little") + data)
    return hashed.hexdigest()


def digest_of_files(paths: Iterable[pathlib.Path], root: pathlib.Path) -> str:
    """Returns a name for the contents of files and their places below `root`."""
    parts = []
    for path in sorted(paths):
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        parts += [str(path.relative_to(root)), content]
    return digest(*parts)


def files_below(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a file, or all files of a folder and those within it."""
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path


def _size(path: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in files_below(path))
