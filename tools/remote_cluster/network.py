"""A network namespace for each worker, all of them on one bridge that only this machine can reach.

A worker sees its own loopback and the server at BRIDGE, and nothing else: an action that needs the network fails, and
what an action leaves behind can be found by its namespace.
"""

import pathlib
import subprocess
import time

_NAME = "modelparity"
_BRIDGE_DEVICE = "mp-bridge"
_SUBNET = "10.213.7"
BRIDGE = f"{_SUBNET}.1"
MOST_WORKERS = 200


def set_up(workers: int) -> None:
    """Makes the bridge, and the namespaces with the numbers from 0 on."""
    _ip("link", "add", _BRIDGE_DEVICE, "type", "bridge")
    _ip("address", "add", f"{BRIDGE}/24", "dev", _BRIDGE_DEVICE)
    _ip("link", "set", _BRIDGE_DEVICE, "up")
    for number in range(workers):
        space, outside, inside = _namespace(number), _outside(number), f"mp-in-{number}"
        _ip("netns", "add", space)
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside)
        _ip("link", "set", outside, "master", _BRIDGE_DEVICE, "up")
        _ip("link", "set", inside, "netns", space)
        _ip("-n", space, "address", "add", f"{_SUBNET}.{number + 2}/24", "dev", inside)
        _ip("-n", space, "link", "set", inside, "up")
        _ip("-n", space, "link", "set", "lo", "up")


def inside(number: int) -> list[str]:
    """Returns how a command begins that is to run in a namespace."""
    return ["ip", "netns", "exec", _namespace(number)]


def cut(seconds: float) -> None:
    """Pulls the cable of every worker for a while."""
    cables = [_outside(int(name.removeprefix(f"{_NAME}-"))) for name in _namespaces()]
    for cable in cables:
        _ip("link", "set", cable, "down")
    try:
        time.sleep(seconds)
    finally:
        for cable in cables:
            _ip("link", "set", cable, "up")


def traffic() -> tuple[int, int]:
    """Returns how many bytes all workers have received, and how many they have sent."""
    statistics = pathlib.Path("/sys/class/net", _BRIDGE_DEVICE, "statistics")
    # What the bridge sends, they receive.
    sent, received = ((statistics / f"{way}_bytes").read_text() for way in ("tx", "rx"))
    return int(sent), int(received)


def processes() -> list[int]:
    """Returns all that run in one of the namespaces."""
    return [process for name in _namespaces() for process in _processes(name)]


def processes_of(number: int) -> list[int]:
    """Returns all that run in the namespace of one worker; none, when there is no such worker."""
    name = _namespace(number)
    return _processes(name) if name in _namespaces() else []


def take_down() -> None:
    """Removes what set_up made, as far as it is there."""
    for name in _namespaces():
        _ip("netns", "delete", name)
    if f"{_BRIDGE_DEVICE}:" in _ip("-brief", "link").replace(" ", ":"):
        _ip("link", "delete", _BRIDGE_DEVICE)


def _namespace(number: int) -> str:
    return f"{_NAME}-{number}"


def _outside(number: int) -> str:
    """The end of a worker's cable that is at the bridge."""
    return f"mp-out-{number}"


def _processes(namespace: str) -> list[int]:
    return [int(line) for line in _ip("netns", "pids", namespace).split()]


def _namespaces() -> list[str]:
    names = [line.split()[0] for line in _ip("netns", "list").splitlines() if line]
    return [name for name in names if name.startswith(f"{_NAME}-")]


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
