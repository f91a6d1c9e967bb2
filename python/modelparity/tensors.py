"""Numpy arrays to Open Inference Protocol tensors and back.

Strings are object arrays of `bytes`; bfloat16 is `ml_dtypes.bfloat16`. Tensors are ordered by name
and always written in the raw form, or, when they are larger than an inline limit, into a file (the
protocol's shared-memory parameters; the region is a path). All forms are read, `contents` included.

    request = encode_inputs({"x": array}, model_name="linear", signature="serving_default")
    arrays = decode_inputs(request)  # {"x": array}
"""

import math
import os
import pathlib
import stat
import struct
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import ml_dtypes
import numpy as np

from modelparity.contract import inference_pb2, manifest_pb2
from modelparity.errors import (
    InputDtypeError,
    InputNameError,
    InputShapeError,
    ModelParityError,
    ProtocolError,
    UnsupportedError,
)
from modelparity.specs import (
    BY_DATATYPE,
    BY_NAME,
    DEFAULT_SIGNATURE,
    DTYPES,
    REGION,
    Dtype,
    format_shape,
    format_spec,
    shape_fits,
)

# Little-endian, as the protocol wants the bytes.
_NUMPY = {
    row.name: np.dtype(
        {"bfloat16": ml_dtypes.bfloat16, "string": object}.get(row.name, row.name)
    ).newbyteorder("<")
    for row in DTYPES
}
_OFFSET = "shared_memory_offset"
_BYTE_SIZE = "shared_memory_byte_size"


def dtype_name(dtype: np.dtype) -> str:
    """Returns the manifest's name of a numpy dtype: "float32", "string" for any text or object."""
    dtype = np.dtype(dtype)
    return "string" if dtype.kind in "OSUT" else dtype.name


def numpy_dtype(name: str) -> np.dtype:
    """Returns the little-endian numpy dtype of a manifest's dtype name.

    Raises:
        UnsupportedError: The protocol has no word for it, such as "complex64".
    """
    return _NUMPY[_known(name, "dtype").name]


def objects(elements: Sequence[bytes], shape: tuple[int, ...]) -> np.ndarray:
    """Returns strings as an array of a shape that has as many elements."""
    array = np.empty(len(elements), object)
    array[:] = elements
    return array.reshape(shape)


def encode_inputs(
    arrays: Mapping[str, np.ndarray],
    *,
    model_name: str,
    signature: str,
    scratch: str | None = None,
    inline_limit: int | None = None,
) -> inference_pb2.ModelInferRequest:
    """Returns the request that calls `signature` with `arrays`.

    Args:
        arrays: By input name.
        model_name: As the protocol wants it.
        signature: Always written as the parameter `signature`.
        scratch: Folder for the tensors larger than `inline_limit` bytes; the caller removes the
            files.
        inline_limit: None: every tensor is inside the message.

    Raises:
        UnsupportedError: The protocol has no word for an array's dtype.
    """
    request = inference_pb2.ModelInferRequest(model_name=model_name)
    request.parameters["signature"].string_param = signature
    _encode(arrays, request.inputs, request.raw_input_contents, "input", scratch, inline_limit)
    return request


def encode_outputs(
    arrays: Mapping[str, np.ndarray],
    request: inference_pb2.ModelInferRequest,
    *,
    scratch: str | None = None,
    inline_limit: int | None = None,
) -> inference_pb2.ModelInferResponse:
    """Returns the response to `request` with `arrays`, arguments and errors as in encode_inputs."""
    response = inference_pb2.ModelInferResponse(model_name=request.model_name, id=request.id)
    _encode(arrays, response.outputs, response.raw_output_contents, "output", scratch, inline_limit)
    return response


def decode_inputs(
    request: inference_pb2.ModelInferRequest, scratch: str | None = None
) -> dict[str, np.ndarray]:
    """Returns the request's arrays by input name; they are the caller's own.

    Args:
        request: May come from anybody.
        scratch: The one folder in which tensors may lie as files. None: all are inside the message.

    Raises:
        InputNameError: An input is given twice.
        InputDtypeError: A datatype is no word of the protocol, or a value does not fit it.
        InputShapeError: An input's data is not of its shape's size.
        ProtocolError: The raw contents are not one for each input, or a file is none in `scratch`.
    """
    return _decode(request.inputs, request.raw_input_contents, _INPUT, scratch)


def decode_outputs(
    response: inference_pb2.ModelInferResponse, scratch: str | None = None
) -> dict[str, np.ndarray]:
    """Returns the response's arrays by output name; `scratch` as in decode_inputs.

    Raises:
        ProtocolError: The response contradicts itself.
    """
    return _decode(response.outputs, response.raw_output_contents, _OUTPUT, scratch)


