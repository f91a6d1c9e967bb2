#!/usr/bin/env python3
"""A cluster for remote execution on this machine alone: BuildGrid, its database, and workers.

    tools/remote_cluster/cluster.py start --workers 2
    ./bazelw test //:zoo --config=remote --remote_executor=grpc://127.0.0.1:50051
    tools/remote_cluster/cluster.py stop

It is for trying and measuring: it has no passwords, and nobody but this machine can reach it. Root is needed for the
namespaces; what an action may do is what root may do. docs/scaling.md has more.

    Bazel ── 127.0.0.1:50051 ── BuildGrid ── 10.213.7.1:50051 ── casd ── worker    in a namespace of their own each
                                    │
                               PostgreSQL, by a socket in the folder
"""

import argparse
import os
import pathlib
import shutil
import socket
import string
import subprocess
import sys
import time

import network
import processes
import programs

_HERE = pathlib.Path(__file__).parent
_FOLDER = pathlib.Path("/var/lib/modelparity-remote-cluster")
_PORT = 50051
_DATABASE_PORT = 50054
"""Of no address: it is a part of the socket's name."""
_PATIENCE = 60  # seconds
_CASD = "127.0.0.1:50052"


def start(folder: pathlib.Path, workers: int) -> None:
    """Starts everything, and returns when it answers."""
    if processes.running(folder):
        raise programs.MissingError(f"'{folder}' has a cluster that runs; stop it first")
    folder.mkdir(parents=True, exist_ok=True)
    bgd, buildbox = programs.buildgrid(folder), programs.buildbox(folder)
    database = _start_database(folder)
    subprocess.run([bgd, "migrate", "apply", database], check=True)
    network.set_up(workers)
    config = folder / "buildgrid.yml"
    config.write_text(
        string.Template((_HERE / "buildgrid.yml").read_text()).substitute(
            loopback=f"127.0.0.1:{_PORT}",
            bridge=f"{network.BRIDGE}:{_PORT}",
            database=database,
            storage=folder / "storage",
        )
    )
    processes.start(folder, "server", [bgd, "server", "start", str(config)])
    _wait_for_server(folder)
    for number in range(workers):
        _start_worker(folder, buildbox, number)


def stop(folder: pathlib.Path) -> None:
    """Ends everything that `start` started, and what its actions left behind."""
    # The workers before the server, which would give their work to others.
    for name in sorted(processes.running(folder), reverse=True):
        processes.stop(folder, name)
    processes.kill_all(network.processes())
    network.take_down()
    if (folder / "database/postmaster.pid").exists():
        _pg_ctl(folder, "stop", "-m", "fast")


def status(folder: pathlib.Path) -> None:
    """Prints what runs."""
    print("\n".join(processes.running(folder)) or "nothing runs")


def _start_database(folder: pathlib.Path) -> str:
    """Returns how BuildGrid connects to it."""
    data, user = folder / "database", "postgres"
    if not data.exists():
        data.mkdir()
        shutil.chown(data, user, user)
        initdb = programs.postgresql() / "initdb"
        as_user = ["runuser", "-u", user, "--", str(initdb), "--auth=trust", "--encoding=UTF8"]
        subprocess.run(
            [*as_user, "--no-sync", "-D", str(data)], check=True, stdout=subprocess.DEVNULL
        )
    options = f"-c listen_addresses='' -c port={_DATABASE_PORT} -c unix_socket_directories={data}"
    _pg_ctl(folder, "start", "-w", "-l", str(data / "log"), "-o", options)
    return f"postgresql+psycopg2://{user}@/{user}?host={data}&port={_DATABASE_PORT}"


def _pg_ctl(folder: pathlib.Path, *arguments: str) -> None:
    command = [str(programs.postgresql() / "pg_ctl"), "-s", "-D", str(folder / "database")]
    subprocess.run(["runuser", "-u", "postgres", "--", *command, *arguments], check=True)


def _wait_for_server(folder: pathlib.Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", _PORT), timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise programs.MissingError(
        f"BuildGrid: does not answer after {_PATIENCE} s; '{folder}/server.log' says why"
    )


def _start_worker(folder: pathlib.Path, buildbox: pathlib.Path, number: int) -> None:
    environment = programs.library_path(folder) | {
        # It starts others of its programs by name.
        "PATH": f"{buildbox}{os.pathsep}{os.environ['PATH']}"
    }
    server = f"http://{network.BRIDGE}:{_PORT}"
    cache = folder / f"cache-{number}"
    casd = [str(buildbox / "buildbox-casd"), f"--cas-remote={server}", f"--bind={_CASD}"]
    processes.start(
        folder,
        f"worker-{number}-casd",
        [*network.inside(number), *casd, "--quota-high=20G", str(cache)],
        environment,
    )
    worker = [
        str(buildbox / "buildbox-worker"),
        f"--bots-remote={server}",
        f"--cas-remote=http://{_CASD}",
        f"--buildbox-run={buildbox}/buildbox-run-hosttools",
        "--runner-arg=--staging-mode=copy-or-link",
        "--platform=OSFamily=linux",
        "--platform=ISA=x86-64",
        "--log-level=warning",
        f"worker-{number}",
    ]
    processes.start(folder, f"worker-{number}", [*network.inside(number), *worker], environment)


def main() -> int:
    parser = argparse.ArgumentParser(description="A cluster for remote execution on this machine.")
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument(
        "--workers", type=int, default=2, choices=range(1, network.MOST_WORKERS + 1), metavar="N"
    )
    parser.add_argument(
        "--folder", type=pathlib.Path, default=_FOLDER, help="for programs, files and logs"
    )
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    if os.getuid() != 0:
        print(
            "cluster.py: got another user, network namespaces want root; run it as root",
            file=sys.stderr,
        )
        return 2
    try:
        if arguments.command == "start":
            start(folder, arguments.workers)
            print(f"{arguments.workers} workers at grpc://127.0.0.1:{_PORT}; logs are in {folder}")
        elif arguments.command == "stop":
            stop(folder)
        else:
            status(folder)
    except programs.MissingError as error:
        print(f"cluster.py: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(
            f"cluster.py: `{' '.join(error.cmd)}` failed with {error.returncode}", file=sys.stderr
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
