"""ONNX's ReferenceEvaluator as a runtime: every dtype, and each way in which a file or an input is wrong."""

import numpy as np
import pytest
from onnx import helper

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.onnx_reference_runner import OnnxReferenceRunner
from modelparity.runners.testing import write_onnx
from modelparity.runners.testing.calls import FORMS, check_returned, example, load, run
from modelparity.specs import DTYPES

_STRINGS = [b"", b"text", "größe".encode(), b"end\x00", b"\xff\xfe"]


def _load(folder, dtype="float32", rank=1, **keywords):
    return load(OnnxReferenceRunner(), folder / "model.onnx", dtype, rank, **keywords)


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_comes_back_as_it_went_in(tmp_path, dtype, form):
    x = example(dtype, form, _STRINGS)
    write_onnx(tmp_path / "model.onnx", dtype, [None] * x.ndim)
    check_returned(_load(tmp_path, dtype, x.ndim), x)


def test_an_operator_is_computed(tmp_path):
    write_onnx(tmp_path / "model.onnx", operator="Relu")
    assert run(_load(tmp_path), np.float32([-1, 2])).tolist() == [0, 2]


def test_an_input_of_any_rank(tmp_path):
    write_onnx(tmp_path / "model.onnx", shape=[], operator="Neg")
    runner = _load(tmp_path, rank=None)
    for shape in ([], [3], [2, 3]):
        assert run(runner, np.ones(shape, np.float32)).shape == tuple(shape)


def test_a_size_that_the_file_fixes(tmp_path):
    # The evaluator itself would take any.
    write_onnx(tmp_path / "model.onnx", shape=[3])
    runner = _load(tmp_path)
    assert run(runner, np.ones(3, np.float32)).tolist() == [1, 1, 1]
    with pytest.raises(
        RunFailedError, match=r"'in': got float32 \[2\], the ONNX file takes float32 \[3\] only"
    ):
        run(runner, np.ones(2, np.float32))


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    write_onnx(tmp_path / "model.onnx", "float16")
    with pytest.raises(ArtifactInvalidError, match="got float16 in the ONNX file"):
        _load(tmp_path, "bfloat16")


def test_a_file_without_the_output_is_invalid(tmp_path):
    write_onnx(tmp_path / "model.onnx")
    with pytest.raises(ArtifactInvalidError, match="output 'out': got nothing in the ONNX file"):
        _load(tmp_path, outputs=["z"])


def test_an_operator_that_onnx_does_not_have_is_invalid(tmp_path):
    write_onnx(tmp_path / "model.onnx", operator="Erfc")
    with pytest.raises(ArtifactInvalidError, match="Erfc"):
        _load(tmp_path)


def test_an_operator_that_the_evaluator_does_not_have_is_unsupported(tmp_path):
    node = helper.make_node("CategoryMapper", ["x"], ["y"], domain="ai.onnx.ml")
    write_onnx(tmp_path / "model.onnx", "string", nodes=[node])
    with pytest.raises(UnsupportedError, match=r"'CategoryMapper' and domain 'ai\.onnx\.ml'$"):
        _load(tmp_path, "string")


def test_a_call_that_fails_is_a_failed_run(tmp_path):
    write_onnx(tmp_path / "model.onnx", operator="Det")
    with pytest.raises(RunFailedError, match=r"^LinAlgError: 1-dimensional"):
        run(_load(tmp_path), np.ones(2, np.float32))


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
