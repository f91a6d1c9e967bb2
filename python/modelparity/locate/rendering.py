"""A finding as text for people, and as JSON for programs."""

import json

import numpy as np

from modelparity.locate import Finding
from modelparity.locate.judging import Error
from modelparity.specs import format_shape

_MOST = 8


def to_text(finding: Finding) -> str:
    """Returns the node in the first line, then what is known of it."""
    cell, node = finding.cell, finding.node
    lines = [f"{cell.runtime} leaves {finding.reference} at node '{node.name}' ({node.op})", ""]
    lines += [f"{key:<12}{value}" for key, value in _rows(finding)]
    return "\n".join(lines) + "\n"


def to_json(finding: Finding) -> str:
    """Returns the object that docs/locate.md describes."""
    place, cell = finding.place, finding.cell
    node = finding.node
    found = {
        "runtime": cell.runtime,
        "runtime_version": cell.runtime_version,
        "reference": finding.reference,
        "format": cell.format,
        "signature": cell.signature,
        "case": cell.case,
        "message": cell.message,
        "node": node.name,
        "operator": node.op,
        "reference_node": finding.reference_node.name,
        "reference_operator": finding.reference_node.op,
        "layer": finding.layer,
        "line": finding.line,
        "between": [each.name for each in place.segment.nodes if each != node],
        "tensor": _error(place.error),
        "alone": place.own_error and _error(place.own_error),
        "witness": finding.witness,
        "witness_error": finding.witness_error and _error(finding.witness_error),
        "by_itself": place.by_itself,
        "inputs": {name: _error(error) for name, error in place.input_errors.items()},
        "constants": {name: _error(error) for name, error in finding.constants.items()},
        "tensors": finding.tensors,
        "pairs": finding.pairs,
        "runs": {"reference": finding.runs[0], "candidate": finding.runs[1]},
        "refused": dict(finding.refused),
    }
    return json.dumps(found, indent=1) + "\n"


def conclusion(finding: Finding) -> str:
    """Says in a sentence whether the node is to blame, or the runtime, or the file."""
    if not finding.place.by_itself:
        return (
            "no node differs by itself: this one makes more of differences that its inputs have by rounding, or"
            " does otherwise within the whole graph, such as when it is fused with others"
        )
    said = "it differs by itself, on exactly the values that the reference computed"
    wrong = [name for name, error in finding.constants.items() if error.differs]
    if wrong:
        said += f"; its constant {', '.join(repr(name) for name in wrong)} is another one"
    if finding.witness_error is None:
        return said
    if finding.witness_error.differs:
        return f"{said}; {finding.witness} differs on the same nodes as well: look at the file"
    return f"{said}; {finding.witness} agrees on the same nodes: look at the runtime"


def _rows(finding: Finding) -> list[tuple[str, str]]:
    place, cell = finding.place, finding.cell
    rows = [("verdict", conclusion(finding))]
    reference = finding.reference_node
    rows.append(("reference", f"'{reference.name}' ({reference.op})"))
    if finding.layer:
        rows.append(("layer", finding.layer + (finding.line and f", {finding.line}")))
    if between := [node for node in place.segment.nodes if node != finding.node]:
        names = [f"{node.op} '{node.name}'" for node in between[-_MOST:]]
        rows.append(("between", f"{', '.join(names)}; the reference has no tensor there"))
    rows.append(("tensor", f"{place.pair.candidate}: {_described(place.error)}"))
    if place.own_error:
        rows.append(("alone", f"{place.own_error}, given the reference's inputs"))
    if finding.witness_error:
        rows.append(("witness", f"{finding.witness} on the same nodes: {finding.witness_error}"))
    for name, error in list(place.input_errors.items())[:_MOST]:
        agrees = "differs" if error.differs else "agrees"
        rows.append(("input", f"{name}: {agrees}, {_described(error)}"))
    for name, error in list(finding.constants.items())[:_MOST]:
        agrees = "differs" if error.differs else "agrees"
        rows.append(("constant", f"{name}: {agrees}, {_described(error)}"))
    rows.append(("case", f"{cell.signature}/{cell.case}, {cell.format}: {cell.message}"))
    rows.append(
        (
            "compared",
            f"{finding.pairs} tensors that both graphs have, of {finding.tensors};"
            f" {finding.runs[0]} runs of the reference, {finding.runs[1]} of {cell.runtime}",
        )
    )
    for tensor, why in list(finding.refused.items())[:_MOST]:
        rows.append(("not seen", f"{tensor}: {why}"))
    return rows


def _described(error: Error) -> str:
    return f"{error.dtype} {format_shape(error.shape)}, {error}"


def _error(error: Error) -> dict[str, object]:
    return {
        "dtype": error.dtype,
        "shape": list(error.shape),
        # JSON has no word for an infinity.
        "max_abs": error.max_abs if np.isfinite(error.max_abs) else "Infinity",
        "limit": error.limit,
        "differing": error.differing,
        "remark": error.remark,
    }
