"""Repaired operators, converted by tf2onnx and run in ONNX Runtime, against TensorFlow."""

import itertools

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
import tf2onnx

from modelparity.exporters.onnx_repairs import Repairs

_OPSET = 18


def _answers(function, *arrays):
    """Returns the answers of TensorFlow and of ONNX Runtime, and what was repaired."""
    specs = [tf.TensorSpec([None] * array.ndim, array.dtype) for array in arrays]
    repairs, function = Repairs(), tf.function(function, input_signature=specs)
    model, _ = tf2onnx.convert.from_function(
        function,
        input_signature=specs,
        opset=_OPSET,
        custom_op_handlers=repairs.handlers(),
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [value.name for value in session.get_inputs()]
    (got,) = session.run(None, dict(zip(names, arrays, strict=True)))
    return function(*arrays).numpy(), got, repairs.lines()


def _pairs(dtype):
    """Dividends and divisors of all signs, the least and the largest included."""
    limits = np.iinfo(dtype)
    values = [limits.min, limits.min + 1, -7, -6, -1, 0, 1, 6, 7, limits.max - 1, limits.max]
    pairs = [
        (x, y)
        for x, y in itertools.product(values, values)
        # Not a number of the dtype.
        if y and (x, y) != (limits.min, -1)
    ]
    return (np.array(column, dtype) for column in zip(*pairs, strict=True))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_integer_division_is_tensorflow_s(dtype):
    x, y = _pairs(dtype)
    expected, got, repairs = _answers(lambda x, y: x // y, x, y)
    np.testing.assert_array_equal(got, expected)
    (line,) = repairs
    assert line.startswith("FloorDiv of integers rounded down: ")


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_the_remainder_of_integers_is_tensorflow_s(dtype):
    x, y = _pairs(dtype)
    expected, got, repairs = _answers(lambda x, y: x % y, x, y)
    np.testing.assert_array_equal(got, expected)
    (line,) = repairs
    assert line.startswith("FloorMod of integers with the sign of the divisor: ")


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("function", [lambda x, y: x // y, lambda x, y: x % y])
def test_what_tf2onnx_gets_right_is_left_to_it(dtype, function):
    expected, got, repairs = _answers(function, np.array([7, 6], dtype), np.array([2, 4], dtype))
    np.testing.assert_array_equal(got, expected)
    assert repairs == []


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-7), ("float16", 1e-3)])
def test_erfc(dtype, tolerance):
    x = np.array([-np.inf, -30, -1, -0.0, 0.5, 3, 30, np.inf, np.nan], dtype)
    expected, got, repairs = _answers(tf.math.erfc, x)
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)
    assert len(repairs) == 1


def test_a_repair_in_a_loop():
    def halved(x):
        return tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, x // 2), (0, x))[1]

    expected, got, repairs = _answers(halved, np.array([-9, 9], np.int32))
    np.testing.assert_array_equal(got, expected)
    assert len(repairs) == 1


def test_of_many_places_some_are_named():
    def many(x):
        for _ in range(10):
            x = x // 2
        return x

    _, _, (line,) = _answers(many, np.array([-9, 9], np.int32))
    assert line.count(",") == 8 and line.endswith(", and 2 more")
