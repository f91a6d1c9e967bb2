#!/usr/bin/env python3
"""A cluster for remote execution on this machine alone: BuildGrid, its database, and workers.

    tools/remote_cluster/cluster.py start --workers 2
    ./bazelw test //:zoo --config=remote --remote_executor=grpc://127.0.0.1:50051
    tools/remote_cluster/cluster.py stop

What a cluster has to live with can be done to it meanwhile:

    tools/remote_cluster/cluster.py kill --worker 0            as if the machine had lost its power
    tools/remote_cluster/cluster.py restart-casd --worker 1
    tools/remote_cluster/cluster.py cut --seconds 20           all workers from the server

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
import signal
import string
import subprocess
import sys

import network
import processes
import programs

_HERE = pathlib.Path(__file__).parent
FOLDER = pathlib.Path("/var/lib/modelparity-remote-cluster")
_PORT = 50051
ADDRESS = f"grpc://127.0.0.1:{_PORT}"
_DATABASE_PORT = 50054
"""Of no address: it is a part of the socket's name."""
_USER = "postgres"
_CASD = "127.0.0.1:50052"
_CASD_NAME = "buildbox-casd"


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
    processes.wait_for(folder, "server", _PORT)
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


def kill(worker: int) -> None:
    """Kills a worker, its casd and its action, as when a machine loses its power; it starts anew after a second."""
    _kill(worker, network.processes_of(worker), signal.SIGKILL)


def restart_casd(worker: int) -> None:
    """Ends the casd of a worker, which starts anew after a second, and leaves the worker alone."""
    numbers = [number for number in network.processes_of(worker) if _name_of(number) == _CASD_NAME]
    _kill(worker, numbers, signal.SIGTERM)


def cut(seconds: float) -> None:
    """Pulls the cable of every worker for a while."""
    if not network.processes():
        raise programs.MissingError("no worker runs; `cluster.py start` first")
    network.cut(seconds)


def _kill(worker: int, numbers: list[int], how: signal.Signals) -> None:
    if not numbers:
        raise programs.MissingError(f"worker {worker}: does not run; `cluster.py status` tells")
    for number in numbers:
        processes.send(number, how)


def _name_of(process: int) -> str:
    try:
        return pathlib.Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return ""


def database(folder: pathlib.Path, query: str) -> list[list[str]]:
    """Returns the rows that BuildGrid's database answers with."""
    where = ["-h", str(folder / "database"), "-p", str(_DATABASE_PORT), "-U", _USER, _USER]
    command = [str(programs.postgresql() / "psql"), "--no-psqlrc", "-At", "-F", "\t", "-c", query]
    answer = subprocess.run([*command, *where], check=True, stdout=subprocess.PIPE, text=True)
    return [line.split("\t") for line in answer.stdout.splitlines()]


def status(folder: pathlib.Path) -> None:
    """Prints what runs."""
    print("\n".join(processes.running(folder)) or "nothing runs")


def _start_database(folder: pathlib.Path) -> str:
    """Returns how BuildGrid connects to it."""
    data = folder / "database"
    # Jobs of an earlier cluster are of no use without its action cache, which lived in memory.
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    shutil.chown(data, _USER, _USER)
    initdb = programs.postgresql() / "initdb"
    as_user = ["runuser", "-u", _USER, "--", str(initdb), "--auth=trust", "--encoding=UTF8"]
    subprocess.run([*as_user, "--no-sync", "-D", str(data)], check=True, stdout=subprocess.DEVNULL)
    options = f"-c listen_addresses='' -c port={_DATABASE_PORT} -c unix_socket_directories={data}"
    _pg_ctl(folder, "start", "-w", "-l", str(data / "log"), "-o", options)
    return f"postgresql+psycopg2://{_USER}@/{_USER}?host={data}&port={_DATABASE_PORT}"


def _pg_ctl(folder: pathlib.Path, *arguments: str) -> None:
    command = [str(programs.postgresql() / "pg_ctl"), "-s", "-D", str(folder / "database")]
    subprocess.run(["runuser", "-u", _USER, "--", *command, *arguments], check=True)


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
    parser.add_argument(
        "command", choices=["start", "stop", "status", "kill", "restart-casd", "cut"]
    )
    parser.add_argument(
        "--workers", type=int, default=2, choices=range(1, network.MOST_WORKERS + 1), metavar="N"
    )
    parser.add_argument("--worker", type=int, default=0, metavar="N", help="of kill, restart-casd")
    parser.add_argument("--seconds", type=float, default=20, metavar="S", help="of cut")
    parser.add_argument(
        "--folder", type=pathlib.Path, default=FOLDER, help="for programs, files and logs"
    )
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()

    def obey() -> None:
        programs.require_root()
        match arguments.command:
            case "start":
                start(folder, arguments.workers)
                print(f"{arguments.workers} workers at {ADDRESS}; logs are in {folder}")
            case "stop":
                stop(folder)
            case "status":
                status(folder)
            case "kill":
                kill(arguments.worker)
            case "restart-casd":
                restart_casd(arguments.worker)
            case "cut":
                cut(arguments.seconds)

    return programs.run(obey)


if __name__ == "__main__":
    sys.exit(main())
