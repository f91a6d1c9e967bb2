"""Arrays in blocks that stay in a core's cache, several of them at a time.

A pass over a block costs a fraction of a pass over memory, and numpy lets other threads run
meanwhile. What a block needs besides is in buffers that each thread makes once: fresh memory costs
more than the arithmetic in it.
"""

import concurrent.futures
import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

BLOCK = 1 << 17
"""Elements. A few float32 buffers of a block fit a second-level cache; of less, threads wait for each other."""

_WORTH_THREADS = 8  # blocks

T = TypeVar("T")


class Buffers(threading.local):
    """Reusable arrays of up to a block, by name; each thread sees its own."""

    def __init__(self):
        self._arrays = {}

    def take(self, name: str, size: int, dtype: np.typing.DTypeLike) -> np.ndarray:
        """Returns an array with anything in it; it is overwritten when its name is taken again."""
        key = name, np.dtype(dtype)
        if key not in self._arrays or self._arrays[key].size < size:
            self._arrays[key] = np.empty(size, dtype)
        return self._arrays[key][:size]


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
