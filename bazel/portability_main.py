"""Runs `modelparity` as a Bazel test, for `portability_test` and `portability_zoo`.

portability_main.py verify BUNDLE ...                  as the command does, with Bazel's JUnit file
portability_main.py signatures BUNDLE NAME...          fails unless the bundle has exactly these signatures
portability_main.py zoo BUNDLE NAME RUNTIME,... ...    verifies a shard of a model, and keeps its report
portability_main.py merge TESTS ...                    merges the reports of the tests that are listed in a file, with
                                                       the options of `report merge`; --test-logs FOLDER may
                                                       come first: where bazel-testlogs is
"""

import os
import pathlib
import sys

from modelparity import cli, zoo
from modelparity.bundle import Bundle
from modelparity.errors import ModelParityError

_LOGS_OPTION = "--test-logs"


def _signatures(path: str, wanted: list[str]) -> int:
    got = sorted(signature.name for signature in Bundle.open(path).manifest.signatures)
    if got == sorted(wanted):
        return 0
    print(
        f"{path}: got signatures {got}, portability_test lists {sorted(wanted)}; change its `signatures`",
        file=sys.stderr,
    )
    return 1


def _verify(arguments: list[str]) -> int:
    junit = os.environ.get("XML_OUTPUT_FILE")
    # Bazel itself knows what need not be run again.
    return cli.main(["verify", *arguments, "--no-cache", *(["--junit", junit] if junit else [])])


def _merge(tests: str, options: list[str]) -> int:
    logs = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], "bazel-testlogs")
    if options[:1] == [_LOGS_OPTION]:
        # As every path of the command, relative to where the user stands.
        logs = pathlib.Path(os.environ["BUILD_WORKING_DIRECTORY"], options[1])
        options = options[2:]
    try:
        with zoo.reports_of(tests, logs) as files:
            return cli.main(["report", "merge", *map(str, files), *options])
    except ModelParityError as error:
        print(f"modelparity: {error}", file=sys.stderr)
        return cli.WRONG_CALL


def main(arguments: list[str]) -> int:
    command, *rest = arguments
    if command == "signatures":
        return _signatures(rest[0], rest[1:])
    if command == "merge":
        return _merge(rest[0], rest[1:])
    if command == "zoo":
        bundle, name, runtimes, *options = rest
        chosen = zoo.shard_options(bundle, name, runtimes.split(","), os.environ)
        return _verify([bundle, *chosen, *options]) if chosen else 0
    return _verify(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
