"""Small ONNX models, written by hand."""

import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from modelparity.contract import manifest_pb2
from modelparity.locate.onnx_model import OnnxModel


def node(name: str, op: str, *inputs: str, **attributes) -> onnx.NodeProto:
    """Returns a node whose only output has its name."""
    return helper.make_node(op, list(inputs), [name], name=name, **attributes)


def onnx_model(
    folder: pathlib.Path,
    nodes: Sequence[onnx.NodeProto],
    constants: Mapping[str, np.ndarray],
    *,
    shape: Sequence[int | str] = ("n",),
    output: str = "y",
) -> OnnxModel:
    """Writes a model with the input `x` of float32, and reads it."""
    graph = helper.make_graph(
        list(nodes),
        "by_hand",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    artifact = manifest_pb2.Artifact(format="onnx", path="model.onnx")
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="x", tensor="x")
    binding.outputs.add(name="y", tensor=output)
    return OnnxModel(folder / "model.onnx", artifact)
