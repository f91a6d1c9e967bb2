"""Lookup tables. A SavedModel fills all its tables at once, so these two are models of their own."""

import keras
import tensorflow as tf
from keras import layers


def static_table():
    """A table whose entries are in the graph."""
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(["red", "green", "blue"]), tf.constant([1, 2, 3], tf.int64)
        ),
        default_value=-1,
    )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def look_up(words):
        return {"numbers": module.table.lookup(words)}

    return module, {"serving_default": look_up}


def word_bags():
    """A vocabulary within Keras: splits text, looks words up, counts them."""
    text = keras.Input((), dtype="string", name="text")
    counts = layers.TextVectorization(vocabulary=["the", "quick", "fox"], output_mode="count")(text)
    return keras.Model(text, counts, name="word_bags")
