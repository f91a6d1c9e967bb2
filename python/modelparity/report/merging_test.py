import pytest

from modelparity.contract import report_pb2
from modelparity.errors import ArtifactInvalidError
from modelparity.report.merging import merge
from modelparity.report.testing import sample_reports

_Cell = report_pb2.Cell


def _report(model, *cells, **fields):
    report = report_pb2.Report(model=model, reference="r", **fields)
    for cell in cells:
        filled = {"runtime": "a", "format": "onnx", "signature": "s", "case": "1"} | cell
        report.cells.add(**({"verdict": _Cell.match, "ok": True, "run_seconds": 0.25} | filled))
    return report


def _merge(*reports):
    return merge((f"{number}.json", report) for number, report in enumerate(reports))


def _refused(*reports):
    with pytest.raises(ArtifactInvalidError) as caught:
        _merge(*reports)
    return str(caught.value)


def test_cells_are_by_model_and_name_it():
    merged = _merge(
        _report("n", {}), _report("m", {"runtime": "b"}), _report("m", {"runtime": "a"})
    )
    assert [(cell.model, cell.runtime) for cell in merged.cells] == [
        ("m", "b"),
        ("m", "a"),
        ("n", "a"),
    ]
    assert merged.ok and merged.summary == {"match": 3} and not merged.model


def test_what_was_merged_can_be_merged_again():
    first, second, third = (_report(name, {}, notes=["said"]) for name in "abc")
    assert _merge(_merge(first, second), third) == _merge(first, second, third)


def test_a_copy_is_counted_once():
    cell = {"runtime_version": "1", "load_seconds": 0.5}
    merged = _merge(_report("m", cell), _report("m", cell | {"cached": True}))
    assert len(merged.cells) == 1


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"run_seconds": 0.26}, "other messages, figures or times"),
        ({"message": "x"}, "other messages, figures or times"),
        ({"verdict": _Cell.crashed}, "verdicts crashed and match"),
    ],
)
def test_nothing_is_judged_twice(other, difference):
    assert _refused(_report("m", {}), _report("m", other)) == (
        f"'1.json' and '0.json' both judge a onnx s/1 of 'm', with {difference}; leave one of them out, or"
        " name different models apart with `verify --name`"
    )


def test_shards_that_could_load_nothing_say_so_once():
    failed = {"case": "*", "verdict": _Cell.load_failed, "ok": False, "message": "in /tmp/x"}
    merged = _merge(_report("m", failed), _report("m", failed | {"message": "in /tmp/y"}))
    assert [cell.message for cell in merged.cells] == ["in /tmp/x"]
    assert "verdicts timed_out and load_failed" in _refused(
        _report("m", failed), _report("m", failed | {"verdict": _Cell.timed_out})
    )


def test_a_model_without_a_name_is_refused():
    assert "'0.json' does not say which model it is of" in _refused(_report("", {}))


def test_a_model_of_which_nothing_was_verified_fails():
    merged = _merge(_report("m"), _report("m"), _report("n"), _report("n", {}))
    assert [(cell.model, cell.runtime, cell.ok) for cell in merged.cells] == [
        ("m", "*", False),
        ("n", "a", True),
    ]
    assert not merged.ok and "nothing was verified" in merged.cells[0].message


def test_lines_begin_with_the_model_and_are_there_once():
    lines = {"notes": ["said"], "stale_expectations": ["a onnx s/2 crashed *"]}
    merged = _merge(_report("m", {}, **lines), _report("m", {"runtime": "b"}, **lines))
    assert list(merged.notes) == ["m: said"]
    assert list(merged.stale_expectations) == ["m: a onnx s/2 crashed *"]
    assert not merged.ok


def test_the_reference_is_named_if_it_is_one():
    other = _report("n", {})
    # A report of nothing has none.
    nothing = report_pb2.Report(model="n")
    assert _merge(_report("m", {}), nothing, other).reference == "r"
    other.reference = "onnxruntime-python"
    assert _merge(_report("m", {}), other).reference == ""


def test_hostile_names_stay_apart():
    report = sample_reports.hostile()
    report.model = "<m>"
    assert len(_merge(report, _report("m", {})).cells) == len(report.cells) + 1
