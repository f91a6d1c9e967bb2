import math

from modelparity.contract import report_pb2
from modelparity.report.findings import (
    State,
    failures,
    matrix,
    outcome,
    share_at_worst,
    share_of_tolerance,
)

_Cell = report_pb2.Cell


def test_what_has_no_error_is_a_match_without_a_number():
    cell = _Cell(verdict=_Cell.match, ok=True)
    cell.outputs.add(dtype="string", match=True)
    assert outcome([cell]).text == "match"
    cell.outputs.add(max_abs=0, match=True)
    assert outcome([cell]).text == "match 0"


def test_the_worst_state_speaks_for_all():
    match = _Cell(verdict=_Cell.match, ok=True)
    known = _Cell(verdict=_Cell.crashed, ok=True)
    wrong = _Cell(verdict=_Cell.timed_out)
    told = [(each.state, each.verdict, each.text) for each in (outcome([match, known, wrong]),)]
    assert told == [(State.WRONG, "timed_out", "2/3 timed out")]
    assert outcome([match, known]).text == "1/2 crashed (known)"
    # It is listed, and matches: the known failure is not what is wrong.
    assert outcome([known, _Cell(verdict=_Cell.match)]).state == State.WRONG


def test_a_share_is_of_what_is_allowed_at_the_worst_element():
    output = report_pb2.OutputComparison(atol=1, rtol=0.5)
    assert math.isnan(share_at_worst(output))
    output.reference_value.number_value, output.candidate_value.number_value = -4, -5.5
    assert share_at_worst(output) == 0.5
    output.atol = output.rtol = 0
    assert math.isnan(share_at_worst(output))
    output.candidate_value.string_value = "NaN"
    assert math.isnan(share_at_worst(output))


def test_a_larger_element_may_take_a_larger_share():
    output = report_pb2.OutputComparison(atol=1e-5, rtol=1e-4)
    output.reference_value.number_value, output.candidate_value.number_value = 0, 1e-7
    assert share_of_tolerance(output) == share_at_worst(output)
    output.magnitudes.add(decade=-400, max_abs=1e-7)
    output.magnitudes.add(decade=0, max_abs=5e-4)
    # At 10, which is the most that an element of that decade is, 1.01e-3 is allowed.
    assert math.isclose(share_of_tolerance(output), 5e-4 / 1.01e-3)
    output.magnitudes.add(decade=400, max_abs=math.inf)
    assert share_of_tolerance(output) == math.inf
    assert math.isnan(share_of_tolerance(report_pb2.OutputComparison(dtype="string")))


def _of_models(*places):
    report = report_pb2.Report()
    for model, runtime in places:
        report.cells.add(model=model, runtime=runtime, format="onnx", signature="s", case="*")
    return report


def test_a_model_of_which_nothing_was_verified_is_so_in_every_column():
    found = matrix(_of_models(("m", "a/x"), ("m", "a/y"), ("m", "b"), ("n", "*")))
    assert (found.headings, found.columns) == (("model",), ["a", "b"])
    assert [(labels, list(map(len, cells))) for labels, cells in found.rows] == [
        (("m",), [2, 1]),
        (("n",), [1, 1]),
    ]
    assert matrix(_of_models(("n", "*"))).columns == ["*"]


def test_one_cause_in_many_models_is_told_once():
    report = _of_models(*((f"m{number}", "a") for number in range(6)))
    (failure,) = failures(report, known=False)
    assert failure.where == "m0, m1, m2, m3 and 2 more: a: onnx of s"
    assert len(failure.cells) == 6
