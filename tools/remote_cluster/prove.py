#!/usr/bin/env python3
"""Proves that a zoo's report is the same from one machine and from a cluster that is being ill-treated.

    ./bazelw run //:modelparity -- zoo models -o /srv/zoo
    tools/remote_cluster/prove.py /srv/zoo

It runs the zoo here, starts the cluster, and runs the zoo there, with nothing of what was found before. When some tests
are done, a worker is killed with all that it does; then the casd of another is restarted; then no worker has a network
for 20 s. It exits with 1 unless both runs say the same of every cell, to the last figure, and each test was judged
once, by a worker.

The folder of results gets both reports, what Bazel and BuildGrid know of each action, and `proof.json`. With --local it
takes a report that this machine has made already.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import cluster
import network
import programs

_WORKERS = 2
_CUT = 20  # seconds
_TIMES = ("load_seconds", "run_seconds", "cached")
"""Of a cell: what no two runs have in common."""
_JOBS = {
    "name": "j.name",
    "action": "j.action_digest",
    "mnemonic": "coalesce(r.action_mnemonic, '')",
    "target": "coalesce(r.target_id, '')",
    "tries": "j.n_tries",
    "stage": "j.stage",
    "worker": "j.worker_name",
    "fetch_seconds": "extract(epoch from j.input_fetch_completed_timestamp - j.input_fetch_start_timestamp)",
    "run_seconds": "extract(epoch from j.execution_completed_timestamp - j.execution_start_timestamp)",
}
"""What is asked of BuildGrid's database about each action, by what it is called here."""
_FROM = (
    "jobs j left join operations o on o.job_name = j.name"
    " left join request_metadata r on r.id = o.request_metadata_id"
)
_COMPLETED = "4"


class Zoo:
    """A workspace in which Bazel runs."""

    def __init__(self, workspace: pathlib.Path, bazel: str, target: str):
        self._workspace, self._bazel, self._target = workspace, bazel, target

    def tests(self) -> set[str]:
        """Returns the labels of all tests."""
        query = self._call("query", f"tests({self._target})", output=True)
        return set(query.stdout.split())

    def run(self, events: pathlib.Path, *options: str) -> float:
        """Runs all tests from nothing, and returns how many seconds that took."""
        self._call("clean")
        events.unlink(missing_ok=True)
        start = time.monotonic()
        status = self._call(
            "test",
            self._target,
            "--keep_going",
            f"--build_event_json_file={events}",
            *options,
            check=False,
        ).returncode
        # 3: a test failed, which the report tells.
        if status not in (0, 3):
            raise programs.MissingError(f"bazel: the run ended with {status}; it says above why")
        return time.monotonic() - start

    def report(self, file: pathlib.Path) -> None:
        """Merges what the last run has found."""
        # It fails when a model does.
        self._call("run", f"{self._target}.report", "--", "--json", str(file), check=False)

    def _call(
        self, *arguments: str, output: bool = False, check: bool = True
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self._bazel, *arguments],
            cwd=self._workspace,
            check=check,
            text=True,
            stdout=subprocess.PIPE if output else None,
        )


def results(events: pathlib.Path) -> Iterator[dict]:
    """Yields what Bazel says of each test that has run, so far."""
    if not events.exists():
        return
    for line in events.read_text("utf-8").splitlines():
        # The last line may not be whole yet.
        if line.startswith('{"id":{"testResult"') and line.endswith("}"):
            yield json.loads(line)


Fault = tuple[float, str, Callable[[], None]]
"""When it is done, as a part of the tests; what it is called; what does it."""
_FAULTS: list[Fault] = [
    (0.15, "worker 0 killed", lambda: cluster.kill(0)),
    (0.35, "casd of worker 1 restarted", lambda: cluster.restart_casd(1)),
    (0.55, f"network cut for {_CUT} s", lambda: cluster.cut(_CUT)),
]


def ill_treat(
    faults: Iterable[Fault], events: pathlib.Path, tests: int, over: threading.Event
) -> Iterator[dict]:
    """Yields each fault, after it was done."""
    for part, name, do in faults:
        while (done := sum(1 for _ in results(events))) < part * tests:
            if over.wait(0.5):
                return
        do()
        print(f"{name}, with {done} of {tests} tests done", flush=True)
        yield {"fault": name, "tests_done": done}


def differences(one: pathlib.Path, other: pathlib.Path) -> list[str]:
    """Returns the cells, and what else of two reports, that are not the same in both."""
    first, second = (_without_times(json.loads(file.read_text("utf-8"))) for file in (one, other))
    cells = [{_key(cell): cell for cell in report.pop("cells")} for report in (first, second)]
    found = [
        f"{' '.join(key)}: {_short(cells[0].get(key))} / {_short(cells[1].get(key))}"
        for key in sorted(cells[0].keys() | cells[1].keys())
        if cells[0].get(key) != cells[1].get(key)
    ]
    return found + [
        f"{name} of the report differs"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]


