"""What is recorded of answers that differ; pipeline_test has real ones."""

import numpy as np
import pytest

from modelparity.compare import DEFAULT_TOLERANCES
from modelparity.contract import case_pb2, inference_pb2, manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.exporters import noise
from modelparity.tensors import encode_outputs

_PLAIN = DEFAULT_TOLERANCES["float32"]


def _answer(**arrays):
    case = case_pb2.Case(signature="s", name="c")
    case.expected.CopyFrom(encode_outputs(arrays, inference_pb2.ModelInferRequest()))
    return case


def _recorded(expected, *others):
    """Returns the case, and why it was refused."""
    answered = {f"setting {number}": [other] for number, other in enumerate(others)}
    kept, refused = noise.record([expected], answered)
    return (kept or [None])[0], [case.message for case in refused]


def test_a_steady_reference_widens_nothing():
    expected = _answer(y=np.float32([1, 2]))
    case, refused = _recorded(
        expected, _answer(y=np.float32([1, 2])), _answer(y=np.float32([1, 2]))
    )
    assert case.noise["y"].max_abs == 0 and not case.tolerances and not refused
    assert list(case.noise["y"].settings) == ["setting 0", "setting 1"]


def test_noise_within_a_share_of_the_tolerance_widens_nothing():
    share = (_PLAIN.atol + _PLAIN.rtol) / noise.TIMES
    expected = _answer(y=np.float32([1]))
    case, _ = _recorded(expected, _answer(y=np.float32([1 + 0.9 * share])))
    assert 0 < case.noise["y"].max_abs < share and not case.tolerances


def test_the_tolerance_grows_by_what_it_lacks_at_the_worst_element():
    """Where the reference is large, rtol allows for much of the noise already."""
    expected = _answer(y=np.float32([1000, 0]))
    case, _ = _recorded(
        expected, _answer(y=np.float32([1000.02, 0])), _answer(y=np.float32([1000, 0.01]))
    )
    widened = case.tolerances["y"]
    assert widened.noise_atol == pytest.approx(noise.TIMES * 0.01 - _PLAIN.atol)
    assert widened.atol == pytest.approx(noise.TIMES * 0.01) and widened.rtol == _PLAIN.rtol
    assert case.noise["y"].max_abs == pytest.approx(0.02, rel=1e-2)


@pytest.mark.parametrize(
    ("expected", "other"),
    [
        (np.int32([1, 2]), np.int32([1, 3])),
        (np.array([b"a"], object), np.array([b"b"], object)),
        (np.float32([np.nan, 1]), np.float32([0, 1])),
        (np.float32([np.inf]), np.float32([-np.inf])),
        (np.float32([1]), np.float32([1, 1])),
    ],
)
def test_where_no_tolerance_helps_there_is_no_right_answer(expected, other):
    case, (message,) = _recorded(_answer(y=expected), _answer(y=expected), _answer(y=other))
    assert case is None
    assert message == (
        "with setting 1 the reference itself gives another 'y', so there is no right answer"
    )


def test_nan_at_the_same_place_is_steady():
    expected = _answer(y=np.float32([np.nan, np.inf]))
    case, refused = _recorded(expected, _answer(y=np.float32([np.nan, np.inf])))
    assert case.noise["y"].max_abs == 0 and not refused


def test_a_setting_in_which_the_reference_fails_says_nothing():
    expected = _answer(y=np.float32([1]))
    case, refused = _recorded(expected, case_pb2.Case(signature="s", name="c"))
    assert not case.noise and not case.tolerances and not refused


class _Frozen:
    """Answers as a frozen graph would."""

    def __init__(self, answer):
        self._answer = answer

    def load(self, *_):
        pass

    def run(self, request):
        if self._answer is None:
            raise ModelParityError("no kernel")
        return encode_outputs({"y": self._answer}, request), 0.0


def _frozen(expected, frozen, wide=None, seed=0):
    """Returns the case after it was held against a frozen graph and float64, and why it was refused."""
    case = _answer(y=np.float32(expected))
    if seed is not None:
        case.seed = seed
    if wide is not None:
        case.oracle.CopyFrom(encode_outputs({"y": np.float64(wide)}, case.request))
    artifact = manifest_pb2.Artifact(format="frozen_graph")
    artifact.bindings.add(signature="s")
    answer = None if frozen is None else np.float32(frozen)
    kept, refused = noise.record_frozen(_Frozen(answer), ".", artifact, [], [case])
    return (kept or [None])[0], [each.message for each in refused]


def test_what_rounding_makes_of_the_frozen_graph_is_noise():
    case, refused = _frozen(expected=[0.25, 1], frozen=[0.25, 1], wide=[0.25, 1.01])
    assert case.noise["y"].max_abs == pytest.approx(0.01)
    assert list(case.noise["y"].settings) == [noise.FLOAT64]
    assert case.tolerances["y"].noise_atol == pytest.approx(
        noise.TIMES * 0.01 - _PLAIN.atol - _PLAIN.rtol * 1.01
    )
    assert not refused


@pytest.mark.parametrize(("apart", "counts"), [(0.03, True), (0.05, False)])
def test_the_recorded_answer_is_noise_for_as_long_as_rounding_explains_it(apart, counts):
    """Else a graph that was frozen wrongly would widen the tolerance by its own fault."""
    case, _ = _frozen(expected=[1 + apart], frozen=[1.01], wide=[1])
    assert case.noise["y"].max_abs == pytest.approx(apart if counts else 0.01, rel=1e-4)


def test_what_was_frozen_wrongly_widens_nothing():
    case, _ = _frozen(expected=[1], frozen=[2], wide=[2])
    assert case.noise["y"].max_abs == 0 and not case.tolerances


@pytest.mark.parametrize("frozen", [[0, 1], [np.inf, 1]])
def test_a_made_up_case_has_no_right_answer_where_the_frozen_graph_hides_a_nan(frozen):
    case, (message,) = _frozen(expected=[np.nan, 1], frozen=frozen)
    assert case is None
    assert message == (
        "frozen, the reference itself has NaN or infinities in other places of 'y', so there is no right"
        " answer"
    )
    case, refused = _frozen(expected=[np.nan, 1], frozen=frozen, seed=None)
    assert case is not None and not refused


def test_a_frozen_graph_that_cannot_be_run_says_nothing():
    case, refused = _frozen(expected=[1], frozen=None, wide=[2])
    assert not case.noise and not refused
