"""Whether two arrays agree, and no more: several times as fast as what measures how far.

    arrays_agree(reference, candidate, Tolerance(1e-5, 1e-4))

`excess` is the definition. Where the kernel says that a block agrees, the definition would as well, and
it has the last word on all others.
"""

import numpy as np

from modelparity.compare import kernel
from modelparity.compare.blocks import each_block
from modelparity.compare.tolerances import Tolerance


def arrays_agree(reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance) -> bool:
    """Says whether every element is within the tolerance, as compare_arrays' `match` does.

    Args:
        reference: Any dtype and shape.
        candidate: Of the same dtype and shape.
        tolerance: Strings are exact whatever it is.
    """
    r, c = reference.reshape(-1), candidate.reshape(-1)
    if r.dtype == object:
        return not np.any(r != c)
    built = kernel.load()

    def agrees(part: slice) -> bool:
        if is_float(r):
            if built and built.agree(r[part], c[part], tolerance):
                return True
        elif np.array_equal(r[part], c[part]):
            return True
        return not np.any(excess(r[part], c[part], tolerance) > 0)

    return all(each_block(agrees, r.size))


def is_float(array: np.ndarray) -> bool:
    """Says whether an array is of floats; ml_dtypes' bfloat16 is of kind "V" to numpy."""
    return array.dtype.kind in "fV"


def excess(reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Returns by how much each |c - r| is beyond atol + rtol * |r|, in float64.

    An element agrees when that is 0 or less. It is infinite where a NaN or an infinity disagrees.
    """
    if not is_float(reference):
        size = np.abs(reference.astype(np.float64))
        return distance(reference, candidate) - (tolerance.atol + tolerance.rtol * size)
    # A difference of finite float64 numbers may overflow; it is then infinite, and that is right.
    with np.errstate(over="ignore", invalid="ignore"):
        r, c = reference.astype(np.float64), candidate.astype(np.float64)
        same = (r == c) | (np.isnan(r) & np.isnan(c))
        special = ~same & ~(np.isfinite(r) & np.isfinite(c))
        error = np.where(same, 0.0, np.abs(c - r))
        allowed = tolerance.atol + tolerance.rtol * np.where(np.isfinite(r), np.abs(r), 0.0)
        # Where both overflow, the tolerance is the larger one.
        beyond = np.where(np.isinf(allowed), -np.inf, error - allowed)
    return np.where(special, np.inf, beyond)


def distance(reference: np.ndarray, candidate: np.ndarray) -> np.ndarray:
    """Returns |c - r| of integers or bools, in float64; it is exact up to 2^53."""
    # In the unsigned type of the same width the larger minus the smaller does not overflow.
    unsigned = f"u{reference.itemsize}"
    larger, smaller = np.maximum(reference, candidate), np.minimum(reference, candidate)
    return (larger.view(unsigned) - smaller.view(unsigned)).astype(np.float64)
