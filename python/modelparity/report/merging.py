"""Many reports as one: of several models, or of the shards of a model.

    report = merge([("a/report.json", first), ("b/report.json", second)])

Each cell of the result names its model. No cell is judged twice: one that is in two reports with the same
result, to the last figure and the microsecond, is a copy and counted once, and so is one that stands for all cases
and has the same verdict. Anything else is an error, since nobody could say which of both is true.
"""

from collections.abc import Iterable, Sequence

from modelparity.contract import report_pb2
from modelparity.errors import ArtifactInvalidError
from modelparity.harness.reports import ALL, finish, verdict_name

Key = tuple[str, str, str, str, str]
"""Model, runtime, format, signature and case."""


def key(cell: report_pb2.Cell, model: str = "") -> Key:
    """Returns what names a cell; `model` is that of its report."""
    return cell.model or model, cell.runtime, cell.format, cell.signature, cell.case


def merge(reports: Iterable[tuple[str, report_pb2.Report]]) -> report_pb2.Report:
    """Returns the cells of all reports, by model, and of each in the order of its reports.

    Notes and stale lines of expectations begin with the name of the model. A model of which no report has a
    cell has one that fails: that nothing was verified must not look as if all were well.

    Args:
        reports: Each with what it is called in an error, such as its path. A report that was merged may be
            merged again.

    Raises:
        ArtifactInvalidError: A report does not name its model, or two judge the same cell.
    """
    reports = list(reports)
    cells = _cells(reports)
    merged = report_pb2.Report()
    verified = {model for model, *_ in cells}
    for _, report in reports:
        if report.model and report.model not in verified:
            cells[report.model, ALL, ALL, ALL, ALL] = _nothing_of(report.model)
    merged.cells.extend(cells[each] for each in sorted(cells, key=lambda each: each[0]))
    for _, report in reports:
        prefix = f"{report.model}: " if report.model else ""
        merged.stale_expectations.extend(prefix + line for line in report.stale_expectations)
        merged.notes.extend(prefix + note for note in report.notes)
    for lines in (merged.stale_expectations, merged.notes):
        lines[:] = dict.fromkeys(lines)
    references = {
        (report.reference, report.reference_is_recorded)
        for _, report in reports
        if report.reference
    }
    if len(references) == 1:
        ((merged.reference, merged.reference_is_recorded),) = references
    finish(merged)
    return merged


def _cells(reports: Sequence[tuple[str, report_pb2.Report]]) -> dict[Key, report_pb2.Cell]:
    cells: dict[Key, report_pb2.Cell] = {}
    origins: dict[Key, str] = {}
    for where, report in reports:
        for cell in report.cells:
            name = key(cell, report.model)
            if not name[0]:
                raise ArtifactInvalidError(
                    f"'{where}' does not say which model it is of, since an older modelparity wrote it;"
                    " verify the model again"
                )
            if name not in cells:
                cells[name] = report_pb2.Cell()
                cells[name].CopyFrom(cell)
                cells[name].model = name[0]
                origins[name] = where
            elif not _is_copy(cells[name], cell):
                raise ArtifactInvalidError(
                    f"'{where}' and '{origins[name]}' both judge {_told(name)}, with"
                    f" {_difference(cells[name], cell)}; leave one of them out, or name different models apart"
                    " with `verify --name`"
                )
    return cells


def _is_copy(one: report_pb2.Cell, other: report_pb2.Cell) -> bool:
    if one.case == ALL:
        # Each shard of a model says so of its own cases, and in its own words.
        return (one.verdict, one.ok) == (other.verdict, other.ok)
    left, right = report_pb2.Cell(), report_pb2.Cell()
    for copy, cell in ((left, one), (right, other)):
        copy.CopyFrom(cell)
        copy.ClearField("model")
        copy.ClearField("cached")
    return left == right


def _difference(one: report_pb2.Cell, other: report_pb2.Cell) -> str:
    if one.verdict != other.verdict:
        return f"verdicts {verdict_name(other.verdict)} and {verdict_name(one.verdict)}"
    return "other messages, figures or times"


def _told(name: Key) -> str:
    model, runtime, format_name, signature, case = name
    return f"{runtime} {format_name} {signature}/{case} of '{model}'"


def _nothing_of(model: str) -> report_pb2.Cell:
    return report_pb2.Cell(
        model=model,
        runtime=ALL,
        format=ALL,
        signature=ALL,
        case=ALL,
        verdict=report_pb2.Cell.unsupported,
        message="nothing was verified: no runtime that ran reads a format of this model, or no case is left",
    )
