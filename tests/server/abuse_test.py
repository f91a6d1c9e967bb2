"""Requests, clients and operators that are not kind: the server stays up and answers right."""

import contextlib
import os
import pathlib
import random
import socket
import struct
import time

import grpc
import numpy as np
import pytest

from modelparity.contract import inference_pb2
from modelparity.tensors import decode_outputs, encode_inputs
from server_process import (
    LIMIT,
    Repository,
    ServerProcess,
    await_value,
    raw_infer,
    raw_infer_over,
)

_MALFORMED = 10_000
# How many requests are under way at a time.
_FLIGHT = 50
# Turns of `spin` that take about a second, and longer than any test.
_LONG = 300_000
_ENDLESS = 99_000_000


def _serve(folder, *options):
    repository = Repository(folder)
    repository.add("odd_models.bundle", "odd", 1)
    return ServerProcess(repository, *options)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with _serve(
        tmp_path_factory.mktemp("abuse"), "--workers=2", "--max-request-bytes=1MiB"
    ) as server:
        yield server


def _half(rows=2):
    x = np.arange(4 * rows, dtype=np.float32).reshape(rows, 4)
    request = encode_inputs({"x": x}, model_name="odd", signature="serving_default")
    return request, (x / 2 + 2).tolist()


def _spin(turns):
    return encode_inputs({"turns": np.int32(turns)}, model_name="odd", signature="spin")


def _assert_answers_right(server, channel=None):
    request, wanted = _half()
    code, answer = raw_infer_over(channel, request) if channel else raw_infer(server, request)
    assert code == "OK", answer
    assert decode_outputs(answer)["y"].tolist() == wanted


def _await_idle(server):
    def idle():
        names = ("modelparity_waiting_requests", "modelparity_running_requests")
        return all(server.metric(name) == 0 for name in names)

    await_value(idle, "rest")


def _raw(data, shape=(2, 4), datatype="FP32", name="x", signature="serving_default"):
    request = inference_pb2.ModelInferRequest(model_name="odd", raw_input_contents=[data])
    request.parameters["signature"].string_param = signature
    request.inputs.add(name=name, datatype=datatype, shape=shape)
    return request


def _with(change):
    request, _ = _half()
    change(request)
    return request


def _in_region(request):
    path = os.path.abspath(__file__)
    parameters = request.inputs[0].parameters
    parameters["shared_memory_region"].string_param = path
    parameters["shared_memory_offset"].int64_param = 0
    parameters["shared_memory_byte_size"].int64_param = 32
    del request.raw_input_contents[:]


