"""ONNX Runtime as a runtime: every dtype, and each way in which a file or an input is wrong."""

import ml_dtypes
import numpy as np
import pytest

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.onnxruntime_runner import OnnxruntimeRunner
from modelparity.runners.testing import write_onnx
from modelparity.runners.testing.calls import FORMS, check_returned, example, load, run
from modelparity.specs import DTYPES

_STRINGS = [b"", b"text", "größe".encode(), b"a\x00b"]


def _load(folder, dtype="float32", rank=1):
    return load(OnnxruntimeRunner(), folder / "model.onnx", dtype, rank)


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_comes_back_as_it_went_in(tmp_path, dtype, form):
    x = example(dtype, form, _STRINGS)
    write_onnx(tmp_path / "model.onnx", dtype, [None] * x.ndim)
    check_returned(_load(tmp_path, dtype, x.ndim), x)


def test_a_string_that_is_no_text_is_unsupported(tmp_path):
    write_onnx(tmp_path / "model.onnx", "string")
    runner = _load(tmp_path, "string")
    with pytest.raises(UnsupportedError, match=r"UTF-8 at \[1\]"):
        run(runner, np.array([b"text", b"\xff"], object))


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    write_onnx(tmp_path / "model.onnx", "float16")
    with pytest.raises(ArtifactInvalidError, match="got float16 in the ONNX file"):
        _load(tmp_path, "bfloat16")


def test_an_operator_that_onnx_does_not_have_is_invalid(tmp_path):
    write_onnx(tmp_path / "model.onnx", operator="Erfc")
    with pytest.raises(ArtifactInvalidError, match="Erfc") as caught:
        _load(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_an_operator_without_a_kernel_for_the_dtype_is_unsupported(tmp_path):
    write_onnx(tmp_path / "model.onnx", "float64", operator="Tan")
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
    write_onnx(tmp_path / "model.onnx", shape=[3])
    runner = _load(tmp_path)
    with pytest.raises(RunFailedError, match="Expected: 3"):
        run(runner, np.zeros(2, np.float32))


def test_bfloat16_keeps_its_bits(tmp_path):
    write_onnx(tmp_path / "model.onnx", "bfloat16")
    bits = np.arange(0, 1 << 16, 257, dtype=np.uint16)
    x = bits.view(ml_dtypes.bfloat16)
    y = run(_load(tmp_path, "bfloat16"), x)
    assert y.view(np.uint16).tolist() == bits.tolist()
