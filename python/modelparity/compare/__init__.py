"""Judges one answer against another: names, dtypes and shapes exactly, then every value.

    judgement = compare_responses(case.expected, response, tolerances)
    judgement.verdict  # match, mismatch or contract_mismatch
    judgement.outputs  # how far each output is off, passed or not

    responses_agree(case.expected, response, tolerances)  # yes or no, several times as fast

A float c agrees with the reference r when |c - r| <= atol + rtol * |r|, computed in float64. NaN
agrees with NaN, an infinity with the same infinity, and neither with anything else. -0.0 is 0.0.
Integers and bools are compared exactly unless a case gives them a tolerance, strings always.

Beside the two tensors themselves a comparison needs memory for a few blocks, whatever their size.
"""

from modelparity.compare.agreement import arrays_agree
from modelparity.compare.answers import Judgement, compare_responses, responses_agree
from modelparity.compare.figures import compare_arrays, largest_error
from modelparity.compare.tolerances import (
    DEFAULT_TOLERANCES,
    Tolerance,
    default_tolerance,
    tolerance_from,
)

__all__ = [
    "DEFAULT_TOLERANCES",
    "Judgement",
    "Tolerance",
    "arrays_agree",
    "compare_arrays",
    "compare_responses",
    "default_tolerance",
    "largest_error",
    "responses_agree",
    "tolerance_from",
]
