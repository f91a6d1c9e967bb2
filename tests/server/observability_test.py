"""What an operator sees: the metrics page and the log."""

import json
import re
import urllib.request
from collections import defaultdict

import numpy as np
import pytest

from modelparity.contract import inference_pb2
from modelparity.tensors import encode_inputs
from server_process import Repository, ServerProcess, raw_infer, samples

_TYPES = ("counter", "gauge", "histogram", "summary")
_SUFFIXES = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    repository = Repository(tmp_path_factory.mktemp("observability"))
    repository.add("linear_regression.bundle", "linear", 3)
    with ServerProcess(repository, "--log-requests") as server:
        yield server


def _request(rows=1, model="linear"):
    x = np.zeros((rows, 3), np.float32)
    request = encode_inputs({"x": x}, model_name=model, signature="serving_default")
    request.id = "id-7"
    return request


def test_the_page_is_prometheus_text(server):
    raw_infer(server, _request())
    page = server.metrics_page()
    assert page.endswith("\n")
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
    helped = set(re.findall(r"^# HELP (\w+) \S", page, re.MULTILINE))
    assert kinds and set(kinds) == helped and set(kinds.values()) <= set(_TYPES)
    seen = set()
    for name, labels, value in samples(page):
        family = name if name in kinds else _SUFFIXES.sub("", name)
        assert family in kinds
        assert name == family or kinds[family] in ("histogram", "summary")
        assert kinds[family] != "counter" or (name.endswith("_total") and value >= 0)
        sample = name, tuple(sorted(labels.items()))
        assert sample not in seen
        seen.add(sample)


def test_the_buckets_of_a_histogram_add_up(server):
    raw_infer(server, _request())
    buckets, counts = defaultdict(list), {}
    for name, labels, value in samples(server.metrics_page()):
        bound = labels.pop("le", None)
        series = _SUFFIXES.sub("", name), tuple(sorted(labels.items()))
        if bound is not None:
            buckets[series].append((float(bound), value))
        elif name.endswith("_count"):
            counts[series] = value
    assert {"modelparity_request_seconds", "modelparity_batch_requests"} == {
        name for name, _ in buckets
    }
    assert set(buckets) <= set(counts)
    for series, found in buckets.items():
        assert found == sorted(found) and found[-1] == (float("inf"), counts[series])
        assert [count for _, count in found] == sorted(count for _, count in found)


def test_requests_are_counted_by_what_became_of_them(server):
    def count(**labels):
        return server.metric("modelparity_requests_total", **labels)

    model = {"model": "linear", "version": "3", "signature": "serving_default"}
    before = count(), count(code="OK", **model), count(code="INVALID_ARGUMENT", **model)
    seconds = server.metric("modelparity_request_seconds_count", **model)
    for _ in range(5):
        assert raw_infer(server, _request())[0] == "OK"
    wrong = _request()
    wrong.inputs[0].datatype = "FP64"
    wrong.raw_input_contents[0] *= 2
    assert raw_infer(server, wrong)[0] == "INVALID_ARGUMENT"
    assert raw_infer(server, _request(model="novel"))[0] == "NOT_FOUND"
    after = count(), count(code="OK", **model), count(code="INVALID_ARGUMENT", **model)
    assert [late - early for early, late in zip(before, after, strict=True)] == [7, 5, 1]
    assert server.metric("modelparity_request_seconds_count", **model) - seconds == 6
    assert server.metric("modelparity_waiting_requests") == 0
    assert server.metric("modelparity_running_requests") == 0


def test_the_log_is_json_with_every_request_in_it(server):
    raw_infer(server, _request())
    request = server.await_event("request", id="id-7", code="OK")
    assert request["level"] == "info" and 0 <= request["seconds"] < 60
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", request["time"])
    assert (request["model"], request["signature"]) == ("linear", "serving_default")
    # What a client sends cannot write lines of its own, or what is no JSON.
    evil = 'x"}\n{"event":"promoted","model":"evil'
    raw_infer(server, inference_pb2.ModelInferRequest(model_name=evil))
    assert server.await_event("request", code="NOT_FOUND", model=evil)
    assert server.events("promoted", model="evil") == []
    for line in server.lines:
        assert {"time", "level", "event"} <= json.loads(line).keys()


def test_the_page_has_its_content_type(server):
    url = f"http://{server.metrics_address}/metrics"
    with urllib.request.urlopen(url) as page:
        assert page.headers["Content-Type"].startswith("text/plain")
