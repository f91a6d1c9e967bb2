"""Runs `modelparity` as a Bazel test, for `portability_test`.

portability_main.py verify BUNDLE ...          as the command does, with Bazel's JUnit file
portability_main.py signatures BUNDLE NAME...  fails unless the bundle has exactly these signatures
"""

import os
import sys

from modelparity import cli
from modelparity.bundle import Bundle


def _signatures(path: str, wanted: list[str]) -> int:
    got = sorted(signature.name for signature in Bundle.open(path).manifest.signatures)
    if got == sorted(wanted):
        return 0
    print(
        f"{path}: got signatures {got}, portability_test lists {sorted(wanted)}; change its `signatures`",
        file=sys.stderr,
    )
    return 1


def main(arguments: list[str]) -> int:
    if arguments[0] == "signatures":
        return _signatures(arguments[1], arguments[2:])
    junit = os.environ.get("XML_OUTPUT_FILE")
    # Bazel itself knows what need not be run again.
    return cli.main([*arguments, "--no-cache", *(["--junit", junit] if junit else [])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
