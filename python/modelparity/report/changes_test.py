import math

import pytest

from modelparity.contract import report_pb2
from modelparity.report.changes import changes, told

_Cell = report_pb2.Cell
_Change = report_pb2.Change


def _report(*cells):
    report = report_pb2.Report()
    for cell in cells:
        cell = {
            "model": "m",
            "runtime": "a",
            "format": "onnx",
            "signature": "s",
            "case": "1",
        } | cell
        errors = cell.pop("errors", {})
        added = report.cells.add(**({"verdict": _Cell.match, "ok": True} | cell))
        for name, error in errors.items():
            added.outputs.add(name=name, max_abs=error)
    return report


_CRASHED = {"verdict": _Cell.crashed, "ok": False, "message": "signal 11"}
_KNOWN = {"verdict": _Cell.unsupported, "message": "int64"}


@pytest.mark.parametrize(
    ("then", "now", "kind", "message"),
    [
        ({}, _CRASHED, _Change.new_failure, "signal 11"),
        (_CRASHED, {}, _Change.mended, ""),
        (_CRASHED, _KNOWN, _Change.mended, ""),
        ({}, _KNOWN, _Change.other_verdict, "int64"),
        (_CRASHED, _CRASHED | {"verdict": _Cell.timed_out}, _Change.other_verdict, "signal 11"),
        # It is listed in the expectations, and matches.
        (_KNOWN, {"ok": False}, _Change.new_failure, ""),
    ],
)
def test_a_cell_that_is_otherwise(then, now, kind, message):
    (change,) = changes(_report(now), _report(then)).cells
    assert (change.kind, change.message) == (kind, message)
    assert change.before == then.get("verdict", _Cell.match)
    assert change.after == now.get("verdict", _Cell.match)
    assert (change.model, change.runtime, change.signature, change.case) == ("m", "a", "s", "1")


def test_nothing_changed():
    report = _report({"errors": {"y": 1e-7}}, {"case": "2"} | _CRASHED)
    assert told(changes(report, report)) == []
    assert not changes(_report({"message": "x"}), _report({})).cells


@pytest.mark.parametrize(
    ("then", "now", "grew"),
    [
        (1e-7, 9.9e-7, False),
        (1e-7, 1.1e-6, True),
        (0.0, 0.0, False),
        (0.0, 1e-9, True),
        (1e-7, math.inf, True),
        (math.inf, math.inf, False),
        (math.inf, 1.0, False),
    ],
)
def test_errors_that_grew(then, now, grew):
    found = changes(_report({"errors": {"y": now}}), _report({"errors": {"y": then}})).cells
    assert [change.kind for change in found] == ([_Change.larger_error] if grew else [])


def test_of_several_outputs_the_one_that_grew_most_is_told():
    then, now = {"x": 1e-7, "y": 1e-7, "gone": 0}, {"x": 2e-6, "y": 4e-6, "came": 1}
    (change,) = changes(_report({"errors": now}), _report({"errors": then})).cells
    assert change.message == "output 'y': largest error 4e-06, was 1e-07"


def test_what_comes_and_goes():
    then = _report({}, {"case": "2"}, {"model": "gone"})
    now = _report({}, {"case": "3"}, {"case": "4"} | _CRASHED, {"model": "new"})
    now.cells.add(model="new", runtime="b", verdict=_Cell.crashed)
    found = changes(now, then)
    assert (list(found.models_added), list(found.models_removed)) == (["new"], ["gone"])
    assert [(change.kind, change.case) for change in found.cells] == [
        (_Change.added, "3"),
        (_Change.new_failure, "4"),
        (_Change.new_failure, ""),
        (_Change.removed, "2"),
    ]


def test_models_are_the_same_by_name_merged_or_not():
    alone = _report({"model": ""})
    alone.model = "m"
    assert told(changes(alone, _report({}))) == []


def test_it_is_told_in_lines():
    then = _report({}, {"case": "2"}, {"case": "gone"}, {"model": "gone"})
    now = _report(_CRASHED, {"case": "2"} | _CRASHED, {"case": "new"})
    now.cells.add(model="n", runtime="b", format="*", signature="*", case="*", ok=True)
    assert told(changes(now, then)) == [
        ("Models that are new", ["n"]),
        ("Models that are gone", ["gone"]),
        ("New failures", ["m: a onnx s/1: match, now crashed: signal 11 (and 1 more cases)"]),
        ("No longer there", ["m: a onnx s/gone: match, now not there"]),
        ("New, and well", ["m: a onnx s/new: not there, now match"]),
    ]
