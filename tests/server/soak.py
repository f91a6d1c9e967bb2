"""The server under load for as long as one likes, while versions come and go: ./bazelw run //tests/server:soak

Clients ask for golden cases without a pause and hold every answer against the recorded one. Every few seconds a new
version takes a model over and the old one is removed; each third one is bad, and has to be refused. At the end:
how many answers there were and how many of them were wrong, what the server's resident memory and descriptors were
early and late. Exit status 1: an answer was wrong or missing, or memory or descriptors grew.
"""

import argparse
import collections
import dataclasses
import os
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time

from modelparity.compare import Tolerance, arrays_agree
from server_process import (
    Repository,
    ServerProcess,
    golden_cases,
    inputs_of,
    with_other_answer,
)

_MODELS = {"digits": "digits_cnn.bundle", "linear": "linear_regression.bundle"}
_CLIENTS = 4
_TOLERANCE = Tolerance(1e-5, 1e-4)
_MOST_GROWTH = 0.05
"""Of the resident memory."""


@dataclasses.dataclass
class Soak:
    """What was seen."""

    answers: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)
    """Answers that differ, and requests that failed."""
    promotions: int = 0
    refusals: int = 0
    samples: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    """Resident bytes and descriptors, each time a version came."""

    def early_and_late(self, what: int) -> tuple[float, float]:
        """Returns the medians of the second and of the last fifth: the first is when caches fill."""
        values = [sample[what] for sample in self.samples]
        fifth = max(len(values) // 5, 1)
        return statistics.median(values[fifth : 2 * fifth] or values), statistics.median(
            values[-fifth:]
        )

    def problems(self) -> list[str]:
        """Returns what must not be, in one line each."""
        found = [f"{count} times {what}" for what, count in collections.Counter(self.wrong).items()]
        memory, later_memory = self.early_and_late(0)
        if later_memory > memory * (1 + _MOST_GROWTH):
            found.append(f"resident memory grew from {_mib(memory)} to {_mib(later_memory)}")
        descriptors, later_descriptors = self.early_and_late(1)
        if later_descriptors > descriptors:
            found.append(f"descriptors grew from {descriptors:g} to {later_descriptors:g}")
        return found


def soak(folder: pathlib.Path, seconds: float, pause: float) -> Soak:
    """Runs a server under load.

    Args:
        folder: For the repository.
        seconds: How long.
        pause: Seconds between two versions.
    """
    repository = Repository(folder)
    for model, bundle in _MODELS.items():
        repository.add(bundle, model, 1)
    seen = Soak()
    over = threading.Event()
    with ServerProcess(repository) as server:
        clients = [
            threading.Thread(target=_ask, args=(server, seen, over, random.Random(number)))
            for number in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            _replace_versions(repository, server, seen, seconds, pause)
        finally:
            over.set()
            for client in clients:
                client.join()
    return seen


def _replace_versions(
    repository: Repository, server: ServerProcess, seen: Soak, seconds: float, pause: float
) -> None:
    until = time.monotonic() + seconds
    served = dict.fromkeys(_MODELS, 1)
    version = 1
    while time.monotonic() < until:
        version += 1
        model = list(_MODELS)[version % len(_MODELS)]
        is_bad = version % 3 == 0
        change = with_other_answer if is_bad else lambda folder: None
        repository.add(_MODELS[model], model, version, change)
        if is_bad:
            server.await_event("refused", model=model, version=version)
            seen.refusals += 1
            repository.remove(model, version)
        else:
            server.await_event("promoted", model=model, version=version)
            seen.promotions += 1
            repository.remove(model, served[model])
            served[model] = version
        seen.samples.append(_resources(server.process.pid))
        # Looked at above; a soak of hours would fill this process's memory with them.
        server.lines.clear()
        time.sleep(pause)


def _ask(server: ServerProcess, seen: Soak, over: threading.Event, order: random.Random) -> None:
    questions = [
        (model, case.signature, inputs, expected)
        for model, bundle in _MODELS.items()
        for case, inputs, expected in golden_cases(bundle)
        # Whether NaN comes out as it went in is asked by the tests.
        if not case.name.startswith(("nan", "infinite"))
    ]
    with server.client() as client:
        while not over.is_set():
            model, signature, inputs, expected = order.choice(questions)
            try:
                answer = client.infer(model, inputs_of(inputs), parameters={"signature": signature})
            except Exception as error:
                seen.wrong.append(f"{model}: {error}")
                continue
            seen.answers += 1
            for name, wanted in expected.items():
                got = answer.as_numpy(name)
                if got.shape != wanted.shape or not arrays_agree(wanted, got, _TOLERANCE):
                    seen.wrong.append(f"{model}: another answer for {name}")


def _resources(process: int) -> tuple[int, int]:
    pages = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(f"/proc/{process}/fd"))


def _mib(size: float) -> str:
    return f"{size / (1 << 20):.1f} MiB"


def main() -> int:
    """Prints what was seen, and returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="example: ./bazelw run //tests/server:soak -- --minutes 30",
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument(
        "--pause", type=float, default=3, help="seconds between two versions, 3 unless given"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen = soak(pathlib.Path(folder), options.minutes * 60, options.pause)
    print(
        f"{seen.answers:,} answers in {options.minutes:g} min, {len(seen.wrong)} wrong or missing;"
        f" {seen.promotions} versions promoted, {seen.refusals} refused"
    )
    for what, text in enumerate((_mib, "{:g}".format)):
        early, late = map(text, seen.early_and_late(what))
        print(f"{('resident memory', 'descriptors')[what]}: early {early}, late {late}")
    for problem in seen.problems():
        print(f"WRONG: {problem}")
    return 1 if seen.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
