"""How fast answers are compared: ./bazelw run -c opt //benchmarks:compare

Prints the throughput of `compare_arrays` (every figure of a report) as a ratio to numpy's
`assert_allclose` (pass or fail alone), on the same two arrays in the same run.
"""

import argparse
import time

import numpy as np

from modelparity.compare import Tolerance, compare_arrays

_TOLERANCE = Tolerance(1e-5, 1e-4)


def _best(function, repeats: int) -> float:
    """Returns the shortest time of some calls, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--elements", type=float, default=1e7, help="float32 elements of each array"
    )
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many runs counts")
    options = parser.parse_args()

    reference = np.random.default_rng(0).normal(size=int(options.elements)).astype(np.float32)
    candidate = reference * np.float32(1 + 1e-6)
    comparison, failures = compare_arrays(reference, candidate, _TOLERANCE)
    assert comparison.match and failures == 0 and comparison.max_abs > 0

    baseline = _best(
        lambda: np.testing.assert_allclose(
            candidate, reference, rtol=_TOLERANCE.rtol, atol=_TOLERANCE.atol
        ),
        options.repeats,
    )
    ours = _best(lambda: compare_arrays(reference, candidate, _TOLERANCE), options.repeats)
    gigabytes = 2 * reference.nbytes / 1e9
    print(f"{'':34}{'GB/s':>8}{'ratio':>8}")
    print(f"{'np.testing.assert_allclose':34}{gigabytes / baseline:8.2f}{1:8.2f}")
    print(f"{'compare_arrays, every figure':34}{gigabytes / ours:8.2f}{baseline / ours:8.2f}")


if __name__ == "__main__":
    main()
