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

import collections
import json
import pathlib
import sys

import cluster
import network
import programs
import runs

_WORKERS = 2
_CUT = 20  # seconds
_FAULTS: list[runs.Fault] = [
    (0.15, "worker 0 killed", lambda: cluster.kill(0)),
    (0.35, "casd of worker 1 restarted", lambda: cluster.restart_casd(1)),
    (0.55, f"network cut for {_CUT} s", lambda: cluster.cut(_CUT)),
]
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


def judged_otherwise(tests: set[str], events: pathlib.Path) -> list[str]:
    """Returns the tests that Bazel has not judged once, by an action of a worker."""
    judged = collections.Counter(
        result["id"]["testResult"]["label"] for result in runs.results(events)
    )
    wrong = [
        f"{test}: judged {judged[test]} times"
        for test in sorted(tests | judged.keys())
        if judged[test] != 1
    ]
    for result in runs.results(events):
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
    zoo: runs.Zoo,
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
        proof["local_seconds"], _ = zoo.run(output / "local.events")
        zoo.report(local)
    events = output / "remote.events"
    cluster.start(folder, _WORKERS)
    try:
        proof["remote_seconds"], proof["faults"] = zoo.run(
            events,
            "--config=remote",
            f"--remote_executor={cluster.ADDRESS}",
            f"--jobs={jobs_at_once}",
            faults=_FAULTS,
        )
        proof["received_bytes"], proof["sent_bytes"] = network.traffic()
        zoo.report(output / "remote.json")
        done = jobs(folder)
    finally:
        cluster.stop(folder)
    (output / "jobs.json").write_text(json.dumps(done, indent=1))
    proof["actions"] = len({job["action"] for job in done})
    proof["actions_given_again"] = len({job["name"] for job in done if int(job["tries"]) > 1})
    proof["cells"] = len(json.loads(local.read_text("utf-8"))["cells"])
    proof["wrong"] = [
        *runs.differences(local, output / "remote.json"),
        *judged_otherwise(tests, events),
        *finished_otherwise(done),
        *runs.not_done(_FAULTS, proof["faults"]),
    ]
    return runs.conclude(proof, output)


def main() -> int:
    parser = runs.parser(
        "Compares a zoo's report of one machine with that of a cluster.", "proof", cluster.FOLDER
    )
    parser.add_argument(
        "--local", type=pathlib.Path, help="a report of this machine, instead of a run"
    )
    parser.add_argument("--jobs", type=int, default=2 * _WORKERS, help="actions asked for at once")
    arguments = parser.parse_args()

    def obey() -> int:
        programs.require_root()
        return prove(
            runs.Zoo(arguments.workspace, arguments.bazel, arguments.target),
            arguments.output.absolute(),
            arguments.folder.absolute(),
            arguments.local,
            arguments.jobs,
        )

    return programs.run(obey)


if __name__ == "__main__":
    sys.exit(main())
