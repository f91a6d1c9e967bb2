"""Writes the SavedModel of the loader's tests.

    python make_saved_model.py OUTPUT_FOLDER

Its answers can be worked out by hand: `serving_default` is y = x / 2 + 2 with two variables,
`exclaim` works on strings and gives two keys for one tensor, `count` takes nothing and gives a
scalar.
"""

import sys

import tensorflow as tf


class HalfPlusTwo(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = tf.Variable(0.5)
        self.offset = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def half_plus_two(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"y": self.factor * x + self.offset}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
    def exclaim(self, word: tf.Tensor) -> dict[str, tf.Tensor]:
        loud = tf.strings.join([word, tf.constant("!" * 40)])
        return {"loud": loud, "louder": loud, "same": word}

    @tf.function(input_signature=[])
    def count(self) -> dict[str, tf.Tensor]:
        return {"variables": tf.constant(2, tf.int64)}


model = HalfPlusTwo()
tf.saved_model.save(
    model,
    sys.argv[1],
    signatures={
        "serving_default": model.half_plus_two,
        "exclaim": model.exclaim,
        "count": model.count,
    },
)
