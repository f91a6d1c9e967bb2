"""The smallest part of a model that shows a difference, in the layout of ONNX's own test data:

DIR/model.onnx (or model.pb, or saved_model/)
DIR/test_data_set_0/input_0.pb    a TensorProto with the name that the input has in the model
DIR/test_data_set_0/output_0.pb   what the reference computes
DIR/report.md                     a text for whoever maintains the runtime or the converter
"""

import importlib.util
import pathlib
import platform

from modelparity import atomic
from modelparity.errors import FileMissingError, UnsupportedError
from modelparity.locate import Finding
from modelparity.locate.model import Part
from modelparity.locate.rendering import conclusion, to_text
from modelparity.specs import format_shape

_DATA = "test_data_set_0"
# Of runtimes that people call from Python; the lines after it compare.
_CALLS = {
    ("onnxruntime-python", "onnx"): """\
import onnxruntime
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
got = session.run([wanted.name], {each.name: numpy_helper.to_array(each) for each in inputs})[0]
""",
    ("openvino-python", "onnx"): """\
import openvino
model = openvino.Core().compile_model("model.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
got = model({each.name: numpy_helper.to_array(each) for each in inputs})[wanted.name]
""",
    ("tensorflow-python", "frozen_graph"): """\
import tensorflow as tf
graph = tf.compat.v1.GraphDef.FromString(open("model.pb", "rb").read())
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    tf.graph_util.import_graph_def(graph, name="")
    got = session.run(wanted.name, {each.name: numpy_helper.to_array(each) for each in inputs})
""",
}
_READ = """\
import glob, numpy as np, onnx
from onnx import numpy_helper
read = lambda path: onnx.TensorProto.FromString(open(path, "rb").read())
inputs = [read(path) for path in sorted(glob.glob("test_data_set_0/input_*.pb"))]
wanted = read("test_data_set_0/output_0.pb")
"""
_COMPARE = """\
error = np.abs(np.asarray(got, np.float64) - numpy_helper.to_array(wanted).astype(np.float64))
print("max abs", error.max())
"""


def check(folder: pathlib.Path) -> None:
    """Tells before long work what would fail after it.

    Raises:
        FileMissingError: It is there and not empty, or cannot be made.
        UnsupportedError: The package onnx, which writes the tensors, is not installed.
    """
    atomic.check_folder(folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileMissingError(f"'{folder}' is there; remove it, or choose another folder")
    if importlib.util.find_spec("onnx") is None:
        raise UnsupportedError("writing test data needs the package onnx; `pip install onnx`")


def write(finding: Finding, folder: pathlib.Path) -> None:
    """Writes the four into a folder that `check` has passed."""
    from onnx import numpy_helper

    folder.mkdir(exist_ok=True)
    part = finding.part(folder)
    (binding,) = part.artifact.bindings
    (folder / _DATA).mkdir()
    (output,) = binding.outputs
    arrays = {
        f"input_{i}": (entry, finding.feeds[entry.name]) for i, entry in enumerate(binding.inputs)
    }
    for stem, (entry, array) in (arrays | {"output_0": (output, finding.place.wanted)}).items():
        tensor = numpy_helper.from_array(array, entry.tensor)
        (folder / _DATA / f"{stem}.pb").write_bytes(tensor.SerializeToString())
    (folder / "report.md").write_text(_report(finding, part), encoding="utf-8")


def _report(finding: Finding, part: Part) -> str:
    cell = finding.cell
    inputs = [
        f"- input `{entry.tensor}`: {spec.dtype} {format_shape(spec.shape)}"
        for entry, spec in zip(part.artifact.bindings[0].inputs, part.signature.inputs, strict=True)
    ]
    call = _CALLS.get((cell.runtime, part.artifact.format))
    code = ["", "```python", (_READ + call + _COMPARE).rstrip(), "```"] if call else []
    return "\n".join(
        [
            f"# {cell.runtime} {cell.runtime_version}: {finding.node.op} differs from {finding.reference}",
            "",
            f"{conclusion(finding)[0].upper()}{conclusion(finding)[1:]}.",
            "",
            "```",
            to_text(finding).rstrip(),
            "```",
            "",
            "## To reproduce",
            "",
            f"`{part.artifact.path}` holds these nodes alone; `{_DATA}` holds what they are given, and what"
            f" {finding.reference} computes from it.",
            "",
            *inputs,
            f"- output `{part.artifact.bindings[0].outputs[0].tensor}`",
            *code,
            "",
            "## The nodes",
            "",
            "```",
            finding.source,
            "```",
            "",
            f"On {platform.system()} {platform.machine()}, Python {platform.python_version()}.",
            "",
        ]
    )
