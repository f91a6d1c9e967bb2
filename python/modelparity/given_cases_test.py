import numpy as np
import pytest

from modelparity import errors, given_cases
from modelparity.contract import manifest_pb2
from modelparity.contract import tensorflow_serving_pb2 as serving
from modelparity.testing import signature_of


def _save(path, **arrays):
    np.savez(path, **{key.replace("__", "/"): array for key, array in arrays.items()})
    return path


def test_a_users_file(tmp_path):
    signature = signature_of(("x", "float32", (-1,)), ("s", "string", (-1,)))
    x, s = np.float32([1, 2]), np.array(["ä", ""])
    read = given_cases.read_cases(_save(tmp_path / "a.npz", x=x, s=s), [signature])
    assert [(case.signature, case.name) for case in read] == [("s", "given")]
    assert read[0].arrays["s"].tolist() == ["ä".encode(), b""]
    path = _save(tmp_path / "b.npz", s__one__x=x, s__one__s=s, s__two__x=x[:1], s__two__s=s[:1])
    other = manifest_pb2.Signature(name="other")
    assert [case.name for case in given_cases.read_cases(path, [signature, other])] == [
        "one",
        "two",
    ]


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"x__y": np.zeros(1)}, errors.InputNameError, "got the key 'x/y', wants"),
        (
            {"t__a__x": np.zeros(1)},
            errors.SignatureNotFoundError,
            "got the signature 't', the model has s",
        ),
        ({"y": np.zeros(1)}, errors.InputNameError, r"case 's/given': .* got the inputs \['y'\]"),
        (
            {"x": np.zeros(1)},
            errors.InputDtypeError,
            r"case 's/given': input 'x': got float64 \[1\]",
        ),
        ({"x": np.zeros((1, 1), np.float32)}, errors.InputShapeError, "reshape it"),
        ({"x": np.array([None])}, errors.InputNameError, "cannot be read as .npz: Object arrays"),
    ],
)
def test_a_users_file_that_is_wrong(tmp_path, arrays, error, message):
    path = _save(tmp_path / "a.npz", **arrays)
    with pytest.raises(error, match=message):
        given_cases.read_cases(path, [signature_of(("x", "float32", (-1,)))])


def test_a_users_file_that_is_none(tmp_path):
    with pytest.raises(
        errors.InputNameError, match=r"none.npz' cannot be read as .npz: .*No such file"
    ):
        given_cases.read_cases(tmp_path / "none.npz", [])
    (tmp_path / "text.npz").write_text("x = 1")
    np.save(tmp_path / "one.npy", np.zeros(1))
    for name in ("text.npz", "one.npy"):
        with pytest.raises(errors.InputNameError, match=r"cannot be read as .npz"):
            given_cases.read_cases(tmp_path / name, [])


_X = signature_of(("x", "float32", (-1,)), ("a", "int64", (-1,)))


def _data_set(folder, names, arrays):
    from onnx import numpy_helper

    folder.mkdir(parents=True)
    for number, (name, array) in enumerate(zip(names, arrays, strict=True)):
        data = numpy_helper.from_array(array, name).SerializeToString()
        (folder / f"input_{number}.pb").write_bytes(data)


@pytest.mark.parametrize("names", [("x", "a"), ("", "")])
def test_onnx_test_data(tmp_path, names):
    """Tensors without names are in the order of the file's inputs."""
    arrays = np.float32([1, 2]), np.int64([3])
    _data_set(tmp_path / "test_data_set_0", names, arrays)
    _data_set(tmp_path / "test_data_set_10", names, arrays)
    _data_set(tmp_path / "test_data_set_2", names, arrays)
    read = given_cases.read_cases(tmp_path, [_X])
    assert [case.name for case in read] == [f"test_data_set_{number}" for number in (0, 2, 10)]
    assert read[0].arrays["x"].tolist() == [1, 2] and read[0].arrays["a"].tolist() == [3]
    (alone,) = given_cases.read_cases(tmp_path / "test_data_set_2", [_X])
    assert alone.arrays["a"].tolist() == [3]
    assert len(given_cases.cases_beside(tmp_path / "model.onnx", [_X])) == 3


def test_onnx_test_data_that_does_not_fit(tmp_path):
    _data_set(tmp_path / "test_data_set_0", ["x", "b"], [np.float32([1]), np.int64([3])])
    with pytest.raises(errors.InputNameError, match=r"got the inputs \['b', 'x'\]"):
        given_cases.read_cases(tmp_path, [_X])
    with pytest.raises(errors.InputNameError, match="for a model of one signature"):
        given_cases.read_cases(tmp_path, [_X, manifest_pb2.Signature(name="t")])
    (tmp_path / "test_data_set_0/input_0.pb").write_bytes(b"no tensor")
    with pytest.raises(errors.InputNameError, match="is no ONNX tensor"):
        given_cases.read_cases(tmp_path, [_X])
    with pytest.raises(errors.FileMissingError, match="got a folder without test_data_set_"):
        given_cases.read_cases(tmp_path / "..", [_X])
    assert given_cases.cases_beside(tmp_path / "deeper" / "model.onnx", [_X]) == []


def _warmup(folder, *logs):
    path = folder / given_cases.WARMUP
    path.parent.mkdir()
    records = [log.SerializeToString() for log in logs]
    path.write_bytes(
        b"".join(len(r).to_bytes(8, "little") + bytes(4) + r + bytes(4) for r in records)
    )
    return path


def test_requests_that_tensorflow_serving_warms_up_with(tmp_path):
    signature = signature_of(("x", "float32", (-1,)))
    log = serving.PredictionLog()
    log.predict_log.request.model_spec.signature_name = "s"
    tensor = log.predict_log.request.inputs["x"]
    tensor.dtype, tensor.float_val[:] = 1, [1.5]
    tensor.tensor_shape.dim.add(size=2)
    other = serving.PredictionLog()
    other.predict_log.request.model_spec.signature_name = "other"
    _warmup(tmp_path, log, other, log)
    read = given_cases.cases_beside(tmp_path, [signature])
    assert [(case.signature, case.name) for case in read] == [("s", "warmup-0"), ("s", "warmup-2")]
    assert read[0].arrays["x"].tolist() == [1.5, 1.5]


def test_examples_that_tensorflow_serving_warms_up_with(tmp_path):
    signature = signature_of(("examples", "string", (-1,)))
    log = serving.PredictionLog()
    log.classify_log.request.model_spec.signature_name = "s"
    log.classify_log.request.input.example_list.examples.extend([b"one", b"two"])
    _warmup(tmp_path, log)
    (case,) = given_cases.read_warmup(tmp_path, [signature])
    assert case.arrays["examples"].tolist() == [b"one", b"two"]


def test_a_file_of_requests_that_is_cut_off(tmp_path):
    log = serving.PredictionLog()
    log.predict_log.request.model_spec.signature_name = "s"
    path = _warmup(tmp_path, log, log)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(errors.InputNameError, match="truncated, at byte"):
        given_cases.read_warmup(tmp_path, [signature_of()])
    assert given_cases.read_warmup(tmp_path / "elsewhere", []) == []
