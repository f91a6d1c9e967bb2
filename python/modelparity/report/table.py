"""The matrix as people read it: a row for each runtime and format, a column for each signature.

    print_report(report, Console(), verbose=False)

A table cell stands for all its cases; what did not match follows below, with its message. Signatures
for which there is no room beside the others follow in a table of their own.
"""

import math
from collections.abc import Collection, Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL, verdict_name
from modelparity.patterns import without_backend
from modelparity.specs import format_shape

_Column = list[Text]
"""A heading, and a text for each row."""

_MATCH = report_pb2.Cell.match
_GAP = 2
_WORDS = {
    "contract_mismatch": "contract",
    "conversion_failed": "not made",
    "load_failed": "load failed",
    "run_failed": "run failed",
    "timed_out": "timed out",
}


def print_report(report: report_pb2.Report, console: Console, verbose: bool) -> None:
    """Prints the matrix, what did not match, the notes and the summary.

    Args:
        report: As `verify` returns it.
        console: Where to.
        verbose: Every cell with every figure, too.
    """
    if report.cells:
        for number, table in enumerate(_matrix(report.cells, console.width)):
            if number:
                console.print()
            console.print(table)
    if verbose:
        console.print("\nCells")
        for cell in report.cells:
            for line in _details(cell):
                console.print(Text(f"  {line}"), soft_wrap=True)
    _print_list(console, "Failures", _failures(report, known=False))
    if verbose:
        _print_list(console, "Known failures", _failures(report, known=True))
    _print_list(
        console, "Stale lines of the expectations (--fix rewrites them)", report.stale_expectations
    )
    _print_list(console, "Notes", report.notes)
    console.print()
    console.print(_summary(report), soft_wrap=True)


def _matrix(cells: Iterable[report_pb2.Cell], width: int) -> Iterator[Table]:
    """Yields the matrix in tables that are at most `width` wide where a single signature is."""
    rows: dict[tuple[str, str], list[report_pb2.Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.runtime, cell.format), []).append(cell)
    labels = [[Text("runtime")], [Text("format")]]
    last = None
    for runtime, format_name in rows:
        labels[0].append(Text(runtime if runtime != last else ""))
        labels[1].append(Text(format_name))
        last = runtime
    signatures = {cell.signature for row in rows.values() for cell in row}
    columns = [
        [Text(name), *(_table_cell(_about(name, row)) for row in rows.values())]
        for name in sorted(signatures - {ALL}) or [ALL]
    ]
    while columns:
        taken = 1
        while taken < len(columns) and _width(labels + columns[: taken + 1]) <= width:
            taken += 1
        yield _table(labels + columns[:taken])
        columns = columns[taken:]


def _about(signature: str, cells: Iterable[report_pb2.Cell]) -> list[report_pb2.Cell]:
    return [cell for cell in cells if cell.signature in (signature, ALL)]


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
    """Returns the worst verdict of the cells, with the worst error or the number that have it.

    Of no cells there is nothing to say.
    """
    if not cells:
        return Text()
    failed = [cell for cell in cells if cell.verdict != _MATCH]
    wrong = [cell for cell in cells if not cell.ok]
    if not failed:
        style = "red" if wrong else "green"
        return Text(f"match {_worst_error(cells)}".rstrip(), style)
    shown = next((cell for cell in failed if not cell.ok), failed[0])
    name = verdict_name(shown.verdict)
    count = f"{len(failed)}/{len(cells)} " if len(cells) > 1 and len(failed) < len(cells) else ""
    known = "" if wrong else " (known)"
    return Text(f"{count}{_WORDS.get(name, name)}{known}", "red" if wrong else "yellow")


def _worst_error(cells: Iterable[report_pb2.Cell]) -> str:
    """Returns the largest absolute error, empty when nothing has one."""
    errors = [
        output.max_abs for cell in cells for output in cell.outputs if output.HasField("max_abs")
    ]
    if not errors:
        return ""
    return f"{max(errors):.0e}" if max(errors) else "0"


def _failures(report: report_pb2.Report, known: bool) -> Iterator[str]:
    """Yields where and why for each cause, once for all runtimes, signatures and cases that it hit."""
    # First all cases of one artifact, told by the first of them; then all places with the same
    # story.
    groups: dict[tuple, list[report_pb2.Cell]] = {}
    for cell in report.cells:
        if (cell.verdict != _MATCH or not cell.ok) and cell.ok == known:
            key = (cell.runtime, cell.format, cell.signature, cell.verdict)
            groups.setdefault(key, []).append(cell)
    stories: dict[tuple, list[tuple[str, str]]] = {}
    for (runtime, format_name, signature, verdict), cells in groups.items():
        message = cells[0].message or "is listed in the expectations, and matches now"
        if cells[0].case != ALL:
            message = f"{cells[0].case}: {message}"
        if len(cells) > 1:
            message += f" (and {len(cells) - 1} more cases)"
        story = (format_name, verdict, message)
        stories.setdefault(story, []).append((runtime, signature))
    for (format_name, verdict, message), places in stories.items():
        names = _short(dict.fromkeys(runtime for runtime, _ in places), report)
        what = ", ".join(dict.fromkeys(signature for _, signature in places))
        where = names if format_name == ALL else f"{names}: {format_name} of {what}"
        yield f"{where}: {verdict_name(verdict)}\n{message}"


def _short(names: Collection[str], report: report_pb2.Report) -> str:
    """Lists runtimes; one of which all backends are among them is named without its backends."""
    others = {without_backend(cell.runtime) for cell in report.cells if cell.runtime not in names}
    short = (name if without_backend(name) in others else without_backend(name) for name in names)
    return ", ".join(dict.fromkeys(short))


def _details(cell: report_pb2.Cell) -> Iterator[str]:
    """Yields a cell and each of its outputs, with all figures."""
    times = f"load {cell.load_seconds * 1e3:.1f} ms, run {cell.run_seconds * 1e3:.2f} ms"
    where = f"{cell.runtime} {cell.runtime_version} {cell.format} {cell.signature}/{cell.case}"
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


def _print_list(console: Console, heading: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        console.print(Text(f"\n{heading}", "bold"))
    for line in lines:
        first, *rest = line.split("\n")
        console.print(Text(f"- {first}"), soft_wrap=True)
        for text in rest:
            console.print(Text(f"  {text}"), soft_wrap=True)


def _summary(report: report_pb2.Report) -> Text:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.summary.items()))
    known = sum(cell.ok and cell.verdict != _MATCH for cell in report.cells)
    wrong = sum(not cell.ok for cell in report.cells)
    cached = sum(cell.cached for cell in report.cells)
    parts = [f"{len(report.cells)} cells: {counts or 'none'}"]
    if known:
        parts.append(f"{known} as the expectations say")
    if cached:
        count = "all" if cached == len(report.cells) else cached
        parts.append(f"{count} known from an earlier run with nothing changed since")
    if report.reference:
        origin = "its recorded answers" if report.reference_is_recorded else "run live"
        parts.append(f"reference {report.reference}, {origin}")
    if report.ok:
        verdict = "OK"
    elif wrong:
        verdict = f"FAILED: {wrong} cells"
    else:
        verdict = "FAILED: stale expectations" if report.stale_expectations else "FAILED"
    return Text(f"{verdict}; {'; '.join(parts)}", "bold green" if report.ok else "bold red")
