"""A functional Keras model with two inputs and two outputs."""

import keras


def build():
    keras.utils.set_random_seed(5)
    # The names are not in alphabetical order: whoever sorts one side only mixes them up.
    text = keras.Input((4,), name="text_features")
    image = keras.Input((3,), name="image_features")
    joined = keras.layers.Concatenate()([text, image])
    hidden = keras.layers.Dense(6, activation="tanh")(joined)
    return keras.Model(
        {"text_features": text, "image_features": image},
        {
            "rating": keras.layers.Dense(1, name="rating")(hidden),
            "category": keras.layers.Dense(3, activation="softmax", name="category")(hidden),
        },
        name="two_inputs_two_outputs",
    )
