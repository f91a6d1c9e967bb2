"""The report as a page: one file that needs no other, no server and no script.

    to_html(report, "digits")

The matrix leads to every cell: why, each output's figures, and a picture of its errors.
"""

import base64
import collections
import dataclasses
import hashlib
import math
import pathlib
from collections.abc import Collection, Mapping, Sequence

import modelparity
from modelparity.contract import report_pb2
from modelparity.errors import printable
from modelparity.report import changes, figures, findings
from modelparity.report.findings import Outcome
from modelparity.report.plots import error_plot
from modelparity.specs import format_shape

_MOST_PLOTS = 1000
"""They are what most of a large page is: some 3 KB each."""

_MOST_PLOTS_OF_MODELS = 300
"""Of a report of several models: its matrix takes the room."""

_MOST_DETAILED = 1000
"""Cells with figures, of a report of several models: some 2 KB each."""

_MOST_LISTED = 6
"""Further failures are folded, so that the matrix is in view."""

_MOST_FOLDED = 1000
"""Lines of one list that a page has at all."""

_COMPARED = (report_pb2.Cell.match, report_pb2.Cell.mismatch)
_SYMBOLS = {"match": "✓", "mismatch": "≠", "contract_mismatch": "≠", "unsupported": "\N{EN DASH}"}
_METER_DECADES = 4
"""A meter is empty at so many powers of ten below the tolerance."""


@dataclasses.dataclass(frozen=True)
class _Output:
    comparison: report_pb2.OutputComparison
    figures: Sequence[tuple[str, str]]
    plot: str
    """SVG; empty: there is nothing to plot, or no room for it."""


@dataclasses.dataclass(frozen=True)
class _Case:
    cell: report_pb2.Cell
    outcome: Outcome
    outputs: Sequence[_Output]


@dataclasses.dataclass(frozen=True)
class _Group:
    """The cells of one runtime, format and signature, and of one model if there are several."""

    name: tuple[str, ...]
    outcome: Outcome
    cases: Sequence[_Case]


@dataclasses.dataclass(frozen=True)
class _Entry:
    """A cell of the matrix."""

    group: int | None
    """Index of the group that it leads to; None: its cells have no figures on this page."""
    outcome: Outcome
    meter: float | None
    """How near to the tolerance, in percent of its bar; None: there are no figures."""


