"""How far a tensor is off, and whether that is more than rounding.

The outputs of a model are judged element by element. What comes out in the middle of one is judged
against its own largest element: an operator that sums large numbers into small ones is no fault.
"""

import dataclasses

import numpy as np

from modelparity.compare import Tolerance, compare_arrays, default_tolerance
from modelparity.specs import format_shape
from modelparity.tensors import dtype_name

_NOISE_FACTOR = 8
_PERTURBATION = 4  # units in the last place of 1


@dataclasses.dataclass(frozen=True)
class Error:
    """One tensor of the candidate against the reference's, laid out as the candidate's."""

    dtype: str
    shape: tuple[int, ...]
    max_abs: float
    """Infinite where the shapes differ, or a NaN or an infinity."""
    limit: float
    """What rounding explains."""
    differing: int
    """Elements beyond `limit`."""
    remark: str = ""
    """What cannot be said by numbers: that the shape is another one."""

    @property
    def differs(self) -> bool:
        return self.differing > 0

    def __str__(self) -> str:
        if self.remark:
            return self.remark
        size = int(np.prod(self.shape, dtype=np.int64))
        return f"max abs {self.max_abs:.3g}, {self.differing} of {size} beyond {self.limit:.3g}"


def judge(reference: np.ndarray, candidate: np.ndarray, noise: float = 0.0) -> Error:
    """Compares arrays; the limit is the dtype's default atol times the largest element.

    Args:
        reference: In the layout of the candidate. Its dtype is the one whose default holds.
        candidate: Numbers of another width are converted to it; that may cost nothing.
        noise: How far the candidate's own answer moves when its inputs do by a rounding error.
    """
    dtype, shape = dtype_name(reference.dtype), candidate.shape
    if reference.shape != shape:
        remark = f"got the shape {format_shape(shape)}, wants {format_shape(reference.shape)}"
        return Error(dtype, shape, np.inf, 0.0, max(candidate.size, 1), remark)
    if dtype_name(candidate.dtype) != dtype:
        candidate = candidate.astype(reference.dtype)
    limit = default_tolerance(dtype).atol * _largest(reference) + _NOISE_FACTOR * noise
    comparison = compare_arrays(reference, candidate, Tolerance(atol=limit))
    worst = comparison.max_abs if comparison.HasField("max_abs") else float(not comparison.match)
    return Error(dtype, shape, worst, limit, comparison.failures)


def same_kind(reference: np.ndarray, candidate: np.ndarray) -> bool:
    """Says whether values of both could mean the same: both integers, both floats, or the same."""
    kinds = {_kind(reference), _kind(candidate)}
    return len(kinds) == 1


def is_float(array: np.ndarray) -> bool:
    return _kind(array) == "float"


def perturbed(array: np.ndarray) -> np.ndarray:
    """Returns an array of floats with each element a few rounding errors away; others as they are."""
    if not is_float(array):
        return array
    random = np.random.default_rng(array.size)
    epsilon = 2.0 ** -_MANTISSA[dtype_name(array.dtype)]
    signs = random.choice([-1.0, 1.0], array.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        moved = array.astype(np.float64) * (1 + _PERTURBATION * epsilon * signs)
        return np.asarray(moved).astype(array.dtype)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the largest finite |one - other| of numbers; 0 for others, and other shapes."""
    if one.shape != other.shape or "string" in (_kind(one), _kind(other)) or not one.size:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.abs(one.astype(np.float64) - other.astype(np.float64))
    return float(errors[np.isfinite(errors)].max(initial=0.0))


_MANTISSA = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def _largest(array: np.ndarray) -> float:
    if dtype_name(array.dtype) == "string":
        return 0.0
    values = np.abs(array.astype(np.float64))
    return float(values[np.isfinite(values)].max(initial=0.0))


def _kind(array: np.ndarray) -> str:
    name = dtype_name(array.dtype)
    if name in _MANTISSA:
        return "float"
    return "integer" if "int" in name else name
