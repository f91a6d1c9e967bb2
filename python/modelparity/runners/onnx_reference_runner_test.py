"""ONNX's ReferenceEvaluator as a runtime: every dtype, and each way in which a file or an input is wrong."""

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
from modelparity.runners.onnx_reference_runner import OnnxReferenceRunner
from modelparity.specs import DTYPES
from modelparity.tensors import numpy_dtype

_ONNX_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def _write(folder, dtype="float32", shape=(None,), operator="Identity", domain=""):
    kind = _ONNX_TYPES.get(dtype) or TensorProto.DataType.Value(dtype.upper())
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], domain=domain)],
        "graph",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", kind, shape)],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 2)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), folder / "model.onnx")


def _load(folder, dtype="float32", rank=1, output="y"):
    """Loads model.onnx; `rank` None: unknown."""
    spec = {"dtype": dtype, "shape": [-1] * (rank or 0), "unknown_rank": rank is None}
    artifact = manifest_pb2.Artifact(format="onnx", path="model.onnx")
    binding = artifact.bindings.add(signature="serving_default")
    binding.inputs.add(name="in", tensor="x")
    binding.outputs.add(name="out", tensor=output)
    signature = manifest_pb2.Signature(
        name="serving_default",
        inputs=[manifest_pb2.TensorSpec(name="in", **spec)],
        outputs=[manifest_pb2.TensorSpec(name="out", **spec)],
    )
    runner = OnnxReferenceRunner()
    runner.load(runner_pb2.Load(bundle=str(folder), artifact=artifact, signatures=[signature]))
    return runner


def _run(runner, x):
    return runner.run("serving_default", {"in": x})["out"]


def _values(dtype):
    if dtype == "string":
        return [b"", b"text", "größe".encode(), b"end\x00", b"\xff\xfe"]
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
    y = _run(_load(tmp_path, dtype, x.ndim), x)
    assert (y.dtype, y.shape) == (x.dtype, x.shape)
    if dtype == "string":
        assert y.tolist() == x.tolist()
    else:
        assert y.tobytes() == x.tobytes()


def test_an_operator_is_computed(tmp_path):
    _write(tmp_path, operator="Relu")
    assert _run(_load(tmp_path), np.float32([-1, 2])).tolist() == [0, 2]


def test_an_input_of_any_rank(tmp_path):
    _write(tmp_path, shape=[], operator="Neg")
    runner = _load(tmp_path, rank=None)
    for shape in ([], [3], [2, 3]):
        assert _run(runner, np.ones(shape, np.float32)).shape == tuple(shape)


def test_a_size_that_the_file_fixes(tmp_path):
    # The evaluator itself would take any.
    _write(tmp_path, shape=[3])
    runner = _load(tmp_path)
    assert _run(runner, np.ones(3, np.float32)).tolist() == [1, 1, 1]
    with pytest.raises(
        RunFailedError, match=r"'in': got float32 \[2\], the ONNX file takes float32 \[3\] only"
    ):
        _run(runner, np.ones(2, np.float32))


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    _write(tmp_path, "float16")
    with pytest.raises(ArtifactInvalidError, match="got float16 in the ONNX file"):
        _load(tmp_path, "bfloat16")


def test_a_file_without_the_output_is_invalid(tmp_path):
    _write(tmp_path)
    with pytest.raises(ArtifactInvalidError, match="output 'out': got nothing in the ONNX file"):
        _load(tmp_path, output="z")


def test_an_operator_that_onnx_does_not_have_is_invalid(tmp_path):
    _write(tmp_path, operator="Erfc")
    with pytest.raises(ArtifactInvalidError, match="Erfc"):
        _load(tmp_path)


def test_an_operator_that_the_evaluator_does_not_have_is_unsupported(tmp_path):
    _write(tmp_path, "string", operator="CategoryMapper", domain="ai.onnx.ml")
    with pytest.raises(UnsupportedError, match=r"'CategoryMapper' and domain 'ai\.onnx\.ml'$"):
        _load(tmp_path, "string")


def test_a_call_that_fails_is_a_failed_run(tmp_path):
    _write(tmp_path, operator="Det")
    with pytest.raises(RunFailedError, match=r"^LinAlgError: 1-dimensional"):
        _run(_load(tmp_path), np.ones(2, np.float32))


@pytest.mark.parametrize("content", [b"garbage", b""])
def test_a_file_that_is_no_model_is_invalid(tmp_path, content):
    (tmp_path / "model.onnx").write_bytes(content)
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
        OnnxReferenceRunner().load(runner_pb2.Load(bundle=str(tmp_path), artifact=artifact))
