"""Files that are whole or absent."""

import os
import pathlib
import stat
import tempfile

from modelparity.errors import FileMissingError


def check_folder(path: str | os.PathLike) -> None:
    """Tells before long work what would fail after it.

    Raises:
        FileMissingError: No file can be made in the folder of `path`.
    """
    folder = pathlib.Path(path).parent
    if _is_written_in_place(path):
        return
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = "the folder is read-only" if folder.is_dir() else "there is no such folder"
        raise FileMissingError(f"'{path}' cannot be written: {reason}; choose a folder that exists")


def write_text(path: str | os.PathLike, text: str) -> None:
    """Writes a text file beside its place and renames it, so that no reader sees a part of it.

    What is there and no plain file (a pipe, /dev/stdout, a symbolic link) is written to, not replaced.

    Raises:
        FileMissingError: It cannot be written.
    """
    target = pathlib.Path(path)
    try:
        if _is_written_in_place(target):
            with open(target, "w", encoding="utf-8") as file:
                file.write(text)
            return
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            # A temporary file is its owner's only; a result is everybody's.
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise FileMissingError(
            f"'{path}' cannot be written: {error.strerror}; choose a folder that exists"
        ) from error


def _is_written_in_place(path: str | os.PathLike) -> bool:
    return os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode)
