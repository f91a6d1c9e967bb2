"""Models that a server is tried with where the reference models are too well-behaved."""

import numpy as np
import tensorflow as tf

# The golden cases that are made up for `spin` reach from -5 to 5, and begin again far above this.
_MOST_TURNS = 100_000_000


def _elementwise():
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def half(x):
        return {"y": x / 2 + 2}

    return half


def _rows_that_depend():
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def centred(x):
        return {"y": x - tf.reduce_mean(x, axis=0, keepdims=True)}

    return centred


def _one_answer_for_all_rows():
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def total(x):
        return {"total": tf.reduce_sum(x)}

    return total


def _slow():
    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, name="turns")])
    def spin(turns):
        turns = tf.where(turns < _MOST_TURNS, turns, 0)
        turned = tf.while_loop(
            lambda i, state: i < turns,
            # A rotation, so that the state neither grows nor vanishes.
            lambda i, state: (i + 1, tf.linalg.matmul(state, [[0.6, -0.8], [0.8, 0.6]])),
            (0, tf.eye(2)),
        )
        return {"turned": turned[0]}

    return spin


def build():
    return tf.Module(), {
        "serving_default": _elementwise(),
        "rows_that_depend": _rows_that_depend(),
        "one_answer_for_all_rows": _one_answer_for_all_rows(),
        "spin": _slow(),
    }


def cases():
    rows = np.arange(8, dtype=np.float32).reshape(2, 4)
    return {
        name: {"by-hand": {"x": rows}}
        for name in ("serving_default", "rows_that_depend", "one_answer_for_all_rows")
    }
