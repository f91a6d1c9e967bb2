"""ONNX's own ReferenceEvaluator as a runtime: the operators of the standard in numpy, slowly.

It looks at no dtype and no shape of the file (measured with 1.23.2), so these are held against the
signature and the inputs here.
"""

import re

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from modelparity.bundle import check_protobuf_size
from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, RunFailedError, UnsupportedError, one_line
from modelparity.runners.base import Model, Runner, check_dtypes
from modelparity.specs import format_shape, format_spec, shape_fits
from modelparity.tensors import dtype_name


class OnnxReferenceRunner(Runner):
    runtime = "onnx-reference"

    def version(self):
        return onnx.__version__

    def load_model(self, path, artifact, signatures):
        if artifact.format != "onnx":
            raise UnsupportedError(f"format '{artifact.format}': this runtime reads onnx")
        check_protobuf_size(path)
        return OnnxReferenceModel(path, artifact.bindings, signatures)

    def explain(self, error, otherwise):
        # "No registered implementation for operator 'X' and domain '' in", and a list of all that there are.
        message = re.sub(r" in$", "", one_line(error))
        if not isinstance(error, NotImplementedError):
            return otherwise(f"{type(error).__name__}: {message}")
        if message.startswith("No registered schema"):
            return ArtifactInvalidError(message)
        return UnsupportedError(message)


class OnnxReferenceModel(Model):
    """One file."""

    def __init__(self, path, bindings, signatures):
        self._evaluator = ReferenceEvaluator(str(path))
        inputs = dict(zip(self._evaluator.input_names, self._evaluator.input_types, strict=True))
        outputs = dict(zip(self._evaluator.output_names, self._evaluator.output_types, strict=True))
        # Per signature: its inputs with the shapes that the file has.
        self._inputs = {}
        for binding in bindings:
            signature = next(spec for spec in signatures if spec.name == binding.signature)
            _check("input", binding.inputs, signature.inputs, inputs)
            _check("output", binding.outputs, signature.outputs, outputs)
            tensors = {entry.name: entry.tensor for entry in binding.inputs}
            self._inputs[signature.name] = [
                _spec(spec, inputs[tensors[spec.name]].tensor_type) for spec in signature.inputs
            ]

    def run(self, binding, arrays):
        for spec in self._inputs[binding.signature]:
            shape = arrays[spec.name].shape
            if not shape_fits(shape, spec):
                raise RunFailedError(
                    f"input '{spec.name}': got {spec.dtype} {format_shape(shape)}, the ONNX file takes"
                    f" {format_spec(spec)} only"
                )
        names = [entry.tensor for entry in binding.outputs]
        feeds = {entry.tensor: arrays[entry.name] for entry in binding.inputs}
        values = self._evaluator.run(names, feeds)
        return {
            entry.name: np.asarray(value)
            for entry, value in zip(binding.outputs, values, strict=True)
        }


def _check(word: str, bound, specs, found) -> None:
    dtypes = {
        entry.name: _dtype(found[entry.tensor].tensor_type)
        for entry in bound
        if entry.tensor in found
    }
    check_dtypes(word, specs, dtypes, "the ONNX file")


def _spec(spec: manifest_pb2.TensorSpec, tensor: onnx.TypeProto.Tensor) -> manifest_pb2.TensorSpec:
    shape = [
        dimension.dim_value if dimension.HasField("dim_value") else -1
        for dimension in tensor.shape.dim
    ]
    # tf2onnx writes a tensor of any rank as a scalar.
    any_rank = spec.unknown_rank and not shape
    return manifest_pb2.TensorSpec(
        name=spec.name, dtype=spec.dtype, shape=shape, unknown_rank=any_rank
    )


def _dtype(tensor: onnx.TypeProto.Tensor) -> str:
    return dtype_name(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type))
