"""A few faults of each kind, planted in healthy models: `verify` finds nearly all of them.

./bazelw run //benchmarks:detection plants many more, in more models.
"""

import collections
import os
import pathlib

import pytest

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import report_pb2
from modelparity.faults import onnx_mutants, stale_state, swaps, tensorflow_mutants, weights
from modelparity.faults.trial import trials
from modelparity.harness.options import Limits
from modelparity.harness.player import Player

_FALSE_ALARMS = {report_pb2.Cell.mismatch, report_pb2.Cell.contract_mismatch}
_KINDS = {
    "onnxruntime-python": {*onnx_mutants.KINDS, *swaps.KINDS},
    # In its graphs of these networks no square matrix is a constant that a product takes.
    "tensorflow-c": {*tensorflow_mutants.KINDS, *swaps.KINDS, stale_state.KIND}
    - {"transposed square weight"},
}


_BUNDLES = [pathlib.Path(path) for path in os.environ["BUNDLES"].split()]


@pytest.mark.parametrize("runtime", _KINDS)
def test_planted_faults_are_found_and_nothing_else(runtime):
    planted, missed = collections.Counter(), []
    with Player(runtimes.find(runtime), Limits()) as player:
        for path in _BUNDLES:
            for trial in trials(Bundle.open(path), player, each_kind=2):
                assert _FALSE_ALARMS.isdisjoint(cell.verdict for cell in trial.healthy)
                if trial.is_silent:
                    planted[trial.kind] += 1
                    if not trial.told_by and trial.kind != weights.FAINT:
                        missed.append((trial.kind, trial.model, trial.planted, trial.excuse()))
    print(dict(planted), *missed, sep="\n")
    assert planted.keys() >= _KINDS[runtime]
    assert len(missed) <= 0.05 * planted.total()
