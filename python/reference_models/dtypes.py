"""Identities: one signature for each dtype that the protocol has a word for, and one for scalars.

What comes back is what went in, bit for bit, or the runtime cannot carry that dtype: so the
capability table can be checked in both directions.
"""

import ml_dtypes
import numpy as np
import tensorflow as tf

_FLOATS = ("float16", "float32", "float64", "bfloat16")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_STRINGS = (b"", b"text", "größe".encode())


def _identity(dtype, shape):
    @tf.function(input_signature=[tf.TensorSpec(shape, dtype, name="x")])
    def identity(x):
        return {"y": tf.identity(x)}

    return identity


def build():
    names = (*_FLOATS, *_INTEGERS, "bool", "string")
    signatures = {name: _identity(name, [None]) for name in names}
    signatures["scalar"] = _identity("float32", [])
    signatures["scalar_string"] = _identity("string", [])
    return tf.Module(), signatures


def _values(name):
    if name in _FLOATS:
        dtype = np.dtype(name)
        limits = ml_dtypes.finfo(dtype)
        values = [0.0, -0.0, 1.5, -2.25, limits.max, limits.min, limits.tiny]
        return np.array([*values, np.inf, -np.inf, np.nan], dtype)
    if name in _INTEGERS:
        limits = np.iinfo(name)
        return np.array([0, 1, limits.min, limits.max, limits.max - 1], name)
    if name == "bool":
        return np.array([True, False, True])
    return np.array(_STRINGS, object)


def cases():
    names = (*_FLOATS, *_INTEGERS, "bool", "string")
    result = {
        name: {"values": {"x": _values(name)}, "empty": {"x": _values(name)[:0]}} for name in names
    }
    # Strings in some runtimes are text, or end at a NUL.
    result["string"]["nul"] = {"x": np.array([b"a\x00b"], object)}
    result["string"]["not-text"] = {"x": np.array([b"\xff\xfe"], object)}
    result["scalar"] = {"value": {"x": np.array(-1.5, np.float32)}}
    result["scalar_string"] = {"value": {"x": np.array(b"one", object)}}
    return result
