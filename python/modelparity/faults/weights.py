"""Faults in the weights of a product: a matrix, or the kernel of a convolution. They are the same in every format.

To add one: a function that takes an array of float32 and returns another one of its shape, or None where there
is none, and a row in _CHANGES.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

FAINT = "one weight off by 1e-3"
"""Whether it shows in an answer depends on the weight: told, and not asked for."""


class Site(Protocol):
    """A node of a model in some format."""

    def weight(self) -> tuple[int, np.ndarray] | None: ...

    def replace(self, index: int, array: np.ndarray) -> None: ...


def _all_scaled(array: np.ndarray) -> np.ndarray:
    return array * np.float32(1 + 1e-3)


def _one_moved(array: np.ndarray) -> np.ndarray:
    return _with_one(array, lambda value: value + 0.1 * max(array.std(), 0.1))


def _one_scaled(array: np.ndarray) -> np.ndarray:
    return _with_one(array, lambda value: value * (1 + 1e-3))


def _rounded(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float16).astype(np.float32)


def _transposed(array: np.ndarray) -> np.ndarray | None:
    return array.T if array.ndim == 2 and len(set(array.shape)) == 1 else None


def _reordered(array: np.ndarray) -> np.ndarray | None:
    """The bytes in the order of the axes from last to first, read as if they were in the order from first to last."""
    return array.T.reshape(array.shape) if len(set(array.shape)) > 1 else None


def _with_one(array: np.ndarray, change: Callable[[np.float32], np.float32]) -> np.ndarray:
    changed = array.copy()
    place = np.unravel_index(array.size // 2, array.shape)
    changed[place] = change(changed[place])
    return changed


_CHANGES: dict[str, Callable[[np.ndarray], np.ndarray | None]] = {
    "weights off by 1e-3": _all_scaled,
    FAINT: _one_scaled,
    "perturbed weight": _one_moved,
    "float16-rounded weights": _rounded,
    "transposed square weight": _transposed,
    "weights in another order of axes": _reordered,
}


def _plant(change: Callable[[np.ndarray], np.ndarray | None], site: Site) -> bool:
    if (found := site.weight()) is None:
        return False
    index, array = found
    changed = change(array)
    if changed is None or np.array_equal(changed, array):
        return False
    site.replace(index, changed)
    return True


KINDS: dict[str, Callable[[Site], bool]] = {
    kind: partial(_plant, change) for kind, change in _CHANGES.items()
}
