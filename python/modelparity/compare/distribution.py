"""How errors are spread: by their own size, and by the size of what they are errors of.

A size is counted in its decade, the k of 10^k <= size < 10^(k + 1), and an error in its bin as well, from
which the quantiles of large arrays are read. The number of a float64's bin is its upper bits, so there
are 128 bins between powers of two.
"""

import dataclasses
import functools

import numpy as np

from modelparity.contract import report_pb2

ZERO, INFINITE = -400, 400
"""Decades of what has none."""

_LOWEST, _HIGHEST = -324, 308  # of float64
# The smallest float64 is 5e-324.
_POWERS = np.array([5e-324, *(float(f"1e{k}") for k in range(_LOWEST + 1, _HIGHEST + 1))])
PLACES = _POWERS.size + 2
"""Of decades: place 0 is zero's, and the last one infinity's. kernel.cc has the number as well."""
_SHIFT = 45
BINS = 1 << (63 - _SHIFT)
"""Bin 0 has zero, and what is less than 2e-310."""


@dataclasses.dataclass
class Tally:
    """Counts of some elements."""

    first: int
    """The bin that `bins` begins with."""
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
    worst = np.zeros(PLACES)
    np.maximum.at(worst, places, error)
    bins = _bin(error[(error > 0) & np.isfinite(error)])
    first = int(bins.min(initial=BINS))
    return Tally(
        first if bins.size else 0,
        np.bincount(bins - first),
        np.bincount(_places(error), minlength=PLACES),
        np.bincount(places, minlength=PLACES),
        worst,
    )


def of_bins(
    bins: np.ndarray,
    min_error: float,
    max_error: float,
    magnitudes: np.ndarray,
    worst: np.ndarray,
) -> Tally:
    """Returns the tally of errors that were counted in bins.

    Args:
        bins: Number of errors in each, and in bin 0 of zeros alone.
        min_error: The least that is not zero.
        max_error: The largest, and finite.
        magnitudes: As in the tally.
        worst: As in the tally.
    """
    first = last = 1
    if max_error > 0:
        first, last = int(_bin(np.float64(min_error))), int(_bin(np.float64(max_error))) + 1
    used = bins[first:last].copy()
    # Float64 can count to 2^53.
    errors = np.bincount(places_of_bins()[first:last], used, PLACES).astype(np.int64)
    errors[0] = bins[0]
    return Tally(first, used, errors, magnitudes, worst)


@functools.cache
def places_of_bins() -> np.ndarray:
    """Returns the place of each bin, uint16; where a decade begins in a bin, it is that decade's."""
    largest = ((np.arange(1, BINS + 1) << _SHIFT) - 1).view(np.float64)
    places = _POWERS.searchsorted(largest, side="right").astype(np.uint16)
    places[0] = 0
    return places


def _places(sizes: np.ndarray) -> np.ndarray:
    places = np.searchsorted(_POWERS, sizes, side="right")
    places[np.isinf(sizes)] = PLACES - 1
    return places


def _bin(error):
    return error.view(np.int64) >> _SHIFT


def _middle(bin_number: int) -> float:
    return float(np.int64((bin_number << _SHIFT) + (1 << (_SHIFT - 1))).view(np.float64))


class Distribution:
    """The sum of tallies."""

    def __init__(self):
        self._bins = np.zeros(BINS, np.int64)
        self._errors, self._magnitudes = np.zeros((2, PLACES), np.int64)
        self._worst = np.zeros(PLACES)

    def add(self, part: Tally) -> None:
        """Adds a block's."""
        self._bins[part.first : part.first + part.bins.size] += part.bins
        self._errors += part.errors
        self._magnitudes += part.magnitudes
        np.maximum(self._worst, part.worst, out=self._worst)

    def quantiles(self, ranks: list[int]) -> list[float]:
        """Returns the errors of these ranks, from 0, right to 1 % or 2e-310."""
        upto = np.cumsum(self._bins) + self._errors[0]
        places = np.searchsorted(upto, ranks, side="right")
        return [
            0.0 if rank < self._errors[0] else _middle(int(place)) if place < upto.size else np.inf
            for rank, place in zip(ranks, places, strict=True)
        ]

    def errors(self) -> list[report_pb2.DecadeOfErrors]:
        """Returns the decades that have errors, from the smallest."""
        return [
            report_pb2.DecadeOfErrors(decade=_decade(place), count=int(self._errors[place]))
            for place in np.flatnonzero(self._errors)
        ]

    def magnitudes(self) -> list[report_pb2.DecadeOfMagnitudes]:
        """Returns the decades that have references."""
        return [
            report_pb2.DecadeOfMagnitudes(
                decade=_decade(place),
                count=int(self._magnitudes[place]),
                max_abs=self._worst[place],
            )
            for place in np.flatnonzero(self._magnitudes)
        ]


def _decade(place: int) -> int:
    if place == 0:
        return ZERO
    return INFINITE if place == PLACES - 1 else _LOWEST + int(place) - 1
