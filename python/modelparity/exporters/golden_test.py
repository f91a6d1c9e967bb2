"""Whether an artifact counts as one that can be run."""

import contextlib

import pytest

from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import RunFailedError, UnsupportedError
from modelparity.exporters import golden

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
