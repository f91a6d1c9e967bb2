"""Converts each sample to one format and runs it in one runtime, and says what came of it.

    python measure.py RUNTIME FORMAT OUTPUT.jsonl CONVERTED [OPERATOR ...]

CONVERTED is a folder for what was converted, which another runtime finds there. Dtypes that the runtime does not
take are left out, and so is what the format lacks. Writes a line for each operator and dtype, {"operator",
"attribute", "dtype", "verdict", "reason"}, where the verdict is

- `works`: the answer is TensorFlow's;
- `fixed`: it works only when every dimension is known;
- `differs`: there is another answer, and no error;
- `lacks`: no answer; the reason is the first line of the error;
- `refused`: TensorFlow itself has no such call, or a runner of this project cannot be given it.

A converter or a runtime may take its process down: `generate.py` starts this again after the last line.
"""

import importlib
import json
import pathlib
import sys
from collections.abc import Callable
from typing import TextIO

import numpy as np
import tensorflow as tf

import samples
from modelparity import runtimes
from modelparity.check import knowledge
from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import ConversionFailedError, one_line
from modelparity.exporters import litert_from_saved_model, onnx_from_tensorflow
from modelparity.exporters.onnx_repairs import Repairs
from modelparity.graphs import read_saved_model
from modelparity.specs import DTYPES

_SIGNATURE = "serving_default"
# As `verify` has them by default: relative, and a tenth of it absolute.
_TOLERANCES = {"float16": 1e-2}
_TOLERANCE = 1e-4
# A runtime may tell a format by the ending.
_FILES = {"saved_model": "saved_model", "onnx": "model.onnx", "litert": "model.tflite"}


class _NoWordError(Exception):
    """A runner cannot be given the values: the protocol has no word for their dtype."""


def main(
    runtime: str, format_name: str, output: pathlib.Path, converted: pathlib.Path, only: list[str]
) -> None:
    done = set()
    if output.exists():
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        done = {(line["operator"], line["dtype"]) for line in lines}

    def answers(function, arrays, name):
        folder = _converted(function, format_name, converted / format_name / name)
        return _ANSWERS[runtime](function, arrays, folder, format_name)

    with open(output, "a", buffering=1) as results:
        calls = [(sample, dtype) for sample in samples.samples() for dtype in sample.dtypes]
        # The dtypes that matter most come first.
        for sample, dtype in sorted(calls, key=_order):
            if (sample.operator, dtype) in done:
                continue
            if only and sample.operator not in only:
                continue
            if not _is_asked(runtime, format_name, sample.operator, dtype):
                continue
            line = {"operator": sample.operator, "attribute": sample.attribute, "dtype": dtype}
            # Stays the last word when the process dies of it.
            _write(results, line | {"verdict": "lacks", "reason": "crashed"})
            verdict, reason = _measured(sample, dtype, answers)
            _write(results, line | {"verdict": verdict, "reason": reason})


def _is_asked(runtime: str, format_name: str, operator: str, dtype: str) -> bool:
    """Says whether a runtime takes a dtype at all, and the format that it only reads has the operator."""
    usual, known = _USUAL.get(format_name, (runtime, None))
    is_there = runtime == usual or known().verdict(operator, dtype) not in ("lacks", "")
    return is_there and {*dtype.split(">")} <= {"", *runtimes.find(runtime).dtypes}


def _order(call: tuple[samples.Sample, str]) -> int:
    return samples.DTYPES.index(call[1].partition(">")[0] or samples.DTYPES[0])


def _write(results: TextIO, line: dict[str, str]) -> None:
    results.write(json.dumps(line) + "\n")


def _measured(sample: samples.Sample, dtype: str, answers: Callable) -> tuple[str, str]:
    first = ""
    for fixed in (False, True):
        try:
            function, arrays = sample.build(dtype, fixed)
            expected = {name: value.numpy() for name, value in function(*arrays).items()}
        except Exception as error:
            return "refused", one_line(error)
        try:
            got = answers(function, arrays, f"{sample.operator} {dtype}{' fixed' * fixed}")
        except _NoWordError as error:
            return "refused", one_line(error)
        except Exception as error:
            first = first or one_line(getattr(error, "message", error))
            if "has no operator" in first:
                break
            if "drops what is constant" in first:
                # A rank that is known: nothing is left of the operator.
                return "refused", first
            continue
        wrong = next(
            (name for name in expected if not _agree(expected[name], got[name], dtype)), None
        )
        if wrong is None:
            return ("fixed" if fixed else "works"), first
        return "differs", f"{wrong}: {got[wrong]!r:.60} for {expected[wrong]!r:.60}"
    return "lacks", first


def _agree(expected: np.ndarray, got: np.ndarray, dtype: str) -> bool:
    if expected.shape != got.shape:
        return False
    if expected.dtype.kind not in "fcV":
        if expected.dtype == object:
            texts = [text.encode() if isinstance(text, str) else text for text in got.ravel()]
            return list(expected.ravel()) == texts
        return expected.dtype == got.dtype and bool((expected == got).all())
    tolerance = _TOLERANCES.get(dtype, _TOLERANCE)
    wide = "complex128" if expected.dtype.kind == "c" else "float64"
    return np.allclose(
        expected.astype(wide), got.astype(wide), rtol=tolerance, atol=tolerance / 10, equal_nan=True
    )


