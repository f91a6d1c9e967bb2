"""A recurrent network over any number of sequences of any length."""

import keras


def build():
    keras.utils.set_random_seed(6)
    return keras.Sequential(
        [
            keras.Input((None, 4), name="sequence"),
            keras.layers.LSTM(8),
            keras.layers.Dense(2),
        ],
        name="lstm",
    )
