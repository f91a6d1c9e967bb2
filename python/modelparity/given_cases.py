"""Inputs that users have: numpy archives, ONNX test data, and the requests that TensorFlow Serving warms up with.

    for case in read_cases("inputs.npz", bundle.manifest.signatures):
        ...  # GivenCase("serving_default", "given", {"x": array of [1, 784]})

Nothing is cast: what does not fit its signature is an error that says so.
"""

import os
import pathlib
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from google.protobuf.message import DecodeError

from modelparity.bundle import PROTOBUF_LIMIT
from modelparity.contract import manifest_pb2, tensorflow_serving_pb2
from modelparity.errors import (
    FileMissingError,
    InputNameError,
    ModelParityError,
    SignatureNotFoundError,
    one_line,
)
from modelparity.files import ZIP_ERRORS, unpacked_size
from modelparity.specs import DEFAULT_SIGNATURE
from modelparity.tensor_protos import to_array
from modelparity.tensors import check_inputs, dtype_name, objects

Arrays = dict[str, np.ndarray]

WARMUP = "assets.extra/tf_serving_warmup_requests"
"""Where a SavedModel has the requests that TensorFlow Serving sends it before its first user."""

_DATA_SETS = "test_data_set_*"
# What numpy raises where the heading of an array is not as it writes it, or says more than memory can hold.
_NPY_ERRORS = (AttributeError, MemoryError, SyntaxError, TypeError, tokenize.TokenError)
# A record of a TFRecord file: uint64 length, uint32 checksum of it, the data, uint32 checksum of that.
_HEAD, _TAIL = 12, 4


class GivenCase(NamedTuple):
    """A case from a user's file."""

    signature: str
    name: str
    arrays: Arrays


def read_cases(
    path: str | os.PathLike, signatures: Iterable[manifest_pb2.Signature]
) -> list[GivenCase]:
    """Reads a user's inputs.

    Args:
        path: An .npz file, whose keys are `input` (one case, of the only signature) or
            `signature/case/input`; or a folder with ONNX's `test_data_set_<n>` folders, or one of these.
        signatures: The model's.

    Raises:
        FileMissingError: A folder has no test data.
        InputNameError: It is no such file, or a key is of neither form; and as check_inputs.
        InputDtypeError, InputShapeError: As check_inputs.
        SignatureNotFoundError: A key names an unknown signature.
    """
    by_name = {signature.name: signature for signature in signatures}
    if pathlib.Path(path).is_dir():
        cases = _read_data_sets(pathlib.Path(path), list(by_name.values()))
    else:
        cases = _read_npz_cases(path, list(by_name))
    return [_checked(case, by_name, path) for case in cases]


def cases_beside(
    model: str | os.PathLike, signatures: Iterable[manifest_pb2.Signature]
) -> list[GivenCase]:
    """Reads the inputs that travel with a model: ONNX's test data beside its file, or read_warmup's in its folder.

    Raises:
        ModelParityError: As read_cases and read_warmup.
    """
    path = pathlib.Path(model)
    if path.is_dir():
        return read_warmup(path, signatures)
    return read_cases(path.parent, signatures) if any(path.parent.glob(_DATA_SETS)) else []


def read_warmup(
    saved_model: str | os.PathLike, signatures: Iterable[manifest_pb2.Signature]
) -> list[GivenCase]:
    """Reads the requests that TensorFlow Serving warms a SavedModel up with; none: there is no such file.

    Requests of signatures that are not among `signatures` are left out. Checksums are not looked at.

    Raises:
        InputNameError: It is no such file; and as check_inputs.
        InputDtypeError, InputShapeError: As check_inputs.
    """
    by_name = {signature.name: signature for signature in signatures}
    path = pathlib.Path(saved_model, WARMUP)
    if not path.exists():
        return []
    cases = []
    for number, record in enumerate(_records(path)):
        try:
            log = tensorflow_serving_pb2.PredictionLog.FromString(record)
        except DecodeError as error:
            raise InputNameError(
                f"'{path}': record {number} is no PredictionLog: {error}"
            ) from error
        request = getattr(log, log.WhichOneof("log_type") or "predict_log").request
        name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        if name in by_name:
            arrays = _inputs_of(request, by_name[name])
            cases.append(_checked(GivenCase(name, f"warmup-{number}", arrays), by_name, path))
    return cases


def _checked(
    case: GivenCase, signatures: Mapping[str, manifest_pb2.Signature], path: str | os.PathLike
) -> GivenCase:
    if case.signature not in signatures:
        raise SignatureNotFoundError(
            f"'{path}': got the signature '{case.signature}', the model has {', '.join(signatures)}"
        )
    try:
        check_inputs(case.arrays, signatures[case.signature])
    except ModelParityError as error:
        raise type(error)(f"'{path}': case '{case.signature}/{case.name}': {error}") from error
    return case


