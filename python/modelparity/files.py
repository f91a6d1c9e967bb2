"""Folders and files as wholes: what is below, how large it is, and where a user's cache is."""

import hashlib
import os
import pathlib
import zipfile
import zlib
from collections.abc import Iterator

ZIP_ERRORS = (
    *(OSError, EOFError, LookupError, ValueError),
    # Of a compression that Python does not know, or of a file with a password.
    *(NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What Python's zipfile raises where a file is no whole archive."""


def files_below(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a file, or all files of a folder and those within it."""
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path


def size_of(path: pathlib.Path) -> int:
    """Returns the bytes of a file, or of all files below a folder."""
    return sum(file.stat().st_size for file in files_below(path))


def sha256_of(path: pathlib.Path) -> str:
    """Returns the SHA-256 of a file's content, in lower-case hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpacked_size(archive: zipfile.ZipFile) -> int:
    """Returns the bytes of all that is in an archive, unpacked; reading gives no more than it says."""
    return sum(entry.file_size for entry in archive.infolist())


def user_cache() -> pathlib.Path:
    """Returns modelparity's folder in the user's cache.

    Raises:
        RuntimeError: The user has no home folder, and $XDG_CACHE_HOME names none.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification takes a relative path for none.
    root = pathlib.Path(base) if os.path.isabs(base) else pathlib.Path.home() / ".cache"
    return root / "modelparity"
