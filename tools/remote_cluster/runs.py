"""Runs of a zoo that are held against each other, and what may be done to them meanwhile.

zoo = Zoo(pathlib.Path("zoo"), "bazel", "//:zoo")
seconds, done = zoo.run(events, "--config=remote", faults=[(0.5, "cache killed", kill)])
zoo.report(report)
differences(alone, report)  # []
"""

import argparse
import json
import pathlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import programs

Fault = tuple[float, str, Callable[[], None]]
"""When it is done, as a part of the tests; what it is called; what does it."""
_TIMES = ("load_seconds", "run_seconds", "cached")
"""Of a cell: what no two runs have in common."""


class Zoo:
    """A workspace in which Bazel runs."""

    def __init__(self, workspace: pathlib.Path, bazel: str, target: str):
        self._workspace, self._bazel, self._target = workspace, bazel, target

    def tests(self) -> set[str]:
        """Returns the labels of all tests."""
        query = self._call("query", f"tests({self._target})", output=True)
        return set(query.stdout.split())

    def run(
        self, events: pathlib.Path, *options: str, faults: Sequence[Fault] = ()
    ) -> tuple[float, list[dict]]:
        """Runs all tests from nothing.

        Args:
            events: Gets what Bazel says of the run.
            options: Of Bazel, for this run.
            faults: Done meanwhile, in this order.

        Returns:
            How many seconds it took, and the faults that were done.
        """
        self._call("clean")
        events.unlink(missing_ok=True)
        tests, over, done = len(self.tests()), threading.Event(), []
        watch = threading.Thread(
            target=lambda: done.extend(_ill_treat(faults, events, tests, over))
        )
        watch.start()
        try:
            return self._test(events, options), done
        finally:
            over.set()
            watch.join()

    def _test(self, events: pathlib.Path, options: Iterable[str]) -> float:
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


def _ill_treat(
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


def not_done(faults: Sequence[Fault], done: Sequence[dict]) -> list[str]:
    """Returns the faults for which the run was over too soon."""
    return [f"{name}: not done" for _, name, _ in faults[len(done) :]]


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


def conclude(proof: dict, output: pathlib.Path) -> int:
    """Writes and prints what was found, and returns the exit status: 1 when something of it is wrong."""
    text = json.dumps(proof, indent=1)
    (output / "proof.json").write_text(text)
    print(text)
    return 1 if proof["wrong"] else 0


def parser(description: str, output: str, folder: pathlib.Path) -> argparse.ArgumentParser:
    """Returns what each proof takes.

    Args:
        description: Of the program.
        output: The folder for results, when none is given.
        folder: That of what is started, likewise.
    """
    options = argparse.ArgumentParser(description=description)
    options.add_argument("workspace", type=pathlib.Path, help="that `modelparity zoo` wrote")
    options.add_argument("--bazel", default="bazel", help="the command of Bazel")
    options.add_argument("--target", default="//:zoo")
    options.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path(output), help="folder for results"
    )
    options.add_argument(
        "--folder", type=pathlib.Path, default=folder, help="of what is started here"
    )
    return options
