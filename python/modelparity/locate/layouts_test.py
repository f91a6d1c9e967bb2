"""Which layouts are looked for, and which are not."""

import numpy as np
import pytest

from modelparity.locate import layouts

_RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((2, 4, 6, 3), (0, 3, 1, 2)),  # channels first
        ((2, 4, 5, 6, 3), (0, 4, 1, 2, 3)),
        ((2, 6, 3), (0, 2, 1)),
        ((5, 4, 2, 3), (3, 2, 0, 1)),  # a kernel
        ((2, 3), (0, 1)),
    ],
)
def test_an_array_is_laid_out_as_the_other(shape, axes):
    array = _RANDOM.standard_normal(shape)
    other = array.transpose(axes)
    np.testing.assert_array_equal(layouts.find(array, other).apply(array), other)


def test_values_decide_where_shapes_do_not():
    array = _RANDOM.standard_normal((2, 3, 3, 3))
    other = array.transpose(0, 3, 1, 2) + 1e-6
    assert np.abs(layouts.find(array, other).apply(array) - other).max() < 1e-5


def test_axes_of_size_one_come_and_go():
    array = _RANDOM.standard_normal(16)
    assert layouts.find(array, array.reshape(1, 16, 1, 1)).apply(array).shape == (1, 16, 1, 1)


def test_a_scalar_stays_one():
    assert layouts.same(np.array(7)).apply(np.array(7)).shape == ()


def test_every_order_of_a_weight():
    shapes = {each.shape for each in layouts.every(np.zeros((2, 3, 4)))}
    assert shapes == {(2, 3, 4), (2, 4, 3), (4, 3, 2), (3, 4, 2), (4, 2, 3)}
    assert [each.shape for each in layouts.every(np.zeros((2, 3)))] == [(2, 3)]


def test_a_transposed_matrix_is_no_layout():
    array = _RANDOM.standard_normal((4, 4))
    found = layouts.find(array, array.T)
    np.testing.assert_array_equal(found.apply(array), array)
    assert layouts.find(np.zeros((2, 3)), np.zeros((3, 2))) is None


def test_the_nearest_layout_has_most_sizes_right():
    array, smaller = np.zeros((2, 8, 8, 3)), np.zeros((2, 3, 6, 6))
    assert layouts.find(array, smaller) is None
    assert layouts.nearest(array, smaller).shape == (2, 3, 8, 8)
    assert layouts.nearest(array, np.zeros((2, 3))) is None
