"""How errors are spread: by their own size, and by the size of what they are errors of.

A size is counted in its decade, the k of 10^k <= size < 10^(k + 1), and an error in one of 128 bins
of its decade as well, from which the quantiles of large arrays are read.
"""

import dataclasses

import numpy as np

from modelparity.compare.blocks import Buffers
from modelparity.contract import report_pb2

ZERO, INFINITE = -400, 400
"""Decades of what has none."""

_LOWEST, _HIGHEST = -324, 308  # of float64
# The smallest float64 is 5e-324.
_POWERS = np.array([5e-324, *(float(f"1e{k}") for k in range(_LOWEST + 1, _HIGHEST + 1))])
# Place 0 is zero's, and the last one infinity's.
_PLACES = _POWERS.size + 2
_BINS = 128
# Logarithms are rounded, and a power of ten has to be in its own decade.
_NUDGE = 5e-6
# What a quick tally has room for, below the largest.
_SPAN = 20


@dataclasses.dataclass
class Tally:
    """Counts of some elements."""

    first: int
    """The bin that `bins` begins with; bins are counted from the smallest float64."""
    bins: np.ndarray
    """Number of errors in each bin; neither zeros nor infinities."""
    errors: np.ndarray
    """Number of errors in each place."""
    magnitudes: np.ndarray
    """Number of references in each place."""
    worst: np.ndarray
    """Largest error of the references in each place."""


def tally(error: np.ndarray, size: np.ndarray) -> Tally:
    """Counts errors and the sizes of their references, float64 and 0 or more; both may be infinite."""
    places = _places(size)
    worst = np.zeros(_PLACES)
    np.maximum.at(worst, places, error)
    ordinary = error[(error > 0) & np.isfinite(error)]
    bins = np.floor((np.log10(ordinary) + (_NUDGE - _LOWEST)) * _BINS).astype(np.intp)
    first = int(bins.min(initial=_PLACES * _BINS))
    return Tally(
        first if bins.size else 0,
        np.bincount(bins - first),
        np.bincount(_places(error), minlength=_PLACES),
        np.bincount(places, minlength=_PLACES),
        worst,
    )


def _places(sizes: np.ndarray) -> np.ndarray:
    places = np.searchsorted(_POWERS, sizes, side="right")
    places[np.isinf(sizes)] = _PLACES - 1
    return places


def quick_tally(error: np.ndarray, size: np.ndarray, buffers: Buffers) -> Tally | None:
    """Does what `tally` does in one pass; None: the sizes are too far apart.

    A size that is less than a decade's beginning by 1e-5 of it may be counted there, and `worst` is
    the middle of a bin: right to 1 %.
    """
    dtype = error.dtype
    with np.errstate(divide="ignore"):
        bins = np.log10(error, out=buffers.take("bins", error.size, dtype))
        rows = np.log10(size, out=buffers.take("rows", size.size, dtype))
    top, highest = (int(np.floor(max(x.max(), _LOWEST) + _NUDGE)) for x in (bins, rows))
    lowest = max(top + 1 - _SPAN, _LOWEST)
    width = 1 + (top + 1 - lowest) * _BINS
    # Bin 0 and the last row are those of zeros.
    bins += dtype.type(_NUDGE - lowest)
    bins *= dtype.type(_BINS)
    bins += dtype.type(1)
    np.floor(bins, out=bins)
    np.maximum(bins, dtype.type(0), out=bins)
    rows += dtype.type(_NUDGE)
    np.floor(rows, out=rows)
    np.subtract(dtype.type(highest), rows, out=rows)
    depth = int(min(rows.max(), _SPAN)) + 1
    np.minimum(rows, dtype.type(_SPAN), out=rows)
    rows *= dtype.type(width)
    rows += bins
    keys = buffers.take("keys", error.size, np.intp)
    np.copyto(keys, rows, casting="unsafe")
    counts = np.bincount(keys, minlength=depth * width).reshape(-1, width)
    by_bin, by_row = counts.sum(axis=0), counts.sum(axis=1)
    zeros = by_row[_SPAN] if depth > _SPAN else 0
    if by_bin[0] != np.count_nonzero(error == 0) or zeros != np.count_nonzero(size == 0):
        return None
    errors, magnitudes = np.zeros((2, _PLACES), np.int64)
    worst = np.zeros(_PLACES)
    errors[0] = by_bin[0]
    place = lowest - _LOWEST + 1
    decades = by_bin[1:].reshape(-1, _BINS).sum(axis=1)
    errors[place : place + decades.size] = decades
    for row in np.flatnonzero(by_row):
        place = highest - int(row) - _LOWEST + 1 if row < _SPAN else 0
        magnitudes[place] = by_row[row]
        worst[place] = _middle(lowest, int(np.flatnonzero(counts[row])[-1]))
    return Tally((lowest - _LOWEST) * _BINS, by_bin[1:], errors, magnitudes, worst)


def _middle(lowest: int, bin_number: int) -> float:
    """Returns the geometric middle of a bin, 0 of bin 0; bin 1 begins with 10^lowest."""
    return 10.0 ** (lowest + (bin_number - 0.5) / _BINS) if bin_number else 0.0


class Distribution:
    """The sum of tallies."""

    def __init__(self):
        self._bins = np.zeros(_POWERS.size * _BINS + 1, np.int64)
        self._errors, self._magnitudes = np.zeros((2, _PLACES), np.int64)
        self._worst = np.zeros(_PLACES)

    def add(self, part: Tally) -> None:
        """Adds a block's."""
        self._bins[part.first : part.first + part.bins.size] += part.bins
        self._errors += part.errors
        self._magnitudes += part.magnitudes
        np.maximum(self._worst, part.worst, out=self._worst)

    def quantiles(self, ranks: list[int]) -> list[float]:
        """Returns the errors of these ranks, from 0, right to 1 %."""
        upto = np.cumsum(self._bins) + self._errors[0]
        places = np.searchsorted(upto, ranks, side="right")
        return [
            0.0
            if rank < self._errors[0]
            else _middle(_LOWEST, int(place) + 1)
            if place < upto.size
            else np.inf
            for rank, place in zip(ranks, places, strict=True)
        ]

    def errors(self) -> list[report_pb2.DecadeOfErrors]:
        """Returns the decades that have errors, from the smallest."""
        return [
            report_pb2.DecadeOfErrors(decade=_decade(place), count=int(self._errors[place]))
            for place in np.flatnonzero(self._errors)
        ]

    def magnitudes(self, largest: float) -> list[report_pb2.DecadeOfMagnitudes]:
        """Returns the decades that have references; `largest` is the largest of all errors."""
        return [
            report_pb2.DecadeOfMagnitudes(
                decade=_decade(place),
                count=int(self._magnitudes[place]),
                max_abs=min(self._worst[place], largest),
            )
            for place in np.flatnonzero(self._magnitudes)
        ]


def _decade(place: int) -> int:
    if place == 0:
        return ZERO
    return INFINITE if place == _PLACES - 1 else _LOWEST + int(place) - 1
