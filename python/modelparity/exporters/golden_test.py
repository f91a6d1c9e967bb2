"""Whether an artifact counts as one that can be run."""

import contextlib
import types

import numpy as np
import pytest

from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import RunFailedError, UnsupportedError
from modelparity.exporters import golden
from modelparity.harness.player import Player
from modelparity.tensors import decode_inputs, encode_inputs, encode_outputs

_REFUSED, _FAILED = UnsupportedError("an empty tensor"), RunFailedError("no table")


class _Player:
    """Ends the call of each case as that says."""

    def __init__(self, *endings):
        self._endings = list(endings)

    def run(self, request):
        ending = self._endings.pop(0)
        if isinstance(ending, Exception):
            raise ending


@pytest.mark.parametrize(
    ("endings", "error"),
    [
        (["answer"], None),
        ([_FAILED, "answer"], None),
        ([_REFUSED, "answer"], None),
        ([_REFUSED, _REFUSED], None),
        ([_REFUSED, _FAILED], "no table"),
        ([_FAILED, _REFUSED], "no table"),
    ],
)
def test_one_answer_is_enough_and_a_refusal_says_nothing(endings, error):
    artifact = manifest_pb2.Artifact(bindings=[manifest_pb2.Binding(signature="s")])
    cases = [case_pb2.Case(signature="s") for _ in endings]
    expected = pytest.raises(RunFailedError, match=error) if error else contextlib.nullcontext()
    with expected:
        golden.check(_Player(*endings), artifact, cases)


class _Reference:
    """Answers with the sum of all that it was asked, as a model does that keeps it in a variable."""

    runtime = types.SimpleNamespace(name="r")
    version = "1"

    def __init__(self):
        self._sum = 0.0

    def run(self, request):
        self._sum += decode_inputs(request)["x"]
        return encode_outputs({"y": np.float32(self._sum)}, request), 0.0

    answer, ask_again = Player.answer, Player.ask_again


def test_an_answer_that_depends_on_the_calls_before_it_is_none():
    cases = []
    # With zeros the answer stays what it was when it is asked again, and is wrong all the same.
    for signature, name, x in (("get", "zero", 0), ("add", "zero", 0), ("add", "one", 1)):
        request = encode_inputs({"x": np.float32(x)}, model_name="", signature=signature)
        cases.append(case_pb2.Case(signature=signature, name=name, request=request))
    state = {"add": ["AssignAddVariableOp"], "get": []}
    recorded, refused = golden.record(_Reference(), "m", cases, state)
    assert not recorded
    assert {f"{case.signature}/{case.name}" for case in refused} == {
        *("get/zero", "add/zero", "add/one"),
    }
    assert all("the model has AssignAddVariableOp; export" in case.message for case in refused)
