"""Files and folders that are whole or absent."""

import contextlib
import errno
import fcntl
import glob
import os
import pathlib
import shutil
import stat
import tempfile

from modelparity.errors import FileMissingError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_REPLACED = ".replaced"
_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)


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
            _show(temporary, 0o666)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise FileMissingError(
            f"'{path}' cannot be written: {error.strerror}; choose a folder that exists"
        ) from error


class Folder:
    """A folder that is written beside its place, as a context manager: put there by `place`, gone without it.

    It is locked meanwhile, so that the next writer of the same place can tell what a killed one has left, and
    removes it. Where folders have no locks, as on NFS, that stays.
    """

    def __init__(self, target: pathlib.Path):
        """Prepares a folder for an absolute path; nothing is made yet."""
        self._target = target

    def __enter__(self) -> "Folder":
        """Makes the folder at `path`.

        Raises:
            OSError: It cannot be made.
        """
        prefix = f".{self._target.name}.partial-"
        for left in self._target.parent.glob(glob.escape(prefix) + "*"):
            self._remove_unless_in_use(left)
        self._descriptor = None
        while self._descriptor is None:
            self.path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=self._target.parent))
            self._descriptor = _lock(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._descriptor)

    def place(self, *, replace: bool) -> None:
        """Renames it into place.

        Args:
            replace: Remove a folder that is there. Without it, only an empty one may be there.

        Raises:
            OSError: It cannot be renamed, perhaps since another process was faster. What was there is there.
        """
        _show(self.path, 0o777)
        try:
            os.rename(self.path, self._target)
            return
        except OSError as error:
            if not replace or error.errno not in _NOT_EMPTY:
                raise
        replaced = self.path.with_name(self.path.name + _REPLACED)
        os.rename(self._target, replaced)
        try:
            os.rename(self.path, self._target)
        except OSError:
            with contextlib.suppress(OSError):
                os.rename(replaced, self._target)
            raise
        finally:
            shutil.rmtree(replaced, ignore_errors=True)

    def _remove_unless_in_use(self, left: pathlib.Path) -> None:
        # Whoever was killed between two renames has left the only one there is.
        if left.name.endswith(_REPLACED) and not self._target.exists():
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(left, _FOLDER)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(descriptor)


def _lock(folder: pathlib.Path) -> int | None:
    """Returns a descriptor that locks a new folder until it is closed; None: another process took it for a remnant."""
    try:
        descriptor = os.open(folder, _FOLDER)
    except FileNotFoundError:
        return None
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if folder.exists():
        return descriptor
    os.close(descriptor)
    return None


def _show(path: str | os.PathLike, mode: int) -> None:
    """Gives a temporary file or folder, which is its owner's only, the permissions of a result."""
    umask = os.umask(0)
    os.umask(umask)
    os.chmod(path, mode & ~umask)


def _is_written_in_place(path: str | os.PathLike) -> bool:
    return os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode)
