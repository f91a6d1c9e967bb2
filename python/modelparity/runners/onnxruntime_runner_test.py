"""ONNX Runtime as a runtime: every dtype, and each way in which a file or an input is wrong."""

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.onnxruntime_runner import OnnxruntimeRunner
from modelparity.specs import DTYPES
from modelparity.tensors import numpy_dtype

_ONNX_TYPES = {
    **{row.name: TensorProto.DataType.Value(row.name.upper()) for row in DTYPES if row.name in (
        "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16",
        "bfloat16", "string")},
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
}  # fmt: skip


def _write(folder, dtype, shape, operator="Identity", extra_nodes=()):
    element_type = _ONNX_TYPES[dtype]
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"]), *extra_nodes],
        "graph",
        [helper.make_tensor_value_info("x", element_type, shape)],
        [helper.make_tensor_value_info("y", element_type, shape)],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "model.onnx")


def _load(folder, dtype="float32", rank=1):
    spec = {"dtype": dtype, "shape": [-1] * rank}
    artifact = manifest_pb2.Artifact(format="onnx", path="model.onnx")
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="in", tensor="x")
    binding.outputs.add(name="out", tensor="y")
    signature = manifest_pb2.Signature(
        name="serving_default",
        inputs=[manifest_pb2.TensorSpec(name="in", **spec)],
        outputs=[manifest_pb2.TensorSpec(name="out", **spec)],
    )
    runner = OnnxruntimeRunner()
    runner.load(runner_pb2.Load(bundle=str(folder), artifact=artifact, signatures=[signature]))
    return runner


def _values(dtype):
    if dtype == "string":
        return [b"", b"text", "größe".encode(), b"a\x00b"]
    if dtype == "bool":
        return [True, False]
    if "float" in dtype:
        return [-2.5, 0.0, np.inf, np.nan]
    return [0, np.iinfo(dtype).min, np.iinfo(dtype).max]


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("form", ["vector", "scalar", "empty"])
def test_every_dtype_comes_back_as_it_went_in(tmp_path, dtype, form):
    numpy = numpy_dtype(dtype)
    x = np.array(_values(dtype), numpy)
    x = {"vector": x, "scalar": x[1:2].reshape(()), "empty": x[:0]}[form]
    _write(tmp_path, dtype, [None] * x.ndim)
    y = _load(tmp_path, dtype, x.ndim).run("serving_default", {"in": x})["out"]
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    if dtype == "string":
        assert y.tolist() == x.tolist()
    else:
        assert y.tobytes() == x.tobytes()


def test_a_string_that_is_no_text_is_unsupported(tmp_path):
    _write(tmp_path, "string", [None])
    runner = _load(tmp_path, "string")
    with pytest.raises(UnsupportedError, match=r"UTF-8 at \[1\]"):
        runner.run("serving_default", {"in": np.array([b"text", b"\xff"], object)})


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    _write(tmp_path, "float16", [None])
    with pytest.raises(ArtifactInvalidError, match="got float16 in the ONNX file"):
        _load(tmp_path, "bfloat16")


def test_an_operator_that_onnx_does_not_have_is_invalid(tmp_path):
    _write(tmp_path, "float32", [None], operator="Erfc")
    with pytest.raises(ArtifactInvalidError, match="Erfc") as caught:
        _load(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_an_operator_without_a_kernel_for_the_dtype_is_unsupported(tmp_path):
    _write(tmp_path, "float64", [None], operator="Tan")
    with pytest.raises(UnsupportedError, match="Tan"):
        _load(tmp_path, "float64")


def test_a_file_that_is_no_model_is_invalid(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"garbage")
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path)


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(FileMissingError):
        _load(tmp_path)


def test_a_file_over_2_gb_is_refused_by_its_size(tmp_path):
    with open(tmp_path / "model.onnx", "wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(ArtifactTooLargeError):
        _load(tmp_path)


def test_another_format_is_unsupported(tmp_path):
    artifact = manifest_pb2.Artifact(format="frozen_graph", path=".")
    with pytest.raises(UnsupportedError, match="onnx"):
        OnnxruntimeRunner().load(runner_pb2.Load(bundle=str(tmp_path), artifact=artifact))


def test_a_call_that_fails_is_a_failed_run(tmp_path):
    # The file wants 3 elements, the signature any number: a batch size that was baked in.
    _write(tmp_path, "float32", [3])
    runner = _load(tmp_path)
    with pytest.raises(RunFailedError, match="Expected: 3"):
        runner.run("serving_default", {"in": np.zeros(2, np.float32)})


def test_bfloat16_keeps_its_bits(tmp_path):
    _write(tmp_path, "bfloat16", [None])
    bits = np.arange(0, 1 << 16, 257, dtype=np.uint16)
    x = bits.view(ml_dtypes.bfloat16)
    y = _load(tmp_path, "bfloat16").run("serving_default", {"in": x})["out"]
    assert y.view(np.uint16).tolist() == bits.tolist()
