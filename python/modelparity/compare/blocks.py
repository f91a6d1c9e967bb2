"""Arrays in blocks, several of them at a time: memory for a few blocks is all that a comparison needs."""

import concurrent.futures
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

BLOCK = 1 << 19
"""Elements. Of less, threads wait for each other."""

T = TypeVar("T")


def each_block(work: Callable[[slice], T], size: int) -> Iterator[T]:
    """Yields what `work` returns for each block of `size` elements, in their order.

    Whoever stops early leaves blocks undone.
    """
    parts = [slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]
    if len(parts) < 2:
        yield from map(work, parts)
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(work, parts)
