"""Every call of the protocol, made by a client that we did not write, and every golden case."""

import queue

import numpy as np
import pytest
from tritonclient import grpc as triton
from tritonclient.utils import InferenceServerException

from modelparity import runtimes
from modelparity.contract import inference_pb2
from modelparity.harness import matrix
from modelparity.harness.options import Options
from modelparity.specs import DTYPES
from modelparity.tensors import decode_outputs, numpy_dtype
from server_process import (
    Repository,
    ServerProcess,
    golden_cases,
    inputs_of,
    open_bundle,
    raw_infer,
)

_MODELS = (
    "digits_cnn",
    "dtypes",
    "frozen_v1",
    "linear_regression",
    "lstm",
    "multiple_signatures",
    "recommender",
    "two_inputs_two_outputs",
    "vocabulary_lookup",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("repository"))
    for name in _MODELS:
        repository.add(f"{name}.bundle", name, 7)
    with ServerProcess(repository) as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    with server.client() as client:
        yield client


@pytest.mark.parametrize("model", _MODELS)
def test_verify_finds_every_golden_case_right(server, model):
    bundle = open_bundle(f"{model}.bundle")
    endpoint = runtimes.endpoint(f"grpc://{server.address}/{model}")
    report = matrix.verify(bundle, Options(runtimes=[endpoint]))
    assert [cell.message for cell in report.cells if not cell.ok] == []
    assert report.ok and report.summary == {"match": len(bundle.manifest.cases)}
    assert report.cells[0].runtime_version.startswith("modelparity-server ")


def test_the_server_says_what_it_is(client):
    assert client.is_server_live() and client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata.name == "modelparity-server"
    assert metadata.version.count(".") == 2


def test_a_model_says_what_it_takes(client):
    assert client.is_model_ready("two_inputs_two_outputs")
    assert client.is_model_ready("two_inputs_two_outputs", "7")
    assert not client.is_model_ready("two_inputs_two_outputs", "6")
    assert not client.is_model_ready("three_inputs")
    metadata = client.get_model_metadata("two_inputs_two_outputs", "7")
    assert (metadata.name, list(metadata.versions)) == ("two_inputs_two_outputs", ["7"])
    assert {tensor.name: (tensor.datatype, [*tensor.shape]) for tensor in metadata.inputs} == {
        "image_features": ("FP32", [-1, 3]),
        "text_features": ("FP32", [-1, 4]),
    }
    assert {tensor.name: (tensor.datatype, [*tensor.shape]) for tensor in metadata.outputs} == {
        "category": ("FP32", [-1, 3]),
        "rating": ("FP32", [-1, 1]),
    }


@pytest.mark.parametrize(("model", "version"), [("three_inputs", ""), ("lstm", "6")])
def test_what_is_not_there_has_no_metadata(client, model, version):
    with pytest.raises(InferenceServerException) as caught:
        client.get_model_metadata(model, version)
    assert caught.value.status() == "StatusCode.NOT_FOUND"


def test_the_index_has_every_model(client):
    index = client.get_model_repository_index()
    assert [(model.name, model.version, model.state) for model in index.models] == [
        (model, "7", "READY") for model in _MODELS
    ]


