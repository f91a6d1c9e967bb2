"""A functional Keras model with a custom layer, registered so that `.keras` files can name it."""

import keras


@keras.saving.register_keras_serializable(package="reference_models")
class ScaledResidual(keras.layers.Layer):
    """x + scale * tanh(x), with one trained scale a feature."""

    def __init__(self, initial_scale=0.5, **kwargs):
        super().__init__(**kwargs)
        self.initial_scale = initial_scale

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.initial_scale),
        )

    def call(self, inputs):
        return inputs + self.scale * keras.ops.tanh(inputs)

    def get_config(self):
        return {**super().get_config(), "initial_scale": self.initial_scale}


def build():
    keras.utils.set_random_seed(2)
    inputs = keras.Input((5,), name="features")
    hidden = ScaledResidual(0.25)(keras.layers.Dense(8, activation="relu")(inputs))
    return keras.Model(inputs, keras.layers.Dense(3)(hidden), name="custom_layer")
