"""Mutations of a corpus, the same in every run: what CI does without coverage to guide it."""

import random
from collections.abc import Sequence

# Ends of the ranges of bytes, varints and lengths, and what JSON is made of.
_BYTES = b'\x00\x01\x7f\x80\xff"[{-9'
_LONGEST = 32


def mutation(seeds: Sequence[bytes], number: int) -> bytes:
    """Returns the mutation of that number: a seed with one to four changes."""
    choose = random.Random(number)
    data = bytearray(choose.choice(seeds))
    for _ in range(choose.randint(1, 4)):
        _change(data, seeds, choose)
    return bytes(data)


def _change(data: bytearray, seeds: Sequence[bytes], choose: random.Random) -> None:
    part = _part(data, choose)
    match choose.randrange(6):
        case 0 if data:
            data[choose.randrange(len(data))] = choose.choice(_BYTES)
        case 1 if data:
            data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        case 2:
            del data[part]
        case 3:
            data[part] = data[part] * 2
        case 4:
            del data[part.start :]
        case _:
            other = choose.choice(seeds)
            data[part] = other[_part(other, choose)]


def _part(data: Sequence[int], choose: random.Random) -> slice:
    start = choose.randint(0, len(data))
    return slice(start, start + choose.randrange(_LONGEST))