_HOSTILE = {
    "nothing": b"",
    "not-protobuf": b"GET / HTTP/1.1\r\n\r\n",
    "endless-varint": b"\x08" + b"\xff" * 64,
    "length-beyond-the-end": b"\x0a\xff\xff\xff\xff\x0f",
    "groups-in-groups": b"\x0b" * 100_000,
    "negative-size": _raw(b"", [-1, 4]),
    "smallest-size": _raw(b"", [-(2**63), 4]),
    "product-that-overflows-to-zero": _raw(b"", [2**62, 4]),
    "product-that-overflows-to-small": _raw(b"\0" * 32, [2**61 + 2, 4]),
    "bytes-that-overflow": _raw(b"", [2**60, 4]),
    "more-than-any-memory": _raw(b"\0" * 32, [2**40, 4]),
    "largest-size-of-nothing": _raw(b"", [0, 2**63 - 1]),
    "overflow-of-nothing": _raw(b"", [0, 2**62, 2**62]),
    "most-dimensions": _raw(b"\0" * 4, [1] * 254),
    "a-thousand-dimensions": _raw(b"\0" * 4, [1] * 1000),
    "hundred-thousand-dimensions": _raw(b"\0" * 4, [2**62] * 100_000),
    "too-few-bytes": _raw(b"\0" * 31),
    "too-many-bytes": _raw(b"\0" * 33),
    "no-bytes": _raw(b""),
    "unknown-datatype": _raw(b"\0" * 32, datatype="FP31"),
    "empty-datatype": _raw(b"\0" * 32, datatype=""),
    "strings-for-numbers": _raw(struct.pack("<I", 4) * 8, datatype="BYTES"),
    "name-with-a-nul": _raw(b"\0" * 32, name="x\0"),
    "long-name": _raw(b"\0" * 32, name="x" * 100_000),
    "long-signature": _raw(b"\0" * 32, signature="s" * 100_000),
    "more-raw-contents-than-inputs": _with(lambda r: r.raw_input_contents.append(b"")),
    "fewer-raw-contents-than-inputs": _with(lambda r: r.inputs.add(name="z", datatype="FP32")),
    "input-twice": _with(
        lambda r: (
            r.inputs.append(r.inputs[0]),
            r.raw_input_contents.append(r.raw_input_contents[0]),
        )
    ),
    "raw-and-contents": _with(lambda r: r.inputs[0].contents.fp32_contents.extend([0] * 8)),
    "contents-of-another-dtype": _with(
        lambda r: (r.raw_input_contents.pop(), r.inputs[0].contents.int_contents.extend([0] * 8))
    ),
    "too-few-contents": _with(
        lambda r: (r.raw_input_contents.pop(), r.inputs[0].contents.fp32_contents.extend([0] * 7))
    ),
    "a-file-of-the-server": _with(_in_region),
    "ten-thousand-outputs": _with(lambda r: [r.outputs.add(name=str(i)) for i in range(10_000)]),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_request_is_refused_with_a_reason(server, name):
    code, message = raw_infer(server, _HOSTILE[name])
    assert code in ("INVALID_ARGUMENT", "NOT_FOUND", "UNIMPLEMENTED"), message
    assert message and "\n" not in message and len(message) < 3000
    _assert_answers_right(server)


def _malformed(number):
    """Yields requests; True: it may happen to be a good one."""
    random_ = random.Random(number)
    good = _half()[0].SerializeToString()
    for _ in range(number):
        match random_.randrange(4):
            case 0:
                yield random_.randbytes(random_.randrange(300)), False
            case 1:
                yield good[: random_.randrange(len(good))], False
            case 2:
                data = bytearray(good)
                for _ in range(random_.randrange(1, 4)):
                    data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
                yield bytes(data), True
            case 3:
                shape = [
                    random_.choice([0, 1, 2, 4, -1, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)])
                    for _ in range(random_.randrange(5))
                ]
                request = _raw(random_.randbytes(random_.choice([0, 16, 32, 33])), shape)
                yield request.SerializeToString(), shape in ([2, 4], [1, 4], [0, 4])


def test_ten_thousand_malformed_requests_cost_nothing_but_their_time(server):
    started = time.monotonic()
    codes = dict.fromkeys(("OK", "INVALID_ARGUMENT", "NOT_FOUND", "UNIMPLEMENTED"), 0)
    with grpc.insecure_channel(server.address) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        requests = list(_malformed(_MALFORMED))
        for start in range(0, _MALFORMED, _FLIGHT):
            flight = [
                (infer.future(payload, timeout=LIMIT), may_be_good)
                for payload, may_be_good in requests[start : start + _FLIGHT]
            ]
            _assert_answers_right(server, channel)
            for call, may_be_good in flight:
                code = call.code().name
                assert code in codes, call.details()
                assert code != "OK" or may_be_good
                codes[code] += 1
    assert time.monotonic() - started < LIMIT
    assert sum(codes.values()) == _MALFORMED and codes["INVALID_ARGUMENT"] > _MALFORMED / 3
    _await_idle(server)


def test_what_a_client_sends_makes_no_new_series(server):
    before = server.metrics_page().count("\n")
    for name in ("novel", "'", '"\n', "x" * 1000):
        raw_infer(server, inference_pb2.ModelInferRequest(model_name=name))
    assert server.metrics_page().count("\n") == before
    assert "novel" not in server.metrics_page()


