"""The ratchet: a list that is wrong in any way fails the run, and --fix makes it right."""

import pytest

from modelparity.contract import report_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.harness.expectations import Expectations, Scope

_Cell = report_pb2.Cell


def _cell(case, verdict=_Cell.match, message="", runtime="tfjs-node", signature="s"):
    return _Cell(
        runtime=runtime,
        format="frozen_graph",
        signature=signature,
        case=case,
        verdict=verdict,
        message=message,
        ok=verdict == _Cell.match,
    )


def _report(*cells):
    return report_pb2.Report(cells=cells)


def _read(tmp_path, *lines):
    path = tmp_path / "known.txt"
    path.write_text("".join(line + "\n" for line in lines))
    return Expectations.read(path)


_MATCH = _cell("a")
_FAILS = _cell("b", _Cell.unsupported, "input 'x': no dtype int64 [2]")
_LINE = "tfjs-node frozen_graph s/b unsupported input 'x': no dtype int64 [2]"


def test_without_lines_every_cell_has_to_match():
    report = _report(_MATCH, _FAILS)
    Expectations().apply(report)
    assert [cell.ok for cell in report.cells] == [True, False]
    assert not report.ok and dict(report.summary) == {"match": 1, "unsupported": 1}


@pytest.mark.parametrize(
    "line",
    [
        _LINE,
        "* * */b unsupported *int64*",
        "tfjs-node frozen_graph s/? unsupported *",
        "  tfjs-*   frozen_graph  s/b   unsupported   input 'x': no dtype * [2]  ",
    ],
)
def test_a_failure_that_is_expected_is_ok(tmp_path, line):
    report = _report(_FAILS)
    _read(tmp_path, "# a comment", "", line).apply(report)
    assert report.ok and report.cells[0].ok and not report.stale_expectations


@pytest.mark.parametrize(
    "line",
    [
        "tfjs-node frozen_graph s/b crashed *",
        "tfjs-node frozen_graph s/b unsupported *float64*",
        "tfjs-node frozen_graph s/b unsupported no dtype",
    ],
)
def test_a_cell_that_fails_in_another_way(tmp_path, line):
    report = _report(_FAILS)
    _read(tmp_path, line).apply(report)
    assert not report.ok and not report.cells[0].ok
    assert list(report.stale_expectations) == [line]


def test_a_listed_cell_that_matches(tmp_path):
    report = _report(_cell("b"))
    _read(tmp_path, _LINE).apply(report)
    assert not report.ok and not report.cells[0].ok
    assert list(report.stale_expectations) == [_LINE]


def test_a_wildcard_that_covers_a_match_is_no_excuse(tmp_path):
    report = _report(_MATCH, _FAILS)
    _read(tmp_path, "tfjs-node frozen_graph s/* unsupported *").apply(report)
    assert [cell.ok for cell in report.cells] == [False, True]
    assert not report.ok


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("tfjs-node frozen_graph s/b unsupported *", [True, True]),
        ("tfjs-* frozen_graph s/b unsupported *", [True, True]),
        ("tfjs-node/wasm frozen_graph s/b unsupported *", [False, True]),
    ],
)
def test_a_line_without_a_backend_is_about_all_of_them(tmp_path, line, ok):
    backends = ("tfjs-node/cpu", "tfjs-node/wasm")
    report = _report(*(_cell("b", _Cell.unsupported, runtime=name) for name in backends))
    _read(tmp_path, line).apply(report)
    assert [cell.ok for cell in report.cells] == ok
    assert not report.stale_expectations


def test_a_line_without_a_cell_is_stale(tmp_path):
    report = _report(_MATCH)
    _read(tmp_path, _LINE).apply(report)
    assert report.cells[0].ok and not report.ok
    assert list(report.stale_expectations) == [_LINE]


@pytest.mark.parametrize(
    ("scope", "stale"),
    [
        (Scope(runtimes=["tfjs-node"]), False),
        (Scope(runtimes=["tfjs-node/wasm"]), False),
        (Scope(runtimes=["tensorflow-c"]), True),
        (Scope(cases=["s/b"]), False),
        (Scope(cases=["s/c"]), True),
    ],
)
def test_what_was_left_out_is_not_judged(tmp_path, scope, stale):
    report = _report(_MATCH)
    _read(tmp_path, _LINE).apply(report, scope)
    assert bool(report.stale_expectations) == stale
    assert report.ok == (not stale)


