"""Formats and lints every file of the repository that git knows, and misses no test that Bazel does not run.

./bazelw run //tools:format              rewrites the files
./bazelw run //tools:format -- --check   changes nothing, and fails when a file is not as it should be
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from python.runfiles import runfiles

_FIND = runfiles.Create()
_NODE_PACKAGES = "npm/node_modules"


def _program(path: str) -> str:
    found = _FIND.Rlocation(path)
    if found is None or not os.path.exists(found):
        raise SystemExit(f"format: got no {path} in the runfiles; add it to //tools:format")
    return found


def _commands(check: bool, files: list[str]) -> list[list[str]]:
    """The command lines to run in the repository's root, in order."""

    def of(*endings: str) -> list[str]:
        return [file for file in files if file.endswith(endings)]

    ruff, node = _program("ruff/bin/ruff"), _program("nodejs/bin/node")
    clang_format = _program("clang_format/bin/clang-format")
    prettier = _program(f"{_NODE_PACKAGES}/prettier/bin/prettier.cjs")
    buildifier = _program(f"{_NODE_PACKAGES}/@bazel/buildifier/buildifier.js")
    python = of(".py")
    starlark = of(".bzl", "BUILD", "WORKSPACE")
    page = "python/modelparity/report/page/"
    web = [f for f in of(".ts", ".js", ".json", ".css") if f.startswith(("js_demo/", page))]
    return [
        [ruff, "check", "--no-cache", *([] if check else ["--fix"]), *python],
        [ruff, "format", "--no-cache", *(["--check"] if check else []), *python],
        [clang_format, *(["--dry-run", "--Werror"] if check else ["-i"]), *of(".cc", ".h")],
        [node, prettier, "--check" if check else "--write", *web],
        [
            *(node, buildifier, f"-mode={'check' if check else 'fix'}", "-lint=warn"),
            *("-warnings=-module-docstring,-function-docstring,-native-sh-binary", *starlark),
        ],
    ]


def _without_target(root: pathlib.Path, files: list[str]) -> list[str]:
    """The tests that no BUILD file above them names, by their file or as a target."""

    def is_named(test: pathlib.Path) -> bool:
        packages = (root / folder / "BUILD" for folder in test.parents)
        build = next(file for file in packages if file.is_file())
        path = test.relative_to(build.parent.relative_to(root)).with_suffix("")
        return re.search(rf'"{re.escape(str(path))}["_.]', build.read_text("utf-8")) is not None

    tests = [pathlib.Path(file) for file in files if file.endswith(("_test.py", "_test.cc"))]
    return [str(test) for test in tests if not is_named(test)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail on a difference")
    check = parser.parse_args().check
    root = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    files = [file for file in listed if (root / file).is_file() and "package-lock" not in file]
    failed = []
    for command in _commands(check, files):
        if subprocess.run(command, cwd=root, check=False).returncode != 0:
            failed.append(pathlib.Path(command[0]).name + " " + pathlib.Path(command[1]).name)
    if forgotten := _without_target(root, files):
        print(f"format: no BUILD file names {', '.join(forgotten)}; add a target", file=sys.stderr)
        return 1
    if failed:
        print(
            f"format: {', '.join(failed)}: failed; run: ./bazelw run //tools:format",
            file=sys.stderr,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
