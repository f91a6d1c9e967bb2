"""The matrix against servers: each way to go wrong is a verdict with its reason, of that cell alone."""

import re
import time

import grpc
import pytest

from modelparity import runtimes
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness.matrix import verify
from modelparity.harness.options import Limits, Options
from modelparity.harness.reports import verdict_name
from modelparity.harness.testing import stub_bundle
from modelparity.harness.testing.stub_server import StubServer, infer, stub_socket
from modelparity.tensors import decode_inputs, encode_outputs

_UNLUCKY = 13.0


@pytest.fixture
def bundle(tmp_path):
    return stub_bundle(tmp_path / "half.bundle")


def _verify(bundle, *urls, seconds=60.0, **options):
    rows = [runtimes.endpoint(url) for url in urls]
    return verify(bundle, Options(runtimes=rows, limits=Limits(seconds), **options))


def _verdicts(report):
    return {
        f"{cell.format} {cell.signature}/{cell.case}": verdict_name(cell.verdict)
        for cell in report.cells
    }


def _when_unlucky(call):
    """Goes wrong with the one case that begins with 13, and is honest with all others."""

    def answer(request, context):
        unlucky = decode_inputs(request)["x"][0] == _UNLUCKY
        return (call if unlucky else infer)(request, context)

    return {"ModelInfer": answer}


def test_a_server_that_answers_right_matches_everywhere(bundle):
    with StubServer() as server:
        report = _verify(bundle, server.url)
    assert report.ok and _verdicts(report) == {
        "served s/lucky": "match",
        "served s/unlucky": "match",
        "served s/zeros": "match",
        "served t/lucky": "match",
    }
    assert (report.reference, report.reference_is_recorded) == ("stub", True)
    assert {(cell.runtime, cell.runtime_version) for cell in report.cells} == {
        ("endpoint", f"stub 1 at {server.url}")
    }
    assert [request.parameters["signature"].string_param for request in server.requests] == [
        # The first of each signature is asked again.
        *"ssstst"
    ]


@pytest.mark.parametrize(
    ("call", "verdict", "message"),
    [
        (
            lambda request, context: encode_outputs(
                {"y": decode_inputs(request)["x"] + 1}, request
            ),
            "mismatch",
            r"^output 'y' at \[0\]: got 14, wants 8\.5 within ",
        ),
        (
            lambda request, context: encode_outputs({"z": decode_inputs(request)["x"]}, request),
            "contract_mismatch",
            r"^got the outputs \['z'\], wants \['y'\]",
        ),
        (
            lambda request, context: context.abort(grpc.StatusCode.INTERNAL, "out of luck"),
            "run_failed",
            r"^grpc://127\.0\.0\.1:\d+: ModelInfer failed with INTERNAL: out of luck$",
        ),
        (
            lambda request, context: b"no message",
            "run_failed",
            r"ModelInfer got 10 bytes that are no ModelInferResponse$",
        ),
        (
            lambda request, context: b"",
            "contract_mismatch",
            r"^got the outputs \[\], wants \['y'\]",
        ),
    ],
)
def test_what_goes_wrong_in_a_call_costs_one_cell(bundle, call, verdict, message):
    with StubServer(_when_unlucky(call)) as server:
        report = _verify(bundle, server.url)
    assert _verdicts(report) == {
        "served s/lucky": "match",
        "served s/unlucky": verdict,
        "served s/zeros": "match",
        "served t/lucky": "match",
    }
    assert re.search(message, next(cell.message for cell in report.cells if not cell.ok))


def test_a_server_that_hangs_costs_one_cell(bundle):
    with StubServer(
        _when_unlucky(lambda request, context: server.stopping.wait() and b"")
    ) as server:
        # Long enough for an honest answer on a busy machine.
        report = _verify(bundle, server.url, seconds=8)
    assert _verdicts(report)["served s/unlucky"] == "timed_out"
    assert report.summary == {"match": 3, "timed_out": 1}
    message = next(cell.message for cell in report.cells if not cell.ok)
    assert message == "run: no answer in 8 s; allow more with --timeout"


def test_a_server_that_dies_in_the_middle_fails_from_there_on(bundle):
    with StubServer(_when_unlucky(lambda request, context: server.stop())) as server:
        report = _verify(bundle, server.url)
    assert _verdicts(report) == {
        "served s/lucky": "match",
        "served s/unlucky": "run_failed",
        "served s/zeros": "run_failed",
        "served t/lucky": "run_failed",
    }
    for cell in report.cells[1:]:
        assert re.search("ModelInfer failed with (UNAVAILABLE|CANCELLED): .", cell.message)
        assert "\n" not in cell.message


def test_a_model_that_the_server_does_not_have_costs_every_signature(bundle):
    with StubServer() as server:
        report = _verify(bundle, f"{server.url}/full")
    assert _verdicts(report) == {"served s/*": "load_failed", "served t/*": "load_failed"}
    assert "model 'full' is not ready" in report.cells[0].message


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2p1\r\n"], ids=["closes", "garbage"])
def test_something_else_at_the_port_is_no_server(bundle, greeting):
    with stub_socket(greeting) as url:
        report = _verify(bundle, url)
    assert _verdicts(report) == {"* */*": "unsupported"}
    (cell,) = report.cells
    assert cell.message.startswith(f"{url}: ServerMetadata failed with UNAVAILABLE: ")


def test_nobody_at_the_port(bundle):
    with StubServer() as server:
        pass
    report = _verify(bundle, server.url)
    assert _verdicts(report) == {"* */*": "unsupported"}
    assert "refused" in report.cells[0].message


def test_a_port_that_never_answers_costs_one_limit(bundle):
    started = time.monotonic()
    with stub_socket(None) as url:
        report = _verify(bundle, url, seconds=3)
    assert _verdicts(report) == {"* */*": "timed_out"}
    assert time.monotonic() - started < 30


def test_a_row_is_made_of_what_can_be_an_endpoint(tmp_path):
    with pytest.raises(RuntimeUnavailableError, match="'tcp://h:1' is no endpoint"):
        runtimes.endpoint("tcp://h:1")
    with pytest.raises(RuntimeUnavailableError, match="'grpc://h:1' does not use certificates"):
        runtimes.endpoint("grpc://h:1", "ca.pem")
    row = runtimes.endpoint("grpcs://h:1/m", "ca.pem", "endpoint-2")
    assert (row.name, row.formats) == ("endpoint-2", ("served",))
    assert row.launch().command[1:] == (
        "-m",
        "modelparity.runners.endpoint",
        "grpcs://h:1/m",
        "ca.pem",
    )


def test_without_grpc_there_is_a_reason(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeUnavailableError, match="`pip install grpcio`"):
        runtimes.endpoint("grpc://h:1").launch()
