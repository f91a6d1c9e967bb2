"""Frames and dispatch, with runners of a few lines: no framework is needed."""

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import UnsupportedError
from modelparity.frames import read_frame, write_frame
from modelparity.runners.base import Model, Runner
from modelparity.runners.serve import Dispatcher, serve_frames
from modelparity.runtimes import python_environment
from modelparity.tensors import decode_outputs, encode_inputs

_SIGNATURE = manifest_pb2.Signature(
    name="serving_default",
    inputs=[manifest_pb2.TensorSpec(name="x", dtype="float32", shape=[-1])],
    outputs=[manifest_pb2.TensorSpec(name="y", dtype="float32", shape=[-1])],
)
_ARTIFACT = manifest_pb2.Artifact(
    format="doubling",
    path="model",
    bindings=[
        manifest_pb2.Binding(
            signature="serving_default",
            inputs=[manifest_pb2.TensorBinding(name="x", tensor="in:0")],
            outputs=[manifest_pb2.TensorBinding(name="y", tensor="out:0")],
        )
    ],
)


class _Doubled(Model):
    def run(self, binding, arrays):
        (x,) = arrays.values()
        if np.isnan(x).any():
            raise ZeroDivisionError("first line\nsecond line")
        return {binding.outputs[0].name: 2 * x}


class _Doubler(Runner):
    runtime = "doubler"

    def version(self):
        return "1.2"

    def load_model(self, path, artifact, signatures):
        if artifact.format != "doubling":
            raise ValueError(f"no {artifact.format}")
        return _Doubled()

    def explain(self, error, otherwise):
        if isinstance(error, ZeroDivisionError):
            return UnsupportedError("nan")
        return otherwise(str(error))


class _Together(_Doubled):
    """Answers when as many calls are under way as it was promised."""

    def __init__(self):
        self._barrier = threading.Barrier(3, timeout=30)

    def run(self, binding, arrays):
        self._barrier.wait()
        return super().run(binding, arrays)


@pytest.fixture
def dispatcher(tmp_path):
    (tmp_path / "model").touch()
    dispatcher = Dispatcher(_Doubler())
    dispatcher.folder = tmp_path
    return dispatcher


def _ask(dispatcher, **verb):
    request = runner_pb2.RunnerRequest(id=7, **verb)
    response = dispatcher.answer(request.SerializeToString())
    assert response.id == 7
    return response


def _load(dispatcher, artifact=_ARTIFACT, signature=_SIGNATURE, inline_limit=1 << 20):
    load = runner_pb2.Load(
        bundle=str(dispatcher.folder),
        artifact=artifact,
        signatures=[signature],
        scratch=str(dispatcher.folder),
        inline_limit=inline_limit,
    )
    return _ask(dispatcher, load=load)


def _run(dispatcher, arrays, signature="serving_default", threads=0):
    request = encode_inputs(arrays, model_name="m", signature=signature)
    return _ask(dispatcher, run=runner_pb2.Run(request=request, threads=threads))


def test_load_describe_run_close(dispatcher):
    assert _load(dispatcher).WhichOneof("result") == "loaded"
    description = _ask(dispatcher, describe=runner_pb2.Describe()).description
    assert (description.runtime, description.runtime_version) == ("doubler", "1.2")
    assert list(description.signatures) == [_SIGNATURE]
    result = _run(dispatcher, {"x": np.array([1, 2], np.float32)}).run_result
    assert decode_outputs(result.response)["y"].tolist() == [2, 4]
    assert _ask(dispatcher, close=runner_pb2.Close()).WhichOneof("result") == "closed"
    assert not _ask(dispatcher, describe=runner_pb2.Describe()).description.signatures


def test_several_threads_at_once(dispatcher, monkeypatch):
    monkeypatch.setattr(_Doubler, "concurrent", True)
    monkeypatch.setattr(_Doubler, "load_model", lambda *_: _Together())
    _load(dispatcher)
    result = _run(dispatcher, {"x": np.float32([1])}, threads=3).run_result
    answers = [result.response, *result.others]
    assert [decode_outputs(answer)["y"].tolist() for answer in answers] == [[2]] * 3


def test_more_threads_than_anybody_needs(dispatcher):
    _load(dispatcher)
    error = _run(dispatcher, {"x": np.float32([1])}, threads=65).error
    assert error.message.startswith("run: got 65 threads")


def test_one_call_where_nobody_claims_that_there_may_be_several(dispatcher):
    _load(dispatcher)
    result = _run(dispatcher, {"x": np.float32([1])}, threads=3).run_result
    assert decode_outputs(result.response)["y"].tolist() == [2] and not result.others


def test_an_answer_over_the_limit_travels_in_a_file(dispatcher):
    _load(dispatcher, inline_limit=8)
    response = _run(dispatcher, {"x": np.arange(100, dtype=np.float32)}).run_result.response
    assert not response.raw_output_contents
    path = response.outputs[0].parameters["shared_memory_region"].string_param
    assert path.startswith(str(dispatcher.folder))
    assert decode_outputs(response, str(dispatcher.folder))["y"][99] == 198


