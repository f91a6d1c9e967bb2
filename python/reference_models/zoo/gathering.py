"""Many small models as the signatures of one, which is exported in a fraction of the time."""

import keras
import tensorflow as tf


def gathered(*builders):
    """Returns one module and a signature for each builder, named as it is."""
    module = tf.Module()
    module.parts = []
    signatures = {}
    for builder in builders:
        made = builder()
        if isinstance(made, keras.Model):
            module.parts.append(made)
            # As `_saveable` of the exporter does, for the sake of C++.
            module.parts.append([variable.value for variable in made.variables])
            signatures[builder.__name__] = _served(made)
        else:
            module.parts.append(made[0])
            signatures[builder.__name__] = made[1]["serving_default"]
    return module, signatures


def _served(model):
    (given,) = model.inputs

    @tf.function(input_signature=[tf.TensorSpec(given.shape, given.dtype, name=given.name)])
    def serve(inputs):
        return {"output_0": model(inputs, training=False)}

    return serve