def _read_npz_cases(path: str | os.PathLike, signatures: Sequence[str]) -> Iterator[GivenCase]:
    given: dict[tuple[str, str], Arrays] = {}
    for key, array in _read_npz(path).items():
        # An input's name may hold slashes, a signature's and a case's may not.
        parts = key.split("/", 2)
        if len(parts) == 1 and len(signatures) == 1:
            parts = [signatures[0], "given", key]
        if len(parts) != 3:
            raise InputNameError(
                f"'{path}': got the key '{key}', wants `signature/case/input`, or `input` when the model"
                f" has one signature; it has {', '.join(signatures)}"
            )
        given.setdefault((parts[0], parts[1]), {})[parts[2]] = array
    for (signature, name), arrays in given.items():
        yield GivenCase(signature, name, arrays)


def _read_npz(path: str | os.PathLike) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            # No case holds more: it is a protobuf file.
            if isinstance(file, np.lib.npyio.NpzFile) and unpacked_size(file.zip) > PROTOBUF_LIMIT:
                raise ValueError(f"it has more than {PROTOBUF_LIMIT} bytes")
            return {key: _as_bytes(file[key]) for key in file.files}
    except (*ZIP_ERRORS, *_NPY_ERRORS) as error:
        raise InputNameError(
            f"'{path}' cannot be read as .npz: {one_line(error)}; write it with numpy.savez (strings as"
            " an array of dtype S or U)"
        ) from error


def _as_bytes(array: np.ndarray) -> np.ndarray:
    if dtype_name(array.dtype) != "string":
        return array
    texts = [text.encode() if isinstance(text, str) else text for text in array.ravel().tolist()]
    return objects(texts, array.shape)


def _read_data_sets(
    folder: pathlib.Path, signatures: Sequence[manifest_pb2.Signature]
) -> Iterator[GivenCase]:
    found = sorted(folder.glob(_DATA_SETS), key=lambda path: (len(path.name), path.name))
    if not found and list(folder.glob("input_*.pb")):
        found = [folder]
    if not found:
        raise FileMissingError(
            f"'{folder}': got a folder without {_DATA_SETS} and input_0.pb, as ONNX has them; or give an .npz"
        )
    if len(signatures) != 1:
        names = ", ".join(signature.name for signature in signatures)
        raise InputNameError(
            f"'{folder}': ONNX's test data is for a model of one signature, this has {names}; choose it with"
            " --signature"
        )
    for data_set in found:
        arrays = _read_data_set(data_set, signatures[0])
        yield GivenCase(signatures[0].name, data_set.name, arrays)


def _read_data_set(folder: pathlib.Path, signature: manifest_pb2.Signature) -> Arrays:
    """Returns the inputs by their names where the files have these, else in the signature's order."""
    from onnx import TensorProto, numpy_helper

    tensors, arrays = [], []
    for path in sorted(folder.glob("input_*.pb"), key=lambda path: (len(path.name), path.name)):
        try:
            tensors.append(TensorProto.FromString(path.read_bytes()))
            if tensors[-1].data_location == TensorProto.EXTERNAL:
                raise ValueError("its values lie in another file")
            arrays.append(_as_bytes(numpy_helper.to_array(tensors[-1])))
        except (DecodeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise InputNameError(f"'{path}' is no ONNX tensor: {one_line(error)}") from error
    keys = [spec.name for spec in signature.inputs]
    # Many files leave the names out; what is wrong with others, check_inputs says.
    names = [tensor.name for tensor in tensors]
    if not any(names) and len(names) == len(keys):
        names = keys
    return dict(zip(names, arrays, strict=True))


def _records(path: pathlib.Path) -> Iterator[bytes]:
    data = path.read_bytes()
    place = 0
    while place < len(data):
        end = place + _HEAD + int.from_bytes(data[place : place + 8], "little")
        if end + _TAIL > len(data):
            raise InputNameError(f"'{path}' is no TFRecord file, or truncated, at byte {place}")
        yield data[place + _HEAD : end]
        place = end + _TAIL


def _inputs_of(request, signature: manifest_pb2.Signature) -> Arrays:
    if isinstance(request, tensorflow_serving_pb2.PredictRequest):
        return {name: to_array(tensor) for name, tensor in request.inputs.items()}
    examples = list(request.input.example_list.examples)
    # Classify and Regress feed the only input of their signatures.
    return {spec.name: objects(examples, (len(examples),)) for spec in signature.inputs}
