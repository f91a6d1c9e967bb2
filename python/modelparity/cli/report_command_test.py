"""`report merge`, with reports that no runtime has to make."""

import json

import pytest

from modelparity import cli
from modelparity.contract import report_pb2
from modelparity.harness.reports import finish
from modelparity.report import json_file

_Cell = report_pb2.Cell


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _write(path, model, verdict=_Cell.match, runtime="tensorflow-c", **fields):
    report = report_pb2.Report(model=model)
    cell = {"format": "onnx", "signature": "s", "case": "1", "ok": verdict == _Cell.match}
    report.cells.add(runtime=runtime, verdict=verdict, **(cell | fields))
    finish(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    json_file.write(path, report)


def test_folders_and_files_become_one(tmp_path, capsys):
    _write(tmp_path / "results/a/report.json", "a")
    _write(tmp_path / "results/deep/b/report.json", "b")
    _write(tmp_path / "results/deep/other.json", "none")
    _write(tmp_path / "c.json", "c")
    # Named twice, it is there once.
    status = cli.main(
        [
            *["report", "merge", "results", "c.json", "results/a/report.json"],
            *["--json", "all.json", "--html", "all.html", "--markdown", "all.md"],
            *["--junit", "all.xml"],
        ]
    )
    assert status == cli.OK
    merged = json.loads((tmp_path / "all.json").read_text())
    assert [cell["model"] for cell in merged["cells"]] == ["a", "b", "c"]
    assert "OK; 3 models, of which none differ; 3 cells: 3 match" in capsys.readouterr().out
    assert "<h1>3 models</h1>" in (tmp_path / "all.html").read_text()
    assert (tmp_path / "all.md").read_text().startswith("### 3 models: OK")
    assert 'name="b s/1"' in (tmp_path / "all.xml").read_text()


def test_what_differs_and_what_changed_is_told(tmp_path, capsys):
    _write(tmp_path / "old.json", "a")
    _write(tmp_path / "new.json", "a", _Cell.crashed, message="signal 11")
    assert cli.main(["report", "merge", "new.json", "--since", "old.json"]) == cli.DIFFERENT
    out = capsys.readouterr().out
    assert "New failures\n- a: tensorflow-c onnx s/1: match, now crashed: signal 11\n" in out
    assert cli.main(["report", "merge", "new.json", "--since", "new.json"]) == cli.DIFFERENT
    assert "Nothing has changed since the earlier report." in capsys.readouterr().out


def test_nothing_could_be_verified(tmp_path):
    missing = {"format": "*", "signature": "*", "case": "*"}
    _write(tmp_path / "a.json", "a", _Cell.unsupported, **missing)
    assert cli.main(["report", "merge", "a.json"]) == cli.NOTHING_VERIFIED
    json_file.write(tmp_path / "b.json", report_pb2.Report(model="b"))
    assert cli.main(["report", "merge", "b.json"]) == cli.NOTHING_VERIFIED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.json"], "report 'none.json' cannot be read"),
        (["."], "'.' has no report.json in it, and none below"),
        (["broken.json"], "'broken.json' is no report"),
        (["a.json", "--since", "none.json"], "report 'none.json' cannot be read"),
        (["a.json", "b.json"], "'b.json' and 'a.json' both judge"),
        (["a.json", "--html", "none/x.html"], "'none/x.html' cannot be written"),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_call_is_one_sentence(tmp_path, capsys, arguments, message):
    (tmp_path / "broken.json").write_text('{"cells": 3}')
    _write(tmp_path / "a.json", "a")
    _write(tmp_path / "b.json", "a", _Cell.crashed)
    assert cli.main(["report", "merge", *arguments]) == cli.WRONG_CALL
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


def test_what_a_later_version_adds_is_passed_over(tmp_path):
    _write(tmp_path / "a.json", "a")
    text = (tmp_path / "a.json").read_text()
    (tmp_path / "a.json").write_text(text.replace("{", '{"from_the_future": 1,', 1))
    assert cli.main(["report", "merge", "a.json"]) == cli.OK
