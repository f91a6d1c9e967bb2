"""What `modelparity check` says, against what happens, in the runtimes that start quickly.

`confusion.py` makes the same table of any models and all runtimes.
"""

import os
import pathlib

import pytest
from google.protobuf import json_format

import confusion
from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.check import Verdict
from modelparity.exporters.pipeline import export
from modelparity.harness import matrix
from modelparity.harness.options import Options

# What a value does is not read off a graph.
_HOSTILE = (
    *("boundary", "tiny", "denormal", "halves", "nan", "infinite", "empty", "noise", "oracle"),
)
_RUNTIMES = [runtime for runtime in runtimes.RUNTIMES if "chromium" not in runtime.name]


def _held(bundle):
    """Returns the predictions about the graph that a bundle was made of, with what came of them."""
    report = matrix.verify(bundle, Options(runtimes=_RUNTIMES, without=_HOSTILE))
    read = json_format.MessageToDict(report, preserving_proto_field_name=True)
    artifact = next(
        found
        for found in bundle.manifest.artifacts
        if found.format in ("saved_model", "frozen_graph")
    )
    return list(confusion.held(str(bundle.path_of(artifact)), read))


def _check(pairs):
    print(confusion.table(pairs))
    assert [pair for pair in pairs if pair.is_wrong] == []
    assert {pair.prediction.runtime for pair in pairs} == {runtime.name for runtime in _RUNTIMES}


def test_networks_of_many_kinds(tmp_path):
    pairs = _held(
        export("reference_models.zoo.quick:build", tmp_path / "quick.bundle", without=_HOSTILE)
    )
    _check(pairs)
    assert {pair.prediction.verdict for pair in pairs} == set(Verdict) - {Verdict.NOT_KNOWN}
    # Whoever always says "may differ" is never wrong.
    vague = [pair for pair in pairs if pair.prediction.verdict is Verdict.MAY_DIFFER]
    assert len(vague) < len(pairs) / 4


@pytest.mark.parametrize("path", os.environ["BUNDLES"].split())
def test_reference_models(path):
    _check(_held(Bundle.open(pathlib.Path(path))))
