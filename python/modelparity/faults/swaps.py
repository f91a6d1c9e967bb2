"""Names that are bound to each other's tensors, in an artifact of any format."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modelparity.contract import manifest_pb2


class Swap(NamedTuple):
    """An artifact with two inputs or outputs of one dtype and shape swapped."""

    kind: str
    planted: str
    """The two names."""
    artifact: manifest_pb2.Artifact


KINDS = ("swapped inputs", "swapped outputs")


def swaps(artifact: manifest_pb2.Artifact, signature: manifest_pb2.Signature) -> Iterator[Swap]:
    """Yields the artifact with each pair of a signature's inputs, and of its outputs, that can be mixed up."""
    place = [binding.signature for binding in artifact.bindings].index(signature.name)
    for kind, side in zip(KINDS, ("inputs", "outputs"), strict=True):
        for pair in _alike(getattr(signature, side)):
            changed = manifest_pb2.Artifact()
            changed.CopyFrom(artifact)
            bound = {each.name: each for each in getattr(changed.bindings[place], side)}
            one, other = (bound[name] for name in pair)
            one.tensor, other.tensor = other.tensor, one.tensor
            yield Swap(kind, " and ".join(pair), changed)


def _alike(specs: Sequence[manifest_pb2.TensorSpec]) -> Iterator[tuple[str, str]]:
    for one, other in itertools.combinations(specs, 2):
        if (one.dtype, one.unknown_rank, *one.shape) == (
            other.dtype,
            other.unknown_rank,
            *other.shape,
        ):
            yield one.name, other.name
