"""What is rounding and what is not."""

import ml_dtypes
import numpy as np
import pytest

from modelparity.locate import judging
from modelparity.locate.judging import judge


def _floats(*values):
    return np.array(values, np.float32)


def test_the_largest_element_says_what_rounding_is():
    assert not judge(_floats(1000, 1e-3), _floats(1000, 2e-3)).differs
    error = judge(_floats(1, 1e-3), _floats(1, 2e-3))
    assert error.differs
    assert (error.differing, error.limit) == (1, pytest.approx(1e-5))


def test_noise_widens_the_limit():
    assert judge(_floats(1), _floats(1.01)).differs
    assert not judge(_floats(1), _floats(1.01), noise=0.01).differs


def test_another_shape_differs():
    error = judge(_floats(1, 2), _floats(1))
    assert error.differs
    assert str(error) == "got the shape [1], wants [2]"


def test_integers_are_exact_and_of_any_width():
    assert not judge(np.array([7], np.int32), np.array([7], np.int64)).differs
    assert judge(np.array([7], np.int32), np.array([8], np.int64)).differs


def test_strings_are_exact():
    texts = np.array([b"a", b"b"], object)
    assert not judge(texts, texts.copy()).differs
    assert judge(texts, np.array([b"a", b"c"], object)).differs


def test_infinities_do_not_widen_the_limit():
    error = judge(_floats(np.inf, 1), _floats(np.inf, 1.1))
    assert (error.differs, error.limit) == (True, pytest.approx(1e-5))


def test_kinds():
    assert judging.same_kind(np.zeros(1, np.int32), np.zeros(1, np.uint8))
    assert judging.same_kind(np.zeros(1, np.float16), np.zeros(1, ml_dtypes.bfloat16))
    assert not judging.same_kind(np.zeros(1, np.int32), np.zeros(1, np.float32))
    assert not judging.same_kind(np.zeros(1, bool), np.zeros(1, np.int32))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
def test_a_perturbation_is_a_few_rounding_errors(dtype):
    ones = np.ones(100, dtype)
    moved = judging.perturbed(ones)
    assert moved.dtype == dtype
    assert 1 < judging.distance(ones, moved) / float(ml_dtypes.finfo(dtype).eps) <= 8
    assert judging.perturbed(np.arange(3)).tolist() == [0, 1, 2]