def test_a_request_over_the_limit_is_refused_before_it_is_read(server):
    code, _ = raw_infer(server, _half(rows=(1 << 20) // 16 + 1)[0])
    assert code == "RESOURCE_EXHAUSTED"
    request, wanted = _half(rows=(1 << 20) // 16 - 100)
    code, answer = raw_infer(server, request)
    assert code == "OK" and decode_outputs(answer)["y"].tolist() == wanted


def test_clients_that_hang_up_leave_nothing_behind(server):
    with grpc.insecure_channel(server.address) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        for turns in (1, 10_000) * 50:
            call = infer.future(_spin(turns).SerializeToString())
            call.cancel()
    # A whole request, or a part of one, and then nobody who waits for the answer.
    for size in range(0, 60, 3):
        host, port = server.address.rsplit(":", 1)
        with contextlib.closing(socket.create_connection((host, int(port)))) as connection:
            connection.sendall((b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9) * 4)[:size])
    _await_idle(server)
    _assert_answers_right(server)


@pytest.mark.parametrize("how", ["deadline", "cancel"])
def test_runs_that_nobody_waits_for_keep_nobody_waiting(tmp_path, how):
    with (
        _serve(tmp_path, "--workers=2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        timeout = 0.5 if how == "deadline" else None
        # As many as there are workers: none is left for anybody else.
        stuck = [infer.future(_spin(_ENDLESS).SerializeToString(), timeout) for _ in range(2)]
        await_value(lambda: server.metric("modelparity_running_requests") == 2, "two runs")
        if how == "cancel":
            for call in stuck:
                call.cancel()
        await_value(
            lambda: server.metric("modelparity_abandoned_runs_total") == 2, "two abandoned runs"
        )
        _await_idle(server)
        _assert_answers_right(server, channel)
        code = "DEADLINE_EXCEEDED" if how == "deadline" else "CANCELLED"
        assert [call.code().name for call in stuck] == [code] * 2


def test_the_server_has_a_time_limit_of_its_own(tmp_path):
    with _serve(tmp_path, "--request-timeout=500ms") as server:
        code, message = raw_infer(server, _spin(_ENDLESS))
        assert code == "DEADLINE_EXCEEDED"
        assert "'odd'" in message and "0.5s" in message
        _assert_answers_right(server)
        assert (
            server.metric("modelparity_requests_total", signature="spin", code="DEADLINE_EXCEEDED")
            == 1
        )


def test_too_many_requests_that_wait_are_refused_at_once(tmp_path):
    with (
        _serve(tmp_path, "--workers=1", "--max-waiting=3") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        first = infer.future(_spin(_ENDLESS).SerializeToString())
        await_value(lambda: server.metric("modelparity_running_requests") == 1, "run")
        calls = [infer.future(_spin(0).SerializeToString()) for _ in range(10)]
        await_value(lambda: sum(call.done() for call in calls) == 7, "refusal of the last seven")
        first.cancel()
        codes = sorted(call.code().name for call in calls)
        assert codes == ["OK"] * 3 + ["RESOURCE_EXHAUSTED"] * 7
        _assert_answers_right(server, channel)


def test_sigterm_lets_requests_finish(tmp_path):
    with (
        _serve(tmp_path) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        call = infer.future(_spin(_LONG).SerializeToString())
        await_value(lambda: server.metric("modelparity_running_requests") == 1, "run")
        server.terminate()
        server.await_event("draining")
        assert raw_infer(server, _half()[0])[0] == "UNAVAILABLE"
        assert call.code() == grpc.StatusCode.OK
        assert server.wait() == 0
        assert server.events("stopped", complete=True)


def test_sigterm_does_not_wait_for_ever(tmp_path):
    with (
        _serve(tmp_path, "--drain-timeout=200ms") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        call = infer.future(_spin(_ENDLESS).SerializeToString())
        await_value(lambda: server.metric("modelparity_running_requests") == 1, "run")
        server.terminate()
        assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
        assert server.wait() == 1
        assert server.events("stopped", complete=False)


def test_memory_does_not_grow_with_requests(server):
    def resident():
        pages = pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    request, _ = _half(rows=10_000)
    with grpc.insecure_channel(server.address) as channel:
        for _ in range(50):
            assert raw_infer_over(channel, request)[0] == "OK"
        before = resident()
        # 160 KB each way: 300 requests that were kept would be 96 MB.
        for _ in range(300):
            assert raw_infer_over(channel, request)[0] == "OK"
    assert resident() - before < 48 << 20
