"""The endpoint as a runtime: what it asks of a server, and every way in which one can disappoint."""

import os
import ssl

import grpc
import numpy as np
import pytest
import trustme

from modelparity.contract import inference_pb2, manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ProtocolError,
    RunFailedError,
    RuntimeUnavailableError,
    UnsupportedError,
)
from modelparity.harness.testing import stub_bundle
from modelparity.harness.testing.stub_server import StubServer, echo
from modelparity.runners import endpoint_runner
from modelparity.runners.endpoint_runner import EndpointRunner
from modelparity.specs import DTYPES
from modelparity.tensors import encode_outputs, numpy_dtype

_X = {"x": np.array([1, 2], np.float32)}


def _load(runner, bundle=os.curdir, dtype="float32", signature="serving_default"):
    spec = manifest_pb2.Signature(name=signature)
    spec.inputs.add(name="x", dtype=dtype, unknown_rank=True)
    spec.outputs.add(name="y", dtype=dtype, unknown_rank=True)
    artifact = manifest_pb2.Artifact(format="served")
    artifact.bindings.add(signature=signature)
    runner.load(runner_pb2.Load(bundle=str(bundle), artifact=artifact, signatures=[spec]))
    return runner


def _fail(code, details):
    return lambda request, context: context.abort(code, details)


def test_a_model_is_run_under_the_name_of_the_bundle(tmp_path):
    bundle = stub_bundle(tmp_path / "b")
    with StubServer() as server:
        runner = _load(EndpointRunner(server.url), bundle.path)
        assert runner.version() == f"stub 1 at {server.url}"
        assert runner.run("serving_default", _X)["y"].tolist() == [2.5, 3.0]
    (request,) = server.requests
    assert (request.model_name, request.model_version) == ("half", "")
    # A server without signatures knows no such parameter.
    assert not request.parameters and not request.outputs


def test_the_url_names_model_and_version_and_the_case_its_signature():
    asked = []

    def ready(request, context):
        asked.append((request.name, request.version))
        return inference_pb2.ModelReadyResponse(ready=True)

    with StubServer({"ModelReady": ready}) as server:
        _load(EndpointRunner(f"{server.url}/other/3"), signature="s").run("s", _X)
    (request,) = server.requests
    assert asked == [(request.model_name, request.model_version)] == [("other", "3")]
    assert {key: value.string_param for key, value in request.parameters.items()} == {
        "signature": "s"
    }


def _values(dtype):
    if dtype.name == "string":
        values = np.empty(3, object)
        values[:] = [b"", b"\xff\x00", "größe".encode()]
        return values
    return np.array([0, 1, 1 if dtype.name == "bool" else 100]).astype(numpy_dtype(dtype.name))


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.name)
def test_every_dtype_goes_there_and_back(dtype):
    values = _values(dtype)
    with StubServer({"ModelInfer": echo}) as server:
        runner = _load(EndpointRunner(f"{server.url}/half"), dtype=dtype.name)
        answer = runner.run("serving_default", {"x": values})["y"]
    assert answer.dtype == values.dtype and answer.tolist() == values.tolist()
    assert server.requests[0].inputs[0].datatype == dtype.datatype


def test_an_answer_outside_of_the_raw_contents_is_read():
    def infer(request, context):
        response = inference_pb2.ModelInferResponse()
        output = response.outputs.add(name="y", datatype="FP32", shape=[2])
        output.contents.fp32_contents.extend([2.5, 3])
        return response

    with StubServer({"ModelInfer": infer}) as server:
        runner = _load(EndpointRunner(f"{server.url}/half"))
        assert runner.run("serving_default", _X)["y"].tolist() == [2.5, 3]


def test_a_tensor_of_more_than_a_hundred_megabytes_goes_there_and_back():
    values = np.arange(26 << 20, dtype=np.float32)
    with StubServer({"ModelInfer": echo}) as server:
        runner = _load(EndpointRunner(f"{server.url}/half"))
        assert np.array_equal(runner.run("serving_default", {"x": values})["y"], values)


def test_what_no_message_can_hold_is_refused_before_it_is_sent(monkeypatch):
    monkeypatch.setattr(endpoint_runner, "PROTOBUF_LIMIT", 7)
    with StubServer() as server:
        runner = _load(EndpointRunner(f"{server.url}/half"))
        with pytest.raises(UnsupportedError, match=r"^got inputs of 8 bytes, and a message .* 7$"):
            runner.run("serving_default", _X)
    assert not server.requests


