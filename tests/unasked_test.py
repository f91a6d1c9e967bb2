"""What is no question to an engine in JavaScript: its loader and the harness say the same."""

import json
import os
import pathlib

import pytest

from modelparity import runtimes

_BY_NAME = json.loads(pathlib.Path(os.environ["UNASKED"]).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "runtime",
    runtimes.select("tfjs-*")
    + runtimes.select("onnxruntime-web-*")
    + runtimes.select("litertjs-*"),
    ids=lambda runtime: runtime.name,
)
def test_the_loader_knows_what_the_harness_knows(runtime):
    """As isUnasked of self_test.ts: the beginning of a name, or its backend."""
    known = {
        probe: why
        for part, probes in _BY_NAME.items()
        if runtime.name.startswith(part) or runtime.name.endswith(f"/{part}")
        for probe, why in probes.items()
    }
    assert known == runtime.unasked
