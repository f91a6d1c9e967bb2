"""What a report comes to, for everything that shows one: the matrix, and each failure once.

for (runtime, format_name), cells in rows(report.cells).items():
    for signature in signatures(report.cells):
        outcome(about(signature, cells))
"""

import dataclasses
import enum
import math
from collections.abc import Collection, Iterable, Iterator, Mapping

from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL, verdict_name
from modelparity.patterns import without_backend

_MATCH = report_pb2.Cell.match
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


def rows(
    cells: Iterable[report_pb2.Cell],
) -> Mapping[tuple[str, str], list[report_pb2.Cell]]:
    """Returns the cells by runtime and format, in their order."""
    found: dict[tuple[str, str], list[report_pb2.Cell]] = {}
    for cell in cells:
        found.setdefault((cell.runtime, cell.format), []).append(cell)
    return found


def signatures(cells: Iterable[report_pb2.Cell]) -> list[str]:
    """Returns the columns of the matrix: one for all, if that is all there is."""
    return sorted({cell.signature for cell in cells} - {ALL}) or [ALL]


def about(signature: str, cells: Iterable[report_pb2.Cell]) -> list[report_pb2.Cell]:
    """Returns those that are of a signature, or stand for all."""
    return [cell for cell in cells if cell.signature in (signature, ALL)]


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
            key = (cell.runtime, cell.format, cell.signature, cell.verdict)
            groups.setdefault(key, []).append(cell)
    stories: dict[tuple, list[report_pb2.Cell]] = {}
    for (_, format_name, _, verdict), cells in groups.items():
        message = reason(cells[0])
        if cells[0].case != ALL:
            message = f"{cells[0].case}: {message}"
        if len(cells) > 1:
            message += f" (and {len(cells) - 1} more cases)"
        stories.setdefault((format_name, verdict, message), []).extend(cells)
    for (format_name, verdict, message), cells in stories.items():
        names = _short(dict.fromkeys(cell.runtime for cell in cells), report)
        what = ", ".join(dict.fromkeys(cell.signature for cell in cells))
        where = names if format_name == ALL else f"{names}: {format_name} of {what}"
        yield Failure(where, verdict_name(verdict), message, cells)


def reason(cell: report_pb2.Cell) -> str:
    """Returns why a cell is no match that was expected."""
    return cell.message or "is listed in the expectations, and matches now"


def _short(names: Collection[str], report: report_pb2.Report) -> str:
    """Lists runtimes; one of which all backends are among them is named without its backends."""
    others = {without_backend(cell.runtime) for cell in report.cells if cell.runtime not in names}
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
    """Says how many cells have which verdict, and what they were held against."""
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.summary.items()))
    known = sum(state(cell) == State.KNOWN for cell in report.cells)
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
    return parts
