from summary import to_markdown


def _cell(**fields):
    cell = {
        "runtime": "r",
        "format": "onnx",
        "signature": "s",
        "case": "c",
        "verdict": "match",
        "message": "",
        "ok": True,
    }
    return cell | fields


def _report(*cells, **fields):
    report = {"ok": True, "summary": {}, "cells": cells, "stale_expectations": [], "notes": []}
    return report | fields


def test_a_cell_that_stands_for_all_signatures_is_in_every_column():
    missing = _cell(runtime="moon", format="*", signature="*", verdict="unsupported", ok=False)
    text = to_markdown(_report(_cell(), _cell(signature="t"), missing))
    assert "| moon | * | **unsupported**: 1 of 1 | **unsupported**: 1 of 1 |\n" in text
    assert "| * | **unsupported**: 1 of 1 |\n" in to_markdown(_report(missing))


def test_without_a_cell_there_is_no_table():
    text = to_markdown(_report(ok=False, notes=["not run, since"]))
    assert text == ("### modelparity: FAILED\n\n0 cells: none\n\n\n**Notes**\n\n- not run, since\n")


def test_a_listed_cell_that_matches_says_so():
    text = to_markdown(_report(_cell(ok=False)))
    assert "- `r` onnx s/c: match: is listed in the expectations, and matches now" in text


def test_names_and_messages_are_no_markup():
    text = to_markdown(_report(_cell(signature="a|b<i>", ok=False, message="got\n| <b>")))
    assert r"| runtime | format | a\|b&lt;i> |" in text
    assert "- `r` onnx a|b&lt;i>/c: match: got | &lt;b>" in text


def test_a_long_list_is_cut():
    text = to_markdown(_report(*[_cell(ok=False)] * 53))
    assert text.count("- `r` onnx") == 50
    assert text.endswith("- and 3 more, which are in the report as JSON\n")
