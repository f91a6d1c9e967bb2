"""Answers that are saved and judged again, with stub runners."""

import dataclasses

import pytest

from modelparity.contract import inference_pb2, report_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.harness import matrix
from modelparity.harness.options import Options
from modelparity.harness.saved_answers import AnswerWriter, judge
from modelparity.harness.testing import stub_bundle, stub_runtime

_AS_SAID = Options(runtimes=())


def _save(tmp_path, *modes, name="", **more):
    bundle = stub_bundle(tmp_path / "half.bundle", **more)
    runtimes = [stub_runtime(mode, name or f"{mode}/wasm@1") for mode in modes]
    writer = AnswerWriter(tmp_path / "answers")
    with writer:
        report = matrix.verify(bundle, Options(runtimes=runtimes, answered=writer.add))
        writer.finish(report)
    return report


def test_the_same_is_found_without_the_runtimes_or_the_bundle(tmp_path):
    report = _save(tmp_path, "honest", "wrong_value", "crash_on_run")
    (tmp_path / "half.bundle").rename(tmp_path / "elsewhere")
    assert set(report.summary) == {"match", "mismatch", "crashed"}
    assert judge(tmp_path / "answers", _AS_SAID) == report


def test_other_tolerances_give_other_verdicts(tmp_path):
    _save(tmp_path, "wrong_value")
    report = judge(tmp_path / "answers", dataclasses.replace(_AS_SAID, atol=1e9))
    assert report.ok and dict(report.summary) == {"match": 4}
    assert {output.atol for cell in report.cells for output in cell.outputs} == {1e9}


def test_only_what_is_wanted(tmp_path):
    _save(tmp_path, "honest", "wrong_value")
    report = judge(tmp_path / "answers", _AS_SAID, lambda cell: cell.runtime.startswith("honest"))
    assert report.ok and len(report.cells) == 4


def test_names_stay_inside(tmp_path):
    report = _save(tmp_path, "honest", name="../../up")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers", "half.bundle"]
    assert judge(tmp_path / "answers", _AS_SAID) == report


def test_a_run_that_ends_early_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), AnswerWriter(tmp_path / "answers"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_former_answers_are_replaced_and_nothing_else(tmp_path):
    _save(tmp_path, "wrong_value")
    with AnswerWriter(tmp_path / "answers") as writer:
        writer.finish(report_pb2.Report(reference="new"))
    assert judge(tmp_path / "answers", _AS_SAID).reference == "new"
    assert sorted(path.name for path in (tmp_path / "answers").iterdir()) == ["report.pb"]
    with pytest.raises(FileMissingError, match="exists and holds no saved answers"):
        AnswerWriter(tmp_path / "half.bundle")
    with pytest.raises(FileMissingError, match="cannot be made"):
        AnswerWriter(tmp_path / "no" / "answers")


def test_what_is_not_there_or_not_readable(tmp_path):
    with pytest.raises(FileMissingError, match="--save-outputs"):
        judge(tmp_path, _AS_SAID)
    _save(tmp_path, "honest", name="honest")
    answer = tmp_path / "answers/answers/honest/frozen_graph/s/lucky.pb"
    inference_pb2.ModelInferResponse.FromString(answer.read_bytes())
    answer.write_bytes(b"\xff")
    with pytest.raises(ArtifactInvalidError, match="is no ModelInferResponse"):
        judge(tmp_path / "answers", _AS_SAID)
    answer.unlink()
    with pytest.raises(FileMissingError, match="save the answers again"):
        judge(tmp_path / "answers", _AS_SAID)