def remove_files(tensors: Iterable, scratch: str) -> None:
    """Removes the files below `scratch` that hold data of a message's inputs or outputs."""
    for tensor in tensors:
        path = tensor.parameters[REGION].string_param if REGION in tensor.parameters else ""
        if os.path.dirname(path) == scratch:
            pathlib.Path(path).unlink(missing_ok=True)


def signature_of(request: inference_pb2.ModelInferRequest) -> str:
    """Returns the signature that a request calls, `serving_default` when it does not say."""
    if "signature" not in request.parameters:
        return DEFAULT_SIGNATURE
    return request.parameters["signature"].string_param


def check_inputs(arrays: Mapping[str, np.ndarray], signature: manifest_pb2.Signature) -> None:
    """Checks that `arrays` can be fed to `signature`.

    Raises:
        InputNameError: An input is missing or unknown.
        InputDtypeError: An array has another dtype; nothing is ever cast.
        InputShapeError: An array has another rank, or another size in a fixed dimension.
    """
    wanted = [spec.name for spec in signature.inputs]
    if set(arrays) != set(wanted):
        raise InputNameError(
            f"signature '{signature.name}': got the inputs {sorted(arrays)}, wants {sorted(wanted)};"
            " give exactly these"
        )
    for spec in signature.inputs:
        array = arrays[spec.name]
        got = f"{dtype_name(array.dtype)} {format_shape(array.shape)}"
        message = f"input '{spec.name}': got {got}, signature '{signature.name}' wants {format_spec(spec)}"
        if dtype_name(array.dtype) != spec.dtype:
            raise InputDtypeError(f"{message}; cast it with .astype('{spec.dtype}')")
        if not shape_fits(array.shape, spec):
            raise InputShapeError(f"{message}; reshape it")


class _Role(NamedTuple):
    """What a tensor is called in errors, and the error of each thing that can be wrong with it."""

    word: str
    name_error: type[ModelParityError]
    dtype_error: type[ModelParityError]
    size_error: type[ModelParityError]


_INPUT = _Role("input", InputNameError, InputDtypeError, InputShapeError)
_OUTPUT = _Role("output", ProtocolError, ProtocolError, ProtocolError)


def _known(name: str, subject: str) -> Dtype:
    if name not in BY_NAME:
        raise UnsupportedError(
            f"{subject}: the Open Inference Protocol has no word for {name}, and nothing is cast;"
            f" it has one for {', '.join(BY_NAME)}"
        )
    return BY_NAME[name]


def _encode(arrays, tensors, raw, word, scratch, inline_limit) -> None:
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        dtype = _known(dtype_name(array.dtype), f"{word} '{name}'")
        tensor = tensors.add(name=name, datatype=dtype.datatype, shape=array.shape)
        data = _to_bytes(array, dtype)
        if inline_limit is None or len(data) <= inline_limit:
            raw.append(data)
            continue
        with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as file:
            file.write(data)
        tensor.parameters[REGION].string_param = file.name
        tensor.parameters[_OFFSET].int64_param = 0
        tensor.parameters[_BYTE_SIZE].int64_param = len(data)


def _to_bytes(array: np.ndarray, dtype: Dtype) -> bytes:
    if dtype.name != "string":
        return array.astype(_NUMPY[dtype.name], copy=False).tobytes()
    parts = []
    for element in array.ravel().tolist():
        data = element.encode() if isinstance(element, str) else bytes(element)
        parts += (struct.pack("<I", len(data)), data)
    return b"".join(parts)


def _decode(tensors, raw, role: _Role, scratch: str | None) -> dict[str, np.ndarray]:
    inline = [tensor for tensor in tensors if REGION not in tensor.parameters]
    if raw and len(raw) != len(inline):
        raise ProtocolError(
            f"got {len(raw)} raw contents for {len(inline)} {role.word}s, wants one for each"
        )
    pending = iter(raw)
    arrays = {}
    for tensor in tensors:
        subject = f"{role.word} '{tensor.name}'"
        if tensor.name in arrays:
            raise role.name_error(f"{subject}: given twice; give each {role.word} once")
        dtype = BY_DATATYPE.get(tensor.datatype)
        if dtype is None:
            raise role.dtype_error(
                f"{subject}: got the datatype '{tensor.datatype}', the protocol has"
                f" {', '.join(BY_DATATYPE)}"
            )
        if any(size < 0 for size in tensor.shape):
            raise role.size_error(
                f"{subject}: got the shape {list(tensor.shape)}, no dimension may be negative"
            )
        if REGION in tensor.parameters:
            array = _from_bytes(_read_region(tensor, subject, role, scratch), tensor, dtype, role)
        elif raw:
            array = _from_bytes(next(pending), tensor, dtype, role)
        else:
            array = _from_contents(tensor, dtype, role)
        arrays[tensor.name] = array
    return arrays


