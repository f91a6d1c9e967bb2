"""Runs pytest for `pytest_test`: fails when no test ran, or when one was skipped or expected to fail."""

import os
import sys

import pytest


class _Ledger:
    """Counts what pytest did, so that nothing can pass by not running."""

    def __init__(self):
        self.passed = 0
        self.not_run = []

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
            self.passed += 1
        elif report.skipped or hasattr(report, "wasxfail"):
            self.not_run.append(report.nodeid)

    def pytest_collectreport(self, report):
        if report.skipped:
            self.not_run.append(report.nodeid)


def main(arguments: list[str]) -> int:
    """Returns pytest's exit status, or 1 when a test did not run."""
    options = ["-q", "-ra", "-p", "no:cacheprovider", "--timeout=600", "--import-mode=importlib"]
    if "XML_OUTPUT_FILE" in os.environ:
        options.append("--junitxml=" + os.environ["XML_OUTPUT_FILE"])
    if "TESTBRIDGE_TEST_ONLY" in os.environ:
        options += ["-k", os.environ["TESTBRIDGE_TEST_ONLY"]]
    ledger = _Ledger()
    status = int(pytest.main(options + arguments, plugins=[ledger]))
    if ledger.not_run:
        print(
            "pytest_test: a skipped test proves nothing: " + ", ".join(ledger.not_run),
            file=sys.stderr,
        )
        return status or 1
    if status == 0 and ledger.passed == 0:
        print("pytest_test: no test ran", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
