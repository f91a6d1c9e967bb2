"""Two answers of a model: names, dtypes and shapes exactly, then every value."""

import dataclasses
import math
from collections.abc import Callable

from modelparity.compare.agreement import arrays_agree
from modelparity.compare.figures import compare_arrays
from modelparity.compare.tolerances import Tolerance, default_tolerance
from modelparity.contract import inference_pb2, report_pb2
from modelparity.errors import printable
from modelparity.specs import dtype_of_datatype, format_shape
from modelparity.tensors import decode_outputs


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What came out of a comparison."""

    verdict: int
    """report_pb2.Cell.match, mismatch or contract_mismatch."""
    message: str
    """Empty for a match, else the first reason in one line."""
    outputs: list[report_pb2.OutputComparison]
    """One for each of the candidate's outputs, by name."""


def compare_responses(
    reference: inference_pb2.ModelInferResponse,
    candidate: inference_pb2.ModelInferResponse,
    tolerance_of: Callable[[str, str], Tolerance] = lambda name, dtype: default_tolerance(dtype),
) -> Judgement:
    """Compares the outputs of two responses.

    Args:
        reference: The answer that is right, all data in the raw contents.
        candidate: The answer that is judged.
        tolerance_of: Gives the tolerance of an output's name and dtype.

    Raises:
        ProtocolError: A response contradicts itself.
    """
    difference = _contract_difference(reference, candidate)
    if difference:
        outputs = [
            report_pb2.OutputComparison(
                name=output.name, dtype=dtype_of_datatype(output.datatype), shape=output.shape
            )
            for output in sorted(candidate.outputs, key=lambda output: output.name)
            if all(0 <= size < 1 << 32 for size in output.shape)
        ]
        return Judgement(report_pb2.Cell.contract_mismatch, printable(difference), outputs)
    wanted, got = decode_outputs(reference), decode_outputs(candidate)
    outputs, message = [], ""
    for output in sorted(candidate.outputs, key=lambda output: output.name):
        dtype = dtype_of_datatype(output.datatype)
        comparison = compare_arrays(
            wanted[output.name], got[output.name], tolerance_of(output.name, dtype)
        )
        comparison.name, comparison.dtype = output.name, dtype
        outputs.append(comparison)
        message = message or _describe(comparison)
    verdict = report_pb2.Cell.mismatch if message else report_pb2.Cell.match
    return Judgement(verdict, printable(message), outputs)


def responses_agree(
    reference: inference_pb2.ModelInferResponse,
    candidate: inference_pb2.ModelInferResponse,
    tolerance_of: Callable[[str, str], Tolerance] = lambda name, dtype: default_tolerance(dtype),
) -> bool:
    """Says whether compare_responses would find a match, without any figure; arguments as there."""
    if _contract_difference(reference, candidate):
        return False
    wanted, got = decode_outputs(reference), decode_outputs(candidate)
    return all(
        arrays_agree(
            wanted[output.name],
            got[output.name],
            tolerance_of(output.name, dtype_of_datatype(output.datatype)),
        )
        for output in candidate.outputs
    )


def _contract_difference(reference, candidate) -> str:
    """Says how names, dtypes or shapes differ, the first difference only; empty: they do not."""
    wanted = {output.name: output for output in reference.outputs}
    names = sorted(output.name for output in candidate.outputs)
    if names != sorted(wanted):
        return f"got the outputs {names}, wants {sorted(wanted)}"
    for output in candidate.outputs:
        want = wanted[output.name]
        got = (output.datatype, list(output.shape))
        if got != (want.datatype, list(want.shape)):
            return f"output '{output.name}': got {_describe_tensor(output)}, wants {_describe_tensor(want)}"
    return ""


def _describe_tensor(tensor) -> str:
    return f"{dtype_of_datatype(tensor.datatype)} {format_shape(tensor.shape)}"


def _describe(comparison: report_pb2.OutputComparison) -> str:
    """Says in one line where an output does not agree; empty: it does."""
    if comparison.match:
        return ""
    total = math.prod(comparison.shape)
    got, want = (
        value.string_value if value.HasField("string_value") else f"{value.number_value:.9g}"
        for value in (comparison.candidate_value, comparison.reference_value)
    )
    where = f" at {format_shape(comparison.worst_index)}" if comparison.shape else ""
    allowed = "exact"
    if comparison.atol or comparison.rtol:
        allowed = f"within {comparison.atol:g} + {comparison.rtol:g} * |r|"
    return (
        f"output '{comparison.name}'{where}: got {got}, wants {want} {allowed};"
        f" {comparison.failures} of {total} elements differ"
    )
