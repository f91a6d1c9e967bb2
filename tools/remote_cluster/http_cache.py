#!/usr/bin/env python3
"""A cache for Bazel on this machine: nginx, which keeps what is put there.

    apt-get install nginx-light
    tools/remote_cluster/http_cache.py start
    ./bazelw test //:zoo --config=remote-cache --remote_cache=http://127.0.0.1:50080
    tools/remote_cluster/http_cache.py stop

It has no password, and only this machine can reach it.
"""

import argparse
import os
import pathlib
import signal
import string
import sys
import time

import processes
import programs

FOLDER = pathlib.Path("/var/tmp/modelparity-http-cache")
_PORT = 50080
ADDRESS = f"http://127.0.0.1:{_PORT}"
_NAME = "http-cache"
_TEMPLATE = pathlib.Path(__file__).with_name("nginx.conf")


def start(folder: pathlib.Path) -> None:
    """Starts it; what it holds from before it still has."""
    nginx = programs.nginx()
    stop(folder)
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    config = string.Template(_TEMPLATE.read_text()).substitute(port=_PORT, storage=storage)
    (folder / "nginx.conf").write_text(config)
    processes.start(folder, _NAME, [nginx, "-p", str(folder), "-c", "nginx.conf"])
    processes.wait_for(folder, _NAME, _PORT)


def stop(folder: pathlib.Path) -> None:
    """Ends it, if it runs."""
    if _NAME in processes.running(folder):
        processes.stop(folder, _NAME)


def kill(folder: pathlib.Path) -> None:
    """Ends it in the middle of whatever it does; it starts anew after a second."""
    os.kill(_process(folder), signal.SIGKILL)


def freeze(folder: pathlib.Path, seconds: float) -> None:
    """Lets it take every call and answer none for a while."""
    process = _process(folder)
    os.kill(process, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(process, signal.SIGCONT)


def _process(folder: pathlib.Path) -> int:
    return int((folder / "nginx.pid").read_text())


def main() -> int:
    parser = argparse.ArgumentParser(description="An HTTP cache for Bazel on this machine.")
    parser.add_argument("command", choices=["start", "stop"])
    parser.add_argument(
        "--folder", type=pathlib.Path, default=FOLDER, help="for what it holds, and logs"
    )
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()

    def obey() -> None:
        if arguments.command == "start":
            start(folder)
            print(f"a cache at {ADDRESS}; what it holds is in {folder}")
        else:
            stop(folder)

    return programs.run(obey)


if __name__ == "__main__":
    sys.exit(main())
