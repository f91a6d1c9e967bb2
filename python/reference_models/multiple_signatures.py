"""One tf.Module with four signatures, two of them over variables that nothing else uses."""

import numpy as np
import tensorflow as tf

_VECTOR = tf.TensorSpec([None], tf.float32)


class MultipleSignatures(tf.Module):
    """Small whole numbers, so that every answer is exact."""

    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(3.0)
        self.offset_a = tf.Variable(10.0)
        self.offset_b = tf.Variable(100.0)

    @tf.function(input_signature=[_VECTOR])
    def triple(self, x):
        return {"tripled": self.factor * x}

    @tf.function(input_signature=[_VECTOR, _VECTOR])
    def combine(self, input_a, input_b):
        return {"sum": input_a + input_b, "weighted": self.factor * input_a - input_b}

    @tf.function(input_signature=[_VECTOR])
    def subgraph_a(self, x):
        return {"a": x + self.offset_a}

    @tf.function(input_signature=[_VECTOR])
    def subgraph_b(self, x):
        return {"b": x + self.offset_b}


def build():
    model = MultipleSignatures()
    return model, {
        "serving_default": model.triple,
        "my_custom_signature": model.combine,
        "subgraph_a": model.subgraph_a,
        "subgraph_b": model.subgraph_b,
    }


def cases():
    """tripled: 3, -6; sum: 11, 18, weighted: -7, -26; a: 11, 8; b: 101, 98."""
    x = np.array([1.0, -2.0], np.float32)
    return {
        "serving_default": {"by-hand": {"x": x}},
        "my_custom_signature": {
            "by-hand": {"input_a": x, "input_b": np.array([10.0, 20.0], np.float32)}
        },
        "subgraph_a": {"by-hand": {"x": x}},
        "subgraph_b": {"by-hand": {"x": x}},
    }
