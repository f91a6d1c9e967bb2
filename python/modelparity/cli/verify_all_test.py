"""`verify --all`, with a small program for the command that verifies one model."""

import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelparity import cli
from modelparity.cli import verify_all
from modelparity.collection import Found

# Does as the content of the model says, and notes that it was called.
_PROGRAM = """
import json, os, pathlib, signal, sys
model, report = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
calls = model.with_suffix(".calls")
assert sys.argv[5] == model.name, sys.argv
calls.write_text((calls.read_text() if calls.exists() else "") + " ".join(sys.argv[6:]) + "\\n")
word = model.read_text()
if word == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if word == "interrupted":
    sys.exit(130)
if word == "unreadable":
    sys.exit("modelparity: 'm' is no model")
ok = word == "good"
cell = {"runtime": "r", "format": "onnx", "verdict": "match" if ok else "mismatch", "ok": ok,
        "message": "" if ok else "off by one"}
report.write_text(json.dumps({"cells": [cell], "summary": {cell["verdict"]: 1}}))
sys.exit(0 if ok else 1)
"""


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Verifies models, given by name and word; returns the exit status and the lines of the table."""
    monkeypatch.setattr(verify_all, "_COMMAND", (sys.executable, "-c", _PROGRAM))
    models = tmp_path / "models"

    def run(*options, **words):
        models.mkdir(exist_ok=True)
        for name, word in words.items():
            (models / f"{name}.onnx").write_text(word)
        status = cli.main(["verify", "--all", str(models), "-o", str(tmp_path / "out"), *options])
        return status, capsys.readouterr().out.splitlines()

    return run


def _calls(tmp_path):
    return {path.stem: path.read_text().splitlines() for path in tmp_path.glob("models/*.calls")}


def test_each_model_is_a_row_whatever_becomes_of_it(call, tmp_path):
    status, lines = call(a="good", b="bad", c="die", d="unreadable")
    assert status == cli.DIFFERENT
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["a.onnx", "onnx", "1", "match"],
        ["b.onnx", "onnx", "1", "mismatch"],
    ]
    text = " ".join(" ".join(lines).split())
    assert "r: mismatch: off by one" in text and "killed by SIGKILL" in text
    assert "'m' is no model" in text
    assert lines[-1] == "4 models: 1 OK, 2 FAILED, 1 died"
    assert json.loads((tmp_path / "out/b.onnx/report.json").read_text())["summary"]


def test_what_has_a_result_is_not_verified_again_until_something_changes(call, tmp_path):
    first = call(a="good", b="bad")
    assert call() == first and first[0] == cli.DIFFERENT
    assert {name: len(calls) for name, calls in _calls(tmp_path).items()} == {"a": 1, "b": 1}
    # As after an interruption, which leaves no result.
    (tmp_path / "out/b.onnx/result.json").unlink()
    time.sleep(0.01)
    assert call(b="good")[0] == cli.OK
    assert {name: len(calls) for name, calls in _calls(tmp_path).items()} == {"a": 1, "b": 2}
    call("--seed", "7")
    call("--seed", "7", "--overwrite")
    calls = _calls(tmp_path)["a"]
    assert len(calls) == 3 and calls[1].endswith("--seed 7")


def test_what_was_interrupted_has_no_result(call, tmp_path):
    for number in (1, 2):
        call(a="interrupted")
        assert len(_calls(tmp_path)["a"]) == number


def test_what_is_stopped_ends_at_once_and_has_no_result(tmp_path, monkeypatch):
    monkeypatch.setattr(
        verify_all, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)")
    )
    (tmp_path / "m.onnx").touch()
    batch = verify_all._Batch(tmp_path / "out", (), overwrite=False)
    model = Found("m.onnx", tmp_path / "m.onnx")
    start = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(batch.verify, model)
        while not batch._processes:
            time.sleep(0.01)
        batch.stop()
        assert running.result().status == -signal.SIGTERM
    assert time.monotonic() - start < 30
    assert not (tmp_path / "out/m.onnx/result.json").exists()


def test_options_reach_each_model(call, tmp_path):
    call("--atol", "0.5", "--case", "a/*", "--case", "b/*", "--jobs", "2", a="good")
    (line,) = _calls(tmp_path)["a"]
    assert line.startswith("--case a/* --case b/* --atol 0.5 --timeout ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--all", "/none", "-o", "out"], "'/none' is no folder"),
        (["--all", "EMPTY", "-o", "out"], "has no model in it"),
        (["--all", "EMPTY"], "name it with --output"),
        (["--all", "EMPTY", "-o", "out", "--json", "r.json"], "--all takes no --endpoint"),
        (["--all", "EMPTY", "-o", "out", "--runtime", "moon"], "'moon' fits no runtime"),
        (["EMPTY", "--jobs", "2"], "--jobs is for --all"),
    ],
)
def test_a_wrong_call_is_one_sentence(tmp_path, capsys, arguments, message):
    arguments = [str(tmp_path) if word == "EMPTY" else word for word in arguments]
    assert cli.main(["verify", *arguments]) == cli.WRONG_CALL
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("statuses", "status"),
    [([0, 0], 0), ([0, 1], 1), ([0, 2], 1), ([0, -9], 1), ([3, 2], 3), ([3, 0], 1)],
)
def test_the_status_of_all(statuses, status):
    assert verify_all._status(statuses) == status
