"""Two towers and a score: a Keras model served by `predict(user_features, item_features)`.

Keras calls a model of two inputs with one list, `model([user, item])`; the signature gives each
input its name.
"""

import keras
import tensorflow as tf


def _tower(name, width):
    inputs = keras.Input((width,), name=name)
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    return inputs, keras.layers.UnitNormalization()(keras.layers.Dense(4)(hidden))


def build():
    keras.utils.set_random_seed(4)
    user, user_vector = _tower("user_features", 6)
    item, item_vector = _tower("item_features", 3)
    model = keras.Model(
        [user, item], keras.layers.Dot(axes=1)([user_vector, item_vector]), name="recommender"
    )

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 6], tf.float32, name="user_features"),
            tf.TensorSpec([None, 3], tf.float32, name="item_features"),
        ]
    )
    def predict(user_features, item_features):
        return {"score": model([user_features, item_features], training=False)}

    return model, {"predict": predict}
