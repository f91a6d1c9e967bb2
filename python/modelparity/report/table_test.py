"""What people read, letter by letter, at 100 columns."""

import io

from rich.console import Console

from modelparity.contract import report_pb2
from modelparity.harness.matrix import finish
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
        "                         tensorflow  tfjs",
        "signature  format        python      node",
        "s          saved_model   match 0",
        "           frozen_graph              match 3e-07",
        "t          frozen_graph              match",
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
        "signature  format  a             b         c",
        "*          *                               unsupported",
        "s          onnx    2/3 mismatch",
        "t          onnx    not made      not made",
        "u          onnx                  not made",
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


def test_what_is_expected_is_known_and_the_rest_is_not():
    known = _cell("a", "onnx", "s", "1", _Cell.unsupported, "int64", ok=True)
    lines = _print(known)
    assert lines[1] == "s          onnx    unsupported (known)"
    assert lines[-1].startswith("OK; 1 cells: 1 unsupported; 1 as the expectations say")
    assert "Failures" not in lines
    lines = _print(known, _cell("a", "onnx", "t", "1", ok=False), stale_expectations=["x y z"])
    assert lines[2] == "t          onnx    match"
    assert "  1: is listed in the expectations, and matches now" in lines
    assert "- x y z" in lines
    assert _print(_cell("a", "onnx", "s", "1"), stale_expectations=["x"])[-1].startswith(
        "FAILED: stale expectations; 1 cells"
    )


def test_verbose_shows_every_figure():
    lines = _print(_cell("a", "onnx", "s", "1", error=0.5), verbose=True)
    assert "  a  onnx s/1: match, load 0.0 ms, run 0.00 ms" in lines
    assert "    y: float32 [2], abs 0.5, rel 0, ulp 3" in lines


def test_what_is_too_wide_is_wrapped_and_not_cut():
    names = [f"onnxruntime-{letter * 10}" for letter in "abcdef"]
    cells = [_cell(name, "frozen_graph", "signature", "1", error=0.0) for name in names]
    cells.append(_cell(names[0], "frozen_graph", "signature", "2", _Cell.unsupported, "int64"))
    lines = _print(*cells)
    assert max(len(line) for line in lines[:4]) <= 100
    text = " ".join(" ".join(lines[:5]).split())
    assert "1/2" in text and "unsupported" in text and "…" not in text


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
