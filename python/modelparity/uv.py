"""What modelparity asks of uv, the installer: to resolve a lock, and to make an environment of one.

Which index, proxy and mirror it uses is uv's own configuration: its environment variables and the
uv.toml of the user and the system. Only wheels are taken, so that nothing is run to install them.
"""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence

from modelparity.errors import RuntimeUnavailableError

_PROGRAM = "uv"
# Bazel puts it beside this file, see the BUILD file.
_BUNDLED = pathlib.Path(os.path.abspath(__file__)).parent / "bin" / _PROGRAM
_WHEELS_ONLY = ("--only-binary", ":all:")
_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"

# The path of the environment, and each package that was installed.
_SMALL_TALK = ("Using Python", " + ")
_UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|Failed to download|Network connectivity"
)


class _UnsolvableError(RuntimeUnavailableError):
    """No set of wheels meets the requirements."""


def binary() -> str:
    """Returns the program of uv: Bazel's, else that on the PATH, else that of the Python package.

    Raises:
        RuntimeUnavailableError: There is none.
    """
    found = str(_BUNDLED) if _BUNDLED.exists() else shutil.which(_PROGRAM)
    if found is None and importlib.util.find_spec("uv") is not None:
        import uv

        try:
            found = uv.find_uv_bin()
        except FileNotFoundError:
            found = None
    if found is None:
        raise RuntimeUnavailableError(
            "uv, which makes environments of other versions, is not installed; `pip install uv`"
        )
    return found


def resolve(requirements: Sequence[str], folder: pathlib.Path) -> str:
    """Returns the lock of requirements for this Python: every package's version and hashes.

    Args:
        requirements: As in a requirements file.
        folder: Where uv is run, which decides whether it finds a project's configuration.

    Raises:
        RuntimeUnavailableError: They cannot be resolved, or uv cannot be run.
    """
    try:
        return _compile(requirements, folder, "--generate-hashes")
    except _UnsolvableError as error:
        # Each may be there, and yet not fit to the others.
        for requirement in requirements:
            _check_there_is(requirement, folder)
        raise RuntimeUnavailableError(
            f"the packages do not fit together: {error}; name other versions"
        ) from error


def make_environment(
    folder: pathlib.Path, lock: str, *, tell: Callable[[str], None], keep_open: int
) -> None:
    """Makes an environment for this Python with exactly what a lock lists.

    Args:
        folder: Where; it may not exist yet. The lock is kept in it as requirements.txt.
        lock: As `resolve` returns it.
        tell: Called with what uv says of its progress, line by line.
        keep_open: A descriptor that uv holds open for as long as it runs, also when this process
            is killed.

    Raises:
        RuntimeUnavailableError: It cannot be made; the folder may hold a part of it.
    """
    # Relocatable, since it is renamed afterwards.
    venv = ["venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder)]
    _run(venv, folder.parent, keep_open=keep_open)
    requirements = folder / "requirements.txt"
    requirements.write_text(lock, encoding="utf-8")
    sync = ["pip", "sync", "--require-hashes", *_WHEELS_ONLY]
    sync += ["--python", str(folder / "bin" / "python"), str(requirements)]
    try:
        _run(sync, folder.parent, tell=tell, keep_open=keep_open)
    except _UnsolvableError as error:
        raise RuntimeUnavailableError(
            f"its lock has no wheels for {_PYTHON}: {error}; choose a version that has"
        ) from error


def _compile(requirements: Sequence[str], folder: pathlib.Path, *arguments: str) -> str:
    command = ["pip", "compile", "--quiet", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--no-annotate", "--no-header", *arguments, *_WHEELS_ONLY]
    command += ["--python", sys.executable, "-"]
    return _run(command, folder, "".join(f"{line}\n" for line in requirements))


def _check_there_is(requirement: str, folder: pathlib.Path) -> None:
    """Tells what can be had in place of a package's version that cannot."""
    package, _, version = requirement.removesuffix(".*").partition("==")
    try:
        _compile([requirement], folder, "--no-deps")
    except _UnsolvableError as error:
        problem = "has no wheel" if "no wheels" in str(error) else "does not exist"
        try:
            oldest, newest = (
                _compile([package], folder, "--no-deps", "--resolution", order).split()[0]
                for order in ("lowest", "highest")
            )
        except _UnsolvableError:
            there_are = "nor has any other version; is it the name of a package?"
        else:
            there_are = f"there are {oldest.partition('==')[2]} to {newest.partition('==')[2]}"
        raise RuntimeUnavailableError(
            f"got {package} {version}, which {problem} for {_PYTHON}; {there_are}"
        ) from error


def _run(
    arguments: Sequence[str],
    folder: pathlib.Path,
    text: str = "",
    *,
    tell: Callable[[str], None] = lambda line: None,
    keep_open: int | None = None,
) -> str:
    """Runs uv with a text on its standard input, and returns what it wrote to its standard output."""
    said = []
    # Files, so that only one pipe has to be served.
    with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w+") as result:
        source.write(text)
        source.seek(0)
        with subprocess.Popen(
            [binary(), *arguments],
            cwd=folder,
            # The certificates that the machine trusts, as pip does: a mirror may have one of its own.
            env={"UV_SYSTEM_CERTS": "1"} | os.environ,
            stdin=source,
            stdout=result,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=() if keep_open is None else (keep_open,),
        ) as process:
            try:
                for line in process.stderr:
                    said.append(line)
                    if not line.startswith(_SMALL_TALK):
                        tell(line.rstrip())
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise _error("".join(said))
        result.seek(0)
        return result.read()


def _error(message: str) -> RuntimeUnavailableError:
    """Turns what uv said when it failed into one line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    causes = [line.partition(": ")[2] for line in lines if line.startswith(("error:", "cause:"))]
    if _UNREACHABLE.search(message):
        return RuntimeUnavailableError(
            f"got no answer from the package index ({(causes or lines)[-1]}); let this machine reach it,"
            " or name a mirror in uv's configuration, such as UV_DEFAULT_INDEX"
        )
    if "No solution found" in message:
        # The cause is a sentence, and may be a list over several lines.
        return _UnsolvableError(
            " ".join(" ".join(lines).partition("cause: ")[2].split()).rstrip(".")
        )
    return RuntimeUnavailableError(f"uv failed: {' '.join(causes or lines) or 'it said nothing'}")
