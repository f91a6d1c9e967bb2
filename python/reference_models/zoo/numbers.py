"""Operators that runtimes lack, or compute in their own way."""

import tensorflow as tf

from reference_models.zoo.gathering import gathered

_MATRIX = tf.TensorSpec([None, 4], tf.float32, name="x")


def _module(function, *specs):
    return tf.Module(), {"serving_default": tf.function(function, input_signature=specs)}


def floor_division():
    """-7 // 3 is -3, and not -2."""
    spec = tf.TensorSpec([None], tf.int32, name="x")
    return _module(lambda x: {"quotient": x // 3, "rest": x % 3}, spec)


def in_float64():
    spec = tf.TensorSpec([None, 4], tf.float64, name="x")
    return _module(lambda x: {"y": tf.tanh(x) @ tf.ones([4, 2], tf.float64)}, spec)


def in_float16():
    spec = tf.TensorSpec([None, 4], tf.float16, name="x")
    return _module(lambda x: {"y": tf.tanh(x) @ tf.ones([4, 2], tf.float16)}, spec)


def in_int64():
    return _module(lambda x: {"y": x * 3 + 1}, tf.TensorSpec([None], tf.int64, name="x"))


def segments():
    def sums(x):
        return {"sums": tf.math.unsorted_segment_sum(x, tf.constant([0, 2, 0, 1]), 3)}

    return _module(sums, tf.TensorSpec([4, 2], tf.float32, name="x"))


def spectrum():
    return _module(lambda x: {"power": tf.abs(tf.signal.rfft(x))}, _MATRIX)


def spectrogram():
    def power(x):
        return {"power": tf.square(tf.abs(tf.signal.stft(x, 8, 4)))}

    return _module(power, tf.TensorSpec([None, 32], tf.float32, name="x"))


def einsum():
    def products(a, b):
        return {"y": tf.einsum("bik,bkj->bij", a, b), "norm": tf.einsum("bij,bij->b", a, a)}

    return _module(
        products,
        tf.TensorSpec([None, 2, 3], tf.float32, name="a"),
        tf.TensorSpec([None, 3, 2], tf.float32, name="b"),
    )


def best():
    def pick(x):
        values, places = tf.math.top_k(x, k=2)
        return {"values": values, "places": places, "order": tf.argsort(x, stable=True)}

    return _module(pick, _MATRIX)


def running():
    def sums(x):
        return {"sums": tf.cumsum(x, axis=1), "reverse": tf.cumsum(x, axis=1, reverse=True)}

    return _module(sums, _MATRIX)


def products():
    return _module(lambda x: {"products": tf.math.cumprod(x, axis=1)}, _MATRIX)


def different():
    def unique(x):
        values, places, counts = tf.unique_with_counts(x)
        return {"values": values, "places": places, "counts": counts}

    return _module(unique, tf.TensorSpec([None], tf.int32, name="x"))


def error_function():
    return _module(lambda x: {"y": 1.0 + tf.math.erf(x)}, _MATRIX)


def norms():
    def normalize(x):
        return {"y": tf.math.l2_normalize(x, axis=1), "softplus": tf.math.softplus(x)}

    return _module(normalize, _MATRIX)


def rounding():
    """2.5 is 2, and not 3: to the even one of two that are equally near."""
    return _module(lambda x: {"whole": tf.round(x), "quarters": tf.round(x * 4.0) / 4.0}, _MATRIX)


def matrices():
    """Factors of x xT + 1."""

    def factor(x):
        square = tf.matmul(x, x, transpose_b=True) + 4.0 * tf.eye(3)
        return {"factor": tf.linalg.cholesky(square), "inverse": tf.linalg.inv(square)}

    return _module(factor, tf.TensorSpec([None, 3, 3], tf.float32, name="x"))


def bits():
    def mix(x):
        shifted = tf.bitwise.left_shift(x, tf.constant(1, tf.int32))
        return {"y": tf.bitwise.bitwise_xor(x, shifted)}

    return _module(mix, tf.TensorSpec([None], tf.int32, name="x"))


def many_axes():
    """Seven axes."""

    def turn(x):
        return {"y": tf.transpose(x, [6, 0, 5, 1, 4, 2, 3]) + 1.0}

    return _module(turn, tf.TensorSpec([None, 2, 1, 2, 1, 2, 3], tf.float32, name="x"))


def boxes():
    """The boxes that are kept of those that overlap."""

    def keep(boxes, scores):
        kept = tf.image.non_max_suppression(boxes, scores, 3, iou_threshold=0.5)
        return {"kept": kept, "boxes": tf.gather(boxes, kept)}

    return _module(
        keep,
        tf.TensorSpec([None, 4], tf.float32, name="boxes"),
        tf.TensorSpec([None], tf.float32, name="scores"),
    )


def nonzero():
    return _module(lambda x: {"places": tf.where(x > 0.0), "kept": x[x > 0.0]}, _MATRIX)


def random_noise():
    """Answers that nobody can repeat."""
    return _module(lambda x: {"y": x + tf.random.normal(tf.shape(x))}, _MATRIX)


def counter():
    """Each call changes what the next one answers."""
    module = tf.Module()
    module.calls = tf.Variable(0.0)

    @tf.function(input_signature=[_MATRIX])
    def count(x):
        module.calls.assign_add(1.0)
        return {"y": x + module.calls}

    return module, {"serving_default": count}


def build():
    return gathered(
        floor_division,
        in_float64,
        in_float16,
        in_int64,
        segments,
        spectrum,
        spectrogram,
        einsum,
        best,
        running,
        products,
        different,
        error_function,
        norms,
        rounding,
        matrices,
        bits,
        many_axes,
        boxes,
        nonzero,
        random_noise,
        counter,
    )
