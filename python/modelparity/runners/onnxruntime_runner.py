"""ONNX Runtime in Python as a runtime.

Two dtypes need care. Its Python interface knows no bfloat16 arrays: these travel as their bits in
OrtValues, which in turn know no strings. Strings are text for it: what is not UTF-8 is refused.
"""

import ctypes
import math
import pathlib
import re

import ml_dtypes
import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as errors

from modelparity.bundle import check_protobuf_size
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    UnsupportedError,
    one_line,
)
from modelparity.runners.base import Model, Runner, check_dtypes
from modelparity.specs import is_runnable
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
    concurrent = True

    def version(self):
        return onnxruntime.__version__

    def load_model(self, path, artifact, signatures):
        if artifact.format != "onnx":
            raise UnsupportedError(f"format '{artifact.format}': this runtime reads onnx")
        check_protobuf_size(path)
        return OnnxModel(path, artifact.bindings, signatures)

    def explain(self, error, otherwise):
        # "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for ...", and
        # what was got and wanted in lines of its own.
        message = one_line(" ".join(str(error).split()).split(" : ", 3)[-1])
        # A path is another one on each machine, and the caller knows it.
        message = re.sub(r"^Load model from .*? failed:", "", message)
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
        nodes = (*self._session.get_inputs(), *self._session.get_outputs())
        self._has_bfloat16 = any(node.type == "tensor(bfloat16)" for node in nodes)

    def run(self, binding, arrays):
        names = [entry.tensor for entry in binding.outputs]
        feeds = {entry.tensor: arrays[entry.name] for entry in binding.inputs}
        run = self._run_bfloat16 if self._has_bfloat16 else self._run_numpy
        values = run(names, feeds)
        return {entry.name: value for entry, value in zip(binding.outputs, values, strict=True)}

    def _run_numpy(self, names, feeds):
        feeds = {name: _to_text(name, array) for name, array in feeds.items()}
        return [_to_bytes(np.asarray(value)) for value in self._session.run(names, feeds)]

    def _run_bfloat16(self, names, feeds):
        feeds = {name: _to_ort(array) for name, array in feeds.items()}
        return [_from_ort(value) for value in self._session.run_with_ort_values(names, feeds)]


def _check(bound, specs, found, word: str) -> None:
    dtypes = {node.name: _DTYPES.get(node.type, node.type[len("tensor(") : -1]) for node in found}
    # What cannot be run is refused when it is run, with its own reason.
    runnable = [spec for spec in specs if is_runnable(spec.dtype)]
    named = {entry.name: dtypes.get(entry.tensor, "nothing") for entry in bound}
    check_dtypes(word, runnable, named, "the ONNX file")


def _to_text(name: str, array: np.ndarray) -> np.ndarray:
    if dtype_name(array.dtype) != "string":
        return array
    text = np.empty(array.shape, object)
    for index, data in np.ndenumerate(array):
        try:
            text[index] = data.decode()
        except UnicodeDecodeError as error:
            raise UnsupportedError(
                f"input '{name}': got bytes that are not UTF-8 at {list(index)}, and the strings of"
                " ONNX Runtime are text"
            ) from error
    return text


def _to_bytes(array: np.ndarray) -> np.ndarray:
    if dtype_name(array.dtype) != "string":
        return array
    data = np.empty(array.shape, object)
    for index, text in np.ndenumerate(array):
        data[index] = text.encode()
    return data


def _to_ort(array: np.ndarray) -> onnxruntime.OrtValue:
    if array.dtype == ml_dtypes.bfloat16:
        bits = array.view(np.uint16)
        return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(bits, _BFLOAT16)
    return onnxruntime.OrtValue.ortvalue_from_numpy(array)


def _from_ort(value: onnxruntime.OrtValue) -> np.ndarray:
    if value.data_type() != "tensor(bfloat16)":
        return value.numpy()
    shape = tuple(value.shape())
    bits = (ctypes.c_uint16 * math.prod(shape)).from_address(value.data_ptr())
    return np.array(bits, np.uint16).view(ml_dtypes.bfloat16).reshape(shape)
