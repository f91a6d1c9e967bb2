#!/usr/bin/env python3
"""Proves that a zoo's report is the same with an HTTP cache, whatever happens to that, and comes from it in no time.

    ./bazelw run //:modelparity -- zoo models -o /srv/zoo
    tools/remote_cluster/prove_cache.py /srv/zoo

It runs the zoo here, from nothing each time: without a cache; with an empty one, which is killed when some tests are
done, and later answers nobody for 20 s; with that cache once more, which then has all; and from it alone. It exits
with 1 unless all say the same of every cell, to the last figure, and the last run ran no test that had passed.

The folder of results gets the reports, and `proof.json`.
"""

import argparse
import json
import pathlib
import sys
import threading
from collections.abc import Sequence

import http_cache
import programs
from prove import Fault, Zoo, differences, ill_treat, results

_FREEZE = 20  # seconds


def prove(zoo: Zoo, output: pathlib.Path, folder: pathlib.Path) -> int:
    output.mkdir(parents=True, exist_ok=True)
    tests = zoo.tests()
    proof: dict = {"tests": len(tests), "seconds": {}, "bytes": {}, "wrong": []}
    faults = [
        (0.2, "cache killed", lambda: http_cache.kill(folder)),
        (0.5, f"cache frozen for {_FREEZE} s", lambda: http_cache.freeze(folder, _FREEZE)),
    ]
    storage = folder / "storage"
    if storage.exists():
        raise programs.MissingError(f"'{storage}' is there; the proof starts with an empty cache")
    cached = ("--config=remote-cache", f"--remote_cache={http_cache.ADDRESS}")
    try:
        http_cache.start(folder)
        for name, options in (
            ("alone", ()),
            ("ill", cached),
            ("filled", cached),
            ("cached", cached),
        ):
            events = output / f"{name}.events"
            events.unlink(missing_ok=True)
            planned = faults if name == "ill" else []
            proof["seconds"][name], done = _run(zoo, events, options, planned, len(tests))
            zoo.report(output / f"{name}.json")
            proof["bytes"][name] = sum(
                file.stat().st_size for file in storage.rglob("*") if file.is_file()
            )
            proof["wrong"] += [f"{fault}: not done" for _, fault, _ in planned[done:]]
            found = differences(output / "alone.json", output / f"{name}.json")
            proof["wrong"] += [f"{name}: {difference}" for difference in found]
    finally:
        http_cache.stop(folder)
    proof["wrong"] += _run_again(output / "cached.events")
    (output / "proof.json").write_text(json.dumps(proof, indent=1))
    print(json.dumps(proof, indent=1))
    return 1 if proof["wrong"] else 0


def _run(
    zoo: Zoo, events: pathlib.Path, options: Sequence[str], faults: Sequence[Fault], tests: int
) -> tuple[float, int]:
    """Returns how many seconds it took, and how many of the faults were done."""
    over, done = threading.Event(), []
    watch = threading.Thread(target=lambda: done.extend(ill_treat(faults, events, tests, over)))
    watch.start()
    try:
        seconds = round(zoo.run(events, *options), 1)
    finally:
        over.set()
        watch.join()
    return seconds, len(done)


def _run_again(events: pathlib.Path) -> list[str]:
    """Returns the tests that passed, and were run to find that out."""
    return [
        f"{result['id']['testResult']['label']}: was not taken from the cache"
        for result in results(events)
        if result["testResult"]["status"] == "PASSED"
        and not result["testResult"].get("executionInfo", {}).get("cachedRemotely")
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Compares a zoo's reports without and with an HTTP cache."
    )
    parser.add_argument("workspace", type=pathlib.Path, help="that `modelparity zoo` wrote")
    parser.add_argument("--bazel", default="bazel", help="the command of Bazel")
    parser.add_argument("--target", default="//:zoo")
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        default=pathlib.Path("proof-cache"),
        help="folder for results",
    )
    parser.add_argument(
        "--folder", type=pathlib.Path, default=http_cache.FOLDER, help="of the cache"
    )
    arguments = parser.parse_args()
    zoo = Zoo(arguments.workspace, arguments.bazel, arguments.target)
    output, folder = arguments.output.absolute(), arguments.folder.absolute()
    return programs.run(lambda: prove(zoo, output, folder))


if __name__ == "__main__":
    sys.exit(main())
