"""Convolutions whose answers tf2onnx's optimizer changes, run in ONNX Runtime, against TensorFlow."""

import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from tf2onnx import optimizer, tfonnx

from modelparity.exporters.onnx_repairs import Repairs

_OPSET = 18
_random = np.random.default_rng(0)
_KERNEL = _random.normal(size=(2, 2, 3, 4)).astype(np.float32)


def _answers(function, side):
    """Returns the answers of TensorFlow and of ONNX Runtime to two images, and what was repaired."""
    images = _random.normal(size=(2, side, side, 3)).astype(np.float32)
    spec = tf.TensorSpec([None, side, side, 3], tf.float32)
    concrete = tf.function(function, input_signature=[spec]).get_concrete_function()
    (given,), (wanted,) = concrete.inputs, concrete.outputs
    repairs = Repairs()
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(concrete.graph.as_graph_def(), name="")
        converted = tfonnx.process_tf_graph(
            graph, opset=_OPSET, input_names=[given.name], output_names=[wanted.name]
        )
    model = optimizer.optimize_graph(
        converted, catch_errors=False, optimizers=repairs.optimizers()
    ).make_model("test")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (got,) = session.run(None, {given.name: images})
    return function(images).numpy(), got, repairs.lines()


def _normalized(images):
    """A convolution to one pixel, a layer normalization, and a product that asks for the sizes."""
    x = tf.nn.conv2d(images, _KERNEL, strides=2, padding="SAME")
    mean = tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(tf.math.squared_difference(x, mean), -1, keepdims=True)
    x = x * tf.math.rsqrt(variance + 1e-3) - mean
    product = tf.matmul(tf.reshape(x, [-1, 4]), np.eye(4, dtype=np.float32))
    return tf.reshape(product, tf.shape(x)) + x


def _squared(images):
    x = tf.nn.conv2d(images, _KERNEL, strides=2, padding="SAME")
    square = x * x
    return tf.reshape(tf.reduce_mean(square, -1), tf.shape(square)[:3])


@pytest.mark.parametrize(("side", "count"), [(2, 1), (4, 0)])
@pytest.mark.parametrize("function", [_normalized, _squared])
def test_the_shape_of_a_square(function, side, count):
    expected, got, repairs = _answers(function, side)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert len([line for line in repairs if line.startswith("shape of a square")]) == count


@pytest.mark.parametrize("shape", [(), (1,), (4, 1, 1), (1, 4, 1)])
def test_a_constant_that_is_no_bias(shape):
    constant = _random.normal(size=shape).astype(np.float32)

    def function(images):
        return tf.nn.conv2d(images, _KERNEL, strides=1, padding="SAME") + constant

    expected, got, repairs = _answers(function, side=4)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert len(repairs) == (shape != (1,))


def test_a_bias_is_left_to_tf2onnx():
    expected, got, repairs = _answers(
        lambda images: tf.nn.conv2d(images, _KERNEL, 1, "SAME") + np.float32([1, 2, 3, 4]), side=4
    )
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert repairs == []
