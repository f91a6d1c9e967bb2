"""What is known of one output's comparison, in words: what was allowed and why, and how far off it is."""

import math
from collections.abc import Iterator

from google.protobuf import struct_pb2

from modelparity.compare import DEFAULT_TOLERANCES, Tolerance
from modelparity.contract import report_pb2
from modelparity.report.findings import share_at_worst
from modelparity.specs import format_shape

GIVEN_BY_CASE = "given by the case"
GIVEN_SOMEWHERE = "given by the case, or on the command line"
"""Of a report that was merged: what each command line gave is not known any more."""


def figures(
    output: report_pb2.OutputComparison,
    atol: float | None,
    rtol: float | None,
    otherwise: str = GIVEN_BY_CASE,
) -> Iterator[tuple[str, str]]:
    """Yields what a figure is, and the figure; those that the report does not have are left out.

    Args:
        output: Of a cell that is a match or a mismatch: only then values were compared.
        atol: That of the command line; None: it gave none.
        rtol: Likewise.
        otherwise: Who chose a tolerance that is neither that nor the default.
    """
    yield "allowed", allowed(output)
    yield "why", why_allowed(output, atol, rtol, otherwise)
    if output.HasField("max_abs"):
        yield (
            "largest error",
            _joined(output, absolute="max_abs", relative="max_rel", ulp="max_ulp"),
        )
        yield (
            "absolute error",
            _joined(output, mean="mean_abs", p50="p50_abs", p90="p90_abs", p99="p99_abs"),
        )
    if output.HasField("reference_value"):
        yield "worst element", _worst_element(output)
    if output.failures:
        yield "elements that differ", _failures(output)
    if output.HasField("cosine"):
        yield "cosine of the angle", f"{output.cosine:.9g}"
    if output.HasField("noise_abs"):
        yield (
            "noise floor",
            f"{_number(output.noise_abs)}: the reference against itself, its optimisations on and off, and in float64",
        )
    if output.HasField("oracle_abs") and output.HasField("reference_oracle_abs"):
        yield "against float64", _oracle(output.oracle_abs, output.reference_oracle_abs)


def allowed(output: report_pb2.OutputComparison) -> str:
    """Returns the tolerance as a formula of the reference r."""
    if not output.atol and not output.rtol:
        return "nothing: exact"
    return f"{output.atol:g} + {output.rtol:g} · |r|"


def why_allowed(
    output: report_pb2.OutputComparison,
    atol: float | None,
    rtol: float | None,
    otherwise: str = GIVEN_BY_CASE,
) -> str:
    """Returns who chose the tolerance, and what noise added to it; the arguments are as of figures()."""
    default = DEFAULT_TOLERANCES.get(output.dtype)
    if default is None:
        exact = not output.atol and not output.rtol
        return f"{output.dtype} is exact" if exact else otherwise
    chosen = Tolerance(output.atol - output.noise_atol, output.rtol)
    sources = {}
    for part, given in (("atol", atol), ("rtol", rtol)):
        value = getattr(chosen, part)
        if given is not None:
            sources[part] = "given on the command line"
        elif math.isclose(value, getattr(default, part), rel_tol=1e-6):
            sources[part] = f"default of {output.dtype}"
        else:
            sources[part] = otherwise
    if len(set(sources.values())) == 1:
        text = sources["atol"]
    else:
        text = "; ".join(f"{part}: {source}" for part, source in sources.items())
    if output.noise_atol:
        text += f"; {_number(output.noise_atol)} of atol was added for the noise of the reference"
    return text


def _joined(output: report_pb2.OutputComparison, **fields: str) -> str:
    return ", ".join(
        f"{_number(getattr(output, field))} {label}"
        for label, field in fields.items()
        if output.HasField(field)
    )


def _worst_element(output: report_pb2.OutputComparison) -> str:
    where = f"{format_shape(output.worst_index)}: " if output.shape else ""
    share = share_at_worst(output)
    used = "" if math.isnan(share) else f"; {times(share)} what is allowed there"
    got, wants = _value(output.candidate_value), _value(output.reference_value)
    return f"{where}got {got}, wants {wants}{used}"


def times(share: float) -> str:
    """Returns a share as people write it before a noun: "0.025 % of", "98 % of", "1,200 times"."""
    if share > 1:
        return f"{share:,.3g} times" if share < 1000 else f"{share:,.0f} times"
    return f"{share * 100:.2g} % of" if share < 0.1 else f"{share * 100:.0f} % of"


def _failures(output: report_pb2.OutputComparison) -> str:
    text = f"{output.failures:,} of {math.prod(output.shape):,}"
    if output.nan_disagreements:
        text += f"; NaN in one only: {output.nan_disagreements:,}"
    if output.infinity_disagreements:
        text += f"; another or no infinity: {output.infinity_disagreements:,}"
    return text


def _oracle(candidate: float, reference: float) -> str:
    nearer = "both are as near"
    if candidate != reference:
        nearer = f"the {'runtime' if candidate < reference else 'reference'} is nearer to the truth"
    return f"runtime {_number(candidate)} off, reference {_number(reference)} off: {nearer}"


def _value(value: struct_pb2.Value) -> str:
    return value.string_value if value.HasField("string_value") else f"{value.number_value:.9g}"


def _number(number: float) -> str:
    return f"{number:.3g}"
