"""OpenVINO's CPU plugin in Python as a runtime.

What it would get wrong is refused before it sees it (measured with 2026.4): it keeps int64, uint64
and uint32 in 32 bits with a sign, inputs wrapped and constants clamped; it computes float64 in
float32, also where values are only moved; strings end the process (an ONNX Identity) or come back as
other strings (three empty ones); an output that is a constant is dropped. Its Python interface takes
bfloat16 for float16.
"""

import re

import ml_dtypes
import numpy as np
import openvino

from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, UnsupportedError, one_line
from modelparity.runners.base import Model, Runner, check_dtypes
from modelparity.runners.openvino_frontends import FRONTENDS
from modelparity.tensors import dtype_name

_DTYPES = {
    "boolean": "bool",
    **{f"{kind[0]}{bits}": f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    "f16": "float16",
    "bf16": "bfloat16",
    "f32": "float32",
    "f64": "float64",
}
"""OpenVINO's words for the dtypes."""

_REFUSED = {
    "float64": "OpenVINO's CPU plugin computes it in float32",
    "string": "OpenVINO's CPU plugin is not safe with it, and may end the process",
}
_NARROWED = ("int64", "uint64", "uint32")
_INT32 = np.iinfo(np.int32)
# Operators for which a limit beyond int32 is as good as the end.
_SLICES = ("Slice", "StridedSlice")
# On processors that have bfloat16 it would compute in that.
_CONFIG = {"INFERENCE_PRECISION_HINT": "f32"}
# A message begins with where it comes from. That of a conversion ends with what could not be converted, and
# says why in between.
_WHERE = re.compile(
    r"^(Exception from .*|Check .* failed at .*|FrontEnd API failed with .*)\n", re.MULTILINE
)
_NO_RULE = re.compile(r"^-- (No conversion rule found .*)$", re.MULTILINE)
_FAILED = re.compile(r"^-- (\S+) with a message:\s+((?:.+:\n)*.+)$", re.MULTILINE)
_LACKS = re.compile(r"No translator|n[o']t support|[Uu]nknown element type|Unexpected type")


class OpenvinoRunner(Runner):
    runtime = "openvino-python"

    def version(self):
        return openvino.__version__.split("-")[0]  # the rest is the build

    def load_model(self, path, artifact, signatures):
        if artifact.format not in FRONTENDS:
            raise UnsupportedError(
                f"format '{artifact.format}': this runtime reads {', '.join(FRONTENDS)}"
            )
        return OpenvinoModel(path, artifact, signatures)

    def explain(self, error, otherwise):
        text = _WHERE.sub("", str(error))
        reasons = _NO_RULE.findall(text)
        reasons += [f"{name}: {one_line(reason)}" for name, reason in _FAILED.findall(text)]
        if reasons:
            return UnsupportedError(one_line("; ".join(reasons)))
        message = one_line(text)
        return UnsupportedError(message) if _LACKS.search(message) else otherwise(message)


class OpenvinoModel(Model):
    """An artifact, of which each signature becomes a compiled model of its own."""

    def __init__(self, path, artifact, signatures):
        self._core = openvino.Core()
        self._path = path
        self._artifact = artifact
        self._specs = {signature.name: signature for signature in signatures}
        self._compiled: dict[str, _Compiled] = {}
        # Of several, each has to wait for its first call: one that fails must not cost the others.
        if len(artifact.bindings) == 1:
            self._compile(artifact.bindings[0])

    def run(self, binding, arrays):
        if binding.signature not in self._compiled:
            self._compile(binding)
        return self._compiled[binding.signature].run(arrays)

    def _compile(self, binding):
        signature = self._specs[binding.signature]
        _check_support(signature)
        convert = FRONTENDS[self._artifact.format]
        converted = convert(self._core, self._path, self._artifact, binding, signature)
        self._compiled[signature.name] = _Compiled(self._core, converted, signature)


class _Compiled:
    """One signature, compiled for the CPU."""

    def __init__(self, core, converted, signature):
        model = converted.model
        self._inputs = _ports("input", signature.inputs, converted.inputs, model.inputs)
        self._outputs = _ports("output", signature.outputs, converted.outputs, model.outputs)
        if len(model.inputs) != len(self._inputs):
            names = sorted(min(port.names) for port in model.inputs)
            raise ArtifactInvalidError(
                f"got the inputs {names} in the converted model, wants {len(self._inputs)}; the"
                " conversion changed the model"
            )
        _check_constants(model)
        self._model = core.compile_model(model, "CPU", _CONFIG)

    def run(self, arrays):
        # A request costs microseconds, and one that has failed is not to be trusted.
        request = self._model.create_infer_request()
        for name, index in self._inputs.items():
            request.set_input_tensor(index, _to_openvino(name, arrays[name]))
        request.infer()
        return {
            name: _from_openvino(request.get_output_tensor(index))
            for name, index in self._outputs.items()
        }


def _check_support(signature: manifest_pb2.Signature) -> None:
    for word, specs in (("input", signature.inputs), ("output", signature.outputs)):
        for spec in specs:
            if spec.dtype in _REFUSED:
                raise UnsupportedError(
                    f"{word} '{spec.name}': {spec.dtype}; {_REFUSED[spec.dtype]}"
                )
    for spec in signature.inputs:
        if spec.unknown_rank:
            raise UnsupportedError(
                f"input '{spec.name}': of any rank; OpenVINO's CPU plugin has to know the rank"
            )


def _ports(word: str, specs, names: dict[str, str], ports) -> dict[str, int]:
    """Returns the position of each input or output, held against the signature."""
    positions = {}
    for spec in specs:
        # Outputs that are the same tensor have each other's names too: the first will do.
        found = [index for index, port in enumerate(ports) if names[spec.name] in port.names]
        if not found:
            raise UnsupportedError(
                f"{word} '{spec.name}': OpenVINO's conversion lost it; it drops what is constant or not used"
            )
        positions[spec.name] = found[0]
    dtypes = {name: _dtype(ports[index].element_type) for name, index in positions.items()}
    check_dtypes(word, specs, dtypes, "OpenVINO's converted model")
    return positions


def _check_constants(model: openvino.Model) -> None:
    """Refuses integers that the plugin would clamp, unless they only say how far a slice goes."""
    for operation in model.get_ops():
        for body in _bodies(operation):
            _check_constants(body)
        if operation.get_type_name() != "Constant":
            continue
        readers = operation.output(0).get_target_inputs()
        if all(reader.get_node().get_type_name() in _SLICES for reader in readers):
            continue
        if _dtype(operation.get_element_type()) in _NARROWED:
            _check_range(f"constant '{operation.get_friendly_name()}'", operation.data)


def _bodies(operation: openvino.Node) -> list[openvino.Model]:
    match operation.get_type_name():
        case "If":
            return [operation.get_then_body(), operation.get_else_body()]
        case "Loop" | "TensorIterator":
            return [operation.get_function()]
    return []


def _check_range(subject: str, array: np.ndarray) -> None:
    beyond = array[(array > _INT32.max) | (array < _INT32.min)]
    if beyond.size:
        raise UnsupportedError(
            f"{subject}: {array.dtype} value {beyond.flat[0]}; OpenVINO's CPU plugin has int32 only"
        )


def _dtype(kind: openvino.Type) -> str:
    word = kind.get_type_name()
    return _DTYPES.get(word, word)


def _to_openvino(name: str, array: np.ndarray) -> openvino.Tensor:
    dtype = dtype_name(array.dtype)
    if dtype in _NARROWED:
        _check_range(f"input '{name}'", array)
    if dtype == "bfloat16":
        tensor = openvino.Tensor(openvino.Type.bf16, openvino.Shape(array.shape))
        tensor.data[...] = array.view(np.float16)
        return tensor
    return openvino.Tensor(array)


def _from_openvino(tensor: openvino.Tensor) -> np.ndarray:
    """Returns a copy: the tensor's memory belongs to its request."""
    data = tensor.data
    if tensor.element_type == openvino.Type.bf16:
        data = data.view(ml_dtypes.bfloat16)
    return data.copy()
