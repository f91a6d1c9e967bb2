"""A subclassed Keras model around a dense layer written by hand.

Such a model has no inputs until it is called once: `build` does so, else every way of saving it
fails or writes a model without signatures.
"""

import keras


@keras.saving.register_keras_serializable(package="reference_models")
class HandmadeDense(keras.layers.Layer):
    """relu(x W + b)."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="reference_models")
class SubclassedModel(keras.Model):
    def __init__(self, hidden_units=6, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units
        self.hidden = HandmadeDense(hidden_units)
        self.head = keras.layers.Dense(2)

    def call(self, inputs):
        return self.head(self.hidden(inputs))

    def get_config(self):
        return {**super().get_config(), "hidden_units": self.hidden_units}


def build():
    keras.utils.set_random_seed(3)
    model = SubclassedModel()
    model(keras.ops.zeros((1, 4)))
    return model
