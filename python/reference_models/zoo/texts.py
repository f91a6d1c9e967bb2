"""Texts, rows of several lengths, and other inputs that are no numbers in rows."""

import keras
import tensorflow as tf

from reference_models.zoo.gathering import gathered


def hashed():
    """Buckets of words, no table."""
    keras.utils.set_random_seed(1)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def bucket(words):
        return {"bucket": tf.strings.to_hash_bucket_fast(tf.strings.lower(words), 100)}

    return tf.Module(), {"serving_default": bucket}


def text_lengths():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def measure(words):
        return {"length": tf.strings.length(words), "joined": tf.strings.join([words, "!"])}

    return tf.Module(), {"serving_default": measure}


def parsed_examples():
    """Serialized tf.Examples, as TensorFlow Serving is often given."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def parse(examples):
        features = {"x": tf.io.FixedLenFeature([2], tf.float32)}
        return {"doubled": 2.0 * tf.io.parse_example(examples, features)["x"]}

    return tf.Module(), {"serving_default": parse}


def embedding_bag():
    """The mean of the vectors of each row of tokens; 0 is no token."""
    keras.utils.set_random_seed(2)
    module = tf.Module()
    module.vectors = tf.Variable(tf.random.stateless_normal([10, 4], [1, 2]))

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int64, name="tokens")])
    def mean(tokens):
        tokens = tf.clip_by_value(tokens, 0, 9)
        real = tf.cast(tokens > 0, tf.float32)[..., None]
        summed = tf.reduce_sum(tf.nn.embedding_lookup(module.vectors, tokens) * real, axis=1)
        return {"mean": tf.math.divide_no_nan(summed, tf.reduce_sum(real, axis=1))}

    return module, {"serving_default": mean}


def ragged_inside():
    """Rows of several lengths between dense ends."""

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32, name="x")])
    def positives(x):
        rows = tf.ragged.boolean_mask(x, x > 0.0)
        return {"sums": tf.reduce_sum(rows, axis=1), "padded": rows.to_tensor(-1.0)}

    return tf.Module(), {"serving_default": positives}


def sparse_inside():
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def multiply(x):
        return {"y": tf.sparse.sparse_dense_matmul(tf.sparse.from_dense(x), tf.ones([4, 2]))}

    return tf.Module(), {"serving_default": multiply}


def build():
    return gathered(
        hashed, text_lengths, parsed_examples, embedding_bag, ragged_inside, sparse_inside
    )
