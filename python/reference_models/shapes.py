"""Outputs whose shapes are hard to know: they depend on values, or nothing computes the output.

Runtimes that make room for their answers before they compute them give what was in memory before.
"""

import numpy as np
import tensorflow as tf

_VECTOR = tf.TensorSpec([None], tf.float32)
_ROWS = tf.TensorSpec([None, 3], tf.float32)


class Shapes(tf.Module):
    """Small whole numbers, so that every answer is exact."""

    @tf.function(input_signature=[_VECTOR])
    def by_values(self, x):
        """As many elements as are positive."""
        return {"positive": tf.boolean_mask(x, x > 0), "doubled": 2 * x}

    @tf.function(input_signature=[_VECTOR])
    def nothing_computed(self, x):
        """An input, and a constant."""
        return {"same": x, "constant": tf.constant([1.0, 2.0]), "doubled": 2 * x}

    @tf.function(input_signature=[_ROWS, _ROWS])
    def swapped(self, a, b):
        """Each output has the name of the other input."""
        return {"a": b, "b": a, "sum": a + b}

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32)])
    def other_ranks(self, x):
        """A scalar, a vector, and a matrix with the dimensions the other way round."""
        return {
            "total": tf.reduce_sum(x),
            "flat": tf.reshape(x, [-1]),
            "turned": tf.transpose(x),
        }


def build():
    model = Shapes()
    return model, {
        "by_values": model.by_values,
        "nothing_computed": model.nothing_computed,
        "swapped": model.swapped,
        "other_ranks": model.other_ranks,
    }


def cases():
    """positive: none, 2, 1 2 3, in this order, since what is kept from the last call shows."""
    vectors = {
        "none": np.array([-1.0, -2.0], np.float32),
        "one": np.array([-1.0, 2.0], np.float32),
        "all": np.array([1.0, 2.0, 3.0], np.float32),
    }
    rows = np.array([[1.0, 2.0, 3.0]], np.float32)
    return {
        "by_values": {name: {"x": x} for name, x in vectors.items()},
        "nothing_computed": {"one": {"x": vectors["one"]}},
        "swapped": {"one": {"a": rows, "b": 10 * rows}},
        "other_ranks": {"two-rows": {"x": np.concatenate([rows, -rows])}},
    }
