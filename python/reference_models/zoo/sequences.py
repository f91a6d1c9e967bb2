"""Networks that remember: layers, loops, searches."""

import keras
import tensorflow as tf
from keras import layers

from reference_models.zoo.gathering import gathered


def _recurrent(layer, shape=(None, 4), batch_size=None):
    keras.utils.set_random_seed(1)
    sequence = keras.Input(shape, batch_size=batch_size, name="sequence")
    return keras.Model(sequence, layers.Dense(2)(layer(sequence)), name="recurrent")


def gru():
    return _recurrent(layers.GRU(6))


def fixed_batch_lstm():
    return _recurrent(layers.LSTM(6), (5, 4), batch_size=1)


def unrolled_lstm():
    return _recurrent(layers.LSTM(6, unroll=True), (5, 4))


def bidirectional():
    return _recurrent(layers.Bidirectional(layers.LSTM(3, return_sequences=True)))


def _masked(layer):
    """Rows of zeros are no part of a sequence."""
    keras.utils.set_random_seed(2)
    sequence = keras.Input((None, 4), name="sequence")
    hidden = layer(layers.Masking()(sequence))
    return keras.Model(sequence, layers.Dense(2)(hidden), name="masked")


def masked_gru():
    return _masked(layers.GRU(6))


def masked_lstm():
    return _masked(layers.LSTM(6))


def loop():
    """Running sums, of as many steps as the sequence has, in a TensorArray."""

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def accumulate(x):
        steps = tf.shape(x)[0]
        sums = tf.TensorArray(tf.float32, size=steps, element_shape=[3])
        total = tf.zeros([3])
        for step in tf.range(steps):
            total = total + x[step]
            sums = sums.write(step, total)
        return {"sums": sums.stack(), "last": total}

    return tf.Module(), {"serving_default": accumulate}


def newton():
    """A loop without lists, until it is near enough."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def root(x):
        x = tf.abs(x) + 1.0
        guess = x
        for _ in tf.range(12):
            guess = 0.5 * (guess + x / guess)
        return {"root": guess}

    return tf.Module(), {"serving_default": root}


def condition():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def choose(x):
        y = x * 2.0 if tf.reduce_sum(x) > 0.0 else x - 1.0
        return {"y": y}

    return tf.Module(), {"serving_default": choose}


def beam_search():
    """The three best of nine continuations, five times over."""
    keras.utils.set_random_seed(3)
    scores = tf.math.log_softmax(tf.random.stateless_normal([4, 4], [1, 2]))

    @tf.function(input_signature=[tf.TensorSpec([3], tf.int32, name="start")])
    def search(start):
        def step(state, _):
            words, totals = state
            candidates = tf.reshape(totals[:, None] + tf.gather(scores, words), [-1])
            best, places = tf.math.top_k(candidates, k=3)
            return places % 4, best

        start = tf.clip_by_value(start, 0, 3)
        words, totals = tf.scan(step, tf.range(5), (start, tf.constant([0.0, -0.5, -1.0])))
        return {"words": words, "totals": totals}

    return tf.Module(), {"serving_default": search}


def build():
    return gathered(
        gru,
        fixed_batch_lstm,
        unrolled_lstm,
        bidirectional,
        masked_gru,
        masked_lstm,
        loop,
        newton,
        condition,
        beam_search,
    )
