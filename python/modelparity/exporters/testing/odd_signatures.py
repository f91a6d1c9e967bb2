"""Signatures that converters get wrong, each in its own way."""

import tensorflow as tf

_VECTOR = tf.TensorSpec([None], tf.float32)


def _function(*specs):
    return lambda function: tf.function(function, input_signature=specs)


def build():
    @_function(_VECTOR)
    def exact_gelu(x):
        return {"y": tf.nn.gelu(x)}

    @_function(_VECTOR)
    def inverse_erf(x):
        return {"y": tf.math.erfinv(x)}

    @_function(tf.TensorSpec([None], tf.int32))
    def half(x):
        return {"y": x // 2}

    @_function(_VECTOR)
    def same_key(x):
        return {"x": x + 1}

    @_function(_VECTOR, _VECTOR)
    def unused_input(a, b):
        return {"y": a + 1}

    @_function()
    def no_input():
        return {"y": tf.constant([1.0, 2.0])}

    @_function(tf.TensorSpec([None], tf.complex64))
    def complex_numbers(x):
        return {"y": tf.math.conj(x)}

    @_function(_VECTOR)
    def complex_answer(x):
        return {"y": tf.complex(x, x)}

    @_function(tf.TensorSpec([None, 2], tf.float32))
    def three_rows(x):
        return {"y": tf.ensure_shape(x, [3, 2])}

    @_function(tf.TensorSpec([None], tf.bfloat16))
    def brain_float(x):
        return {"y": tf.identity(x)}

    kernel = tf.constant([[[[1.0, 2.0, 3.0, 4.0]]]])

    @_function(tf.TensorSpec([None, 4, 4, 2], tf.float32))
    @tf.function(jit_compile=True)
    def compiled_groups(x):
        return {"y": tf.nn.conv2d(x, kernel, strides=1, padding="SAME")}

    signatures = [exact_gelu, inverse_erf, half, same_key, unused_input, no_input, brain_float]
    signatures += [complex_numbers, complex_answer, three_rows, compiled_groups]
    return tf.Module(), {function.__name__: function for function in signatures}


def no_model():
    return 3
