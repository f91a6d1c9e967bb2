"""What a report comes to, for everything that shows one: the matrix, and each failure once.

found = matrix(report)
for labels, entries in found.rows:
    for column, cells in zip(found.columns, entries):
        outcome(cells)
"""

import dataclasses
import enum
import math
from collections.abc import Collection, Iterable, Iterator

from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL, verdict_name
from modelparity.patterns import without_backend

_MATCH = report_pb2.Cell.match
_MOST_NAMES = 4
_WORDS = {
    "contract_mismatch": "contract",
    "conversion_failed": "not made",
    "load_failed": "load failed",
    "run_failed": "run failed",
    "timed_out": "timed out",
}


class State(enum.IntEnum):
    """What is worse is larger."""

    MATCH = 0
    KNOWN = 1
    """It fails as the expectations say."""
    WRONG = 2


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One verdict for several cells."""

    state: State
    verdict: str
    """Of the first that is in that state."""
    text: str
    """In few words, such as "match 3e-07", "1/3 mismatch" or "unsupported (known)"."""


@dataclasses.dataclass(frozen=True)
class Failure:
    """One cause, wherever it struck."""

    where: str
    verdict: str
    message: str
    cells: list[report_pb2.Cell]
    """In the report's order; never empty."""


Row = tuple[tuple[str, ...], list[list[report_pb2.Cell]]]
"""Labels, and the cells in each column, those that stand for all among them; there may be none."""


@dataclasses.dataclass(frozen=True)
class Matrix:
    """The cells in rows and columns: of one model by runtime, format and signature; of several by model and runtime."""

    headings: tuple[str, ...]
    """What the labels of a row are."""
    columns: list[str]
    """Signatures; or runtimes, each with all its backends."""
    rows: list[Row]


def of_models(report: report_pb2.Report) -> bool:
    """Says whether each cell names its model, as of a report that was merged."""
    return bool(report.cells and report.cells[0].model)


def matrix(report: report_pb2.Report) -> Matrix:
    """Returns the rows in the order of the cells; the columns of signatures by name."""
    if of_models(report):
        headings = ("model",)
        places = [((cell.model,), without_backend(cell.runtime)) for cell in report.cells]
        columns = dict.fromkeys(column for _, column in places)
    else:
        headings = ("runtime", "format")
        places = [((cell.runtime, cell.format), cell.signature) for cell in report.cells]
        columns = dict.fromkeys(sorted(column for _, column in places))
    columns.pop(ALL, None)
    columns = list(columns) or [ALL]
    rows: dict[tuple[str, ...], dict[str, list[report_pb2.Cell]]] = {}
    for (labels, column), cell in zip(places, report.cells, strict=True):
        row = rows.setdefault(labels, {name: [] for name in columns})
        for name in columns if column == ALL else [column]:
            row[name].append(cell)
    return Matrix(headings, columns, [(labels, list(row.values())) for labels, row in rows.items()])


def that_differ(matrix: Matrix) -> list[Row]:
    """Returns the rows in which something is wrong."""
    return [row for row in matrix.rows if not all(cell.ok for cells in row[1] for cell in cells)]


def state(cell: report_pb2.Cell) -> State:
    """Returns the state of one cell."""
    if not cell.ok:
        return State.WRONG
    return State.MATCH if cell.verdict == _MATCH else State.KNOWN


def outcome(cells: Collection[report_pb2.Cell]) -> Outcome:
    """Returns the worst verdict of the cells, with the worst error or the number that have it.

    Args:
        cells: At least one.
    """
    worst = max(map(state, cells))
    failed = [cell for cell in cells if cell.verdict != _MATCH]
    if not failed:
        return Outcome(worst, verdict_name(_MATCH), f"match {worst_error(cells)}".rstrip())
    shown = next((cell for cell in failed if state(cell) == worst), failed[0])
    name = verdict_name(shown.verdict)
    count = f"{len(failed)}/{len(cells)} " if len(cells) > 1 and len(failed) < len(cells) else ""
    known = " (known)" if worst == State.KNOWN else ""
    return Outcome(worst, name, f"{count}{_WORDS.get(name, name)}{known}")


def worst_error(cells: Iterable[report_pb2.Cell]) -> str:
    """Returns the largest absolute error, empty when nothing has one."""
    errors = [
        output.max_abs for cell in cells for output in cell.outputs if output.HasField("max_abs")
    ]
    if not errors:
        return ""
    return f"{max(errors):.0e}" if max(errors) else "0"


