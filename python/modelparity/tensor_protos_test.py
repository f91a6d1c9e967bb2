import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from modelparity import tensor_protos
from modelparity.contract import tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError, UnsupportedError
from modelparity.specs import DTYPES


def _ours(proto):
    return tensorflow_graph_pb2.TensorProto.FromString(proto.SerializeToString())


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES if row.name != "string"])
@pytest.mark.parametrize("shape", [(), (3, 2), (0, 2)])
def test_numbers_as_tensorflow_writes_them(dtype, shape):
    numpy = ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(numpy)
    read = tensor_protos.to_array(_ours(tf.make_tensor_proto(array)))
    assert read.dtype == array.dtype and read.shape == array.shape
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES if row.name != "string"])
@pytest.mark.parametrize("shape", [(), (3, 2), (0, 2)])
def test_tensorflow_reads_what_is_written(dtype, shape):
    numpy = ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(numpy)
    written = tensor_protos.of_array(array)
    read = tf.make_ndarray(tensor_pb2.TensorProto.FromString(written.SerializeToString()))
    assert read.dtype == array.dtype and read.shape == array.shape
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize(
    ("dtype", "field", "values"),
    [
        ("DT_FLOAT", "float_val", [0, 1.5]),
        ("DT_HALF", "half_val", [0, 0x3E00]),
        ("DT_BFLOAT16", "half_val", [0, 0x3FC0]),
        ("DT_INT8", "int_val", [0, -1]),
        ("DT_BOOL", "bool_val", [False, True]),
    ],
)
def test_the_last_value_stands_for_all_that_follow(dtype, field, values):
    proto = tensorflow_graph_pb2.TensorProto(dtype=dtype, **{field: values})
    proto.tensor_shape.dim.add(size=4)
    expected = tf.make_ndarray(tensor_pb2.TensorProto.FromString(proto.SerializeToString()))
    np.testing.assert_array_equal(tensor_protos.to_array(proto), expected)


def test_texts():
    proto = tf.make_tensor_proto([[b"a", "ä".encode()]])
    assert tensor_protos.to_array(_ours(proto)).tolist() == [[b"a", "ä".encode()]]
    empty = tf.make_tensor_proto(b"")
    empty.ClearField("string_val")
    assert tensor_protos.to_array(_ours(empty)).tolist() == b""


def test_what_contradicts_itself():
    proto = tf.make_tensor_proto([1.0, 2.0])
    proto.tensor_shape.dim[0].size = 3
    with pytest.raises(ArtifactInvalidError, match=r"has 2 values, and its shape is \(3,\)"):
        tensor_protos.to_array(_ours(proto))
    with pytest.raises(UnsupportedError, match="complex64"):
        tensor_protos.to_array(_ours(tf.make_tensor_proto(1j, tf.complex64)))
