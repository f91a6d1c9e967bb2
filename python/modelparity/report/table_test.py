"""What people read, letter by letter, at 100 columns."""

import io

from rich.console import Console

from modelparity.contract import report_pb2
from modelparity.harness.reports import finish
from modelparity.report.table import print_report

_Cell = report_pb2.Cell


def _cell(
    runtime, format_name, signature, case, verdict=_Cell.match, message="", error=None, ok=None
):
    cell = _Cell(
        runtime=runtime,
        format=format_name,
        signature=signature,
        case=case,
        verdict=verdict,
        message=message,
    )
    cell.ok = verdict == _Cell.match if ok is None else ok
    if error is not None:
        cell.outputs.add(
            name="y", dtype="float32", shape=[2], max_abs=error, max_rel=0, max_ulp=3, match=True
        )
    return cell


def _print(*cells, verbose=False, **fields):
    report = report_pb2.Report(cells=cells, reference="tensorflow-python", **fields)
    finish(report)
    stream = io.StringIO()
    print_report(report, Console(file=stream, width=100, highlight=False), verbose)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_all_is_well():
    lines = _print(
        _cell("tensorflow-python", "saved_model", "s", "1", error=0.0),
        _cell("tensorflow-python", "saved_model", "s", "2", error=0.0),
        _cell("tfjs-node", "frozen_graph", "s", "1", error=1.49e-7),
        _cell("tfjs-node", "frozen_graph", "s", "2", error=2.51e-7),
        _cell("tfjs-node", "frozen_graph", "t", "1"),
        reference_is_recorded=True,
    )
    assert lines == [
        "runtime            format        s            t",
        "tensorflow-python  saved_model   match 0",
        "tfjs-node          frozen_graph  match 3e-07  match",
        "",
        "OK; 5 cells: 5 match; reference tensorflow-python, its recorded answers",
    ]


def test_failures_are_told_once():
    lines = _print(
        _cell("a", "onnx", "s", "1", error=0.0),
        _cell("a", "onnx", "s", "2", _Cell.mismatch, "output 'y' differs"),
        _cell("a", "onnx", "s", "3", _Cell.mismatch, "output 'y' differs, too"),
        _cell("a", "onnx", "t", "*", _Cell.conversion_failed, "operator Frobnicate"),
        _cell("b", "onnx", "t", "*", _Cell.conversion_failed, "operator Frobnicate"),
        _cell("b", "onnx", "u", "*", _Cell.conversion_failed, "operator Frobnicate"),
        _cell("c", "*", "*", "*", _Cell.unsupported, "not available here"),
    )
    assert lines == [
        "runtime  format  s             t            u",
        "a        onnx    2/3 mismatch  not made",
        "b        onnx                  not made     not made",
        "c        *       unsupported   unsupported  unsupported",
        "",
        "Failures",
        "- a: onnx of s: mismatch",
        "  2: output 'y' differs (and 1 more cases)",
        "- a, b: onnx of t, u: conversion_failed",
        "  operator Frobnicate",
        "- c: unsupported",
        "  not available here",
        "",
        "FAILED: 6 cells; 7 cells: 3 conversion_failed, 1 match, 2 mismatch, 1 unsupported; reference"
        " tensorflow-python, run live",
    ]


def test_backends_that_all_fail_alike_are_named_as_one():
    lines = _print(
        _cell("a/x", "onnx", "s", "1", _Cell.unsupported, "operator Frobnicate"),
        _cell("a/y", "onnx", "s", "1", _Cell.unsupported, "operator Frobnicate"),
        _cell("b/x", "onnx", "s", "1", _Cell.unsupported, "operator Frobnicate"),
        _cell("b/y", "onnx", "s", "1"),
    )
    assert "- a, b/x: onnx of s: unsupported" in lines


def test_what_is_expected_is_known_and_the_rest_is_not():
    known = _cell("a", "onnx", "s", "1", _Cell.unsupported, "int64", ok=True)
    lines = _print(known)
    assert lines[1] == "a        onnx    unsupported (known)"
    assert lines[-1].startswith("OK; 1 cells: 1 unsupported; 1 as the expectations say")
    assert "Failures" not in lines
    lines = _print(known, _cell("a", "onnx", "t", "1", ok=False), stale_expectations=["x y z"])
    assert lines[1] == "a        onnx    unsupported (known)  match"
    assert "  1: is listed in the expectations, and matches now" in lines
    assert "- x y z" in lines
    assert _print(_cell("a", "onnx", "s", "1"), stale_expectations=["x"])[-1].startswith(
        "FAILED: stale expectations; 1 cells"
    )


def test_verbose_shows_every_figure():
    lines = _print(_cell("a", "onnx", "s", "1", error=0.5), verbose=True)
    assert "  a  onnx s/1: match, load 0.0 ms, run 0.00 ms" in lines
    assert "    y: float32 [2], abs 0.5, rel 0, ulp 3" in lines


def test_signatures_that_do_not_fit_follow_below():
    names = [f"signature_{letter * 19}" for letter in "abc"]
    cells = [_cell("onnxruntime-web-chromium/wasm", "onnx", name, "1", error=0.0) for name in names]
    lines = _print(*cells, _cell("a", "onnx", names[0], "1", _Cell.unsupported))
    assert lines[:7] == [
        f"runtime                        format  {names[0]}  {names[1]}",
        "onnxruntime-web-chromium/wasm  onnx    match 0                        match 0",
        "a                              onnx    unsupported",
        "",
        f"runtime                        format  {names[2]}",
        "onnxruntime-web-chromium/wasm  onnx    match 0",
        "a                              onnx",
    ]


def test_a_name_that_is_too_wide_is_wrapped_and_not_cut():
    lines = _print(_cell("a", "onnx", "long" * 30, "1", error=0.0))
    assert max(len(line) for line in lines[:-1]) <= 100
    assert "".join(line[17:].strip() for line in lines[:2]) == "long" * 30


def test_of_several_models_those_that_differ_are_rows():
    well, wrong = _cell("a/x", "onnx", "s", "1"), _cell("a/y", "onnx", "s", "1", _Cell.crashed, "x")
    other = _cell("b", "onnx", "s", "1", error=0.0)
    well.model, wrong.model, other.model = "m", "n", "n"
    lines = _print(well, wrong, other)
    assert lines == [
        "model  a        b",
        "n      crashed  match 0",
        "",
        "Failures",
        "- n: a/y: onnx of s: crashed",
        "  1: x",
        "",
        "FAILED: 1 cells; 2 models, of which 1 differ; 3 cells: 1 crashed, 2 match; reference"
        " tensorflow-python, run live",
    ]
    assert "m      match" in _print(well, wrong, other, verbose=True)[1]
    assert _print(well)[0] == ""


def test_of_very_many_lines_the_first_are_there():
    cells = [_cell("a", "onnx", "s", "1", _Cell.crashed, f"{number}") for number in range(53)]
    for number, cell in enumerate(cells):
        cell.model = f"m{number}"
    assert "- and 3 more" in _print(*cells) and "- and 3 more" not in _print(*cells, verbose=True)


def test_nothing_to_show():
    assert _print(notes=["no case"]) == [
        "",
        "Notes",
        "- no case",
        "",
        "FAILED; 0 cells: none; reference tensorflow-python, run live",
    ]


def test_brackets_are_no_markup():
    lines = _print(
        _cell("a", "onnx", "[bold]s", "1", _Cell.crashed, "got [2] and [red]x"), verbose=True
    )
    assert any("[bold]s" in line for line in lines[:3])
    assert any(line.endswith("got [2] and [red]x") for line in lines)
