"""Errors of converters and runtimes that nobody is told of, each with a model that provokes it.

They were met with the pinned versions. To add one: a row in SILENT_ERRORS.
"""

import dataclasses
import pathlib
import sys
from typing import NamedTuple

from modelparity import runtimes

_BARE_OPENVINO = pathlib.Path(__file__).with_name("bare_openvino.py")


class SilentError(NamedTuple):
    """A model whose answers are wrong in a runtime, without a word."""

    what: str
    function: str
    """Of reference_models."""
    signature: str
    runtime: str
    format: str
    repairs: bool = True
    bare: bool = False
    """In the runtime as it comes, without what our runner refuses or asks of it."""


def runtime_of(error: SilentError) -> runtimes.Runtime:
    """Returns the runtime that the error is met in."""
    runtime = runtimes.find(error.runtime)
    return dataclasses.replace(runtime, launch=_bare_openvino) if error.bare else runtime


def _bare_openvino() -> runtimes.Launch:
    guarded = runtimes.find("openvino-python").launch()
    return dataclasses.replace(guarded, command=(sys.executable, str(_BARE_OPENVINO)))


_NUMBERS, _IMAGES, _SEQUENCES = "zoo.numbers:build", "zoo.images:build", "zoo.sequences:build"

SILENT_ERRORS = (
    SilentError(
        "tf2onnx divides integers towards zero",
        *("zoo.numbers:floor_division", "serving_default", "onnxruntime-python", "onnx"),
        repairs=False,
    ),
    SilentError(
        "tf2onnx and exact GELU: Erfc, which ONNX does not have",
        *("zoo.attention:exact_gelu", "serving_default", "onnxruntime-python", "onnx"),
        repairs=False,
    ),
    SilentError(
        "tf2onnx resizes bicubically in its own way",
        *(_IMAGES, "bicubic", "onnxruntime-python", "onnx"),
    ),
    SilentError(
        "tf2onnx writes bfloat16 as float16",
        *("dtypes:build", "bfloat16", "onnxruntime-python", "onnx"),
    ),
    SilentError(
        "TextVectorization through custom operators of ONNX",
        *("zoo.tables:word_bags", "serving_default", "onnxruntime-python", "onnx"),
    ),
    SilentError(
        "OpenVINO keeps int64 in 32 bits",
        *(_NUMBERS, "in_int64", "openvino-python", "saved_model"),
    ),
    SilentError(
        "the same, without our runner's guard",
        *(_NUMBERS, "in_int64", "openvino-python", "saved_model"),
        bare=True,
    ),
    SilentError(
        "OpenVINO computes in bfloat16 where the processor has it",
        *("digits_cnn:build", "serving_default", "openvino-python", "saved_model"),
        bare=True,
    ),
    SilentError(
        "OpenVINO hands bfloat16 out as float16",
        *("dtypes:build", "bfloat16", "openvino-python", "saved_model"),
        bare=True,
    ),
    SilentError(
        "OpenVINO computes float64 in float32",
        *(_NUMBERS, "in_float64", "openvino-python", "saved_model"),
        bare=True,
    ),
    SilentError(
        "OpenVINO divides large int32 in float32",
        *(_NUMBERS, "floor_division", "openvino-python", "saved_model"),
    ),
    SilentError(
        "OpenVINO counts wrongly how often each number occurs",
        *(_NUMBERS, "different", "openvino-python", "saved_model"),
    ),
    SilentError(
        "OpenVINO drops an output that is constant",
        *("shapes:build", "nothing_computed", "openvino-python", "saved_model"),
    ),
    SilentError(
        "ONNX's evaluator and a masked LSTM",
        *(_SEQUENCES, "masked_lstm", "onnx-reference", "onnx"),
    ),
    SilentError(
        "LiteRT's reciprocal root of 0 is NaN",
        *("recommender:build", "predict", "litert-python", "litert"),
    ),
    SilentError(
        "LiteRT fills the boxes that were not kept with zeros",
        *(_NUMBERS, "boxes", "litert-python", "litert"),
    ),
    SilentError(
        "LiteRT's softplus of large numbers",
        *(_NUMBERS, "norms", "litert-python", "litert"),
    ),
    SilentError(
        "TensorFlow.js divides integers in float32 with WebAssembly",
        *(_NUMBERS, "floor_division", "tfjs-node/wasm", "frozen_graph"),
    ),
    SilentError(
        "TensorFlow.js transposes seven axes wrongly with WebAssembly",
        *(_NUMBERS, "many_axes", "tfjs-node/wasm", "frozen_graph"),
    ),
)