def _read_region(tensor, subject: str, role: _Role, scratch: str | None) -> bytes:
    """Reads a tensor's bytes from its file, which is nothing but a plain file in the scratch folder.

    The file is read and not mapped: a sender that truncates a mapped file kills its reader
    (SIGBUS).
    """
    path = tensor.parameters[REGION].string_param
    offset = tensor.parameters[_OFFSET].int64_param
    size = tensor.parameters[_BYTE_SIZE].int64_param
    if not scratch or os.path.dirname(path) != scratch:
        raise ProtocolError(
            f"{subject}: its data is in the file '{path}', wants it "
            + (f"in '{scratch}'" if scratch else "inside the message")
        )
    try:
        # Neither through a link nor waiting for a pipe.
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if (
                not stat.S_ISREG(status.st_mode)
                or offset < 0
                or not 0 <= size <= status.st_size - offset
            ):
                raise role.size_error(
                    f"{subject}: got {size} bytes at {offset} of '{path}', which is no file of that size"
                )
            file.seek(offset)
            return file.read(size)
    except OSError as error:
        raise ProtocolError(f"{subject}: its file cannot be read: {error}") from error


def _from_bytes(data: bytes, tensor, dtype: Dtype, role: _Role) -> np.ndarray:
    shape = tuple(tensor.shape)
    if dtype.name == "string":
        return _from_strings(_split_strings(data, tensor, role), tensor, role)
    wanted = math.prod(shape) * _NUMPY[dtype.name].itemsize
    if len(data) != wanted:
        raise role.size_error(
            f"{role.word} '{tensor.name}': got {len(data)} bytes, {dtype.name} {format_shape(shape)}"
            f" has {wanted}"
        )
    return _shaped(np.frombuffer(bytearray(data), _NUMPY[dtype.name]), tensor, role)


def _split_strings(data: bytes, tensor, role: _Role) -> list[bytes]:
    strings = []
    position = 0
    while position < len(data):
        end = position + 4
        if end <= len(data):
            end += int.from_bytes(data[position:end], "little")
        if end > len(data):
            raise role.size_error(
                f"{role.word} '{tensor.name}': its data ends inside string {len(strings)}"
            )
        strings.append(data[position + 4 : end])
        position = end
    return strings


def _from_strings(strings: Sequence[bytes], tensor, role: _Role) -> np.ndarray:
    shape = tuple(tensor.shape)
    if len(strings) != math.prod(shape):
        raise role.size_error(
            f"{role.word} '{tensor.name}': got {len(strings)} strings, the shape"
            f" {format_shape(shape)} has {math.prod(shape)}"
        )
    array = np.empty(len(strings), object)
    array[:] = strings
    return _shaped(array, tensor, role)


def _from_contents(tensor, dtype: Dtype, role: _Role) -> np.ndarray:
    subject = f"{role.word} '{tensor.name}'"
    shape = tuple(tensor.shape)
    if not dtype.contents and math.prod(shape) > 0:
        raise role.dtype_error(f"{subject}: {dtype.name} has no field in `contents`; send it raw")
    values = list(getattr(tensor.contents, dtype.contents)) if dtype.contents else []
    if dtype.name == "string":
        return _from_strings(values, tensor, role)
    if len(values) != math.prod(shape):
        raise role.size_error(
            f"{subject}: got {len(values)} values, {dtype.name} {format_shape(shape)} has"
            f" {math.prod(shape)}"
        )
    try:
        array = np.array(values, _NUMPY[dtype.name])
    except OverflowError as error:
        raise role.dtype_error(f"{subject}: a value does not fit {dtype.name}: {error}") from error
    return _shaped(array, tensor, role)


def _shaped(array: np.ndarray, tensor, role: _Role) -> np.ndarray:
    try:
        return array.reshape(tuple(tensor.shape))
    except ValueError as error:
        # Of more dimensions than NumPy has, or of 0 elements with others that overflow.
        raise role.size_error(
            f"{role.word} '{tensor.name}': got a shape of {len(tensor.shape)} dimensions that no array"
            f" has: {error}"
        ) from error
