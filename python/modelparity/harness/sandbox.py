"""A program that may be hostile, run in bubblewrap: it sees little and changes nothing.

    sandbox = Sandbox.make().reading("/models/digits.bundle")
    command, variables = sandbox.confine(launch, variables, writable=[scratch])
    subprocess.Popen(command, env=variables)

Inside there are no network, no processes but its own, and of the file system only, and read-only,
- the system's programs and libraries (/usr, and what a linker reads of /etc),
- the Python environment of this process: its interpreter and the folders of its path, but for the
  working folder,
- what the launch and the sandbox name: the runner's programs, and the model.

It may write into the folders that the caller names, the first of which is its home and its
temporary folder; there are an empty /tmp and an empty /dev/shm, which end with it. Of the environment it sees
variables that say how to compute, and none that may hold a secret.

What it leaves in a folder is no more to be trusted than it is: see check_plain.
"""

import dataclasses
import functools
import os
import pathlib
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from modelparity.errors import ArtifactInvalidError, RuntimeUnavailableError, UnsupportedError
from modelparity.fingerprints import ENGINE_VARIABLES
from modelparity.runtimes import Launch, python_path

_PROGRAM = "bwrap"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# The dynamic linker's, Debian's choices among programs, what a browser shows text with, the time zone; and how
# many processors there are, which engines ask for.
_SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/chromium.d",
    "/etc/fonts",
    "/etc/localtime",
    "/sys/devices/system",
)
_VARIABLES = ("PATH", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "PYTHON", "MODELPARITY_", "CUDA_")
# Files there are memory, which the limit of a runner's memory does not count.
_TEMPORARY_BYTES = 256 << 20
_RUNFILES = ".runfiles"


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """What confined programs may read besides what every one of them needs."""

    readable: tuple[str, ...] = ()
    """Absolute paths of files and folders."""

    @classmethod
    def make(cls) -> "Sandbox":
        """Returns a sandbox that shows no model yet.

        Raises:
            RuntimeUnavailableError: bubblewrap is not installed, or may not do its work here.
        """
        if shutil.which(_PROGRAM) is None:
            raise RuntimeUnavailableError(
                f"--sandbox: got no program {_PROGRAM}, wants bubblewrap, in which untrusted models are"
                " run; `apt-get install bubblewrap`"
            )
        trial = cls().confine(Launch(("true",), ""), os.environ, [])
        ended = subprocess.run(trial[0], env=trial[1], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeUnavailableError(
                f"--sandbox: bubblewrap cannot make a sandbox here: {ended.stderr.strip()}; let this user"
                " make namespaces (kernel.unprivileged_userns_clone=1, or a container that allows them)"
            )
        return cls()

    def reading(self, *paths: str | os.PathLike) -> "Sandbox":
        """Returns one that shows these as well."""
        return Sandbox((*self.readable, *map(os.path.abspath, paths)))

    def confine(
        self,
        launch: Launch,
        variables: Mapping[str, str],
        writable: Sequence[str | os.PathLike],
    ) -> tuple[list[str], dict[str, str]]:
        """Returns the command and the environment that start a program confined.

        Args:
            launch: Of the program; all of its environment is passed on.
            variables: Of which those that an engine reads are passed on.
            writable: Absolute paths of folders and files that are there; the first is a folder.

        Raises:
            UnsupportedError: The program cannot do its work in a sandbox.
        """
        if launch.unconfined:
            raise UnsupportedError(f"it is not run with --sandbox, since {launch.unconfined}")
        passed = (*_VARIABLES, *ENGINE_VARIABLES)
        kept = {name: value for name, value in variables.items() if name.startswith(passed)}
        kept |= launch.environment
        mounts = dict.fromkeys([*_python(), *launch.readable, *self.readable], "--ro-bind")
        mounts |= dict.fromkeys(map(os.fspath, writable), "--bind")
        command = [_PROGRAM, *_NAMESPACES, *_system()]
        # A folder before what is in it: a later mount hides what an earlier one shows.
        for path in sorted(mounts):
            command += [mounts[path], path, path]
        if writable:
            home = os.fspath(writable[0])
            kept |= {"HOME": home, "TMPDIR": home}
            command += ["--chdir", home]
        return [*command, "--remount-ro", "/", "--", *launch.command], kept


def check_plain(folder: str | os.PathLike) -> None:
    """Checks what a confined program left, before anything follows or opens it.

    Raises:
        ArtifactInvalidError: Something there is neither a file nor a folder: a link may lead anywhere,
            and a pipe never ends.
    """
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise ArtifactInvalidError(
                    f"'{path}': got a {_kind(mode)} from a program in the sandbox, wants files and"
                    " folders only; the model is hostile"
                )


def check_contained(model: str | os.PathLike) -> None:
    """Checks that a model needs nothing that lies outside of its folder.

    Raises:
        ArtifactInvalidError: A link leads out of it.
    """
    root = os.path.realpath(model)
    for parent, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            if os.path.islink(path) and not pathlib.Path(os.path.realpath(path)).is_relative_to(
                root
            ):
                raise ArtifactInvalidError(
                    f"'{path}': got a link that leads out of the model, which --sandbox does not follow;"
                    " if the model is to have that file, copy it with `cp -rL`"
                )


_NAMESPACES = (
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--cap-drop",
    "ALL",
    "--die-with-parent",
    # Nothing can be typed into the terminal that we were started from.
    "--new-session",
    "--hostname",
    "sandbox",
)


def _system() -> list[str]:
    arguments = ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        arguments += ["--size", str(_TEMPORARY_BYTES), "--perms", "1777", "--tmpfs", folder]
    for path in _SYSTEM:
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            arguments += ["--ro-bind", path, path]
    for path in _SETTINGS:
        arguments += ["--ro-bind-try", path, path]
    return arguments


@functools.cache
def _python() -> tuple[str, ...]:
    """Returns the folders that make up this Python, without what /usr holds."""
    named = python_path()
    # `python -m` puts the working folder first, where a user's other files are.
    path = [each for each in sys.path if each in named or each not in ("", os.getcwd())]
    interpreter = pathlib.Path(os.path.realpath(sys.executable)).parents[1]
    package = pathlib.Path(__file__).parents[2]
    folders = [sys.prefix, sys.base_prefix, interpreter, package, sys.pycache_prefix, *path, *named]
    there = {os.path.abspath(each) for each in folders if each and os.path.exists(each)}
    there.update([target for folder in there for target in _linked(folder)])
    # Bazel's links lead to hundreds of folders, most of them within others.
    shown: list[str] = []
    for folder in sorted(there):
        if not any(folder.startswith(f"{each}/") for each in ["/usr", *shown]):
            shown.append(folder)
    return tuple(shown)


def _linked(folder: str) -> Iterator[str]:
    """Yields what Bazel's runfiles are links to: folders, and those that files are in."""
    if _RUNFILES not in folder:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            while os.path.islink(path):
                path = os.path.join(os.path.dirname(path), os.readlink(path))
                yield path if os.path.isdir(path) else os.path.dirname(path)


def _kind(mode: int) -> str:
    return {stat.S_IFLNK: "link", stat.S_IFIFO: "pipe"}.get(stat.S_IFMT(mode), "special file")
