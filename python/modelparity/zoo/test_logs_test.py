import json

import pytest

from modelparity.contract import report_pb2
from modelparity.errors import FileMissingError
from modelparity.harness.reports import finish
from modelparity.report import json_file
from modelparity.report.merging import merge
from modelparity.zoo import reports_of


@pytest.fixture
def found(tmp_path):
    """Merges the reports of two tests in package `p`, one of them in two shards."""
    listed = [
        {"name": "zoo/a/node", "model": "a", "runtimes": ["tfjs-node"], "shards": 2},
        {"name": "zoo/b.onnx/c", "model": "b.onnx", "runtimes": ["x", "y"], "shards": 1},
    ]
    file = tmp_path / "tests.json"
    file.write_text(json.dumps({"package": "p", "tests": listed}))

    def find():
        with reports_of(str(file), tmp_path / "bazel-testlogs") as files:
            return merge((str(path), json_file.read(path)) for path in files).cells

    return find


def _report(tmp_path, part, model, case):
    report = report_pb2.Report(model=model)
    report.cells.add(runtime="r", format="onnx", signature="s", case=case, verdict="match", ok=True)
    finish(report)
    outputs = tmp_path / "bazel-testlogs/p/zoo" / part / "test.outputs"
    outputs.mkdir(parents=True)
    json_file.write(outputs / "report.json", report)


def _told(cells):
    return [(cell.model, cell.runtime, cell.case, cell.ok) for cell in cells]


def test_reports_of_tests_and_of_shards_are_found(found, tmp_path):
    _report(tmp_path, "a/node/shard_1_of_2", "a", "1")
    _report(tmp_path, "a/node/shard_2_of_2", "a", "2")
    _report(tmp_path, "b.onnx/c", "b.onnx", "1")
    # Of another run: neither is among the tests.
    _report(tmp_path, "a/node/shard_3_of_3", "a", "3")
    _report(tmp_path, "gone/c", "gone", "1")
    assert _told(found()) == [
        ("a", "r", "1", True),
        ("a", "r", "2", True),
        ("b.onnx", "r", "1", True),
    ]


def test_a_test_that_left_no_report_fails(found, tmp_path):
    _report(tmp_path, "a/node/shard_1_of_2", "a", "1")
    cells = found()
    assert _told(cells) == [
        ("a", "r", "1", True),
        ("a", "tfjs-node", "*", False),
        ("b.onnx", "x", "*", False),
        ("b.onnx", "y", "*", False),
    ]
    assert cells[2].verdict == report_pb2.Cell.crashed
    assert cells[2].message.startswith("test //p:zoo/b.onnx/c left no report")


def test_what_cannot_be_read_is_told(found, tmp_path):
    with pytest.raises(FileMissingError, match="run `bazel test` first"):
        found()
    outputs = tmp_path / "bazel-testlogs/p/zoo/a/node/shard_1_of_2/test.outputs"
    outputs.mkdir(parents=True)
    (outputs / "outputs.zip").touch()
    with pytest.raises(FileMissingError, match="`test --nozip_undeclared_test_outputs`"):
        found()