def to_html(
    report: report_pb2.Report,
    name: str,
    atol: float | None = None,
    rtol: float | None = None,
    finding: str = "",
) -> str:
    """Returns the page.

    Args:
        report: As `verify` returns it.
        name: What was verified.
        atol: That of the command line; None: it gave none.
        rtol: Likewise.
        finding: What `locate` found of a difference, as text; empty: it was not asked, or found nothing.
    """
    # Other reports have no need of it.
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        finalize=_shown,
        keep_trailing_newline=True,
        loader=jinja2.FileSystemLoader(pathlib.Path(__file__).parent / "page"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"shape": format_shape, "symbol": _symbol}
    script, _, _ = environment.loader.get_source(environment, "report.js")
    with_errors = _with_errors(report)
    several = findings.of_models(report)
    most_plots = _MOST_PLOTS_OF_MODELS if several else _MOST_PLOTS
    groups, detailed = _groups(report, atol, rtol, set(with_errors[:most_plots]))
    indices = {group.name: index for index, group in enumerate(groups)}
    matrix = findings.matrix(report)
    return environment.get_template("report.html").render(
        name=name,
        report=report,
        headline=findings.headline(report),
        facts=[*findings.facts(report), *_nearest(report)],
        states=sorted(collections.Counter(map(findings.state, report.cells)).items()),
        wrong=_failures(report, indices, known=False),
        known=_failures(report, indices, known=True),
        most_listed=_MOST_LISTED,
        most_folded=_MOST_FOLDED,
        finding=finding,
        changes=changes.told(report.changes) if report.HasField("changes") else None,
        unchanged=changes.UNCHANGED,
        several=several,
        matrix=matrix,
        rows=_rows(matrix, indices),
        groups=groups,
        detailed=detailed,
        left_out=len(with_errors) > most_plots,
        runtimes=_runtimes(report),
        tolerances=_tolerances(report, atol, rtol),
        version=modelparity.__version__,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _nearest(report: report_pb2.Report) -> list[str]:
    """Tells of the match that was nearest to being none, if there is one that could be."""
    shares = [
        (findings.share_of_tolerance(output), cell)
        for cell in report.cells
        for output in cell.outputs
        if output.match and cell.verdict in _COMPARED
    ]
    share, cell = max(
        ((share, cell) for share, cell in shares if share > 0),
        key=lambda found: found[0],
        default=(0, None),
    )
    if not cell:
        return []
    where = f"{cell.model} {cell.runtime} {cell.format} {cell.signature}/{cell.case}".lstrip()
    return [f"nearest to its tolerance: {where}, with at least {figures.times(share)} it"]


def _shown(value: object) -> object:
    """Names and messages are a model's: what does not show, or turns text around, is escaped."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _symbol(outcome: Outcome) -> str:
    return _SYMBOLS.get(outcome.verdict, "✗")


def _name(cell: report_pb2.Cell) -> tuple[str, ...]:
    name = cell.runtime, cell.format, cell.signature
    return (cell.model, *name) if cell.model else name


def _groups(
    report: report_pb2.Report,
    atol: float | None,
    rtol: float | None,
    plotted: Collection[tuple[int, int]],
) -> tuple[list[_Group], int]:
    """Returns the groups that the page has, and how many cells are in them.

    Of one model that is all. Of several it is those that are worst or nearest to their tolerance.
    """
    cells: dict[tuple[str, ...], list[tuple[int, report_pb2.Cell]]] = {}
    for number, cell in enumerate(report.cells):
        cells.setdefault(_name(cell), []).append((number, cell))
    shown = cells.keys()
    if findings.of_models(report):
        shown = set()
        room = _MOST_DETAILED
        for name in sorted(cells, key=lambda name: _badness(cells[name]), reverse=True):
            if room > 0:
                shown.add(name)
                room -= len(cells[name])
    groups = [
        _Group(
            name,
            findings.outcome([cell for _, cell in own]),
            [_case(cell, number, atol, rtol, plotted) for number, cell in own],
        )
        for name, own in cells.items()
        if name in shown
    ]
    return groups, sum(len(group.cases) for group in groups)


def _badness(cells: Collection[tuple[int, report_pb2.Cell]]) -> tuple[int, float]:
    return max(
        (findings.state(cell), max(map(_share, cell.outputs), default=0.0)) for _, cell in cells
    )


def _case(
    cell: report_pb2.Cell,
    number: int,
    atol: float | None,
    rtol: float | None,
    plotted: Collection[tuple[int, int]],
) -> _Case:
    outputs = [
        _Output(
            output,
            list(figures.figures(output, atol, rtol, _otherwise(cell)))
            if cell.verdict in _COMPARED
            else [],
            error_plot(output) if (number, position) in plotted else "",
        )
        for position, output in enumerate(cell.outputs)
    ]
    return _Case(cell, findings.outcome([cell]), outputs)


def _otherwise(cell: report_pb2.Cell) -> str:
    return figures.GIVEN_SOMEWHERE if cell.model else figures.GIVEN_BY_CASE


def _with_errors(report: report_pb2.Report) -> list[tuple[int, int]]:
    """Returns the indices of cells and of their outputs that have errors, from the worst on."""
    ranked = [
        (-findings.state(cell), -_share(output), number, position)
        for number, cell in enumerate(report.cells)
        for position, output in enumerate(cell.outputs)
        if output.max_abs
    ]
    return [(number, position) for *_, number, position in sorted(ranked)]


def _share(output: report_pb2.OutputComparison) -> float:
    """Returns how much of its tolerance an output takes; infinite: it has none to take."""
    share = findings.share_of_tolerance(output)
    return (0.0 if output.match else math.inf) if math.isnan(share) else share


def _rows(
    matrix: findings.Matrix, indices: Mapping[tuple[str, ...], int]
) -> list[tuple[tuple[str, ...], list[_Entry | None]]]:
    """Returns labels and what is in each column; None: nothing is."""
    return [
        (labels, [_entry(cells, indices) if cells else None for cells in columns])
        for labels, columns in matrix.rows
    ]


def _entry(cells: Collection[report_pb2.Cell], indices: Mapping[tuple[str, ...], int]) -> _Entry:
    worst = max(cells, key=findings.state)
    return _Entry(indices.get(_name(worst)), findings.outcome(cells), _meter(cells))


def _meter(cells: Collection[report_pb2.Cell]) -> float | None:
    shares = [
        _share(output) for cell in cells for output in cell.outputs if cell.verdict in _COMPARED
    ]
    if not shares:
        return None
    share = max(shares)
    filled = 1 + math.log10(share) / _METER_DECADES if share else 0.0
    return round(100 * min(1.0, max(0.0, filled)))


def _failures(
    report: report_pb2.Report, indices: Mapping[tuple[str, ...], int], known: bool
) -> list[tuple[findings.Failure, Outcome, int | None]]:
    """Returns each failure with its outcome and the index of the group that it leads to, if that is here."""
    return [
        (failure, findings.outcome(failure.cells[:1]), indices.get(_name(failure.cells[0])))
        for failure in findings.failures(report, known)
    ]


def _runtimes(report: report_pb2.Report) -> list[tuple[str, str, str, int, float, float]]:
    """Returns name, version, formats, number of cells, and the longest load and run in seconds."""
    cells: dict[str, list[report_pb2.Cell]] = {}
    for cell in report.cells:
        cells.setdefault(cell.runtime, []).append(cell)
    return [
        (
            name,
            ", ".join(dict.fromkeys(cell.runtime_version for cell in own if cell.runtime_version)),
            ", ".join(dict.fromkeys(cell.format for cell in own)),
            len(own),
            max(cell.load_seconds for cell in own),
            max(cell.run_seconds for cell in own),
        )
        for name, own in cells.items()
    ]


def _tolerances(
    report: report_pb2.Report, atol: float | None, rtol: float | None
) -> list[tuple[tuple[str, str, str], int]]:
    """Returns dtype, what is allowed and why, each with the number of outputs that it was used for."""
    used = collections.Counter(
        (
            output.dtype,
            figures.allowed(output),
            figures.why_allowed(output, atol, rtol, _otherwise(cell)),
        )
        for cell in report.cells
        if cell.verdict in _COMPARED
        for output in cell.outputs
    )
    return sorted(used.items())