def _as_triton_sees(array):
    """Its numpy has no bfloat16 and gives float32 instead."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


_DTYPES_CASES = {
    f"{case.signature}/{case.name}": (case.signature, inputs, outputs)
    for case, inputs, outputs in golden_cases("dtypes.bundle")
}


@pytest.mark.parametrize("name", _DTYPES_CASES)
def test_every_dtype_goes_there_and_back(client, name):
    signature, inputs, outputs = _DTYPES_CASES[name]
    result = client.infer("dtypes", inputs_of(inputs), parameters={"signature": signature})
    wanted, got = _as_triton_sees(outputs["y"]), result.as_numpy("y")
    assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
    if got.dtype == object:
        assert got.tolist() == wanted.tolist()
    else:
        assert got.tobytes() == wanted.tobytes()


_CONTENTS = {
    "bool": [True, False],
    "string": [b"", b"\xff\x00"],
    "float32": [-0.0, 1.5],
    "float64": [1e300, -2.5],
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.name)
def test_contents_by_element_are_read_as_the_raw_ones(server, dtype):
    request = inference_pb2.ModelInferRequest(model_name="dtypes")
    request.parameters["signature"].string_param = dtype.name
    tensor = request.inputs.add(name="x", datatype=dtype.datatype, shape=[2])
    if not dtype.contents:
        # The protocol has no field for these.
        tensor.contents.fp32_contents.extend([1, 2])
        code, _ = raw_infer(server, request)
        assert code == "INVALID_ARGUMENT"
        return
    values = _CONTENTS.get(dtype.name)
    if values is None:
        limits = np.iinfo(numpy_dtype(dtype.name))
        values = [limits.min, limits.max]
    getattr(tensor.contents, dtype.contents).extend(values)
    code, answer = raw_infer(server, request)
    assert code == "OK"
    assert decode_outputs(answer)["y"].tolist() == values


def test_a_number_that_does_not_fit_its_dtype_is_refused(server):
    request = inference_pb2.ModelInferRequest(model_name="dtypes")
    request.parameters["signature"].string_param = "int8"
    request.inputs.add(name="x", datatype="INT8", shape=[1]).contents.int_contents.append(128)
    code, message = raw_infer(server, request)
    assert code == "INVALID_ARGUMENT" and "does not fit int8" in message


@pytest.mark.parametrize("rows", [0, 1, 2, 1000])
def test_any_number_of_rows(client, rows):
    x = np.arange(3 * rows, dtype=np.float32).reshape(rows, 3)
    result = client.infer("linear_regression", inputs_of({"x": x}))
    assert np.array_equal(result.as_numpy("y"), x @ [[1], [2], [-3]] + 0.5)


def test_an_answer_has_the_id_the_model_and_its_version(client):
    for version in ("", "7"):
        result = client.infer(
            "linear_regression",
            inputs_of({"x": np.zeros((1, 3), np.float32)}),
            version,
            request_id="zürich-1",
        )
        answer = result.get_response()
        assert (answer.id, answer.model_name, answer.model_version) == (
            "zürich-1",
            "linear_regression",
            "7",
        )


_PAIR = {"input_a": np.float32([1, -2]), "input_b": np.float32([10, 20])}


def test_only_the_outputs_that_were_asked_for_are_given(client):
    def names(*asked):
        result = client.infer(
            "multiple_signatures",
            inputs_of(_PAIR),
            outputs=[triton.InferRequestedOutput(name) for name in asked],
            parameters={"signature": "my_custom_signature"},
        )
        return {
            output.name: result.as_numpy(output.name).tolist()
            for output in result.get_response().outputs
        }

    assert names() == {"sum": [11, 18], "weighted": [-7, -26]}
    assert names("weighted") == {"weighted": [-7, -26]}
    assert names("weighted", "sum") == names()


def test_an_asynchronous_client_is_answered(client):
    answers = queue.Queue()
    for x in range(10):
        client.async_infer(
            "multiple_signatures",
            inputs_of({"x": np.float32([x])}),
            callback=lambda result, error: answers.put((result, error)),
            request_id=str(x),
        )
    for _ in range(10):
        result, error = answers.get(timeout=60)
        assert error is None
        assert result.as_numpy("tripled").tolist() == [3 * int(result.get_response().id)]


_X = {"x": np.zeros((1, 3), np.float32)}


@pytest.mark.parametrize(
    ("model", "arrays", "options", "code", "words"),
    [
        ("linear", _X, {}, "NOT_FOUND", ["'linear'"]),
        ("linear_regression", _X, {"model_version": "8"}, "NOT_FOUND", ["'8'", "7"]),
        ("linear_regression", _X, {"model_version": "seven"}, "NOT_FOUND", ["'seven'"]),
        (
            "linear_regression",
            _X,
            {"parameters": {"signature": "predict"}},
            "NOT_FOUND",
            ["'predict'", "'serving_default'"],
        ),
        (
            "linear_regression",
            {"z": _X["x"]},
            {},
            "INVALID_ARGUMENT",
            ["'x'", "serving_default"],
        ),
        ("linear_regression", {}, {}, "INVALID_ARGUMENT", ["'x'"]),
        ("linear_regression", _X | {"z": _X["x"]}, {}, "INVALID_ARGUMENT", ["'z'"]),
        (
            "linear_regression",
            {"x": np.zeros((1, 3), np.float64)},
            {},
            "INVALID_ARGUMENT",
            ["'x'", "float64", "float32"],
        ),
        (
            "linear_regression",
            {"x": np.zeros((1, 4), np.float32)},
            {},
            "INVALID_ARGUMENT",
            ["'x'", "[1,4]", "[?,3]"],
        ),
        (
            "linear_regression",
            {"x": np.zeros(3, np.float32)},
            {},
            "INVALID_ARGUMENT",
            ["'x'", "[3]", "[?,3]"],
        ),
        (
            "linear_regression",
            _X,
            {"outputs": [triton.InferRequestedOutput("z")]},
            "INVALID_ARGUMENT",
            ["'z'", "'y'"],
        ),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(client, model, arrays, options, code, words):
    with pytest.raises(InferenceServerException) as caught:
        client.infer(model, inputs_of(arrays), **options)
    assert caught.value.status() == f"StatusCode.{code}"
    message = caught.value.message()
    assert [word for word in words if word not in message] == []
    assert "\n" not in message


def test_what_only_triton_has_is_not_implemented(client):
    with pytest.raises(InferenceServerException) as caught:
        client.get_inference_statistics()
    assert caught.value.status() == "StatusCode.UNIMPLEMENTED"
    assert client.is_server_ready()
