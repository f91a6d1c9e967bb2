"""Protobuf has no message over 2 GB, and FlatBuffers have none either."""

from collections.abc import Iterator

from modelparity.bundle import PROTOBUF_LIMIT
from modelparity.check.facts import Model
from modelparity.check.obstacles import Obstacle


def too_large(model: Model) -> Iterator[Obstacle]:
    if model.size > PROTOBUF_LIMIT:
        yield Obstacle(
            f"the model has {model.size} bytes, and a file of this format can have {PROTOBUF_LIMIT}",
            stops=True,
            way="keep the SavedModel, whose weights are in files of their own, or store the weights as float16",
            formats=("frozen_graph", "onnx", "litert"),
        )
