"""How far two arrays are apart: every figure of a report.

They are computed in float64, as report.proto says. Of arrays of more than a block, quantiles are right to
1 %, and a size that is less than a decade's beginning by 1 % of it may be counted in that decade. The kernel
measures large arrays of floats, where it is built; numpy measures all others, and what the kernel
refuses.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from modelparity.compare import blocks, kernel
from modelparity.compare.agreement import distance, excess, is_float
from modelparity.compare.distribution import Distribution, Tally, tally
from modelparity.compare.tolerances import Tolerance
from modelparity.contract import report_pb2

_LARGEST_EXACT = 1 << 53
_TEXT_LIMIT = 200
_QUANTILES = (0.5, 0.9, 0.99)
# Elements of a sum that BLAS does not share among threads of its own.
_ROW = 1 << 13


def compare_arrays(
    reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance
) -> report_pb2.OutputComparison:
    """Compares two arrays of one dtype and shape.

    Returns:
        Every figure of the comparison, all but its name and dtype, and what needs a measured noise or
        an oracle. Quantiles are elements: the smallest error that at least that share of the
        elements does not exceed.
    """
    comparison = report_pb2.OutputComparison(
        shape=reference.shape, atol=tolerance.atol, rtol=tolerance.rtol
    )
    r, c = reference.reshape(-1), candidate.reshape(-1)
    if r.dtype == object:
        differ = np.flatnonzero(r != c)
        comparison.failures = differ.size
        worst = int(differ[0]) if differ.size else 0
    else:
        worst = _fold(r, c, tolerance, comparison)
    comparison.match = comparison.failures == 0
    if r.size:
        comparison.worst_index.extend(int(i) for i in np.unravel_index(worst, reference.shape))
        _set_value(comparison.reference_value, r[worst])
        _set_value(comparison.candidate_value, c[worst])
    return comparison


@dataclasses.dataclass
class _Block:
    """The figures of some elements."""

    worst: int
    worst_excess: float
    failures: int
    max_abs: float
    max_rel: float
    max_ulp: float
    mean: float
    """The elements' part in the mean of all."""
    tally: Tally
    nan_disagreements: int = 0
    infinity_disagreements: int = 0
    products: tuple[float, ...] = ()
    """As vectors: r * r, c * c, r * c, and (c - r) * (c - r). Empty: no floats."""


def _fold(
    reference: np.ndarray,
    candidate: np.ndarray,
    tolerance: Tolerance,
    comparison: report_pb2.OutputComparison,
) -> int:
    """Fills the figures of two flat arrays of numbers in; returns the index of the worst element."""
    total = reference.size
    built = kernel.load() if total > blocks.BLOCK and is_float(reference) else None

    def measure(part: slice) -> _Block:
        r, c = reference[part], candidate[part]
        quick = _by_kernel(built, r, c, tolerance, total) if built else None
        return quick or _by_numpy(r, c, tolerance, total)

    distribution = Distribution()
    products, means = [], []
    worst, worst_excess = 0, -np.inf
    comparison.max_abs = comparison.max_rel = max_ulp = 0.0
    for number, block in enumerate(blocks.each_block(measure, total)):
        comparison.max_abs = max(comparison.max_abs, block.max_abs)
        comparison.max_rel = max(comparison.max_rel, block.max_rel)
        max_ulp = max(max_ulp, block.max_ulp)
        comparison.failures += block.failures
        comparison.nan_disagreements += block.nan_disagreements
        comparison.infinity_disagreements += block.infinity_disagreements
        means.append(block.mean)
        products.append(block.products)
        if block.worst_excess > worst_excess or not number:
            worst, worst_excess = number * blocks.BLOCK + block.worst, block.worst_excess
        distribution.add(block.tally)
    # The exact sum of the blocks' does not depend on their order, nor does it lose small ones.
    comparison.mean_abs = _sum(means)
    if is_float(reference):
        comparison.max_ulp = max_ulp
        cosine = _cosine(*map(_sum, zip(*products, strict=True))) if total else None
        if cosine is not None:
            comparison.cosine = cosine
    ranks = [max(math.ceil(share * total) - 1, 0) for share in _QUANTILES]
    if total > blocks.BLOCK:
        quantiles = distribution.quantiles(ranks)
    else:
        quantiles = np.sort(_errors(reference, candidate))[ranks] if total else (0.0,) * 3
    comparison.p50_abs, comparison.p90_abs, comparison.p99_abs = (
        min(quantile, comparison.max_abs) for quantile in quantiles
    )
    comparison.errors.extend(distribution.errors())
    comparison.magnitudes.extend(distribution.magnitudes())
    return worst


