"""ONNX Runtime in Python as a runtime.

Two dtypes need care. Its Python interface knows no bfloat16 arrays, so these travel as 16-bit patterns in
an OrtValue. Strings are text for it: what is not UTF-8 is refused, never replaced.
"""

import ctypes
import math
import pathlib

import ml_dtypes
import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from modelparity.bundle import check_protobuf_size
from modelparity.contract import manifest_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    UnsupportedError,
    one_line,
)
from modelparity.runners.base import Model, Runner
from modelparity.tensors import dtype_name

_BFLOAT16 = 16  # onnx.TensorProto.BFLOAT16; the onnx package itself is not needed to run a model
_ERRORS = {
    errors.NoSuchFile: FileMissingError,
    errors.InvalidProtobuf: ArtifactInvalidError,
    errors.InvalidGraph: ArtifactInvalidError,
    errors.NotImplemented: UnsupportedError,
}
# ONNX Runtime's words for the dtypes that it does not call as numpy does.
_DTYPES = {"tensor(float)": "float32", "tensor(double)": "float64"}


class OnnxruntimeRunner(Runner):
    runtime = "onnxruntime-python"

    def version(self):
        return onnxruntime.__version__

    def load_model(self, path, artifact, signatures):
        if artifact.format != "onnx":
            raise UnsupportedError(f"format '{artifact.format}': this runtime reads onnx")
        check_protobuf_size(path)
        return OnnxModel(path, artifact.bindings, signatures)

    def explain(self, error, otherwise):
        # "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for ..."
        message = one_line(str(error).split(" : ", 2)[-1])
        return _ERRORS.get(type(error), otherwise)(message)


class OnnxModel(Model):
    """One session, on the CPU."""

    def __init__(self, path: pathlib.Path, bindings, signatures):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        for binding in bindings:
            signature = next(spec for spec in signatures if spec.name == binding.signature)
            _check(binding.inputs, signature.inputs, self._session.get_inputs(), "input")
            _check(binding.outputs, signature.outputs, self._session.get_outputs(), "output")

    def run(self, binding, arrays):
        feeds = {entry.tensor: _to_ort(entry.name, arrays[entry.name]) for entry in binding.inputs}
        names = [entry.tensor for entry in binding.outputs]
        values = self._session.run_with_ort_values(names, feeds)
        return {
            entry.name: _to_numpy(value)
            for entry, value in zip(binding.outputs, values, strict=True)
        }


def _check(bound, specs, found, word: str) -> None:
    """Holds the file's own names and dtypes against the signature: a converter may have changed them."""
    dtypes = {node.name: _DTYPES.get(node.type, node.type[len("tensor(") : -1]) for node in found}
    tensors = {entry.name: entry.tensor for entry in bound}
    for spec in specs:
        dtype = dtypes.get(tensors[spec.name], "nothing")
        if dtype != spec.dtype:
            raise ArtifactInvalidError(
                f"{word} '{spec.name}': got {dtype} in the ONNX file, the signature wants {spec.dtype};"
                " the conversion changed the model"
            )


def _to_ort(name: str, array: np.ndarray) -> onnxruntime.OrtValue:
    if array.dtype == ml_dtypes.bfloat16:
        return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
            array.view(np.uint16), _BFLOAT16
        )
    if dtype_name(array.dtype) == "string":
        array = _to_text(name, array)
    return onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array))


def _to_text(name: str, array: np.ndarray) -> np.ndarray:
    text = np.empty(array.shape, object)
    for index, data in np.ndenumerate(array):
        try:
            text[index] = data.decode()
        except UnicodeDecodeError as error:
            raise UnsupportedError(
                f"input '{name}': got bytes that are not UTF-8 at {list(index)}, ONNX Runtime's strings"
                " are text"
            ) from error
    return text


def _to_numpy(value: onnxruntime.OrtValue) -> np.ndarray:
    if not value.is_tensor():
        raise UnsupportedError(f"the answer is a {value.data_type()}; only tensors can be compared")
    if value.data_type() == "tensor(bfloat16)":
        shape = tuple(value.shape())
        patterns = (ctypes.c_uint16 * math.prod(shape)).from_address(value.data_ptr())
        return np.array(patterns, np.uint16).view(ml_dtypes.bfloat16).reshape(shape)
    if value.data_type() != "tensor(string)":
        return value.numpy()
    text = np.asarray(value.numpy(), object)
    data = np.empty(text.shape, object)
    for index, element in np.ndenumerate(text):
        data[index] = element.encode()
    return data
