"""A process together with all that it started, in whatever process group or session that is.

    used = resident_bytes(process.pid)
    end(process.pid)

What it started is known by its parent, and when that has ended by its session: only a process that
left both is not found.
"""

import contextlib
import os
import pathlib
import signal
from collections.abc import Iterable

_PAGE = os.sysconf("SC_PAGE_SIZE")


def members(pid: int) -> list[int]:
    """Returns the process and all that it started, each after the one that it was found by."""
    below: dict[int, list[int]] = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # Its name stands in parentheses, and may hold anything.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            _, parent, _, session = fields[:4]
            for leader in {int(parent), int(session)}:
                below.setdefault(leader, []).append(int(stat.parent.name))
    found = [pid]
    for member in found:
        found += [other for other in below.get(member, ()) if other not in found]
    return found


def resident_bytes(pid: int) -> int:
    """Returns the resident memory of all members.

    Pages that several of them share count once for each: to tell them apart (PSS), the kernel would
    have to walk all their page tables each time.
    """
    total = 0
    for member in members(pid):
        # Without a status, or with one of a process that has ended, there is nothing to count.
        with contextlib.suppress(OSError, IndexError):
            total += int(pathlib.Path(f"/proc/{member}/statm").read_text().split()[1]) * _PAGE
    return total


def end(pid: int) -> None:
    """Kills all members; the process itself has still to be waited for."""
    stopped: set[int] = set()
    # What is stopped starts nothing new: at the end none is left out.
    while new := set(members(pid)) - stopped:
        _send(new, signal.SIGSTOP)
        stopped |= new
    _send(stopped, signal.SIGKILL)


def ending(status: int) -> str:
    """Returns how a process ended as a clause; bubblewrap tells of a signal as shells do."""
    number = -status if status < 0 else status - 128
    if number in signal.valid_signals():
        return f"was killed by {signal.Signals(number).name}"
    return f"ended with exit status {status}"


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        # It has ended, or has become another user's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
