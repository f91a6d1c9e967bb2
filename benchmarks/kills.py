"""Kills `export` and `verify` at random moments, and checks that nothing is the worse for it:

    python benchmarks/kills.py [KILLS]

After each kill a bundle is whole or absent, and no process of the killed command is left. After all of them
both commands work, with the cache that the killed ones have left, and have removed what was left beside the
bundle. The model is an ONNX file, with which a run takes seconds.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from onnx import TensorProto, helper, save

from modelparity.bundle import Bundle
from modelparity.harness import process_tree
from modelparity.runtimes import python_environment

_MOST_SECONDS = 120.0
_GRACE = 20.0  # seconds, until what was killed has ended with all that it started


def _write_model(path: pathlib.Path) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 4]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Exp", ["x"], ["y"])], "exp", [x], [y])
    opset = [helper.make_opsetid("", 18)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)


def _start(folder: pathlib.Path, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "modelparity", *arguments],
        cwd=folder,
        # The paths are relative to the folder, and not to where `bazel run` was called.
        env=os.environ
        | python_environment()
        | {"XDG_CACHE_HOME": str(folder / "cache"), "BUILD_WORKING_DIRECTORY": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _seconds(folder: pathlib.Path, *arguments: str) -> float:
    """Runs a command to its end, and returns how long that took."""
    start = time.monotonic()
    process = _start(folder, *arguments)
    _, said = process.communicate(timeout=_MOST_SECONDS)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)}: ended with exit status {process.returncode}: {said}")
    return time.monotonic() - start


def _kill(process: subprocess.Popen, after: float) -> None:
    time.sleep(after)
    started = process_tree.members(process.pid)
    process.kill()
    process.communicate()
    until = time.monotonic() + _GRACE
    while left := [pid for pid in started if _is_alive(pid)]:
        if time.monotonic() > until:
            sys.exit(f"processes {left} are left after the kill of {process.args}")
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def main(kills: int) -> None:
    randomness = random.Random(0)
    # What ends us ends the commands as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="modelparity-kills-") as name:
        folder = pathlib.Path(name)
        _write_model(folder / "exp.onnx")
        target = folder / "exp.bundle"
        export = ("export", "exp.onnx", "-o", target.name, "--overwrite")
        commands = (
            (*export, "--no-cache"),
            export,
            ("verify", "exp.onnx", "--runtime", "onnx*-*python"),
        )
        durations = [_seconds(folder, *command) for command in commands]
        absent = 0
        for number in range(kills):
            which = number % len(commands)
            process = _start(folder, *commands[which])
            _kill(process, randomness.uniform(0, 1.1 * max(durations[0], durations[which])))
            if target.exists():
                Bundle.open(target)
            else:
                absent += 1
        for command in commands:
            _seconds(folder, *command)
        Bundle.open(target)
        if left := [path.name for path in folder.glob(f".{target.name}.*")]:
            sys.exit(f"{left} are left beside {target.name}")
    print(
        f"{kills} kills: the bundle was whole {kills - absent} times and absent {absent} times; the next runs"
        " work, and nothing unfinished is left"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
