"""kernel.cc, where it is built: what numpy would compute in many passes, in one, by all threads at a time.

    kernel = load()  # None: it is not here
    measured = kernel.measure(reference, candidate, tolerance)

Bazel builds it beside this file, and so does pip where there is a C++ compiler.
"""

import ctypes
import functools
import pathlib
import threading

import numpy as np

from modelparity.compare import distribution
from modelparity.compare.tolerances import Tolerance


class Figures(ctypes.Structure):
    """ModelparityFigures of kernel.cc."""

    _fields_ = (
        ("worst", ctypes.c_int64),
        ("worst_excess", ctypes.c_double),
        ("failures", ctypes.c_int64),
        ("max_abs", ctypes.c_double),
        ("max_rel", ctypes.c_double),
        ("max_ulp", ctypes.c_double),
        ("min_abs", ctypes.c_double),
        ("sum_abs", ctypes.c_double),
        ("rr", ctypes.c_double),
        ("cc", ctypes.c_double),
        ("rc", ctypes.c_double),
        ("dd", ctypes.c_double),
    )


class Kernel:
    """The functions of kernel.cc. Arrays are flat, of floats, and of one size, and none is kept."""

    def __init__(self, library: ctypes.CDLL):
        numbers, tolerances = (ctypes.c_void_p,) * 2, (ctypes.c_double,) * 2
        self._measure, self._agree, self._own = {}, {}, threading.local()
        for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
            agree = library[f"modelparity_agree_{dtype}"]
            agree.argtypes = (*numbers, ctypes.c_int64, *tolerances)
            measure = library[f"modelparity_measure_{dtype}"]
            tables = (ctypes.c_void_p, ctypes.POINTER(Figures), *(ctypes.c_void_p,) * 3)
            measure.argtypes = (*agree.argtypes, *tables)
            self._agree[dtype], self._measure[dtype] = agree, measure

    def agree(self, reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance) -> bool:
        """Says whether all surely agree; False: they may, nevertheless."""
        r, c = _alike(reference, candidate)
        atol, rtol = tolerance.atol, tolerance.rtol
        return bool(self._agree[r.dtype](r.ctypes.data, c.ctypes.data, r.size, atol, rtol))

    def measure(
        self, reference: np.ndarray, candidate: np.ndarray, tolerance: Tolerance
    ) -> tuple[Figures, distribution.Tally] | None:
        """Returns the figures; None: there is a NaN, an infinity, or what is next to nothing."""
        r, c = _alike(reference, candidate)
        figures, places, bins = Figures(), distribution.places_of_bins(), self._take_bins()
        magnitudes = np.zeros(distribution.PLACES, np.int64)
        worst = np.zeros(distribution.PLACES)
        plain = self._measure[r.dtype](
            r.ctypes.data,
            c.ctypes.data,
            r.size,
            tolerance.atol,
            tolerance.rtol,
            places.ctypes.data,
            figures,
            bins.ctypes.data,
            magnitudes.ctypes.data,
            worst.ctypes.data,
        )
        if not plain:
            return None
        tally = distribution.of_bins(bins, figures.min_abs, figures.max_abs, magnitudes, worst)
        bins[tally.first : tally.first + tally.bins.size] = bins[0] = 0
        self._own.bins = bins
        return figures, tally

    def _take_bins(self) -> np.ndarray:
        """Returns the thread's own, all zero: to make them anew would take as long as to measure.

        Who does not bring them back as they were leaves new ones to be made.
        """
        bins = self._own.__dict__.pop("bins", None)
        return np.zeros(distribution.BINS, np.uint32) if bins is None else bins


@functools.cache
def load() -> Kernel | None:
    """Returns the kernel that is built; None: there is none."""
    built = sorted(pathlib.Path(__file__).parent.glob("_kernel*.so"))
    return Kernel(ctypes.CDLL(str(built[0]))) if built else None


def _alike(reference: np.ndarray, candidate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns both as float32, or both as float64, one element behind the other."""
    narrow = max(reference.itemsize, candidate.itemsize) <= 4
    dtype = np.float32 if narrow else np.float64
    return np.require(reference, dtype, ["C", "A"]), np.require(candidate, dtype, ["C", "A"])
