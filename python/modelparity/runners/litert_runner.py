"""LiteRT's interpreter in Python as a runtime, with the delegates that it applies by default.

What it would get wrong is refused before it sees it (measured with 2.3.0): an empty input, with
which a call fails or gives a shape from nowhere, depending on the calls before; an empty string for
a scalar, which becomes a NUL. It knows no bfloat16 arrays.
"""

import pathlib
import re
from typing import NamedTuple

import ai_edge_litert
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, RunFailedError, UnsupportedError, one_line
from modelparity.litert_file import names_without_signature
from modelparity.runners.base import Model, Runner, check_dtypes
from modelparity.specs import format_shape, format_spec, shape_fits
from modelparity.tensors import dtype_name, numpy_dtype

_LACKS = re.compile(r"unresolved custom op|Select TensorFlow op|Didn't find op")


class LitertRunner(Runner):
    runtime = "litert-python"

    def version(self):
        return ai_edge_litert.__version__

    def load_model(self, path, artifact, signatures):
        if artifact.format != "litert":
            raise UnsupportedError(f"format '{artifact.format}': this runtime reads litert")
        return LitertModel(path, artifact.bindings, signatures)

    def explain(self, error, otherwise):
        if isinstance(error, SystemError) and isinstance(error.__cause__, ImportError):
            # LiteRT looks for NumPy's C interface only when it makes an interpreter.
            return UnsupportedError(
                f"{error.__cause__}: this LiteRT is compiled for another NumPy, got {np.__version__}; ask"
                f" for litert-python@{self.version()},numpy@1.26"
            )
        # "tflite/kernels/where.cc:68 Type INT16 is unsupported.Node number 0 (WHERE) failed to prepare."
        message = re.sub(r"^tflite/\S+:\d+ ", "", str(error))
        message = one_line(re.sub(r"[.\s]*Node number", "; Node number", message))
        return UnsupportedError(message) if _LACKS.search(message) else otherwise(message)


class _Port(NamedTuple):
    """An input or output of the file."""

    key: str
    """In the file."""
    index: int
    """Of its tensor."""
    spec: manifest_pb2.TensorSpec
    """Under the signature's name, with the shape that the file has."""


class LitertModel(Model):
    """One file, on one thread."""

    def __init__(self, path: pathlib.Path, bindings, signatures):
        self._path = str(path)
        self._interpreter = Interpreter(self._path)
        stored = self._interpreter.get_signature_list()
        by_name = {signature.name: signature for signature in signatures}
        self._ports = {
            binding.signature: self._ports_of(binding, by_name[binding.signature], stored)
            for binding in bindings
        }
        # Only of the first graph does the interpreter say the shape of an output, which may be empty.
        self._has_one_graph = len(stored) < 2

    def run(self, binding, arrays):
        inputs, outputs = self._ports[binding.signature]
        feeds = [(port, _to_litert(arrays[port.spec.name], port.spec)) for port in inputs]
        try:
            if self._has_one_graph:
                return self._run_only_graph(feeds, outputs)
            run = self._interpreter.get_signature_runner(binding.signature)
            values = run(**{port.key: array for port, array in feeds})
            return {port.spec.name: np.asarray(values[port.key]) for port in outputs}
        except Exception:
            # One that failed repeats its message before the next one, and keeps some of the shapes.
            self._interpreter = Interpreter(self._path)
            raise

    def _ports_of(self, binding, signature, stored) -> tuple[list[_Port], list[_Port]]:
        if stored:
            # A file that was converted for one signature may call it by another name.
            name = binding.signature if len(stored) > 1 else next(iter(stored))
            if name not in stored:
                raise ArtifactInvalidError(
                    f"got the signatures {sorted(stored)} in the LiteRT file, wants '{name}'; export it"
                    " again"
                )
            # As long as it is there, the interpreter allows no other use of itself.
            runner = self._interpreter.get_signature_runner(name)
            inputs, outputs = runner.get_input_details(), runner.get_output_details()
        else:
            inputs = _named(self._interpreter.get_input_details())
            outputs = _named(self._interpreter.get_output_details())
        return (
            _ports("input", binding.inputs, signature.inputs, inputs),
            _ports("output", binding.outputs, signature.outputs, outputs),
        )

    def _run_only_graph(self, feeds, outputs):
        interpreter = self._interpreter
        shapes = {entry["index"]: entry["shape"] for entry in interpreter.get_input_details()}
        for port, array in feeds:
            # LiteRT 1.0 dies when a scalar is made a scalar.
            if array.shape != tuple(shapes[port.index]):
                interpreter.resize_tensor_input(port.index, array.shape)
        interpreter.allocate_tensors()
        for port, array in feeds:
            interpreter.set_tensor(port.index, array)
        interpreter.invoke()
        shapes = {entry["index"]: entry["shape"] for entry in interpreter.get_output_details()}
        return {
            port.spec.name: self._output(port.index, port.spec, shapes[port.index])
            for port in outputs
        }

    def _output(self, index, spec, shape):
        if not shape.all():
            # The interpreter does not hand over what has no elements.
            return np.empty(shape, numpy_dtype(spec.dtype))
        return np.asarray(self._interpreter.get_tensor(index))


def _named(details):
    names = names_without_signature([tensor["name"] for tensor in details])
    return dict(zip(names, details, strict=True))


def _ports(word: str, bound, specs, found) -> list[_Port]:
    """Holds the file's names and dtypes against the signature: a converter may change them."""
    for spec in specs:
        if spec.dtype == "bfloat16":
            raise UnsupportedError(
                f"{word} '{spec.name}': LiteRT's interpreter has no bfloat16 arrays"
            )
    tensors = {entry.name: entry.tensor for entry in bound}
    if found.keys() != set(tensors.values()):
        raise ArtifactInvalidError(
            f"got the {word}s {sorted(found)} in the LiteRT file, wants {sorted(tensors.values())};"
            " the conversion changed the model"
        )
    dtypes = {name: dtype_name(found[tensor]["dtype"]) for name, tensor in tensors.items()}
    check_dtypes(word, specs, dtypes, "the LiteRT file")
    ports = []
    for spec in specs:
        tensor = found[tensors[spec.name]]
        shape = tensor["shape_signature"].tolist()
        # In the file, a tensor of any rank looks like a scalar.
        any_rank = spec.unknown_rank and not shape
        ports.append(
            _Port(
                tensors[spec.name],
                tensor["index"],
                manifest_pb2.TensorSpec(
                    name=spec.name, dtype=spec.dtype, shape=shape, unknown_rank=any_rank
                ),
            )
        )
    return ports


def _to_litert(array: np.ndarray, spec: manifest_pb2.TensorSpec) -> np.ndarray:
    """Returns an input as the interpreter takes it, which itself would take any shape."""
    if not shape_fits(array.shape, spec):
        raise RunFailedError(
            f"input '{spec.name}': got {spec.dtype} {format_shape(array.shape)}, the LiteRT file takes"
            f" {format_spec(spec)} only"
        )
    if array.size == 0:
        raise UnsupportedError(
            f"input '{spec.name}': got an empty tensor, with which LiteRT is not reliable"
        )
    if spec.dtype != "string" or array.ndim:
        return array
    # Of a scalar in an array of objects it would take the address for the text.
    if not array.item():
        raise UnsupportedError(
            f"input '{spec.name}': got an empty string for a scalar, which LiteRT takes for a NUL"
        )
    return np.array(array.item())
