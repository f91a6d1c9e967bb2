"""Closes a CI run: counts the results in Bazel's build events and sets the exit status.

    python3 count_results.py EVENTS FORMAT_STATUS TEST_STATUS

Prints "N passed, N failed" last. The formatters count as one; so does a build that failed before it
could run a test. Exits 0 only when something passed and nothing failed.
"""

import json
import sys


def count(lines) -> tuple[int, int]:
    """Returns (passed, failed) test targets of a file of Bazel's build events, one JSON a line."""
    passed = failed = 0
    for line in lines:
        event = json.loads(line)
        summary = event.get("testSummary")
        if summary is not None:
            if summary["overallStatus"] == "PASSED":
                passed += 1
            else:
                failed += 1
    return passed, failed


def main(events: str, format_status: str, test_status: str) -> int:
    with open(events, encoding="utf-8") as file:
        passed, failed = count(file)
    for status in (int(format_status), int(test_status) if failed == 0 else 0):
        if status != 0:
            failed += 1
    passed += int(format_status) == 0
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 1 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
