"""Converts and runs each sample in one way, and says what came of it.

    python measure.py onnx OUTPUT.jsonl [OPERATOR ...]

Writes a line for each operator and dtype, {"operator", "attribute", "dtype", "verdict", "reason"}, where the verdict is

- `works`: the answer is TensorFlow's;
- `fixed`: it works only when every dimension is known;
- `differs`: there is another answer, and no error;
- `lacks`: no answer; the reason is the first line of the error;
- `refused`: TensorFlow itself has no such call.

A converter may take its process down: `generate.py` starts this again after the last line.
"""

import json
import pathlib
import sys
import tempfile
from collections.abc import Callable
from typing import TextIO

import numpy as np
import tensorflow as tf

import samples
from modelparity.contract import manifest_pb2
from modelparity.errors import one_line
from modelparity.exporters import litert_from_saved_model, onnx_from_tensorflow
from modelparity.exporters.onnx_repairs import Repairs

_SIGNATURE = "serving_default"
# As `verify` has them by default: relative, and a tenth of it absolute.
_TOLERANCES = {"float16": 1e-2}
_TOLERANCE = 1e-4


def main(format_name: str, output: pathlib.Path, only: list[str]) -> None:
    done = set()
    if output.exists():
        lines = [json.loads(line) for line in output.read_text().splitlines()]
        done = {(line["operator"], line["dtype"]) for line in lines}
    with open(output, "a", buffering=1) as results:
        calls = [(sample, dtype) for sample in samples.samples() for dtype in sample.dtypes]
        # The dtypes that matter most come first.
        for sample, dtype in sorted(calls, key=_order):
            if (sample.operator, dtype) in done:
                continue
            if only and sample.operator not in only:
                continue
            line = {"operator": sample.operator, "attribute": sample.attribute, "dtype": dtype}
            # Stays the last word when the process dies of it.
            _write(results, line | {"verdict": "lacks", "reason": "crashed"})
            verdict, reason = _measured(sample, dtype, _ANSWERS[format_name])
            _write(results, line | {"verdict": verdict, "reason": reason})


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
            got = answers(function, arrays, sorted(expected))
        except Exception as error:
            first = first or one_line(getattr(error, "message", error))
            if "has no operator" in first:
                break
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


def _onnx_answers(function, arrays, outputs):
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        _save(function, folder)
        graph = onnx_from_tensorflow._signature_graph(folder, ["serve"], _SIGNATURE)
        binding = manifest_pb2.Binding(signature=_SIGNATURE)
        for key in graph.inputs:
            binding.inputs.add(name=key, tensor=key)
        for key in graph.outputs:
            binding.outputs.add(name=key, tensor=key)
        model = onnx_from_tensorflow._onnx_model(graph, binding, Repairs())
    session = onnxruntime.InferenceSession(model.SerializeToString())
    feeds = {f"x{number}": _text(array) for number, array in enumerate(arrays)}
    feeds = {name: array for name, array in feeds.items() if name in graph.inputs}
    return dict(zip(outputs, session.run(outputs, feeds), strict=True))


def _litert_answers(function, arrays, outputs):
    from ai_edge_litert.interpreter import Interpreter

    with tempfile.TemporaryDirectory() as folder:
        _save(function, folder)
        content = litert_from_saved_model._convert(folder, ["serve"], _SIGNATURE)
    runner = Interpreter(model_content=content).get_signature_runner(_SIGNATURE)
    return runner(**{f"x{number}": array for number, array in enumerate(arrays)})


def _save(function, folder):
    tf.saved_model.save(tf.Module(), folder, signatures={_SIGNATURE: function})


def _text(array: np.ndarray) -> np.ndarray:
    if array.dtype != object:
        return array
    texts = [text.decode() for text in array.ravel()]
    return np.array(texts, object).reshape(array.shape)


_ANSWERS = {"onnx": _onnx_answers, "litert": _litert_answers}

if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:])
