"""What the C++ side must reach, and what it reaches here: ./bazelw run //benchmarks:cpp

Prints each figure as a ratio of two things that were measured in the same run. Standard output is
the table, standard error the progress. Exit status 1: a figure was not reached, or could not be
measured.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import re
import sys
import tempfile
import time
from collections.abc import Sequence

from figures import FIGURES, Figure, Workspace
from processes import MeasurementError

_EXAMPLES = """
examples:
  ./bazelw run //benchmarks:cpp
  ./bazelw run //benchmarks:cpp -- --only bound_call --only caller_thread
  ./bazelw run //benchmarks:cpp -- --json figures.json
"""


def machine() -> dict[str, str | int]:
    """Returns what the absolute values depend on."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return {
        "cpu": model[1] if model else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "tensorflow": importlib.metadata.version("tensorflow"),
    }


def print_table(figures: Sequence[Figure]) -> None:
    row = "{:50}{:>8}{:>16}{:>12}{:>12}{:>9}  {}".format
    print(row("figure", "ratio", "lowest-highest", "ours", "theirs", "must", "reached"))
    for figure in figures:
        must = f"{'>=' if figure.at_least else '<='} {figure.bound:g}"
        spread = f"{min(figure.ratios):.3f}-{max(figure.ratios):.3f}"
        spread = spread if len(figure.ratios) > 1 else ""
        reached = "yes" if figure.reached else "NO"
        ratio = f"{figure.ratio:.3f}"
        print(row(figure.title, ratio, spread, figure.ours, figure.theirs, must, reached))


def to_json(figures: Sequence[Figure], failures: dict, facts: dict) -> str:
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
                }
                for figure in figures
            ],
        },
        indent=2,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="cpp",
        description=__doc__.splitlines()[0],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=FIGURES, help="measure this one; may be repeated"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file, too")
    options = parser.parse_args()

    start = time.monotonic()

    def progress(what: str) -> None:
        print(f"[{time.monotonic() - start:4.0f} s] {what}", file=sys.stderr, flush=True)

    figures, failures = [], {}
    with tempfile.TemporaryDirectory(prefix="modelparity-benchmarks-") as folder:
        work = Workspace(pathlib.Path(folder), progress)
        for name in options.only or FIGURES:
            progress(name)
            try:
                figures += FIGURES[name](work)
            except MeasurementError as failure:
                failures[name] = str(failure)
    facts = machine()
    print(", ".join(f"{key} {value}" for key, value in facts.items()))
    print_table(figures)
    for name, why in failures.items():
        print(f"{name}: not measured: {why}")
    if options.json:
        # Relative to where the user stands, which is not where `bazel run` starts us.
        path = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), options.json)
        path.write_text(to_json(figures, failures, facts) + "\n")
    return 0 if not failures and all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
