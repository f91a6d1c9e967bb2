"""y = 1*a + 2*b - 3*c + 0.5: a model whose answers can be worked out by hand."""

import numpy as np
import tensorflow as tf


class LinearRegression(tf.Module):
    """A tf.Module with one method that is also its signature."""

    def __init__(self):
        super().__init__()
        self.weights = tf.Variable([[1.0], [2.0], [-3.0]], name="weights")
        self.bias = tf.Variable([0.5], name="bias")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def predict(self, x):
        return {"y": tf.matmul(x, self.weights) + self.bias}


def build():
    model = LinearRegression()
    return model, {"serving_default": model.predict}


def cases():
    """The answers are 0.5; then 1.5, 2.5 and -2.5; then -3.5."""
    return {
        "serving_default": {
            "zero": {"x": np.zeros((1, 3), np.float32)},
            "unit-vectors": {"x": np.eye(3, dtype=np.float32)},
            "by-hand": {"x": np.array([[1.0, -1.0, 1.0]], np.float32)},
        }
    }
