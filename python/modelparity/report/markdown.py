"""The report as Markdown, for logs and the summaries of CI jobs."""

from collections.abc import Iterable

from modelparity.contract import report_pb2
from modelparity.errors import printable
from modelparity.report import findings
from modelparity.report.findings import State

_MOST_LISTED = 50


def to_markdown(report: report_pb2.Report, name: str) -> str:
    """Returns a heading, the matrix as a table, and what failed.

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
        lines += ["", *_matrix(report.cells)]
    wrong = (
        f"{failure.where}: {failure.verdict}: {failure.message}"
        for failure in findings.failures(report, known=False)
    )
    lines += _list("Failures", wrong)
    lines += _list("Stale lines of the expectations", report.stale_expectations)
    lines += _list("Notes", report.notes)
    return "\n".join(lines) + "\n"


def _matrix(cells: Iterable[report_pb2.Cell]) -> Iterable[str]:
    signatures = findings.signatures(cells)
    yield _row("runtime", "format", *map(_text, signatures))
    yield _row(*["---"] * (2 + len(signatures)))
    for (runtime, format_name), row in findings.rows(cells).items():
        about = (findings.about(signature, row) for signature in signatures)
        yield _row(_text(runtime), _text(format_name), *map(_outcome, about))


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
