"""TensorFlow's TensorProto as numpy arrays and back, without TensorFlow.

Values stand in `tensor_content`, or one by one in the field of their dtype; of these, the last may stand for
all that follow (tensorflow/core/framework/tensor.proto).
"""

import math

import numpy as np

from modelparity.contract import tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError
from modelparity.graphs import dtype_name_of
from modelparity.specs import BY_NAME
from modelparity.tensors import dtype_name, numpy_dtype, objects

_MOST_FILLED = 1 << 28
"""Bytes that one value may stand for: a file of fifty bytes must not ask for all memory."""

_FIELDS = {
    "float32": "float_val",
    "float64": "double_val",
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
    **dict.fromkeys(("float16", "bfloat16"), "half_val"),
    **dict.fromkeys(("int32", "int16", "int8", "uint16", "uint8"), "int_val"),
}


def to_array(tensor: tensorflow_graph_pb2.TensorProto) -> np.ndarray:
    """Returns the values of a tensor, strings as bytes in an object array.

    Raises:
        ArtifactInvalidError: It has not as many values as its shape says.
        UnsupportedError: numpy has no such dtype here, such as complex64.
    """
    name = dtype_name_of(tensor.dtype)
    dtype = numpy_dtype(name)
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    count = math.prod(shape)
    try:
        values = _values(tensor, name, dtype)
        missing = (count - len(values)) if not tensor.tensor_content else 0
        if missing * dtype.itemsize > _MOST_FILLED:
            raise ArtifactInvalidError(
                f"a tensor has {len(values)} values for the shape {shape}; at most {_MOST_FILLED} bytes are filled"
            )
        if missing > 0:
            last = values[-1] if len(values) else b"" if name == "string" else 0
            values = np.append(values, np.full(missing, last, dtype))
        if len(values) != count:
            raise ArtifactInvalidError(
                f"a tensor has {len(values)} values, and its shape is {shape}"
            )
        return values.reshape(shape)
    except (OverflowError, ValueError) as error:
        raise ArtifactInvalidError(f"a tensor of {name} with the shape {shape}: {error}") from error


def _values(tensor: tensorflow_graph_pb2.TensorProto, name: str, dtype: np.dtype) -> np.ndarray:
    """Returns the values that are written, one after the other."""
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype)
    if name == "string":
        return objects(tensor.string_val, (len(tensor.string_val),))
    listed = getattr(tensor, _FIELDS[name])
    if _FIELDS[name] == "half_val":
        return np.array(listed, "uint16").view(dtype)
    return np.array(listed, dtype)


def of_array(array: np.ndarray) -> tensorflow_graph_pb2.TensorProto:
    """Returns an array of numbers or bools as a tensor."""
    tensor = tensorflow_graph_pb2.TensorProto(dtype=BY_NAME[dtype_name(array.dtype)].tensorflow)
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return tensor
