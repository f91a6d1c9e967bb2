"""Writes the report of `modelparity verify --json` as Markdown, for the summary of a job.

python summary.py report.json
"""

import json
import pathlib
import sys
from collections.abc import Iterable, Mapping

_MOST_FAILURES = 50
_ALL = "*"

Cell = Mapping[str, object]


def to_markdown(report: Mapping[str, object]) -> str:
    """Returns a heading, the matrix as a table, and what failed.

    Args:
        report: The fields of report.proto's Report, by their names.
    """
    cells = report["cells"]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(report["summary"].items()))
    lines = [
        f"### modelparity: {'OK' if report['ok'] else 'FAILED'}",
        "",
        f"{len(cells)} cells: {counts or 'none'}",
        "",
        *_table(cells),
    ]
    wrong = [
        f"`{cell['runtime']}` {cell['format']} {cell['signature']}/{cell['case']}:"
        f" {cell['verdict']}: {cell['message'] or 'is listed in the expectations, and matches now'}"
        for cell in cells
        if not cell["ok"]
    ]
    lines += _list("Failures", wrong)
    lines += _list("Stale lines of the expectations", report["stale_expectations"])
    lines += _list("Notes", report["notes"])
    return "\n".join(lines) + "\n"


def _table(cells: Iterable[Cell]) -> list[str]:
    """A row for each runtime and format, a column for each signature."""
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        rows.setdefault((cell["runtime"], cell["format"]), []).append(cell)
    if not rows:
        return []
    names = {cell["signature"] for row in rows.values() for cell in row}
    signatures = sorted(names - {_ALL}) or [_ALL]
    lines = [_row("runtime", "format", *signatures), _row(*["---"] * (2 + len(signatures)))]
    for (runtime, format_name), row in rows.items():
        about = [
            [cell for cell in row if cell["signature"] in (signature, _ALL)]
            for signature in signatures
        ]
        lines.append(_row(runtime, format_name, *map(_verdict, about)))
    return lines


def _verdict(cells: list[Cell]) -> str:
    """The verdict of the cells that are wrong, else of those that fail as is known, else `match`."""
    if not cells:
        return ""
    wrong = [cell["verdict"] for cell in cells if not cell["ok"]]
    known = [cell["verdict"] for cell in cells if cell["verdict"] != "match"]
    if wrong:
        return f"**{wrong[0]}**: {len(wrong)} of {len(cells)}"
    return f"{known[0]} (known)" if known else "match"


def _list(heading: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = len(items) - _MOST_FAILURES
    rest = [f"- and {more} more, which are in the report as JSON"] if more > 0 else []
    shown = [f"- {_text(item)}" for item in items[:_MOST_FAILURES]]
    return ["", f"**{heading}**", "", *shown, *rest]


def _row(*texts: str) -> str:
    return f"| {' | '.join(_text(text).replace('|', chr(92) + '|') for text in texts)} |"


def _text(text: str) -> str:
    """A model's names and messages, which are neither markup nor several lines."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")


if __name__ == "__main__":
    print(to_markdown(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
