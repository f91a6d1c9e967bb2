"""Operators that are not TensorFlow's, that draw random numbers, or that change the model."""

from collections.abc import Iterator

from modelparity.check import knowledge
from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_RANDOM = (
    *("Multinomial", "RandomGamma", "RandomPoisson", "RandomPoissonV2", "RandomShuffle"),
    *("RandomStandardNormal", "RandomUniform", "RandomUniformInt", "TruncatedNormal"),
    *("RngReadAndSkip", "NonDeterministicInts"),
)
_TENSORFLOW_FORMATS = ("saved_model", "frozen_graph", "onnx", "litert", "keras")


def is_custom(node: Node) -> bool:
    return node.op not in knowledge.tensorflow().operators and not node.op.startswith("_")


def is_assignment(node: Node) -> bool:
    return node.op.startswith(("Assign", "ResourceScatter", "ResourceApply"))


def custom_operators(model: Model) -> Iterator[Obstacle]:
    for op, signature, places in nodes_by(model, lambda node: node.op if is_custom(node) else None):
        yield Obstacle(
            f"the operator {op} is not TensorFlow's",
            stops=True,
            way="write it with TensorFlow's own operators; libraries of custom operators are not loaded",
            formats=_TENSORFLOW_FORMATS,
            signature=signature,
            places=places,
        )


def random_numbers(model: Model) -> Iterator[Obstacle]:
    for op, signature, places in nodes_by(
        model, lambda node: node.op if node.op in _RANDOM else None
    ):
        yield Obstacle(
            f"{op} answers differently each time, so that no answer can be compared",
            stops=False,
            way="take the noise as an input, or use tf.random.stateless_normal and its like",
            formats=_TENSORFLOW_FORMATS,
            signature=signature,
            places=places,
        )


def assignments(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        changed = [
            node for node in (*signature.nodes, *signature.side_effects) if is_assignment(node)
        ]
        if not changed:
            continue
        common = {"signature": signature.name, "places": [node.place for node in changed]}
        yield Obstacle(
            "the model changes its variables when it runs, so that its answers depend on earlier calls",
            stops=False,
            way="hand the state in and out as tensors",
            formats=("saved_model", "keras"),
            **common,
        )
        yield Obstacle(
            "the model changes its variables when it runs, and here they are constants",
            stops=True,
            way="hand the state in and out as tensors",
            formats=("frozen_graph", "onnx", "litert"),
            **common,
        )
