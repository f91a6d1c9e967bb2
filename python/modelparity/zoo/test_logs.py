"""The reports that the tests of a zoo have left below bazel-testlogs.

with reports_of("zoo.tests.json", pathlib.Path("bazel-testlogs")) as files:
    ...
"""

import contextlib
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator

from modelparity.contract import report_pb2
from modelparity.errors import FileMissingError
from modelparity.harness.reports import ALL, finish
from modelparity.report import json_file
from modelparity.zoo.shard import REPORT

_OUTPUTS = "test.outputs"


@contextlib.contextmanager
def reports_of(tests: str, logs: pathlib.Path) -> Iterator[list[pathlib.Path]]:
    """Yields the reports of tests, for as long as they are needed.

    A test that left no report failed in a way that it could not tell, such as Bazel's time limit: its runtimes count as
    crashed.

    Args:
        tests: File that `portability_zoo` wrote: the package, and each test with its model, runtimes and shards.
        logs: The folder bazel-testlogs.

    Raises:
        FileMissingError: It is not there, or Bazel has packed the reports.
    """
    listed = json.loads(pathlib.Path(tests).read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="modelparity-") as folder:
        yield list(_files(listed, logs, pathlib.Path(folder)))


def _files(listed: dict, logs: pathlib.Path, folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields the reports; those that are missing are made in a folder."""
    if not logs.is_dir():
        raise FileMissingError(
            f"'{logs}' is not there, where tests leave their reports; run `bazel test` first, or name it with"
            " --test-logs"
        )
    for test in listed["tests"]:
        place = logs / listed["package"] / test["name"]
        shards = test["shards"]
        parts = [place / f"shard_{number}_of_{shards}" for number in range(1, shards + 1)]
        for part in parts if shards > 1 else [place]:
            report = part / _OUTPUTS / REPORT
            if not report.exists():
                if (part / _OUTPUTS / "outputs.zip").exists():
                    raise FileMissingError(
                        f"'{part / _OUTPUTS}' has a zip file, wants files; put `test"
                        " --nozip_undeclared_test_outputs` into .bazelrc, and run `bazel test` again"
                    )
                descriptor, name = tempfile.mkstemp(suffix=".json", dir=folder)
                os.close(descriptor)
                report = pathlib.Path(name)
                json_file.write(report, _missing(test, f"//{listed['package']}:{test['name']}"))
            yield report


def _missing(test: dict, label: str) -> report_pb2.Report:
    report = report_pb2.Report(model=test["model"])
    for runtime in test["runtimes"]:
        report.cells.add(
            runtime=runtime,
            format=ALL,
            signature=ALL,
            case=ALL,
            verdict=report_pb2.Cell.crashed,
            message=f"test {label} left no report: it was not run, or was ended; see its log",
        )
    finish(report)
    return report
