"""Programs that run in the background until they are stopped, each started again when it ends.

    start(folder, "server", ["bgd", "server", "start", "buildgrid.yml"])
    stop(folder, "server")

A program has a process group of its own, whose number is in `<folder>/<name>.pid`; what it prints is in
`<folder>/<name>.log`.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence

import programs

_AGAIN = 'while :; do "$@"; sleep 1; done'
_PATIENCE = 10  # seconds
_ONE_MINUTE = 60


def start(
    folder: pathlib.Path, name: str, command: Sequence[str], environment: Mapping[str, str] = {}
) -> None:
    """Starts a program."""
    with open(folder / f"{name}.log", "ab") as log:
        process = subprocess.Popen(
            ["bash", "-c", _AGAIN, name, *command],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (folder / f"{name}.pid").write_text(str(process.pid))


def wait_for(folder: pathlib.Path, name: str, port: int) -> None:
    """Returns when a program answers at a port of this machine.

    Raises:
        MissingError: It does not, for a minute.
    """
    deadline = time.monotonic() + _ONE_MINUTE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise programs.MissingError(
        f"{name}: does not answer after {_ONE_MINUTE} s; '{folder}/{name}.log' says why"
    )


def running(folder: pathlib.Path) -> list[str]:
    """Returns the names of the programs that were started and not stopped."""
    return sorted(file.stem for file in folder.glob("*.pid"))


def stop(folder: pathlib.Path, name: str) -> None:
    """Ends a program and what it has started in its group."""
    file = folder / f"{name}.pid"
    group = int(file.read_text())
    # A number may be another's by now.
    if _is_ours(group, name):
        kill_all([-group])
    file.unlink()


def kill_all(numbers: Sequence[int]) -> None:
    """Asks processes, or groups as negative numbers, to end, and makes those that do not."""
    for number in numbers:
        send(number, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and any(send(number, 0) for number in numbers):
        time.sleep(0.1)
    for number in numbers:
        send(number, signal.SIGKILL)


def send(number: int, what: int) -> bool:
    """Sends a signal to a process, or a group as a negative number; says whether there was somebody to receive it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, what)
        return True
    return False


def _is_ours(process: int, name: str) -> bool:
    try:
        words = pathlib.Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:4] == [b"-c", _AGAIN.encode(), name.encode()]
