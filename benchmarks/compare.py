"""How fast answers are compared: ./bazelw run -c opt //benchmarks:compare

Prints the throughput of `arrays_agree` (pass or fail alone) and of `compare_arrays` (every figure of
a report) as a ratio to numpy's `assert_allclose`, on the same arrays in the same run.
"""

import argparse
import functools
import time
from collections.abc import Callable

import numpy as np

from modelparity.compare import Tolerance, arrays_agree, compare_arrays

_TOLERANCE = Tolerance(1e-5, 1e-4)


def _best(function: Callable[[], object], repeats: int) -> float:
    """Returns the shortest time of some calls, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def _print_row(name: str, seconds: float, baseline: float, size: int) -> None:
    print(f"{name:44}{size / seconds / 1e9:8.2f}{baseline / seconds:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--elements", type=float, default=1e8, help="float32 elements of each array"
    )
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many runs counts")
    options = parser.parse_args()

    reference = np.random.default_rng(0).standard_normal(int(options.elements), np.float32)
    candidate = reference * np.float32(1 + 1e-6)
    baseline = _best(
        lambda: np.testing.assert_allclose(
            candidate, reference, rtol=_TOLERANCE.rtol, atol=_TOLERANCE.atol
        ),
        options.repeats,
    )
    size = 2 * reference.nbytes
    print(f"{'':44}{'GB/s':>8}{'ratio':>8}")
    _print_row("np.testing.assert_allclose", baseline, baseline, size)
    agree = functools.partial(arrays_agree, reference, candidate, _TOLERANCE)
    assert agree()
    seconds = _best(agree, options.repeats)
    _print_row("arrays_agree", seconds, baseline, size)
    comparison = compare_arrays(reference, candidate, _TOLERANCE)
    assert comparison.match and comparison.max_abs > 0
    seconds = _best(lambda: compare_arrays(reference, candidate, _TOLERANCE), options.repeats)
    _print_row("compare_arrays, every figure", seconds, baseline, size)


if __name__ == "__main__":
    main()
