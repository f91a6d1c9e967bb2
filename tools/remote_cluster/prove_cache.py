#!/usr/bin/env python3
"""Proves that a zoo's report is the same with an HTTP cache, whatever happens to that, and comes from it in no time.

    ./bazelw run //:modelparity -- zoo models -o /srv/zoo
    tools/remote_cluster/prove_cache.py /srv/zoo

It runs the zoo here, from nothing each time: without a cache; with an empty one, which is killed when some tests are
done, and later answers nobody for 20 s; with that cache once more, which then has all; and from it alone. It exits
with 1 unless all say the same of every cell, to the last figure, and the last run ran no test that had passed.

The folder of results gets the reports, and `proof.json`.
"""

import pathlib
import sys

import http_cache
import programs
import runs

_FREEZE = 20  # seconds


def prove(zoo: runs.Zoo, output: pathlib.Path, folder: pathlib.Path) -> int:
    output.mkdir(parents=True, exist_ok=True)
    proof: dict = {"tests": len(zoo.tests()), "seconds": {}, "bytes": {}, "wrong": []}
    storage = folder / "storage"
    if storage.exists():
        raise programs.MissingError(f"'{storage}' is there; the proof starts with an empty cache")
    cached = ("--config=remote-cache", f"--remote_cache={http_cache.ADDRESS}")
    faults: list[runs.Fault] = [
        (0.2, "cache killed", lambda: http_cache.kill(folder)),
        (0.5, f"cache frozen for {_FREEZE} s", lambda: http_cache.freeze(folder, _FREEZE)),
    ]
    try:
        http_cache.start(folder)
        for name, options, planned in (
            ("alone", (), []),
            ("ill", cached, faults),
            ("filled", cached, []),
            ("cached", cached, []),
        ):
            seconds, done = zoo.run(output / f"{name}.events", *options, faults=planned)
            zoo.report(output / f"{name}.json")
            proof["seconds"][name] = round(seconds, 1)
            proof["bytes"][name] = sum(
                file.stat().st_size for file in storage.rglob("*") if file.is_file()
            )
            found = runs.differences(output / "alone.json", output / f"{name}.json")
            proof["wrong"] += [f"{name}: {difference}" for difference in found]
            proof["wrong"] += runs.not_done(planned, done)
    finally:
        http_cache.stop(folder)
    proof["wrong"] += _run_again(output / "cached.events")
    return runs.conclude(proof, output)


def _run_again(events: pathlib.Path) -> list[str]:
    """Returns the tests that passed, and were run to find that out."""
    return [
        f"{result['id']['testResult']['label']}: was not taken from the cache"
        for result in runs.results(events)
        if result["testResult"]["status"] == "PASSED"
        and not result["testResult"].get("executionInfo", {}).get("cachedRemotely")
    ]


def main() -> int:
    arguments = runs.parser(
        "Compares a zoo's reports without and with an HTTP cache.",
        "proof-cache",
        http_cache.FOLDER,
    ).parse_args()
    zoo = runs.Zoo(arguments.workspace, arguments.bazel, arguments.target)
    output, folder = arguments.output.absolute(), arguments.folder.absolute()
    return programs.run(lambda: prove(zoo, output, folder))


if __name__ == "__main__":
    sys.exit(main())