@pytest.mark.parametrize(
    "line",
    [
        "tfjs-node frozen_graph s/b unsupported",
        "tfjs-node frozen_graph s/b match *",
        "tfjs-node frozen_graph s/b sad *",
        "one",
    ],
)
def test_a_line_that_is_none(tmp_path, line):
    with pytest.raises(
        ArtifactInvalidError, match=r"known.txt' line 2: got '.*', wants `runtime f"
    ):
        _read(tmp_path, "# comment", line)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileMissingError, match=r"none.txt' cannot be read: .* --fix writes"):
        Expectations.read(tmp_path / "none.txt")


_OLD = _cell("b", _Cell.load_failed, "too new", runtime="tf@2.16")
_OLD_LINE = "tf@2.16 frozen_graph s/b load_failed too new"


def test_a_line_is_about_its_version_alone(tmp_path):
    report = _report(_OLD)
    _read(tmp_path, "tf frozen_graph s/b load_failed *").apply(report, Scope(runtimes=["tf"]))
    assert [cell.ok for cell in report.cells] == [False]
    for line in (_OLD_LINE, "tf@* * */* load_failed *"):
        _read(tmp_path, line).apply(report)
        assert report.ok and report.cells[0].ok


def test_a_version_that_did_not_run_was_left_out(tmp_path):
    known = _read(tmp_path, "tf@2.15 * */* crashed *", "tf@2.* * */* timed_out *", _OLD_LINE)
    report = _report(_OLD)
    assert known.fixed(report) == known
    assert report.ok and not report.stale_expectations
    report = _report(_cell("b", runtime="tf@2.16"))
    known.apply(report)
    assert list(report.stale_expectations) == [_OLD_LINE] and not report.ok


def test_fix_keeps_what_is_right_and_replaces_the_rest(tmp_path):
    cells = (
        _MATCH,
        _FAILS,
        _cell("c", _Cell.crashed, "run: killed by SIGSEGV", signature="with space"),
        _cell("d", _Cell.mismatch, "output 'y' at [0,3]: got 1.25, wants 2 exact; 1 of 4"),
        _cell("e", _Cell.load_failed, "'/tmp/xyz/model.pb' is truncated after 3.5 s"),
        _cell("f", _Cell.timed_out, "start", runtime="tensorflow-c"),
    )
    wrong = "tensorflow-c * s/f crashed *"
    left_out = "endpoint * */* unsupported *"
    scope = Scope(runtimes=["endpoint"])
    known = _read(tmp_path, "# why", "", _LINE, wrong, left_out, "x y z/z crashed stale")
    fixed = known.fixed(_report(*cells), scope)
    fixed.write(tmp_path / "known.txt")
    assert (tmp_path / "known.txt").read_text().splitlines() == [
        "# why",
        "",
        _LINE,
        left_out,
        "tfjs-node frozen_graph with?space/c crashed run: killed by SIGSEGV",
        "tfjs-node frozen_graph s/d mismatch output 'y'*",
        "tfjs-node frozen_graph s/e load_failed '*' is truncated after *",
        "tensorflow-c frozen_graph s/f timed_out start",
    ]
    report = _report(*cells)
    again = Expectations.read(tmp_path / "known.txt")
    again.apply(report, scope)
    assert report.ok and not report.stale_expectations
    assert again.fixed(report, scope) == again


def test_fix_splits_a_wildcard_that_is_right_only_in_part(tmp_path):
    known = _read(tmp_path, "tfjs-node frozen_graph s/* unsupported *").fixed(
        _report(_MATCH, _FAILS)
    )
    assert [line.text for line in known.lines] == [_LINE]


def test_fix_of_names_and_messages_with_line_breaks_can_be_read_again(tmp_path):
    cell = _cell("b", _Cell.mismatch, "got a\nb\u2028c, wants d", signature="tab\tand\nbreak")
    Expectations().fixed(_report(cell)).write(tmp_path / "known.txt")
    known = Expectations.read(tmp_path / "known.txt")
    assert [line.text for line in known.lines] == [
        "tfjs-node frozen_graph tab?and?break/b mismatch got a?b?c, wants d"
    ]
    report = _report(cell)
    known.apply(report)
    assert report.ok


def test_fix_of_an_empty_message_can_be_read_again(tmp_path):
    report = _report(_cell("a", _Cell.crashed))
    Expectations().fixed(report).write(tmp_path / "known.txt")
    Expectations.read(tmp_path / "known.txt").apply(report)
    assert report.ok
