"""The command `modelparity`.

    status = main(["verify", "my_model.bundle"])  # what the shell's $? would be

A file here is a subcommand, or what several of them share. Standard output is the result, standard
error everything else. Nothing here, and nothing that it imports before a command asks for it,
imports TensorFlow.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

import typer
from typer.exceptions import TyperException

from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK, WRONG_CALL, app
from modelparity.cli.log import told_on_stderr
from modelparity.cli.plain import tell
from modelparity.errors import ModelParityError, one_line

__all__ = ["DIFFERENT", "NOTHING_VERIFIED", "OK", "WRONG_CALL", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` are by default the process's.

    0: all cells match, or fail as the expectations say. 1: some cell does not. 2: wrong call or
    unusable input. 3: nothing could be verified. 130: interrupted.
    """
    # `bazel run` starts its program elsewhere; paths are relative to where the user stands.
    if os.environ.get("BUILD_WORKING_DIRECTORY"):
        os.chdir(os.environ["BUILD_WORKING_DIRECTORY"])
    command = typer.main.get_command(app)
    try:
        with _terminated_as_interrupted(), told_on_stderr():
            return command.main(arguments, prog_name="modelparity", standalone_mode=False) or OK
    except TyperException as error:
        message = f"{error.format_message()} Try `modelparity --help`."
    except ModelParityError as error:
        message = str(error)
    except BrokenPipeError:
        # Whoever read the result has seen enough; the interpreter must not flush into the pipe either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG_CALL
    except Exception as error:
        message = f"{type(error).__name__}: {one_line(error)}; this is a bug of modelparity, please report it"
    tell(f"modelparity: {message}")
    return WRONG_CALL


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Lets SIGTERM end the runners and temporary folders as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
