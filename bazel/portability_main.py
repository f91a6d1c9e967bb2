"""Runs `modelparity` as an action or a test of Bazel, for `model_bundle`, `portability_test` and `portability_zoo`.

portability_main.py export MODEL ...                   as the command does
portability_main.py verify BUNDLE ...                  as the command does, with Bazel's JUnit file
portability_main.py signatures BUNDLE NAME...          fails unless the bundle has exactly these signatures
portability_main.py zoo BUNDLE NAME RUNTIME,... ...    verifies a shard of a model, and keeps its report
portability_main.py merge TESTS ...                    merges the reports of the tests that are listed in a file, with
                                                       the options of `report merge`; --test-logs FOLDER may
                                                       come first: where bazel-testlogs is

On another machine Bazel puts a folder that is a source, such as that of a large wheel, where its source is, and not
among the runfiles. It is looked for in both places, so nothing that needs a wheel is imported before main has begun.
"""

import os
import pathlib
import re
import sys

_LOGS_OPTION = "--test-logs"
# Of a file among the runfiles: where the action runs, its repository, and its path in there.
_RUNFILE = re.compile(r"(.*)/bazel-out/.*\.runfiles/([^/]+)/(.+)")


def source_folder(path: str, repository: str = "") -> str:
    """Returns the path of a folder that should be among the runfiles.

    Args:
        path: Absolute.
        repository: The main one, whose sources are not in `external`.
    """
    runfile = _RUNFILE.fullmatch(path)
    if os.path.exists(path) or not runfile:
        return path
    root, of, inside = runfile.groups()
    source = os.path.join(root, *([] if of == repository else ["external", of]), inside)
    return source if os.path.isdir(source) else path


def find_wheels() -> None:
    """Lets this process and its children import from the wheels that are not among the runfiles."""
    sys.path[:] = map(source_folder, sys.path)
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(map(source_folder, given))


def bundle_of_test(path: str) -> str:
    """Returns where a test's bundle is; the test stands among the runfiles of its workspace."""
    return source_folder(os.path.abspath(path), os.path.basename(os.getcwd()))


def _signatures(path: str, wanted: list[str]) -> int:
    from modelparity.bundle import Bundle

    got = sorted(signature.name for signature in Bundle.open(path).manifest.signatures)
    if got == sorted(wanted):
        return 0
    print(
        f"{path}: got signatures {got}, portability_test lists {sorted(wanted)}; change its `signatures`",
        file=sys.stderr,
    )
    return 1


def _verify(arguments: list[str]) -> int:
    from modelparity import cli

    junit = os.environ.get("XML_OUTPUT_FILE")
    # Bazel itself knows what need not be run again.
    return cli.main(["verify", *arguments, "--no-cache", *(["--junit", junit] if junit else [])])


def _merge(tests: str, options: list[str]) -> int:
    from modelparity import cli, zoo
    from modelparity.errors import ModelParityError

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


def _zoo(bundle: str, name: str, runtimes: str, *options: str) -> int:
    from modelparity import zoo

    chosen = zoo.shard_options(bundle, name, runtimes.split(","), os.environ)
    return _verify([bundle, *chosen, *options]) if chosen else 0


def _export(arguments: list[str]) -> int:
    from modelparity import cli

    return cli.main(["export", *arguments])


def main(arguments: list[str]) -> int:
    find_wheels()
    command, first, *rest = arguments
    match command:
        case "export":
            return _export([first, *rest])
        case "merge":
            return _merge(first, rest)
        case "signatures":
            return _signatures(bundle_of_test(first), rest)
        case "zoo":
            return _zoo(bundle_of_test(first), *rest)
        case _:
            return _verify([bundle_of_test(first), *rest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
