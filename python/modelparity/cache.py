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
from collections.abc import Iterable

from modelparity.files import sha256_of, size_of, user_cache

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
    def of_user(cls) -> "Cache | None":
        """The user's own; None: the user has no home folder."""
        try:
            return cls(user_cache() / "results")
        except RuntimeError:
            return None

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

        One from the future is of a time when the clock was wrong, and goes first. To be called when all is
        written: it looks at every file.
        """
        now, entries = time.time(), []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                used = path.stat().st_mtime
                entries.append((used if used < now + _ONE_HOUR else 0, size_of(path), path))
        total = sum(size for _, size, _ in entries)
        for used, size, path in sorted(entries):
            if total <= self._max_bytes or used > now - _ONE_HOUR:
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
    parts = [(str(path.relative_to(root)), sha256_of(path)) for path in sorted(paths)]
    return digest(*(text for part in parts for text in part))
