"""Brings the programs of the cluster into a folder, and changes nothing else on the machine.

BuildGrid comes from the Python package index by requirements_lock.txt. buildbox comes from Debian testing, of which
bazel/setup/debian.sh tells apt: its packages are unpacked, since installing them would draw in half of testing.
"""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable

_HERE = pathlib.Path(__file__).parent
_RELEASE = "forky"
_PACKAGES = ("buildbox", "libfuse3-4")


class MissingError(Exception):
    """The machine lacks something; the message says what, and how to get it."""


def require_root() -> None:
    """Raises MissingError without it."""
    if os.getuid() != 0:
        raise MissingError("got another user, network namespaces want root; run it as root")


def run(command: Callable[[], int | None]) -> int:
    """Runs what a command does, and returns its exit status: 2, with the reason, where it cannot be done here."""
    name = pathlib.Path(sys.argv[0]).name
    try:
        return command() or 0
    except MissingError as error:
        print(f"{name}: {error}", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        command_line = " ".join(map(str, error.cmd))
        print(f"{name}: `{command_line}` failed with {error.returncode}", file=sys.stderr)
    return 2


def buildgrid(folder: pathlib.Path) -> str:
    """Returns the path of `bgd`, which is installed if it is not there."""
    program = folder / "buildgrid/bin/bgd"
    if not program.exists():
        uv = _found("uv", "`pip install uv`")
        _run(uv, "venv", "--quiet", "--python", sys.executable, folder / "buildgrid")
        where = ("--python", folder / "buildgrid/bin/python")
        lock = _HERE / "requirements_lock.txt"
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", *where, lock)
    return str(program)


def buildbox(folder: pathlib.Path) -> pathlib.Path:
    """Returns the folder of buildbox's programs, of which `library_path` has the libraries."""
    root = folder / "buildbox"
    programs = root / "usr/bin"
    if not (programs / "buildbox-worker").exists():
        packages = folder / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir()
        try:
            _run("apt-get", "-q", "download", "-t", _RELEASE, *_PACKAGES, folder=packages)
        except subprocess.CalledProcessError as error:
            raise MissingError(
                f"buildbox: apt-get cannot download it; add Debian {_RELEASE}, as bazel/setup/debian.sh does"
            ) from error
        for package in sorted(packages.glob("*.deb")):
            _run("dpkg", "-x", package, root)
    return programs


def library_path(folder: pathlib.Path) -> dict[str, str]:
    """Returns the environment in which buildbox finds its libraries."""
    return {"LD_LIBRARY_PATH": os.pathsep.join(glob.glob(str(folder / "buildbox/usr/lib/*-gnu")))}


def postgresql() -> pathlib.Path:
    """Returns the folder with `initdb` and `pg_ctl`."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise MissingError("PostgreSQL: not on this machine; run: apt-get install postgresql")
    return pathlib.Path(found[-1]).parent


def nginx() -> str:
    """Returns the path of nginx, which is not on the PATH of everybody."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if not found:
        raise MissingError("nginx: not on this machine; run: apt-get install nginx-light")
    return found


def _found(name: str, hint: str) -> str:
    path = shutil.which(name)
    if not path:
        raise MissingError(f"{name}: not on the PATH; {hint}")
    return path


def _run(*command: object, folder: pathlib.Path | None = None) -> None:
    subprocess.run([str(word) for word in command], check=True, cwd=folder)
