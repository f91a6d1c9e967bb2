"""Graphs in float64 against the same graphs in float32, and numpy."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from modelparity.contract import tensorflow_graph_pb2
from modelparity.exporters.float64_graph import to_float64


def _in_float64(function, *arrays):
    """Returns what a function of tensors gives when its graph is run in float64."""
    specs = [tf.TensorSpec([None] * array.ndim, array.dtype) for array in arrays]
    concrete = tf.function(function, input_signature=specs).get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    graph = tensorflow_graph_pb2.GraphDef.FromString(
        frozen.graph.as_graph_def().SerializeToString()
    )
    wide = tf.compat.v1.GraphDef.FromString(to_float64(graph).SerializeToString())
    with tf.Graph().as_default() as tf_graph:
        tf.graph_util.import_graph_def(wide, name="")
    with tf.compat.v1.Session(graph=tf_graph) as session:
        feeds = {
            tensor.name: array.astype(np.float64)
            for tensor, array in zip(frozen.inputs, arrays, strict=True)
        }
        return session.run([tensor.name for tensor in frozen.outputs], feeds)[0]


_X = np.random.default_rng(0).normal(size=(2, 5, 5, 3)).astype(np.float32)


def test_a_sum_that_float32_loses():
    x = np.float32([1e8, 1, -1e8])
    assert _in_float64(lambda x: tf.cumsum(x), x).tolist() == [1e8, 1e8 + 1, 1]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_constants_keep_their_values(dtype):
    third = tf.constant(1 / 3, dtype)
    got = _in_float64(lambda x: tf.cast(x, dtype) * third, np.float32([3]))
    assert got.dtype == np.float64 and got.tolist() == [3 * float(third.numpy())]


def _normalized(x):
    scale, offset = tf.constant([1.0, 2.0, 3.0]), tf.constant([0.1, 0.2, 0.3])
    mean, variance = tf.constant([0.5, 0.0, -0.5]), tf.constant([1.0, 4.0, 1e-7])
    return tf.compat.v1.nn.fused_batch_norm(
        x, scale, offset, mean, variance, epsilon=1e-3, is_training=False
    )[0]


def test_batch_normalization_is_written_out():
    mean, variance = np.float32([0.5, 0, -0.5]), np.float32([1, 4, 1e-7])
    scale, offset = np.float32([1, 2, 3]), np.float32([0.1, 0.2, 0.3])
    wide = [array.astype(np.float64) for array in (_X, mean, variance, scale, offset)]
    x, mean, variance, scale, offset = wide
    expected = (x - mean) / np.sqrt(variance + float(np.float32(1e-3))) * scale + offset
    np.testing.assert_allclose(_in_float64(_normalized, _X), expected, rtol=1e-13)


def test_batch_normalization_in_a_loop():
    """Functions name their outputs in another way than graphs do."""

    def twice(x):
        return tf.while_loop(lambda i, _: i < 2, lambda i, x: (i + 1, _normalized(x)), (0, x))[1]

    once = _in_float64(_normalized, _X)
    narrow = _normalized(_normalized(tf.constant(_X))).numpy()
    got = _in_float64(twice, _X)
    np.testing.assert_allclose(got, narrow, rtol=1e-4, atol=1e-5)
    assert np.abs(got - once).max() > 0.1


def test_the_graph_that_was_given_stays_as_it_is():
    graph = tensorflow_graph_pb2.GraphDef()
    node = graph.node.add(name="x", op="Placeholder")
    node.attr["dtype"].type = tensorflow_graph_pb2.DT_FLOAT
    assert to_float64(graph).node[0].attr["dtype"].type == tensorflow_graph_pb2.DT_DOUBLE
    assert graph.node[0].attr["dtype"].type == tensorflow_graph_pb2.DT_FLOAT
