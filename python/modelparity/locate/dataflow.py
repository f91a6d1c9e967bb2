"""A graph without its framework: nodes, and the tensors that run between them.

A reader (`tensorflow_model`, `onnx_model`) makes one of a file. An operator that only hands a constant on
(Identity, which freezing leaves where a variable was read) is no node here: its output is another name of
the constant.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class Node:
    """An operator that computes something."""

    name: str
    op: str
    inputs: tuple[str, ...]
    """Tensors, under their first names; what a loop's body takes from around it is among them."""
    outputs: tuple[str, ...]
    """Tensors that somebody reads."""


class Dataflow:
    """One graph; tensors are called by the first of their names."""

    def __init__(
        self,
        nodes: Sequence[Node],
        constants: Collection[str],
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        names: Mapping[str, str],
    ):
        """Takes what a reader found.

        Args:
            nodes: Each after those whose outputs it reads.
            constants: Tensors whose values are in the file.
            inputs: Tensor of each input key of the signature.
            outputs: Tensor of each output key.
            names: Every name of a tensor to its first; only constants have several.
        """
        self.nodes = nodes
        self.constants = frozenset(constants)
        self.inputs = dict(inputs)
        self.outputs = dict(outputs)
        self.names = dict(names)
        self.producers = {tensor: node for node in nodes for tensor in node.outputs}
        self.order = {tensor: place for place, tensor in enumerate(self.producers)}
        """Place of each computed tensor: what it is computed from stands before it."""
        self.varying = self._varying()
        """The tensors that depend on an input."""

    def ancestors(self, tensors: Iterable[str]) -> set[str]:
        """Returns tensors and all that they are computed from."""
        pending, seen = list(tensors), set()
        while pending:
            tensor = pending.pop()
            if tensor not in seen:
                seen.add(tensor)
                pending += self.producers[tensor].inputs if tensor in self.producers else ()
        return seen

    def segment(self, tensor: str, ends: Collection[str]) -> "Segment":
        """Returns what computes a tensor from those of `ends` that lie nearest above it."""
        pending, seen = [tensor], set()
        nodes: dict[str, Node] = {}
        inputs, constants = set(), set()
        while pending:
            found = pending.pop()
            if found in seen:
                continue
            seen.add(found)
            node = self.producers.get(found)
            if found in ends and found != tensor:
                inputs.add(found)
            elif node is None:
                (constants if found in self.constants else inputs).add(found)
            else:
                nodes[node.name] = node
                pending += node.inputs
        ordered = sorted(nodes.values(), key=lambda node: self.order[node.outputs[0]])
        return Segment(tensor, ordered, sorted(inputs), sorted(constants))

    def _varying(self) -> frozenset[str]:
        varying = set(self.inputs.values())
        for node in self.nodes:
            if not varying.isdisjoint(node.inputs):
                varying.update(node.outputs)
        return frozenset(varying)


@dataclasses.dataclass(frozen=True)
class Segment:
    """The nodes between some tensors and one that is computed from them."""

    tensor: str
    nodes: Sequence[Node]
    """In order; the last one gives the tensor."""
    inputs: Sequence[str]
    constants: Sequence[str]
