"""Every target with its corpus, and with mutations of it that are the same in every run."""

import os
import pathlib
import resource
import tempfile
import time

import pytest

from fuzz.mutations import mutation
from fuzz.targets import TARGETS

_CORPORA = pathlib.Path("tests/fuzz/corpora").absolute()
_MUTATIONS = 1000
_SECONDS_OF_AN_INPUT = 20
_MORE_MEMORY = 1 << 20
"""KiB more than after the corpus."""


def _seeds(kind: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((_CORPORA / kind).iterdir())}


def _run(kind: str, name: str, data: bytes) -> None:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        try:
            TARGETS[kind](data, pathlib.Path(folder))
        except BaseException as error:
            error.add_note(f"{kind}: {name}: {data!r}")
            raise
    assert time.monotonic() - start < _SECONDS_OF_AN_INPUT, f"{name}: {data!r}"


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_only_our_errors_come_out(kind):
    seeds = _seeds(kind)
    for name, data in seeds.items():
        _run(kind, name, data)
    before = _peak_memory()
    for number in range(_MUTATIONS):
        data = mutation(list(seeds.values()), number)
        _run(kind, f"mutation {number}", data)
        assert _peak_memory() - before < _MORE_MEMORY, f"mutation {number}: {data!r}"


def test_every_corpus_has_a_target():
    assert {path.name for path in _CORPORA.iterdir()} == set(TARGETS)
