"""How a command ends that has a report: its files, the table, and the exit status."""

import pathlib
from typing import NamedTuple

from modelparity import atomic
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK
from modelparity.cli.console import stdout
from modelparity.cli.plain import say, tell
from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL
from modelparity.report import json_file, table


class ReportFiles(NamedTuple):
    """The files that a report is written into; None: it is not."""

    json: pathlib.Path | None = None
    junit: pathlib.Path | None = None
    html: pathlib.Path | None = None
    markdown: pathlib.Path | None = None

    def check(self) -> None:
        """Raises a FileMissingError for one that cannot be written, before there is anything to write."""
        for file in filter(None, self):
            atomic.check_folder(file)

    def write(
        self,
        report: report_pb2.Report,
        name: str,
        atol: float | None,
        rtol: float | None,
        finding: str,
    ) -> None:
        """Writes each, whole or not at all."""
        if self.json:
            json_file.write(self.json, report)
        # Only here, since few are asked for.
        if self.junit:
            from modelparity.report.junit import to_junit

            atomic.write_text(self.junit, to_junit(report))
        if self.html:
            from modelparity.report.html import to_html

            atomic.write_text(self.html, to_html(report, name, atol, rtol, finding))
        if self.markdown:
            from modelparity.report.markdown import to_markdown

            atomic.write_text(self.markdown, to_markdown(report, name))


def conclude(
    report: report_pb2.Report,
    name: str,
    files: ReportFiles,
    verbose: bool,
    atol: float | None = None,
    rtol: float | None = None,
    finding: str = "",
) -> int:
    """Writes and prints a report; returns the exit status.

    Args:
        report: As `verify` returns it.
        name: What was verified.
        files: To write.
        verbose: Print every cell.
        atol: That of the command line; None: it gave none.
        rtol: Likewise.
        finding: What `locate` found of a difference; empty: nothing, or it was not asked.
    """
    try:
        files.write(report, name, atol, rtol, finding)
    finally:
        # What took long to find is not lost with a disk that is full.
        table.print_report(report, stdout(), verbose)
    if finding:
        say(f"\n{finding}", end="")
    if report.ok:
        return OK
    if nothing := _nothing_verified(report):
        tell(f"modelparity: {nothing}")
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
