import os

import ml_dtypes
import numpy as np
import pytest

from modelparity import tensors
from modelparity.contract import inference_pb2, manifest_pb2
from modelparity.errors import (
    InputDtypeError,
    InputNameError,
    InputShapeError,
    ProtocolError,
    UnsupportedError,
)
from modelparity.specs import DTYPES


def _strings(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


_ARRAYS = {
    "bool": np.array([[True, False], [False, True]]),
    "uint8": np.array([0, 255], np.uint8),
    "uint16": np.array([0, 65535], np.uint16),
    "uint32": np.array([0, 2**32 - 1], np.uint32),
    "uint64": np.array([0, 2**64 - 1], np.uint64),
    "int8": np.array([-128, 127], np.int8),
    "int16": np.array([-(2**15), 2**15 - 1], np.int16),
    "int32": np.array([-(2**31), 2**31 - 1], np.int32),
    "int64": np.array([-(2**63), 2**63 - 1], np.int64),
    "float16": np.array([1.5, np.inf, np.nan], np.float16),
    "bfloat16": np.array([1.5, -np.inf, np.nan], ml_dtypes.bfloat16),
    "float32": np.array([[1.5, -0.0, np.nan]], np.float32),
    "float64": np.array([1e300, -np.inf], np.float64),
    "string": _strings(b"", "größe".encode(), b"\x00\xff").reshape(1, 3),
    "scalar": np.array(2.5, np.float32),
    "empty": np.zeros((0, 3), np.int64),
    "empty_string": _strings().reshape(2, 0),
    "transposed": np.arange(6, dtype=np.int32).reshape(2, 3).T,
    "big_endian": np.array([1, 2], ">i4"),
}


def _assert_same(got, want):
    assert tensors.dtype_name(got.dtype) == tensors.dtype_name(want.dtype)
    assert got.shape == want.shape
    if want.dtype == object:
        assert got.tolist() == want.tolist()
    else:
        assert got.tobytes() == np.asarray(want, got.dtype).tobytes()


def test_arrays_survive_the_raw_form():
    request = tensors.encode_inputs(_ARRAYS, model_name="m", signature="s")
    request = inference_pb2.ModelInferRequest.FromString(request.SerializeToString())
    assert [tensor.name for tensor in request.inputs] == sorted(_ARRAYS)
    assert tensors.signature_of(request) == "s"
    got = tensors.decode_inputs(request)
    for name, want in _ARRAYS.items():
        _assert_same(got[name], want)


def test_large_tensors_go_by_file(tmp_path):
    response = tensors.encode_outputs(
        _ARRAYS, inference_pb2.ModelInferRequest(id="7"), scratch=str(tmp_path), inline_limit=7
    )
    assert response.id == "7"
    large = [tensor for tensor in response.outputs if tensor.parameters]
    assert {"float64", "string", "transposed"} <= {tensor.name for tensor in large}
    assert len(list(tmp_path.iterdir())) == len(large)
    assert len(response.raw_output_contents) == len(response.outputs) - len(large)
    got = tensors.decode_outputs(response, str(tmp_path))
    for name, want in _ARRAYS.items():
        _assert_same(got[name], want)


def test_bytes_are_those_of_the_protocol():
    arrays = {
        "b": np.array([True, False]),
        "i": np.array([1, -1], np.int16),
        "s": _strings(b"ab", b""),
    }
    request = tensors.encode_inputs(arrays, model_name="m", signature="s")
    assert list(request.raw_input_contents) == [
        b"\x01\x00",
        b"\x01\x00\xff\xff",
        b"\x02\x00\x00\x00ab\x00\x00\x00\x00",
    ]
    assert [tensor.datatype for tensor in request.inputs] == ["BOOL", "INT16", "BYTES"]


def test_contents_are_read():
    request = inference_pb2.ModelInferRequest()
    request.inputs.add(name="f", datatype="FP32", shape=[1, 2]).contents.fp32_contents.extend(
        [1.5, 2]
    )
    request.inputs.add(name="i", datatype="INT8", shape=[2]).contents.int_contents.extend(
        [-128, 127]
    )
    request.inputs.add(name="s", datatype="BYTES", shape=[]).contents.bytes_contents.append(b"x")
    request.inputs.add(name="none", datatype="FP16", shape=[0])
    assert tensors.signature_of(request) == "serving_default"
    got = tensors.decode_inputs(request)
    _assert_same(got["f"], np.array([[1.5, 2]], np.float32))
    _assert_same(got["i"], np.array([-128, 127], np.int8))
    _assert_same(got["none"], np.zeros(0, np.float16))
    assert got["s"].shape == () and got["s"].item() == b"x"


def test_text_becomes_utf8():
    request = tensors.encode_inputs({"s": np.array(["ä", "b"])}, model_name="m", signature="s")
    assert tensors.decode_inputs(request)["s"].tolist() == ["ä".encode(), b"b"]


def test_a_dtype_without_a_word_is_refused():
    with pytest.raises(UnsupportedError, match=r"input 'z': .* no word for complex64"):
        tensors.encode_inputs({"z": np.zeros(1, np.complex64)}, model_name="m", signature="s")


def _request(datatype="FP32", shape=(2,), raw=(bytes(8),), name="x"):
    request = inference_pb2.ModelInferRequest(raw_input_contents=raw)
    request.inputs.add(name=name, datatype=datatype, shape=shape)
    return request


def _twice():
    request = _request(raw=(bytes(8), bytes(8)))
    request.inputs.add(name="x", datatype="FP32", shape=[2])
    return request


def _narrow():
    request = _request("INT8", (1,), ())
    request.inputs[0].contents.int_contents.append(300)
    return request


def _region(path, size):
    request = _request(raw=())
    parameters = request.inputs[0].parameters
    parameters["shared_memory_region"].string_param = path
    parameters["shared_memory_byte_size"].int64_param = size
    return request


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (_twice(), InputNameError, "input 'x': given twice"),
        (_request("FP8"), InputDtypeError, "input 'x': got the datatype 'FP8'"),
        (_narrow(), InputDtypeError, "a value does not fit int8"),
        (_request("FP16", (1,), ()), InputDtypeError, "float16 has no field in `contents`"),
        (_request(shape=(3,)), InputShapeError, r"got 8 bytes, float32 \[3\] has 12"),
        (_request(shape=(-1,)), InputShapeError, "no dimension may be negative"),
        (_request(raw=()), InputShapeError, "got 0 values"),
        (
            _request("BYTES", (1,), (b"\x05\x00\x00\x00abc",)),
            InputShapeError,
            "ends inside string 0",
        ),
        (_request("BYTES", (1,), (b"\x05\x00",)), InputShapeError, "ends inside string 0"),
        (
            _request("BYTES", (2,), (bytes(4),)),
            InputShapeError,
            r"got 1 strings, the shape \[2\] has 2",
        ),
        (_request(raw=(bytes(8), bytes(8))), ProtocolError, "got 2 raw contents for 1 input"),
        (
            _region(__file__, 8),
            ProtocolError,
            "its data is in the file .*, wants it inside the message",
        ),
        (_request(shape=(1,) * 100, raw=(bytes(4),)), InputShapeError, "a shape of 100 dimensions"),
        (_request(shape=(0, 1 << 62, 1 << 62), raw=(b"",)), InputShapeError, "that no array has"),
        (_request(shape=(1 << 62, 4)), InputShapeError, "got 8 bytes, float32 .* has 7378697629"),
        (_request("BYTES", (1 << 62, 4)), InputShapeError, "the shape .* has 1844674407"),
    ],
)
def test_a_request_that_contradicts_itself(request_, error, message):
    with pytest.raises(error, match=message):
        tensors.decode_inputs(request_)


