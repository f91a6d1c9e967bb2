"""Runs one target under atheris; the arguments after its name are libFuzzer's.

python -m fuzz npz -max_total_time=60 NEW_INPUTS tests/fuzz/corpora/npz
"""

import pathlib
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["modelparity"]):
    from fuzz.targets import TARGETS


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    program, kind, *options = sys.argv
    target = TARGETS[kind]

    def run(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            target(data, pathlib.Path(folder))

    atheris.Setup([program, *options], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
