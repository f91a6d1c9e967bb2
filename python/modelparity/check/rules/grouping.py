"""One obstacle for all the places where the same thing stands."""

from collections.abc import Callable, Hashable, Iterable, Iterator

from modelparity.check.facts import Model, Node, Place


def nodes_by(
    model: Model, key: Callable[[Node], Hashable | None]
) -> Iterator[tuple[Hashable, str, list[Place]]]:
    """Yields each key that is not None, the signature, and the places of the nodes that have it."""
    for signature in model.signatures:
        found: dict[Hashable, list[Place]] = {}
        for node in signature.nodes:
            value = key(node)
            if value is not None:
                found.setdefault(value, []).append(node.place)
        for value, places in found.items():
            yield value, signature.name, list(dict.fromkeys(places))


def list_of(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))
