"""How a command ends that has a report: its files, the table, and the exit status."""

import pathlib
import sys

from google.protobuf import json_format

from modelparity import atomic
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK
from modelparity.cli.console import stdout
from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL
from modelparity.report import junit, table


def conclude(
    report: report_pb2.Report,
    json: pathlib.Path | None,
    junit_file: pathlib.Path | None,
    verbose: bool,
) -> int:
    """Writes and prints a report; returns the exit status."""
    if json:
        atomic.write_text(json, _to_json(report))
    if junit_file:
        atomic.write_text(junit_file, junit.to_junit(report))
    table.print_report(report, stdout(), verbose)
    if report.ok:
        return OK
    if nothing := _nothing_verified(report):
        print(f"modelparity: {nothing}", file=sys.stderr)
        return NOTHING_VERIFIED
    return DIFFERENT


def _nothing_verified(report: report_pb2.Report) -> str:
    """Says why nothing could be verified; empty: something was."""
    if not report.cells:
        return "nothing was verified: no case is left to run; see --case, and the notes"
    stands_for_all = all(cell.format == ALL for cell in report.cells)
    if not stands_for_all or any(cell.verdict != cell.unsupported for cell in report.cells):
        return ""
    if any(cell.signature == ALL for cell in report.cells):
        return (
            "nothing was verified: none of the runtimes can run this here; the report says why, see"
            " also `modelparity runtimes`"
        )
    return "nothing was verified: no signature has a case that the reference answers"


def _to_json(report: report_pb2.Report) -> str:
    text = json_format.MessageToJson(
        report,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        indent=2,
    )
    return text + "\n"
