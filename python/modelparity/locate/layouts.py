"""How a converter lays out the axes of a tensor: TensorFlow has channels last, ONNX has them first.

    layout = find(reference, candidate)
    layout.apply(reference)  # as the candidate has it

Only these are known, so that a transposed matrix is never taken for a layout.
"""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np


@dataclasses.dataclass(frozen=True)
class Layout:
    """A permutation of axes, then other axes of size 1."""

    axes: tuple[int, ...]
    shape: tuple[int, ...]

    def apply(self, array: np.ndarray) -> np.ndarray:
        """Returns the reference's array as the candidate lays it out."""
        return np.array(array.transpose(self.axes).reshape(self.shape), order="C")


def same(array: np.ndarray) -> Layout:
    return Layout(tuple(range(array.ndim)), array.shape)


def every(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yields an array in each order of its axes that a converter may give a weight.

    Beside those of layouts they are the rotations, which make a matrix product of an Einsum.
    """
    rank = array.ndim
    turns = range(1, rank) if rank >= 3 else ()
    rotations = [(*range(turn, rank), *range(turn)) for turn in turns]
    for axes in [*_orders(rank), *rotations]:
        yield array.transpose(axes)


def find(reference: np.ndarray, candidate: np.ndarray) -> Layout | None:
    """Returns the layout that makes the reference's shape the candidate's; None: there is none.

    Where several do, as for a square image with as many channels, it is the one whose values are nearer.
    """
    layouts = [
        Layout(axes, candidate.shape)
        for axes in _orders(reference.ndim)
        if _without_ones(reference.shape[axis] for axis in axes) == _without_ones(candidate.shape)
    ]
    return min(layouts, key=lambda layout: _distance(layout, reference, candidate), default=None)


def nearest(reference: np.ndarray, candidate: np.ndarray) -> Layout | None:
    """Returns the layout that makes most sizes equal, when the number of axes is; None: it is not."""
    if reference.ndim != candidate.ndim:
        return None

    def equal(axes: tuple[int, ...]) -> int:
        return sum(reference.shape[a] == n for a, n in zip(axes, candidate.shape, strict=True))

    axes = max(_orders(reference.ndim), key=equal)
    return Layout(axes, tuple(reference.shape[axis] for axis in axes))


def _orders(rank: int) -> list[tuple[int, ...]]:
    """Returns the axes as they are, channels first, and those of a kernel: output and input channels first."""
    orders = [tuple(range(rank))]
    if rank >= 3:
        orders.append((0, rank - 1, *range(1, rank - 1)))
        kernels = itertools.permutations((rank - 1, rank - 2))
        orders += [(*channels, *range(rank - 2)) for channels in kernels]
    return orders


def _without_ones(shape) -> list[int]:
    return [size for size in shape if size != 1]


def _distance(layout: Layout, reference: np.ndarray, candidate: np.ndarray) -> float:
    if reference.dtype.kind not in "fiu" or candidate.dtype.kind not in "fiu":
        return float(np.count_nonzero(layout.apply(reference) != candidate))
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(layout.apply(reference).astype(np.float64) - candidate)
    return float(np.nansum(errors))