_FLOAT = {"x": np.zeros(1, np.float32)}


@pytest.mark.parametrize(
    ("arrays", "signature", "kind"),
    [
        ({"z": np.zeros(1, np.float32)}, "serving_default", "INPUT_NAME"),
        ({}, "serving_default", "INPUT_NAME"),
        ({"x": np.zeros(1, np.float64)}, "serving_default", "INPUT_DTYPE"),
        ({"x": np.zeros((1, 1), np.float32)}, "serving_default", "INPUT_SHAPE"),
        (_FLOAT, "other", "SIGNATURE_NOT_FOUND"),
        ({"x": np.array([np.nan], np.float32)}, "serving_default", "UNSUPPORTED"),
    ],
)
def test_what_does_not_fit_is_an_error_of_its_kind(dispatcher, arrays, signature, kind):
    _load(dispatcher)
    error = _run(dispatcher, arrays, signature).error
    assert runner_pb2.ErrorKind.Name(error.kind) == f"ERROR_KIND_{kind}"
    assert error.message and "\n" not in error.message
    # The model is still loaded.
    assert _run(dispatcher, _FLOAT).WhichOneof("result") == "run_result"


def test_a_dtype_that_cannot_be_carried_is_unsupported(dispatcher):
    signature = manifest_pb2.Signature()
    signature.CopyFrom(_SIGNATURE)
    signature.outputs[0].dtype = "complex64"
    _load(dispatcher, signature=signature)
    assert _run(dispatcher, _FLOAT).error.kind == runner_pb2.ERROR_KIND_UNSUPPORTED


def test_run_before_load_is_a_protocol_error(dispatcher):
    error = _run(dispatcher, _FLOAT).error
    assert error.kind == runner_pb2.ERROR_KIND_PROTOCOL
    assert "load" in error.message


def test_a_failed_load_lets_go_of_the_model_before(dispatcher):
    _load(dispatcher)
    error = _load(dispatcher, manifest_pb2.Artifact(format="odd", path="model")).error
    assert (error.kind, error.message) == (runner_pb2.ERROR_KIND_ARTIFACT_INVALID, "no odd")
    assert _run(dispatcher, _FLOAT).error.kind == runner_pb2.ERROR_KIND_PROTOCOL


def test_a_missing_file_is_named(dispatcher):
    (dispatcher.folder / "model").unlink()
    error = _load(dispatcher).error
    assert error.kind == runner_pb2.ERROR_KIND_FILE_MISSING
    assert str(dispatcher.folder / "model") in error.message


def test_bytes_that_are_no_request_are_a_protocol_error(dispatcher):
    assert dispatcher.answer(b"\xff\xff").error.kind == runner_pb2.ERROR_KIND_PROTOCOL
    assert _ask(dispatcher).error.kind == runner_pb2.ERROR_KIND_PROTOCOL


def test_serving_ends_with_its_input():
    requests, responses = io.BytesIO(), io.BytesIO()
    for number in (1, 2):
        request = runner_pb2.RunnerRequest(id=number, describe=runner_pb2.Describe())
        write_frame(requests, request.SerializeToString(), peer="test")
    requests.seek(0)
    serve_frames(_Doubler(), requests, responses)
    responses.seek(0)
    answered = []
    while (payload := read_frame(responses, peer="test")) is not None:
        answered.append(runner_pb2.RunnerResponse.FromString(payload).id)
    assert answered == [1, 2]


_PRINTING_RUNNER = """
import os, sys
from modelparity.runners.base import Runner
from modelparity.runners.serve import serve

class Printing(Runner):
    runtime = "printing"
    def __init__(self):
        super().__init__()
        print("printed by Python")
        os.write(1, b"printed by the runtime")
    def version(self):
        return "1"
    def load_model(self, path, artifact, signatures): ...
    def explain(self, error, otherwise): ...

serve(Printing)
print("printed at the end")
"""


def test_what_a_runtime_prints_is_kept_out_of_the_frames():
    requests = io.BytesIO()
    request = runner_pb2.RunnerRequest(id=3, describe=runner_pb2.Describe())
    write_frame(requests, request.SerializeToString(), peer="test")
    process = subprocess.run(
        [sys.executable, "-c", _PRINTING_RUNNER],
        input=requests.getvalue(),
        env=os.environ | python_environment(),
        capture_output=True,
        check=True,
    )
    payload = read_frame(io.BytesIO(process.stdout), peer="test")
    response = runner_pb2.RunnerResponse.FromString(payload)
    assert (response.id, response.description.runtime) == (3, "printing")
    assert b"printed by Python" in process.stderr
    assert b"printed by the runtime" in process.stderr
    assert b"printed at the end" not in process.stderr
