"""Arrays in blocks that stay in a core's cache, several of them at a time.

A pass over a block costs a fraction of a pass over memory, and other threads run meanwhile.
"""

import concurrent.futures
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

BLOCK = 1 << 17
"""Elements. A few arrays of a block fit a second-level cache; of less, threads wait for each other."""

_WORTH_THREADS = 8  # blocks

T = TypeVar("T")


def each_block(work: Callable[[slice], T], size: int) -> Iterator[T]:
    """Yields what `work` returns for each block of `size` elements, in their order.

    Whoever stops early leaves blocks undone.
    """
    parts = [slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]
    if len(parts) < _WORTH_THREADS:
        yield from map(work, parts)
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, parts)
