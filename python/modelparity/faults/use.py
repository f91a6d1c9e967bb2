"""Which nodes of a graph give values that its outputs depend on.

Keras runs a recurrent cell once before the loop, only to know the shape of what it gives: no fault in there is one.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

_SHAPES_ONLY = ("Shape", "Size", "Rank", "ZerosLike", "OnesLike")


class Step(NamedTuple):
    """A node of a graph in some format, by the names of tensors."""

    op: str
    inputs: Collection[str]
    outputs: Collection[str]


def used(steps: Sequence[Step], outputs: Collection[str]) -> list[int]:
    """Returns the places of the nodes whose values reach one of the outputs, in their order."""
    producers = {name: place for place, step in enumerate(steps) for name in step.outputs}
    waiting, found = list(outputs), set()
    while waiting:
        place = producers.get(waiting.pop())
        if place is not None and place not in found:
            found.add(place)
            if steps[place].op not in _SHAPES_ONLY:
                waiting += steps[place].inputs
    return sorted(found)
