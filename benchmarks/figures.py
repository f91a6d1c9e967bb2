"""A figure that must be reached, and the command that measures figures and prints them.

Both sides of a ratio are measured in turns, so that whatever else the machine does falls on both; of
several such rounds the median counts, and the lowest and the highest tell how far to trust it.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence

from processes import MeasurementError
from workspace import Workspace


@dataclasses.dataclass(frozen=True)
class Figure:
    """One line of the table."""

    title: str
    ratios: Sequence[float]
    """Of each round."""
    ours: str
    """Absolute, with unit."""
    theirs: str
    bound: float
    at_least: bool = False
    """The ratio must reach the bound from above; else from below."""
    details: Sequence[str] = ()
    """Lines that stand below the table."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def reached(self) -> bool:
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


Measure = Callable[[Workspace], list[Figure]]


def _machine() -> dict[str, str | int]:
    """Returns what the absolute values depend on."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return {
        "cpu": model[1] if model else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
    }


def _print_table(figures: Sequence[Figure]) -> None:
    row = "{:50}{:>8}{:>16}{:>12}{:>12}{:>9}  {}".format
    print(row("figure", "ratio", "lowest-highest", "ours", "theirs", "must", "reached"))
    for figure in figures:
        must = f"{'>=' if figure.at_least else '<='} {figure.bound:g}"
        spread = f"{min(figure.ratios):.3f}-{max(figure.ratios):.3f}"
        spread = spread if len(figure.ratios) > 1 else ""
        reached = "yes" if figure.reached else "NO"
        ratio = f"{figure.ratio:.3f}"
        print(row(figure.title, ratio, spread, figure.ours, figure.theirs, must, reached))
    for figure in figures:
        if figure.details:
            print("", figure.title, *figure.details, sep="\n")


def _to_json(figures: Sequence[Figure], failures: dict, facts: dict) -> str:
    return json.dumps(
        {
            "machine": facts,
            "not_measured": failures,
            "figures": [
                {
                    "title": figure.title,
                    "ratio": figure.ratio,
                    "ratios": figure.ratios,
                    "ours": figure.ours,
                    "theirs": figure.theirs,
                    "must": [">=" if figure.at_least else "<=", figure.bound],
                    "reached": figure.reached,
                    "details": list(figure.details),
                }
                for figure in figures
            ],
        },
        indent=2,
    )


def _of_user(path: str) -> pathlib.Path:
    """Returns a path relative to where the user stands, which is not where `bazel run` starts us."""
    return pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), path)


def run(
    target: str, description: str, measures: Sequence[Measure], versions: Mapping[str, str]
) -> int:
    """Runs the command and returns its exit status; `versions` are those of what is measured."""
    by_name = {measure.__name__: measure for measure in measures}
    command = f"./bazelw run //benchmarks:{target}"
    first, second = list(by_name)[:2]
    parser = argparse.ArgumentParser(
        prog=target,
        description=description,
        epilog=f"""
examples:
  {command}
  {command} -- --only {first} --only {second}
  {command} -- --json figures.json
  {command} -- --keep /var/tmp/models
""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=by_name, help="measure this one; may be repeated"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file, too")
    parser.add_argument(
        "--keep", metavar="DIR", help="keep the models that are made here, for the next run"
    )
    options = parser.parse_args()

    start = time.monotonic()

    def progress(what: str) -> None:
        print(f"[{time.monotonic() - start:4.0f} s] {what}", file=sys.stderr, flush=True)

    figures, failures = [], {}
    with contextlib.ExitStack() as stack:
        if options.keep:
            folder = _of_user(options.keep)
            folder.mkdir(parents=True, exist_ok=True)
        else:
            made = tempfile.TemporaryDirectory(prefix="modelparity-benchmarks-")
            folder = pathlib.Path(stack.enter_context(made))
        work = Workspace(folder, progress)
        for name in options.only or by_name:
            progress(name)
            try:
                figures += by_name[name](work)
            except MeasurementError as failure:
                failures[name] = str(failure)
    facts = _machine() | versions
    print(", ".join(f"{key} {value}" for key, value in facts.items()))
    _print_table(figures)
    for name, why in failures.items():
        print(f"{name}: not measured: {why}")
    if options.json:
        _of_user(options.json).write_text(_to_json(figures, failures, facts) + "\n")
    return 0 if not failures and all(figure.reached for figure in figures) else 1
