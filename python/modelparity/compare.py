"""Judges one answer against another: names, dtypes and shapes exactly, then every value.

    judgement = compare_responses(case.expected, response, tolerances)
    judgement.verdict  # match, mismatch or contract_mismatch
    judgement.outputs  # how far each output is off, passed or not

A float c agrees with the reference r when |c - r| <= atol + rtol * |r|, computed in float64. NaN
agrees with NaN, an infinity with the same infinity, and neither with anything else. -0.0 is 0.0.
Integers and bools are compared exactly unless a case gives them a tolerance, strings always.

Beside the two tensors themselves a comparison needs memory for a few blocks, whatever their size.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from modelparity.contract import inference_pb2, report_pb2
from modelparity.errors import printable
from modelparity.specs import dtype_of_datatype, format_shape
from modelparity.tensors import decode_outputs

_BLOCK = 1 << 18
_LARGEST_EXACT = 1 << 53
_TEXT_LIMIT = 200
_QUANTILES = (0.5, 0.9, 0.99)


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """|candidate - reference| <= atol + rtol * |reference|; 0 and 0 is exact."""

    atol: float = 0.0
    rtol: float = 0.0


DEFAULT_TOLERANCES = {
    "float64": Tolerance(1e-10, 1e-9),
    "float32": Tolerance(1e-5, 1e-4),
    "float16": Tolerance(2e-3, 2e-3),
    "bfloat16": Tolerance(2e-2, 2e-2),
}
"""By dtype; the dtypes that are not here are exact."""


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
        comparison, failures = compare_arrays(
            wanted[output.name], got[output.name], tolerance_of(output.name, dtype)
        )
        comparison.name, comparison.dtype = output.name, dtype
        outputs.append(comparison)
        message = message or _describe(comparison, failures)
    verdict = report_pb2.Cell.mismatch if message else report_pb2.Cell.match
    return Judgement(verdict, printable(message), outputs)


def default_tolerance(dtype: str) -> Tolerance:
    """Returns the tolerance of a dtype by name: exact unless it is a float."""
    return DEFAULT_TOLERANCES.get(dtype, Tolerance())


def compare_arrays(
    reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance
) -> tuple[report_pb2.OutputComparison, int]:
    """Compares two arrays of one dtype and shape.

    Returns:
        Every figure of the comparison (all but its name and dtype), and the number of elements that
        do not agree. The quantiles are elements: the smallest error that at least that share of the
        elements does not exceed.
    """
    comparison = report_pb2.OutputComparison(
        shape=reference.shape, atol=tolerance.atol, rtol=tolerance.rtol
    )
    errors = _Errors(reference.reshape(-1), candidate.reshape(-1), tolerance)
    if reference.dtype == object:
        failures, worst = _fold_strings(errors.reference, errors.candidate)
    else:
        failures, worst = _fold_numbers(errors, comparison)
    comparison.match = failures == 0
    if worst is not None:
        comparison.worst_index.extend(int(i) for i in np.unravel_index(worst, reference.shape))
        _set_value(comparison.reference_value, errors.reference[worst])
        _set_value(comparison.candidate_value, errors.candidate[worst])
    return comparison, failures


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


def _describe(comparison: report_pb2.OutputComparison, failures: int) -> str:
    """Says in one line where an output does not agree; empty: it does."""
    if comparison.match:
        return ""
    total = int(np.prod(comparison.shape, dtype=np.int64))
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
        f" {failures} of {total} elements differ"
    )


def _fold_strings(reference: np.ndarray, candidate: np.ndarray) -> tuple[int, int | None]:
    """Returns the number of strings that differ, and the index of the first (or of any string)."""
    differ = np.flatnonzero(reference != candidate)
    if differ.size:
        return differ.size, int(differ[0])
    return 0, 0 if reference.size else None


def _fold_numbers(
    errors: "_Errors", comparison: report_pb2.OutputComparison
) -> tuple[int, int | None]:
    """Fills the figures in; returns the number of failures and the index of the worst element."""
    count = errors.reference.size
    max_abs = max_rel = max_ulp = mean = 0.0
    failures, worst, worst_excess = 0, None, -np.inf
    for start, block in errors.blocks():
        max_abs = max(max_abs, block.absolute.max())
        max_rel = max(max_rel, block.relative.max())
        mean += (block.absolute / count).sum()
        failures += np.count_nonzero(block.excess > 0)
        if worst is None or block.excess.max() > worst_excess:
            worst = start + int(block.excess.argmax())
            worst_excess = block.excess.max()
        if errors.is_float:
            max_ulp = max(max_ulp, block.ulp.max())
    comparison.max_abs, comparison.max_rel = max_abs, max_rel
    if errors.is_float:
        comparison.max_ulp = max_ulp
    comparison.mean_abs = mean
    comparison.p50_abs, comparison.p90_abs, comparison.p99_abs = (
        errors.quantiles(_QUANTILES) if max_abs else (0.0,) * 3
    )
    return int(failures), worst


@dataclasses.dataclass(frozen=True)
class _Block:
    """Errors of some elements, float64 each."""

    absolute: np.ndarray
    """Infinite where a NaN or an infinity disagrees."""
    relative: np.ndarray
    """0 where the reference is 0."""
    excess: np.ndarray
    """How far beyond the tolerance; an element agrees when it is 0 or less."""
    ulp: np.ndarray | None
    """None: no floats."""


class _Errors:
    """The errors of two flat arrays of numbers, computed block by block as often as they are asked for."""

    def __init__(self, reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance):
        self.reference = reference
        self.candidate = candidate
        self._tolerance = tolerance
        # ml_dtypes' bfloat16 is of kind "V" to numpy.
        self.is_float = reference.dtype.kind in "fV"

    def blocks(self) -> Iterator[tuple[int, _Block]]:
        """Yields each block with the index of its first element."""
        for start in range(0, self.reference.size, _BLOCK):
            part = slice(start, start + _BLOCK)
            make = _float_block if self.is_float else _integer_block
            yield start, make(self.reference[part], self.candidate[part], self._tolerance)

    def quantiles(self, shares: tuple[float, ...]) -> list[float]:
        """Returns exact quantiles of the absolute errors.

        Errors are 0 or more, so they are ordered as their 64 bits are. Four passes fix 16 bits each
        of every quantile, by counting the elements that begin with the bits known so far.
        """
        ranks = [int(np.ceil(share * self.reference.size)) - 1 for share in shares]
        known = [0] * len(ranks)
        for shift in (48, 32, 16, 0):
            counts = {bits: np.zeros(1 << 16, np.int64) for bits in known}
            for _, block in self.blocks():
                high, digit = np.divmod(block.absolute.view(np.uint64) >> np.uint64(shift), 1 << 16)
                for bits, count in counts.items():
                    count += np.bincount(digit[high == bits].astype(np.intp), minlength=1 << 16)
            for i, bits in enumerate(known):
                upto = np.cumsum(counts[bits])
                digit = int(np.searchsorted(upto, ranks[i], side="right"))
                ranks[i] -= int(upto[digit - 1]) if digit else 0
                known[i] = bits << 16 | digit
        return np.array(known, np.uint64).view(np.float64).tolist()


def _float_block(reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance) -> _Block:
    # A difference of finite float64 numbers may overflow; it is then infinite, and that is right.
    with np.errstate(over="ignore", invalid="ignore"):
        r, c = reference.astype(np.float64), candidate.astype(np.float64)
        same = (r == c) | (np.isnan(r) & np.isnan(c))
        special = ~same & ~(np.isfinite(r) & np.isfinite(c))
        absolute = np.where(same, 0.0, np.where(special, np.inf, np.abs(c - r)))
        size = np.where(np.isfinite(r), np.abs(r), 0.0)
        relative = np.where(same | (r == 0), 0.0, absolute / np.where(size > 0, size, 1.0))
        allowed = tolerance.atol + tolerance.rtol * size
        # Where both overflow, the tolerance is the larger one.
        excess = np.where(special, np.inf, np.where(np.isinf(allowed), -np.inf, absolute - allowed))
    ulp = np.where(same, 0.0, np.where(special, np.inf, _ulp_distance(reference, candidate)))
    return _Block(absolute, relative, excess, ulp)


def _ulp_distance(reference: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    """Counts the representable numbers from one to the other; +0 and -0 are one number."""
    r, c = _ordered(reference), _ordered(candidate)
    return (np.maximum(r, c) - np.minimum(r, c)).astype(np.float64)


def _ordered(floats: np.ndarray) -> np.ndarray:
    """Maps floats to uint64 so that neighbours are 1 apart."""
    bits = floats.view(f"u{floats.itemsize}").astype(np.uint64)
    sign = np.uint64(1 << (8 * floats.itemsize - 1))
    magnitude = bits & (sign - np.uint64(1))
    return np.where(bits & sign, sign - magnitude, sign + magnitude)


def _integer_block(reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance) -> _Block:
    # In the unsigned type of the same width the larger minus the smaller is exact.
    unsigned = f"u{reference.itemsize}"
    larger, smaller = np.maximum(reference, candidate), np.minimum(reference, candidate)
    absolute = (larger.view(unsigned) - smaller.view(unsigned)).astype(np.float64)
    size = np.abs(reference.astype(np.float64))
    relative = np.where(size > 0, absolute / np.where(size > 0, size, 1.0), 0.0)
    return _Block(absolute, relative, absolute - (tolerance.atol + tolerance.rtol * size), None)


def _set_value(value, element: object) -> None:
    """Stores an element as a JSON number, or as text where a number would lose it."""
    if isinstance(element, bytes):
        text = element.decode("utf-8", errors="backslashreplace")
        value.string_value = text if len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + "..."
    elif isinstance(element, np.integer) and abs(int(element)) > _LARGEST_EXACT:
        value.string_value = str(element)
    elif np.isfinite(float(element)):
        value.number_value = float(element)
    else:
        value.string_value = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[
            str(float(element))
        ]


def tolerance_from(
    case_tolerances: Mapping[str, object], atol: float | None = None, rtol: float | None = None
) -> Callable[[str, str], Tolerance]:
    """Returns the `tolerance_of` of one case.

    Args:
        case_tolerances: By output name, case_pb2.Tolerance; they go before the defaults.
        atol: Replaces every float's atol, whatever the case says; None: it does not.
        rtol: Replaces every float's rtol.
    """

    def tolerance_of(name: str, dtype: str) -> Tolerance:
        given = case_tolerances[name] if name in case_tolerances else default_tolerance(dtype)
        if dtype not in DEFAULT_TOLERANCES:
            return Tolerance(given.atol, given.rtol)
        return Tolerance(given.atol if atol is None else atol, given.rtol if rtol is None else rtol)

    return tolerance_of
