"""Requests that are joined get, bit for bit, the answers that they get alone; and a bounded load."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from modelparity.tensors import decode_outputs, encode_inputs
from server_process import Repository, ServerProcess, raw_infer_over

_IN_FLIGHT = 8
_LOAD_SECONDS = 3.0


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("batching"))
    for name in ("digits_cnn", "linear_regression", "odd_models"):
        repository.add(f"{name}.bundle", name, 1)
    return repository


@pytest.fixture(scope="module")
def alone(repository):
    """A server that joins nothing."""
    with ServerProcess(repository) as server:
        yield server


@pytest.fixture(scope="module")
def joining(repository):
    """A server that waits long enough for the requests of a test to come together."""
    options = "--max-batch-size=32", "--max-batch-delay=20ms"
    with ServerProcess(repository, *options) as server:
        yield server


def _requests(model, signature, name, row, number=64):
    """Returns requests of various numbers of rows, no two of them alike."""
    generator = np.random.default_rng(7)
    rows = itertools.cycle([1, 3, 2, 5, 1, 1, 4, 2])
    return [
        encode_inputs(
            {name: generator.standard_normal((next(rows), *row)).astype(np.float32)},
            model_name=model,
            signature=signature,
        )
        for _ in range(number)
    ]


def _send_together(server, requests):
    """Returns the answers, as bytes, of requests that are all under way at once."""
    with grpc.insecure_channel(server.address) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        calls = [infer.future(request.SerializeToString(), timeout=60) for request in requests]
        return [call.result() for call in calls]


def _requests_and_runs(server, model, signature):
    return [
        server.metric(f"modelparity_batch_requests_{part}", model=model, signature=signature)
        for part in ("sum", "count")
    ]


_ELEMENTWISE = ("odd_models", "serving_default", "x", (4,))


@pytest.mark.parametrize(
    "call",
    [
        _ELEMENTWISE,
        ("linear_regression", "serving_default", "x", (3,)),
        ("digits_cnn", "serving_default", "image", (8, 8, 1)),
        ("odd_models", "rows_that_depend", "x", (4,)),
        ("odd_models", "one_answer_for_all_rows", "x", (4,)),
    ],
    ids=lambda call: "/".join(call[:2]),
)
def test_an_answer_has_the_bits_that_it_has_alone(alone, joining, call):
    requests = _requests(*call)
    wanted = [_send_together(alone, [request])[0] for request in requests]
    for _ in range(5):
        assert _send_together(joining, requests) == wanted


def test_requests_of_independent_rows_are_joined(joining):
    model, signature, *_ = _ELEMENTWISE
    requests, runs = _requests_and_runs(joining, model, signature)
    _send_together(joining, _requests(*_ELEMENTWISE))
    more_requests, more_runs = _requests_and_runs(joining, model, signature)
    assert more_requests - requests == 64
    # 154 rows are five full batches or more; without any joining there are 64 runs.
    assert 5 <= more_runs - runs <= 32
    remark = joining.events("batching", model=model, signature=signature)[0]["remark"]
    assert remark == "joins row counts 1-32"


@pytest.mark.parametrize("signature", ["rows_that_depend", "one_answer_for_all_rows", "spin"])
def test_a_model_whose_rows_are_not_independent_is_left_alone_and_says_so(joining, signature):
    (event,) = joining.events("batching", model="odd_models", signature=signature)
    assert event["remark"].startswith("joins nothing: ")
    if signature != "spin":
        _send_together(joining, _requests("odd_models", signature, "x", (4,)))
        requests, runs = _requests_and_runs(joining, "odd_models", signature)
        assert requests == runs >= 64


def test_without_the_option_nothing_is_joined(alone):
    _send_together(alone, _requests(*_ELEMENTWISE))
    requests, runs = _requests_and_runs(alone, *_ELEMENTWISE[:2])
    assert requests == runs >= 64
    assert alone.events("batching") == []


def test_a_wrong_request_does_not_spoil_those_beside_it(joining):
    requests = _requests(*_ELEMENTWISE, number=16)
    wrong = _requests("odd_models", "serving_default", "x", (5,), number=16)
    with grpc.insecure_channel(joining.address) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        mixed = [request for pair in zip(requests, wrong, strict=True) for request in pair]
        calls = [infer.future(request.SerializeToString(), timeout=60) for request in mixed]
        codes = [call.code().name for call in calls]
    assert codes == ["OK", "INVALID_ARGUMENT"] * 16


@pytest.mark.parametrize("kind", ["alone", "joining"])
def test_every_answer_under_load_is_right(kind, request):
    server = request.getfixturevalue(kind)
    until = time.monotonic() + _LOAD_SECONDS

    def work(worker):
        answered = 0
        generator = np.random.default_rng(worker)
        with grpc.insecure_channel(server.address) as channel:
            while time.monotonic() < until:
                x = generator.standard_normal((1 + answered % 3, 4)).astype(np.float32)
                wanted = x / 2 + 2
                sent = encode_inputs({"x": x}, model_name="odd_models", signature="serving_default")
                code, answer = raw_infer_over(channel, sent)
                assert code == "OK", answer
                assert decode_outputs(answer)["y"].tobytes() == wanted.tobytes()
                answered += 1
        return answered

    def count():
        return server.metric("modelparity_requests_total", model="odd_models", code="OK")

    before = count()
    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        answered = sum(pool.map(work, range(_IN_FLIGHT)))
    assert answered > 100
    assert count() - before == answered