def largest_error(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Returns compare_arrays' `max_abs`, and nothing else of it.

    Args:
        reference: Numbers or bools, of any shape.
        candidate: Of the same shape; floats may be of another width.
    """
    r, c = reference.reshape(-1), candidate.reshape(-1)
    worst = blocks.each_block(lambda part: float(_errors(r[part], c[part]).max()), r.size)
    return max(worst, default=0.0)


def _errors(reference: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    """Returns |c - r| in float64, infinite where a NaN or an infinity disagrees."""
    if not is_float(reference):
        return distance(reference, candidate)
    with np.errstate(over="ignore", invalid="ignore"):
        r, c = reference.astype(np.float64), candidate.astype(np.float64)
        same = (r == c) | (np.isnan(r) & np.isnan(c))
        error = np.where(same, 0.0, np.abs(c - r))
    return np.where(np.isnan(error), np.inf, error)


def _by_numpy(
    reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance, total: int
) -> _Block:
    """Measures a block of any numbers."""
    error = _errors(reference, candidate)
    with np.errstate(invalid="ignore"):  # of signalling NaN
        r, c = reference.astype(np.float64), candidate.astype(np.float64)
    size = np.abs(r)
    beyond = excess(reference, candidate, tolerance)
    finite = np.isfinite(r) & np.isfinite(c)
    divisor = np.where(np.isfinite(size) & (size > 0), size, 1.0)
    with np.errstate(over="ignore"):
        relative = np.where(size != 0, error / divisor, 0.0)
        mean = float((error / total).sum())
    one_is_nan = np.isnan(r) != np.isnan(c)
    unlike = ~finite & (error > 0)
    worst = int(beyond.argmax())
    block = _Block(
        worst=worst,
        worst_excess=float(beyond[worst]),
        failures=int(np.count_nonzero(beyond > 0)),
        max_abs=float(error.max()),
        max_rel=float(relative.max()),
        max_ulp=0.0,
        mean=mean,
        tally=tally(error, np.where(np.isfinite(size), size, np.inf)),
        nan_disagreements=int(np.count_nonzero(one_is_nan)),
        infinity_disagreements=int(np.count_nonzero(unlike & ~one_is_nan)),
    )
    if is_float(reference):
        block.max_ulp = np.inf if unlike.any() else _ulp(reference[finite], candidate[finite])
        r, c = r[finite], c[finite]
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            block.products = _products(r, c, c - r)
    return block


def _by_kernel(
    built: kernel.Kernel,
    reference: np.ndarray,
    candidate: np.ndarray,
    tolerance: Tolerance,
    total: int,
) -> _Block | None:
    """Measures a block of plain floats; None: they are not."""
    measured = built.measure(reference, candidate, tolerance)
    if measured is None:
        return None
    figures, counts = measured
    # The kernel counts the steps of the numbers that it gets, which are no float16 or bfloat16.
    narrow = reference.itemsize < 4
    return _Block(
        worst=figures.worst,
        worst_excess=figures.worst_excess,
        failures=figures.failures,
        max_abs=figures.max_abs,
        max_rel=figures.max_rel,
        max_ulp=_ulp(reference, candidate) if narrow else figures.max_ulp,
        mean=figures.sum_abs / total,
        tally=counts,
        products=(figures.rr, figures.cc, figures.rc, figures.dd),
    )


def _ulp(reference: np.ndarray, candidate: np.ndarray) -> float:
    """Returns how many representable numbers finite ones are apart at most; +0 and -0 are one number.

    Floats of one sign are ordered as their bits; the way to the other sign leads through zero.
    """
    if not reference.size:
        return 0.0
    r, c = (array.view(f"i{array.itemsize}") for array in (reference, candidate))
    steps = c - r
    across = np.flatnonzero((r ^ c) < 0)
    farthest = 0
    if across.size:
        steps[across] = 0
        magnitude = np.iinfo(r.dtype).max
        sums = (r[across] & magnitude).astype(np.uint64) + (c[across] & magnitude).astype(np.uint64)
        farthest = int(sums.max())
    return float(max(int(steps.max()), -int(steps.min()), farthest))


def _products(r: np.ndarray, c: np.ndarray, difference: np.ndarray) -> tuple[float, ...]:
    return _dot(r, r), _dot(c, c), _dot(r, c), _dot(difference, difference)


def _dot(x: np.ndarray, y: np.ndarray) -> float:
    whole = x.size // _ROW * _ROW
    rows = np.vecdot(x[:whole].reshape(-1, _ROW), y[:whole].reshape(-1, _ROW))
    return float(rows.sum(dtype=np.float64)) + float(np.dot(x[whole:], y[whole:]))


def _cosine(rr: float, cc: float, rc: float, dd: float) -> float | None:
    """Returns the cosine of the angle between two vectors from their products.

    None: one of them is zero, or its square is none that float64 has.
    """
    length = math.sqrt(rr) * math.sqrt(cc)
    if not (0 < length < np.inf and math.isfinite(rc) and dd < np.inf):
        return None
    # Near 1, by the law of cosines, an error of e in the products is one of e^2 in the cosine.
    cosine = (rr + cc - dd) / (2 * length) if dd < min(rr, cc) else rc / length
    return max(-1.0, min(1.0, cosine))


def _sum(parts: Sequence[float]) -> float:
    """Returns the exact sum, rounded once; infinite when a part is, or NaN."""
    return math.fsum(parts) if all(map(math.isfinite, parts)) else math.inf


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
