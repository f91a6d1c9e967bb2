"""LiteRT as a runtime: every dtype, and each way in which a file or an input is wrong."""

import numpy as np
import pytest

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.litert_runner import LitertRunner
from modelparity.runners.testing import write_litert
from modelparity.runners.testing.calls import check_returned, example, load, run
from modelparity.specs import DTYPES

_DTYPES = [row.name for row in DTYPES if row.name != "bfloat16"]


_STRINGS = [b"text", b"", "größe".encode(), b"a\x00b", b"end\x00", b"\xff\xfe"]


def _load(folder, dtype="float32", rank=1, **keywords):
    return load(LitertRunner(), folder / "model.tflite", dtype, rank, **keywords)


@pytest.mark.parametrize("dtype", _DTYPES)
@pytest.mark.parametrize("form", ["vector", "scalar"])
def test_every_dtype_comes_back_as_it_went_in(tmp_path, dtype, form):
    x = example(dtype, form, _STRINGS)
    write_litert(tmp_path / "model.tflite", dtype, [-1] * x.ndim)
    check_returned(_load(tmp_path, dtype, x.ndim), x)


def test_a_string_scalar_of_every_kind(tmp_path):
    write_litert(tmp_path / "model.tflite", "string", [])
    runner = _load(tmp_path, "string", 0)
    for value in _STRINGS:
        x = np.array(value, object)
        if value:
            assert run(runner, x).item() == value
        else:
            with pytest.raises(UnsupportedError, match="an empty string for a scalar"):
                run(runner, x)


def test_calls_with_other_shapes(tmp_path):
    write_litert(tmp_path / "model.tflite", shape=[-1, -1], operator="RELU")
    runner = _load(tmp_path, rank=2)
    for shape in ([1, 4], [5, 2], [2, 3], [5, 2]):
        x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        np.testing.assert_array_equal(run(runner, x), np.maximum(x, 0))


def test_an_input_of_any_rank(tmp_path):
    write_litert(tmp_path / "model.tflite", shape=[], operator="RELU")
    runner = _load(tmp_path, rank=None)
    for shape in ([], [3], [2, 3], [1, 2, 2]):
        x = np.full(shape, -1, np.float32)
        np.testing.assert_array_equal(run(runner, x), np.zeros(shape, np.float32))


def test_a_size_that_the_file_fixes(tmp_path):
    # The signature takes any number: a batch size that was baked in.
    write_litert(tmp_path / "model.tflite", shape=[3], operator="RELU")
    runner = _load(tmp_path)
    assert run(runner, np.ones(3, np.float32)).tolist() == [1, 1, 1]
    with pytest.raises(
        RunFailedError, match=r"'in': got float32 \[2\], the LiteRT file takes float32 \[3\] only"
    ):
        run(runner, np.ones(2, np.float32))


def test_an_empty_input_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite")
    with pytest.raises(UnsupportedError, match="'in': got an empty tensor"):
        run(_load(tmp_path), np.zeros(0, np.float32))


def test_an_output_may_be_empty(tmp_path):
    write_litert(tmp_path / "model.tflite", "int64", operator="WHERE")
    runner = _load(tmp_path, "int64")
    y = run(runner, np.array([0, 0], np.int64))
    assert (y.dtype, y.shape) == (np.int64, (0, 1))
    assert run(runner, np.array([0, 7], np.int64)).tolist() == [[1]]


def test_bfloat16_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite", "bfloat16")
    with pytest.raises(UnsupportedError, match=r"input 'in': .* no bfloat16 arrays"):
        _load(tmp_path, "bfloat16")


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    write_litert(tmp_path / "model.tflite", "int32")
    with pytest.raises(ArtifactInvalidError, match=r"'in': got int32 in the LiteRT file, .* int64"):
        _load(tmp_path, "int64")


def test_a_file_with_another_output_than_the_binding_is_invalid(tmp_path):
    write_litert(tmp_path / "model.tflite")
    with pytest.raises(ArtifactInvalidError, match=r"the outputs \['y'\] in the .*, wants \['z'\]"):
        _load(tmp_path, outputs=["z"])


def test_each_signature_of_a_file(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="RELU", signatures=("a", "b"))
    artifact = manifest_pb2.Artifact(format="litert", path="model.tflite")
    signatures = []
    for name in ("a", "b"):
        spec = {"dtype": "float32", "shape": [-1]}
        signatures.append(manifest_pb2.Signature(name=name))
        signatures[-1].inputs.add(name="x", **spec)
        signatures[-1].outputs.add(name="y", **spec)
        binding = artifact.bindings.add(signature=name)
        binding.inputs.add(name="x", tensor="x")
        binding.outputs.add(name="y", tensor="y")
    runner = LitertRunner()
    runner.load(runner_pb2.Load(bundle=str(tmp_path), artifact=artifact, signatures=signatures))
    for name, size in (("a", 2), ("b", 3), ("a", 1)):
        assert runner.run(name, {"x": -np.ones(size, "f")})["y"].tolist() == [0] * size


def test_of_several_signatures_the_bound_one_has_to_be_there(tmp_path):
    write_litert(tmp_path / "model.tflite", signatures=("a", "b"))
    with pytest.raises(ArtifactInvalidError, match=r"\['a', 'b'\] in the .* 'serving_default'"):
        _load(tmp_path)


def test_a_file_without_a_signature_is_run_by_the_names_of_its_tensors(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="RELU", signatures=())
    runner = _load(tmp_path, input="tensor_x", outputs=["tensor_y"])
    assert run(runner, np.array([-1, 2], np.float32)).tolist() == [0, 2]


def test_an_operator_that_litert_does_not_have_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite", custom_operator="FlexErf")
    with pytest.raises(UnsupportedError, match="FlexErf"):
        run(_load(tmp_path), np.ones(1, np.float32))


def test_an_operator_without_a_kernel_for_the_dtype_fails_and_says_so_each_time(tmp_path):
    write_litert(tmp_path / "model.tflite", "int64", operator="SIN")
    runner = _load(tmp_path, "int64")
    for _ in range(2):
        with pytest.raises(
            RunFailedError, match=r"^Type INT64 .* Sin; Node number 0 \(SIN\) failed"
        ):
            run(runner, np.ones(1, np.int64))


@pytest.mark.parametrize("content", [b"garbage", b"", b"\x1c\x00\x00\x00TFL3" + bytes(100)])
def test_a_file_that_is_no_model_is_invalid(tmp_path, content):
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path)


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(FileMissingError):
        _load(tmp_path)


def test_another_format_is_unsupported(tmp_path):
    artifact = manifest_pb2.Artifact(format="onnx", path=".")
    with pytest.raises(UnsupportedError, match="litert"):
        LitertRunner().load(runner_pb2.Load(bundle=str(tmp_path), artifact=artifact))


def test_a_litert_that_is_compiled_for_another_numpy_says_so():
    # What LiteRT 1.0 gives beside NumPy 2, when it makes an interpreter.
    error = SystemError("<built-in method> returned a result with an exception set")
    error.__cause__ = ImportError("numpy.core.multiarray failed to import")
    explained = LitertRunner().explain(error, ArtifactInvalidError)
    assert type(explained) is UnsupportedError
    assert f"compiled for another NumPy, got {np.__version__}; ask for litert-python@" in str(
        explained
    )
