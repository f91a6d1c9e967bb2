"""The report as Markdown, for logs and the summaries of CI jobs."""

from collections.abc import Iterable

from modelparity.contract import report_pb2
from modelparity.errors import printable
from modelparity.report import changes, findings
from modelparity.report.findings import State

_MOST_LISTED = 50


def to_markdown(report: report_pb2.Report, name: str) -> str:
    """Returns a heading, the matrix as a table, and what failed; of several models those that differ.

    Args:
        report: As `verify` returns it.
        name: What was verified.
    """
    lines = [
        f"### {_text(name)}: {findings.headline(report)}",
        "",
        *(f"- {_text(fact)}" for fact in findings.facts(report)),
    ]
    if report.cells:
        lines += ["", *_matrix(report)]
    wrong = (
        f"{failure.where}: {failure.verdict}: {failure.message}"
        for failure in findings.failures(report, known=False)
    )
    lines += _list("Failures", wrong)
    if report.HasField("changes"):
        sections = changes.told(report.changes)
        for heading, changed in sections:
            lines += _list(heading, changed)
        if not sections:
            lines += ["", changes.UNCHANGED]
    lines += _list("Stale lines of the expectations", report.stale_expectations)
    lines += _list("Notes", report.notes)
    return "\n".join(lines) + "\n"


def _matrix(report: report_pb2.Report) -> Iterable[str]:
    matrix = findings.matrix(report)
    rows, more = matrix.rows, 0
    if findings.of_models(report):
        rows = findings.that_differ(matrix)
        more = len(rows) - _MOST_LISTED
        rows = rows[:_MOST_LISTED]
    if rows:
        yield _row(*matrix.headings, *map(_text, matrix.columns))
        yield _row(*["---"] * (len(matrix.headings) + len(matrix.columns)))
    for labels, entries in rows:
        yield _row(*map(_text, labels), *map(_outcome, entries))
    if more > 0:
        yield from ["", f"And {more} more models differ."]


def _outcome(cells: list[report_pb2.Cell]) -> str:
    if not cells:
        return ""
    outcome = findings.outcome(cells)
    return f"**{outcome.text}**" if outcome.state == State.WRONG else outcome.text


def _list(heading: str, items: Iterable[str]) -> list[str]:
    items = list(items)
    if not items:
        return []
    more = len(items) - _MOST_LISTED
    rest = [f"- and {more} more"] if more > 0 else []
    shown = [f"- {_text(item)}" for item in items[:_MOST_LISTED]]
    return ["", f"**{heading}**", "", *shown, *rest]


def _row(*texts: str) -> str:
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def _text(text: str) -> str:
    """A model's names and messages, which are neither markup, links nor several lines."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace("[", "\\[")