def share_at_worst(output: report_pb2.OutputComparison) -> float:
    """Returns the error of the worst element as a share of what is allowed there.

    1 is just allowed. NaN: nothing is allowed, or there are no numbers to tell it of.
    """
    reference, candidate = output.reference_value, output.candidate_value
    if not reference.HasField("number_value") or not candidate.HasField("number_value"):
        return math.nan
    allowed = output.atol + output.rtol * abs(reference.number_value)
    return abs(candidate.number_value - reference.number_value) / allowed if allowed else math.nan


def share_of_tolerance(output: report_pb2.OutputComparison) -> float:
    """Returns the largest share of its tolerance that some element takes for certain; NaN: as above.

    The worst element is furthest beyond, or nearest to, its tolerance by difference; one with a larger
    reference may take a larger share. Of a decade of magnitudes the most that is allowed is known.
    """
    shares = [share_at_worst(output)]
    for each in output.magnitudes:
        # The decade of infinite ones, where no tolerance helps, is beyond a float's.
        allowed = output.atol + output.rtol * 10.0 ** min(each.decade + 1, 308)
        shares.append(each.max_abs / allowed if allowed else math.nan)
    return max((share for share in shares if not math.isnan(share)), default=math.nan)


def failures(report: report_pb2.Report, known: bool) -> Iterator[Failure]:
    """Yields each cause once, for all runtimes, signatures and cases that it hit.

    Args:
        report: Any.
        known: Those which the expectations tell of, and not the others.
    """
    # First all cases of one artifact, told by the first of them; then all places with the same
    # story.
    groups: dict[tuple, list[report_pb2.Cell]] = {}
    for cell in report.cells:
        if state(cell) == (State.KNOWN if known else State.WRONG):
            key = (cell.model, cell.runtime, cell.format, cell.signature, cell.verdict)
            groups.setdefault(key, []).append(cell)
    stories: dict[tuple, list[report_pb2.Cell]] = {}
    for (_, _, format_name, _, verdict), cells in groups.items():
        message = reason(cells[0])
        if cells[0].case != ALL:
            message = f"{cells[0].case}: {message}"
        if len(cells) > 1:
            message += f" (and {len(cells) - 1} more cases)"
        stories.setdefault((format_name, verdict, message), []).extend(cells)
    runtimes = {cell.runtime for cell in report.cells}
    for (format_name, verdict, message), cells in stories.items():
        parts = [_short(dict.fromkeys(cell.runtime for cell in cells), runtimes)]
        if format_name != ALL:
            signatures = ", ".join(dict.fromkeys(cell.signature for cell in cells))
            parts.append(f"{format_name} of {signatures}")
        if of_models(report):
            parts.insert(0, few(dict.fromkeys(cell.model for cell in cells)))
        yield Failure(": ".join(parts), verdict_name(verdict), message, cells)


def few(names: Collection[str]) -> str:
    """Lists names, of many only the first."""
    more = len(names) - _MOST_NAMES
    return ", ".join(list(names)[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def reason(cell: report_pb2.Cell) -> str:
    """Returns why a cell is no match that was expected."""
    return cell.message or "is listed in the expectations, and matches now"


def _short(names: Collection[str], runtimes: Collection[str]) -> str:
    """Lists some of the runtimes; one of which all backends are among them is named without its backends."""
    others = {without_backend(runtime) for runtime in runtimes if runtime not in names}
    short = (name if without_backend(name) in others else without_backend(name) for name in names)
    return ", ".join(dict.fromkeys(short))


def headline(report: report_pb2.Report) -> str:
    """Says in a word or three whether all is well."""
    if report.ok:
        return "OK"
    wrong = sum(not cell.ok for cell in report.cells)
    if wrong:
        return f"FAILED: {wrong} cells"
    return "FAILED: stale expectations" if report.stale_expectations else "FAILED"


def facts(report: report_pb2.Report) -> list[str]:
    """Says how many models and cells there are with which verdict, and what they were held against."""
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.summary.items()))
    known = sum(state(cell) == State.KNOWN for cell in report.cells)
    cached = sum(cell.cached for cell in report.cells)
    parts = [f"{len(report.cells)} cells: {counts or 'none'}"]
    if of_models(report):
        models = len({cell.model for cell in report.cells})
        wrong = len({cell.model for cell in report.cells if not cell.ok})
        parts.insert(0, f"{models} model{'s' * (models != 1)}, of which {wrong or 'none'} differ")
    if known:
        parts.append(f"{known} as the expectations say")
    if cached:
        count = "all" if cached == len(report.cells) else cached
        parts.append(f"{count} known from an earlier run with nothing changed since")
    if report.reference:
        origin = "its recorded answers" if report.reference_is_recorded else "run live"
        parts.append(f"reference {report.reference}, {origin}")
    return parts
