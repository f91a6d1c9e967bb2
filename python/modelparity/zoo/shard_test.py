"""What Bazel asks of a test, with a bundle that has a frozen_graph for cases of `s` and `t`."""

import itertools

import pytest

from modelparity.contract import manifest_pb2
from modelparity.harness.reports import case_id
from modelparity.harness.testing import stub_bundle
from modelparity.report import json_file
from modelparity.zoo import shard_options


@pytest.fixture
def outputs(tmp_path):
    (tmp_path / "outputs").mkdir()
    return tmp_path / "outputs"


@pytest.fixture
def ask(tmp_path, outputs):
    refused = [manifest_pb2.RefusedCase(signature="s", name="negative", message="index -1")]
    bundle = stub_bundle(tmp_path / "m.bundle", refused=refused, without_cases="u")
    cases = {case_id(case) for case in bundle.manifest.cases}

    def call(names, **environment):
        environment["TEST_UNDECLARED_OUTPUTS_DIR"] = str(outputs)
        return shard_options(str(tmp_path / "m.bundle"), "zoo/m", names, environment)

    return call, {*cases, "s/negative", "u/*"}


def _given(options, name):
    return [value for option, value in itertools.pairwise(options) if option == name]


def test_a_test_runs_the_runtimes_that_read_the_model(ask, outputs):
    call, _ = ask
    options = call(["tensorflow-c", "onnxruntime-python", "tfjs-node"])
    assert _given(options, "--runtime") == ["tensorflow-c", "tfjs-node"]
    assert _given(options, "--name") == ["zoo/m"]
    assert _given(options, "--json") == [str(outputs / "report.json")]
    assert "--case" not in options


@pytest.mark.parametrize("shards", [2, 3, 50])
def test_every_case_is_in_one_shard(ask, outputs, tmp_path, shards):
    call, cases = ask
    found = []
    for index in range(shards):
        status = tmp_path / f"status-{index}"
        options = call(
            ["tensorflow-c"],
            TEST_TOTAL_SHARDS=str(shards),
            TEST_SHARD_INDEX=str(index),
            TEST_SHARD_STATUS_FILE=str(status),
        )
        # Else Bazel would take it that all was run in each.
        assert status.exists()
        found += _given(options, "--case")
    assert sorted(found) == sorted(cases)
    # The last of too many shards has nothing to run, and a report that says no more.
    if shards > len(cases):
        report = json_file.read(outputs / "report.json")
        assert options == [] and report.model == "zoo/m" and not report.notes


def test_where_no_runtime_reads_it_the_report_says_so(ask, outputs, capsys):
    call, _ = ask
    assert call(["onnxruntime-web-node", "litert-python"]) == []
    report = json_file.read(outputs / "report.json")
    note = (
        "not run, since the bundle has frozen_graph, and they read others: onnxruntime-web-node,"
        " litert-python"
    )
    assert (report.model, list(report.cells), list(report.notes)) == ("zoo/m", [], [note])
    assert capsys.readouterr().out == f"zoo/m: nothing to run here; {note}\n"
