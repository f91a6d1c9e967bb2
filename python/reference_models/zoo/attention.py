"""Transformers' parts, and other networks of Keras layers."""

import keras
from keras import layers

from reference_models.zoo.gathering import gathered


def _block(activation):
    keras.utils.set_random_seed(1)
    tokens = keras.Input((None, 8), name="tokens")
    attended = layers.MultiHeadAttention(2, 4)(tokens, tokens)
    hidden = layers.LayerNormalization()(tokens + attended)
    hidden = layers.Dense(8)(layers.Dense(16, activation=activation)(hidden))
    return keras.Model(tokens, layers.GlobalAveragePooling1D()(hidden), name="attention")


def exact_gelu():
    return _block("gelu")


def tanh_gelu():
    return _block(lambda x: keras.activations.gelu(x, approximate=True))


def classifier():
    """Token numbers to classes, as text models have it."""
    keras.utils.set_random_seed(2)
    numbers = keras.Input((6,), dtype="int32", name="numbers")
    hidden = layers.Embedding(10, 8)(numbers)
    hidden = hidden + layers.MultiHeadAttention(2, 4)(hidden, hidden)
    hidden = layers.Dense(4, activation="softmax")(layers.Flatten()(hidden))
    return keras.Model(numbers, hidden, name="classifier")


def build():
    return gathered(exact_gelu, tanh_gelu, classifier)
