"""The matrix as people read it: a row for each runtime and format, a column for each signature; of several
models, a row for each that differs, a column for each runtime.

    print_report(report, Console(), verbose=False)

A table cell stands for all its cases; what did not match follows below, with its message. Columns
for which there is no room beside the others follow in a table of their own.
"""

import math
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from modelparity.contract import report_pb2
from modelparity.harness.reports import verdict_name
from modelparity.report import changes, findings
from modelparity.report.findings import State
from modelparity.specs import format_shape

_Column = list[Text]
"""A heading, and a text for each row."""

_GAP = 2
_MOST_LISTED = 50
"""Of several models; --verbose prints all."""
_STYLES = {State.MATCH: "green", State.KNOWN: "yellow", State.WRONG: "red"}


def print_report(report: report_pb2.Report, console: Console, verbose: bool) -> None:
    """Prints the matrix, what did not match, the notes and the summary.

    Args:
        report: As `verify` returns it.
        console: Where to.
        verbose: Every cell with every figure, too.
    """
    if report.cells:
        for number, table in enumerate(_matrix(report, console.width, verbose)):
            if number:
                console.print()
            console.print(table)
    if verbose:
        console.print("\nCells")
        for cell in report.cells:
            for line in _details(cell):
                console.print(Text(f"  {line}"), soft_wrap=True)
    most = _MOST_LISTED if findings.of_models(report) and not verbose else None
    _print_list(console, "Failures", _failures(report, known=False), most)
    if verbose:
        _print_list(console, "Known failures", _failures(report, known=True))
    if report.HasField("changes"):
        sections = changes.told(report.changes)
        for heading, lines in sections:
            _print_list(console, heading, lines, most)
        if not sections:
            console.print(f"\n{changes.UNCHANGED}")
    _print_list(
        console,
        "Stale lines of the expectations (--fix rewrites them)",
        report.stale_expectations,
        most,
    )
    _print_list(console, "Notes", report.notes, most)
    console.print()
    summary = "; ".join([findings.headline(report), *findings.facts(report)])
    console.print(Text(summary, "bold green" if report.ok else "bold red"), soft_wrap=True)


def _matrix(report: report_pb2.Report, width: int, verbose: bool) -> Iterator[Table]:
    """Yields the matrix in tables that are at most `width` wide where a single column is."""
    matrix = findings.matrix(report)
    rows = matrix.rows
    if findings.of_models(report) and not verbose:
        rows = findings.that_differ(matrix)
    labels = [[Text(heading)] for heading in matrix.headings]
    last = None
    for (first, *others), _ in rows:
        labels[0].append(Text(first if first != last else ""))
        for column, label in zip(labels[1:], others, strict=True):
            column.append(Text(label))
        last = first
    columns = [
        [Text(name), *(_table_cell(entries[number]) for _, entries in rows)]
        for number, name in enumerate(matrix.columns)
    ]
    while columns and rows:
        taken = 1
        while taken < len(columns) and _width(labels + columns[: taken + 1]) <= width:
            taken += 1
        yield _table(labels + columns[:taken])
        columns = columns[taken:]


def _width(columns: Iterable[_Column]) -> int:
    return sum(max(text.cell_len for text in column) + _GAP for column in columns) - _GAP


def _table(columns: Iterable[_Column]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for heading, *_ in columns:
        table.add_column(heading, overflow="fold")
    for row in zip(*(texts for _, *texts in columns), strict=True):
        table.add_row(*row)
    return table


def _table_cell(cells: list[report_pb2.Cell]) -> Text:
    """Of no cells there is nothing to say."""
    if not cells:
        return Text()
    outcome = findings.outcome(cells)
    return Text(outcome.text, _STYLES[outcome.state])


def _failures(report: report_pb2.Report, known: bool) -> Iterator[str]:
    for failure in findings.failures(report, known):
        yield f"{failure.where}: {failure.verdict}\n{failure.message}"


def _details(cell: report_pb2.Cell) -> Iterator[str]:
    """Yields a cell and each of its outputs, with all figures."""
    times = f"load {cell.load_seconds * 1e3:.1f} ms, run {cell.run_seconds * 1e3:.2f} ms"
    place = f"{cell.runtime} {cell.runtime_version} {cell.format} {cell.signature}/{cell.case}"
    where = f"{cell.model}: {place}" if cell.model else place
    yield f"{where}: {verdict_name(cell.verdict)}, {times}"
    if cell.message:
        yield f"  {cell.message}"
    for output in cell.outputs:
        figures = "".join(
            f", {label} {getattr(output, field):.3g}"
            for label, field in (
                ("abs", "max_abs"),
                ("rel", "max_rel"),
                ("ulp", "max_ulp"),
                ("p50", "p50_abs"),
                ("p90", "p90_abs"),
                ("p99", "p99_abs"),
            )
            if output.HasField(field) and not math.isnan(getattr(output, field))
        )
        yield f"  {output.name}: {output.dtype} {format_shape(output.shape)}{figures}"


def _print_list(
    console: Console, heading: str, lines: Iterable[str], most: int | None = None
) -> None:
    lines = list(lines)
    if lines:
        console.print(Text(f"\n{heading}", "bold"))
    for line in lines[:most]:
        first, *rest = line.split("\n")
        console.print(Text(f"- {first}"), soft_wrap=True)
        for text in rest:
            console.print(Text(f"  {text}"), soft_wrap=True)
    if most and len(lines) > most:
        console.print(Text(f"- and {len(lines) - most} more"))