def _without_times(report: dict) -> dict:
    for cell in report["cells"]:
        for name in _TIMES:
            cell.pop(name, None)
    return report


def _key(cell: dict) -> tuple[str, ...]:
    return tuple(cell[name] for name in ("model", "runtime", "format", "signature", "case"))


def _short(cell: dict | None) -> str:
    return "absent" if cell is None else f"{cell['verdict']} {cell['message']}".strip()


def judged_otherwise(tests: set[str], events: pathlib.Path) -> list[str]:
    """Returns the tests that Bazel has not judged once, by an action of a worker."""
    judged = collections.Counter(result["id"]["testResult"]["label"] for result in results(events))
    wrong = [
        f"{test}: judged {judged[test]} times"
        for test in sorted(tests | judged.keys())
        if judged[test] != 1
    ]
    for result in results(events):
        how = result["testResult"].get("executionInfo", {})
        if how.get("strategy") != "remote" or how.get("cachedRemotely"):
            wrong.append(
                f"{result['id']['testResult']['label']}: {how or 'not run'}, wants strategy remote"
            )
    return wrong


def jobs(folder: pathlib.Path) -> list[dict[str, str]]:
    """Returns what BuildGrid knows of each action that it was asked for."""
    rows = cluster.database(folder, f"select {', '.join(_JOBS.values())} from {_FROM}")
    return [dict(zip(_JOBS, row, strict=True)) for row in rows]


def finished_otherwise(done: list[dict[str, str]]) -> list[str]:
    """Returns the actions that have not ended once with a result."""
    ended = collections.Counter(
        action for action, _ in {(job["action"], job["name"]) for job in done}
    )
    wrong = [f"{action}: {count} jobs" for action, count in ended.items() if count != 1]
    return wrong + [
        f"{job['target']} {job['mnemonic']}: did not end"
        for job in done
        if job["stage"] != _COMPLETED
    ]


def prove(
    zoo: Zoo,
    output: pathlib.Path,
    folder: pathlib.Path,
    local: pathlib.Path | None,
    jobs_at_once: int,
) -> int:
    output.mkdir(parents=True, exist_ok=True)
    tests = zoo.tests()
    proof: dict = {"tests": len(tests), "workers": _WORKERS}
    if local is None:
        local = output / "local.json"
        proof["local_seconds"] = zoo.run(output / "local.events")
        zoo.report(local)
    cluster.start(folder, _WORKERS)
    try:
        events, over, faults = output / "remote.events", threading.Event(), []
        events.unlink(missing_ok=True)
        watch = threading.Thread(
            target=lambda: faults.extend(ill_treat(_FAULTS, events, len(tests), over))
        )
        watch.start()
        try:
            proof["remote_seconds"] = zoo.run(
                events,
                "--config=remote",
                f"--remote_executor={cluster.ADDRESS}",
                f"--jobs={jobs_at_once}",
            )
        finally:
            over.set()
            watch.join()
        proof["received_bytes"], proof["sent_bytes"] = network.traffic()
        zoo.report(output / "remote.json")
        done = jobs(folder)
    finally:
        cluster.stop(folder)
    (output / "jobs.json").write_text(json.dumps(done, indent=1))
    proof["faults"] = faults
    proof["actions"] = len({job["action"] for job in done})
    proof["actions_given_again"] = len({job["name"] for job in done if int(job["tries"]) > 1})
    proof["cells"] = len(json.loads(local.read_text("utf-8"))["cells"])
    proof["wrong"] = [
        *differences(local, output / "remote.json"),
        *judged_otherwise(tests, events),
        *finished_otherwise(done),
        *(f"{name}: not done" for _, name, _ in _FAULTS[len(faults) :]),
    ]
    (output / "proof.json").write_text(json.dumps(proof, indent=1))
    print(json.dumps(proof, indent=1))
    return 1 if proof["wrong"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Compares a zoo's report of one machine with that of a cluster."
    )
    parser.add_argument("workspace", type=pathlib.Path, help="that `modelparity zoo` wrote")
    parser.add_argument("--bazel", default="bazel", help="the command of Bazel")
    parser.add_argument("--target", default="//:zoo")
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path("proof"), help="folder for results"
    )
    parser.add_argument(
        "--local", type=pathlib.Path, help="a report of this machine, instead of a run"
    )
    parser.add_argument("--jobs", type=int, default=2 * _WORKERS, help="actions asked for at once")
    parser.add_argument(
        "--folder", type=pathlib.Path, default=cluster.FOLDER, help="of the cluster"
    )
    arguments = parser.parse_args()

    def obey() -> int:
        programs.require_root()
        return prove(
            Zoo(arguments.workspace, arguments.bazel, arguments.target),
            arguments.output.absolute(),
            arguments.folder.absolute(),
            arguments.local,
            arguments.jobs,
        )

    return programs.run(obey)


if __name__ == "__main__":
    sys.exit(main())