@pytest.mark.parametrize(
    ("name", "size", "error", "message"),
    [
        ("none", 8, ProtocolError, "its file cannot be read"),
        ("link", 8, ProtocolError, "its file cannot be read: .*symbolic links"),
        ("pipe", 0, InputShapeError, "no file of that size"),
        ("file", 1 << 40, InputShapeError, "no file of that size"),
        ("file", 9, InputShapeError, r"got 9 bytes, float32 \[2\] has 8"),
        ("../file", 8, ProtocolError, "wants it in"),
        ("folder/../file", 8, ProtocolError, "wants it in"),
    ],
)
def test_only_a_plain_file_of_the_scratch_folder_is_a_region(tmp_path, name, size, error, message):
    (tmp_path / "file").write_bytes(bytes(9))
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    scratch = str(tmp_path)
    assert tensors.decode_inputs(_region(f"{scratch}/file", 8), scratch)["x"].tolist() == [0, 0]
    with pytest.raises(error, match=message):
        tensors.decode_inputs(_region(f"{scratch}/{name}", size), scratch)


def test_a_response_that_contradicts_itself_is_a_protocol_error():
    response = inference_pb2.ModelInferResponse(raw_output_contents=[bytes(7)])
    response.outputs.add(name="y", datatype="FP32", shape=[2])
    with pytest.raises(ProtocolError, match="output 'y': got 7 bytes"):
        tensors.decode_outputs(response)


_SIGNATURE = manifest_pb2.Signature(
    name="s",
    inputs=[
        manifest_pb2.TensorSpec(name="any", dtype="int32", unknown_rank=True),
        manifest_pb2.TensorSpec(name="x", dtype="float32", shape=[-1, 3]),
    ],
)


def _given(**changes):
    arrays = {"any": np.zeros((1, 1, 1), np.int32), "x": np.zeros((4, 3), np.float32)} | changes
    return {name: array for name, array in arrays.items() if array is not None}


def test_arrays_that_fit_pass():
    tensors.check_inputs(_given(), _SIGNATURE)
    tensors.check_inputs(_given(x=np.zeros((0, 3), np.float32)), _SIGNATURE)


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        (_given(x=None), InputNameError, r"got the inputs \['any'\], wants \['any', 'x'\]"),
        (_given(y=np.zeros(1)), InputNameError, r"got the inputs \['any', 'x', 'y'\]"),
        (
            _given(x=np.zeros((4, 784))),
            InputDtypeError,
            r"input 'x': got float64 \[4,784\], signature 's' wants float32 \[\?,3\]; cast it with",
        ),
        (_given(x=np.zeros((4, 2), np.float32)), InputShapeError, r"got float32 \[4,2\]"),
        (_given(x=np.zeros(3, np.float32)), InputShapeError, r"got float32 \[3\]"),
    ],
)
def test_arrays_that_do_not_fit(arrays, error, message):
    with pytest.raises(error, match=message):
        tensors.check_inputs(arrays, _SIGNATURE)


@pytest.mark.parametrize("row", [row for row in DTYPES if row.name != "string"])
def test_the_size_of_an_element(row):
    assert row.size == tensors.numpy_dtype(row.name).itemsize


def test_texts_have_no_size():
    assert next(row for row in DTYPES if row.name == "string").size == 0
