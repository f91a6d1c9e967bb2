"""A model that can be checked by hand."""

import tensorflow as tf


class Celsius(tf.Module):
    """Degrees Celsius."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="celsius")])
    def to_fahrenheit(self, celsius):
        return {"fahrenheit": 1.8 * celsius + 32.0}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32, name="celsius")])
    def decade(self, celsius):
        return {"decade": celsius // 10}


def build():
    model = Celsius()
    return model, {"to_fahrenheit": model.to_fahrenheit, "decade": model.decade}