@pytest.mark.parametrize(
    ("ready", "error", "message"),
    [
        (None, UnsupportedError, "ModelReady failed with UNIMPLEMENTED: Method not found!"),
        (
            _fail(grpc.StatusCode.NOT_FOUND, "unknown model 'other'\nat model.cc:7"),
            ArtifactInvalidError,
            "ModelReady failed with NOT_FOUND: unknown model 'other'",
        ),
        (
            lambda request, context: inference_pb2.ModelReadyResponse(),
            ArtifactInvalidError,
            "model 'other' is not ready; load it there, or name another with grpc://HOST:PORT/MODEL",
        ),
        (
            lambda request, context: b"\xff",
            ProtocolError,
            "ModelReady got 1 bytes that are no ModelReadyResponse",
        ),
    ],
)
def test_a_model_that_is_not_there_is_told_in_the_load(ready, error, message):
    with StubServer({"ModelReady": ready}) as server, pytest.raises(error) as caught:
        _load(EndpointRunner(f"{server.url}/other"))
    assert type(caught.value) is error and str(caught.value) == f"{server.url}/other: {message}"


def _shapeless(request, context):
    response = encode_outputs(_X, request)
    response.outputs[0].shape[:] = [3]
    return response


@pytest.mark.parametrize(
    ("infer", "error", "message"),
    [
        (None, UnsupportedError, "ModelInfer failed with UNIMPLEMENTED"),
        (
            _fail(grpc.StatusCode.RESOURCE_EXHAUSTED, "at most 4 MiB"),
            RunFailedError,
            "ModelInfer failed with RESOURCE_EXHAUSTED: at most 4 MiB",
        ),
        (lambda request, context: 1 / 0, RunFailedError, "UNKNOWN: .*division by zero"),
        (
            lambda request, context: b"no message",
            ProtocolError,
            "ModelInfer got 10 bytes that are no ModelInferResponse",
        ),
        (_shapeless, ProtocolError, r"output 'x': got 8 bytes, float32 \[3\] has 12"),
    ],
)
def test_a_run_that_goes_wrong_has_its_cause(infer, error, message):
    with StubServer({"ModelInfer": infer}) as server:
        runner = _load(EndpointRunner(f"{server.url}/half"))
        with pytest.raises(error, match=message) as caught:
            runner.run("serving_default", _X)
    assert type(caught.value) is error and "\n" not in str(caught.value)


def test_a_server_that_is_gone_is_told_in_the_run():
    with StubServer() as server:
        runner = _load(EndpointRunner(f"{server.url}/half"))
    with pytest.raises(RunFailedError, match="ModelInfer failed with UNAVAILABLE: "):
        runner.run("serving_default", _X)


def test_a_server_that_was_never_there_is_unavailable():
    with StubServer() as server:
        pass
    with pytest.raises(
        RuntimeUnavailableError, match=r"ServerMetadata failed with UNAVAILABLE: .*refused"
    ):
        EndpointRunner(server.url).version()


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(scope="module")
def secure_server(ca):
    certificate = ca.issue_cert("127.0.0.1")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    pairs = [(certificate.private_key_pem.bytes(), chain)]
    with StubServer(credentials=grpc.ssl_server_credentials(pairs)) as server:
        yield server


def test_a_certificate_is_held_against_the_file(ca, secure_server, tmp_path):
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    runner = EndpointRunner(secure_server.url, str(tmp_path / "ca.pem"))
    assert runner.version() == f"stub 1 at {secure_server.url}"
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    stranger = EndpointRunner(secure_server.url, str(tmp_path / "other.pem"))
    with pytest.raises(RuntimeUnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.version()


def test_a_certificate_is_held_against_those_of_the_system(
    ca, secure_server, tmp_path, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert EndpointRunner(secure_server.url).version()
    # A folder of certificates, named by their hashes, in place of one file.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    (tmp_path / "ca.pem").rename(tmp_path / "0a1b2c3d.0")
    assert ssl.get_default_verify_paths().cafile is None
    assert EndpointRunner(secure_server.url).version()
    (tmp_path / "0a1b2c3d.0").unlink()
    with pytest.raises(RuntimeUnavailableError, match="ServerMetadata failed with UNAVAILABLE"):
        EndpointRunner(secure_server.url).version()
