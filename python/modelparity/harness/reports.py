"""Reports, as those see them who do not run anything: their words and their sum."""

from collections import Counter

from modelparity.contract import case_pb2, manifest_pb2, report_pb2

ALL = "*"
"""In a cell's format, signature or case: the cell stands for all of them."""


def finish(report: report_pb2.Report) -> None:
    """Fills `summary` and `ok` in, from the cells and the stale expectations."""
    report.summary.clear()
    report.summary.update(Counter(verdict_name(cell.verdict) for cell in report.cells))
    good = bool(report.cells) and all(cell.ok for cell in report.cells)
    report.ok = good and not report.stale_expectations


def verdict_name(verdict: int) -> str:
    """Returns a verdict as it is written, "contract_mismatch"; of a later version's, its number."""
    if verdict not in report_pb2.Cell.Verdict.values():
        return str(verdict)
    return report_pb2.Cell.Verdict.Name(verdict)


def case_id(case: case_pb2.Case | manifest_pb2.RefusedCase) -> str:
    """Returns `signature/case`."""
    return f"{case.signature}/{case.name}"