def _converted(function, format_name: str, folder: pathlib.Path) -> pathlib.Path:
    """Returns a folder with the sample in a format, which is made only once, as is the error."""
    failure = folder / "failure"
    if not folder.exists():
        folder.mkdir(parents=True)
        try:
            tf.saved_model.save(
                tf.Module(), str(folder / _FILES["saved_model"]), signatures={_SIGNATURE: function}
            )
            _CONVERTERS[format_name](folder)
        except Exception as error:
            failure.write_text(one_line(getattr(error, "message", error)))
    if failure.exists():
        raise ConversionFailedError(failure.read_text())
    return folder


def _to_onnx(folder: pathlib.Path) -> None:
    graph = onnx_from_tensorflow._signature_graph(
        str(folder / _FILES["saved_model"]), ["serve"], _SIGNATURE
    )
    binding = manifest_pb2.Binding(signature=_SIGNATURE)
    for key in graph.inputs:
        binding.inputs.add(name=key, tensor=key)
    for key in graph.outputs:
        binding.outputs.add(name=key, tensor=key)
    model = onnx_from_tensorflow._onnx_model(graph, binding, Repairs())
    (folder / _FILES["onnx"]).write_bytes(model.SerializeToString())


def _to_litert(folder: pathlib.Path) -> None:
    content = litert_from_saved_model._convert(
        str(folder / _FILES["saved_model"]), ["serve"], _SIGNATURE
    )
    (folder / _FILES["litert"]).write_bytes(content)


_CONVERTERS = {"saved_model": lambda folder: None, "onnx": _to_onnx, "litert": _to_litert}


def _onnxruntime_answers(function, arrays, folder, _):
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / _FILES["onnx"])
    feeds = {f"x{number}": _text(array) for number, array in enumerate(arrays)}
    names = {entry.name for entry in session.get_inputs()}
    feeds = {name: array for name, array in feeds.items() if name in names}
    outputs = sorted(function.get_concrete_function().structured_outputs)
    return dict(zip(outputs, session.run(outputs, feeds), strict=True))


def _litert_answers(function, arrays, folder, _):
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(folder / _FILES["litert"])).get_signature_runner(_SIGNATURE)
    return runner(**{f"x{number}": array for number, array in enumerate(arrays)})


def _runner_answers(module: str, name: str) -> Callable:
    """Returns what asks a runner of this project, which refuses what it knows to be wrong."""

    def answers(function, arrays, folder, format_name):
        signature = _signature(function)
        dtypes = {spec.dtype for spec in (*signature.inputs, *signature.outputs)}
        if not dtypes <= {row.name for row in DTYPES}:
            raise _NoWordError(f"got {dtypes}")
        artifact = manifest_pb2.Artifact(format=format_name, path=_FILES[format_name])
        artifact.tags.append("serve")
        artifact.bindings.append(_binding(signature, folder, format_name))
        runner = getattr(importlib.import_module(f"modelparity.runners.{module}"), name)()
        runner.load(runner_pb2.Load(bundle=str(folder), artifact=artifact, signatures=[signature]))
        return runner.run(_SIGNATURE, {f"x{number}": array for number, array in enumerate(arrays)})

    return answers


def _signature(function) -> manifest_pb2.Signature:
    concrete = function.get_concrete_function()
    inputs = {f"x{number}": spec for number, spec in enumerate(function.input_signature)}
    signature = manifest_pb2.Signature(name=_SIGNATURE)
    for specs, found in (
        (signature.inputs, inputs),
        (signature.outputs, concrete.structured_outputs),
    ):
        for name, spec in sorted(found.items()):
            shape = None if spec.shape.rank is None else [size or -1 for size in spec.shape]
            dtype = samples.dtype_of(spec.dtype.as_datatype_enum)
            specs.add(name=name, dtype=dtype, shape=shape, unknown_rank=shape is None)
    return signature


def _binding(signature, folder, format_name) -> manifest_pb2.Binding:
    binding = manifest_pb2.Binding(signature=_SIGNATURE)
    if format_name == "saved_model":
        (meta_graph,) = read_saved_model(folder / _FILES["saved_model"]).meta_graphs
        definition = meta_graph.signature_def[_SIGNATURE]
        tensors = {key: info.name for key, info in definition.inputs.items()}
        tensors |= {key: info.name for key, info in definition.outputs.items()}
    else:
        tensors = {spec.name: spec.name for spec in (*signature.inputs, *signature.outputs)}
    for bound, specs in ((binding.inputs, signature.inputs), (binding.outputs, signature.outputs)):
        for spec in specs:
            bound.add(name=spec.name, tensor=tensors[spec.name])
    return binding


def _text(array: np.ndarray) -> np.ndarray:
    if array.dtype != object:
        return array
    texts = [text.decode() for text in array.ravel()]
    return np.array(texts, object).reshape(array.shape)


_ANSWERS = {
    "onnxruntime-python": _onnxruntime_answers,
    "litert-python": _litert_answers,
    "onnx-reference": _runner_answers("onnx_reference_runner", "OnnxReferenceRunner"),
    "openvino-python": _runner_answers("openvino_runner", "OpenvinoRunner"),
}

# What a format was measured with, and what is known of it.
_USUAL = {
    "onnx": ("onnxruntime-python", knowledge.onnx),
    "litert": ("litert-python", knowledge.litert),
}

if __name__ == "__main__":
    runtime, format_name, *paths = sys.argv[1:5]
    main(runtime, format_name, *map(pathlib.Path, paths), sys.argv[5:])
