"""What a report says otherwise than an earlier one of the same models.

report.changes.CopyFrom(changes(report, earlier))
for heading, lines in told(report.changes):
    print(heading, *lines, sep="\\n")
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping

from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL, verdict_name
from modelparity.report.merging import Key, key

_Change = report_pb2.Change
_GROWTH = 10
"""An error that is more than so many times what it was is told of."""

_HEADINGS = {
    _Change.new_failure: "New failures",
    _Change.removed: "No longer there",
    _Change.other_verdict: "Other verdicts",
    _Change.larger_error: "Errors more than ten times what they were",
    _Change.mended: "Mended",
    _Change.added: "New, and well",
}
"""In the order in which a reader wants them."""

UNCHANGED = "Nothing has changed since the earlier report."
"""What is told where `told` returns nothing."""


def changes(report: report_pb2.Report, earlier: report_pb2.Report) -> report_pb2.Changes:
    """Returns what is otherwise. Models are held to be the same by their names."""
    now = {key(cell, report.model): cell for cell in report.cells}
    then = {key(cell, earlier.model): cell for cell in earlier.cells}
    models = {model for model, *_ in now}
    earlier_models = {model for model, *_ in then}
    found = report_pb2.Changes(
        models_added=sorted(models - earlier_models),
        models_removed=sorted(earlier_models - models),
    )
    for name, cell in now.items():
        if change := _change(then.get(name), cell, name[0] in earlier_models):
            found.cells.append(_named(change, name))
    for name, cell in then.items():
        if name not in now and name[0] in models:
            gone = _Change(kind=_Change.removed, before=cell.verdict)
            found.cells.append(_named(gone, name))
    return found


def _change(
    before: report_pb2.Cell | None, cell: report_pb2.Cell, model_was_there: bool
) -> _Change | None:
    change = _Change(after=cell.verdict)
    if before:
        change.before = before.verdict
    if not cell.ok and (before is None or before.ok):
        change.kind, change.message = _Change.new_failure, cell.message
    elif before is None:
        if not model_was_there:
            return None
        change.kind = _Change.added
    elif cell.ok and not before.ok:
        change.kind = _Change.mended
    elif cell.verdict != before.verdict:
        change.kind, change.message = _Change.other_verdict, cell.message
    elif grown := max(_grown(before, cell), key=lambda each: each.factor, default=None):
        change.kind, change.message = _Change.larger_error, grown.text
    else:
        return None
    return change


@dataclasses.dataclass(frozen=True)
class _Grown:
    factor: float
    text: str


def _grown(before: report_pb2.Cell, cell: report_pb2.Cell) -> Iterator[_Grown]:
    """Yields the outputs of which the largest error grew too much; from 0, by any amount."""
    errors: Mapping[str, float] = {
        output.name: output.max_abs for output in before.outputs if output.HasField("max_abs")
    }
    for output in cell.outputs:
        old = errors.get(output.name, math.inf)
        if output.HasField("max_abs") and output.max_abs > _GROWTH * old:
            factor = output.max_abs / old if old else math.inf
            text = f"output '{output.name}': largest error {output.max_abs:.2g}, was {old:.2g}"
            yield _Grown(factor, text)


def _named(change: _Change, name: Key) -> _Change:
    change.model, change.runtime, change.format, change.signature, change.case = name
    return change


def told(found: report_pb2.Changes) -> list[tuple[str, list[str]]]:
    """Returns headings with lines; the cases of one signature are one line. Empty: nothing has changed."""
    groups: dict[tuple, list[_Change]] = {}
    for change in found.cells:
        place = (change.model, change.runtime, change.format, change.signature)
        groups.setdefault((change.kind, change.before, change.after, *place), []).append(change)
    lines: dict[int, list[str]] = {kind: [] for kind in _HEADINGS}
    for (kind, *_), cells in groups.items():
        lines[kind].append(_line(cells))
    sections = [
        ("Models that are new", list(found.models_added)),
        ("Models that are gone", list(found.models_removed)),
        *((heading, lines[kind]) for kind, heading in _HEADINGS.items()),
    ]
    return [section for section in sections if section[1]]


def _line(cells: list[_Change]) -> str:
    change = cells[0]
    place = [change.runtime, change.format, f"{change.signature}/{change.case}"]
    parts = [change.model, " ".join(part for part in place if part not in (ALL, f"{ALL}/{ALL}"))]
    if change.before != change.after:
        before = verdict_name(change.before) if change.before else "not there"
        after = verdict_name(change.after) if change.after else "not there"
        parts.append(f"{before}, now {after}")
    if change.message:
        parts.append(change.message)
    if len(cells) > 1:
        parts[-1] += f" (and {len(cells) - 1} more cases)"
    return ": ".join(parts)
