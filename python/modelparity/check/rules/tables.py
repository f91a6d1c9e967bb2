"""Lookup tables and other resources, which only a SavedModel keeps."""

import re
from collections.abc import Iterator

from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_KEEP = "keep the SavedModel (tensorflow-python, tensorflow-c), or look words up before the model"
_RESOURCE = "keep the SavedModel, and export a signature without it for the others"
# What makes a table or another resource, as `VarHandleOp` makes a variable.
_TABLE = re.compile("(Anonymous)?(Mutable)?(Dense)?HashTable(V2)?|MutableHashTableOfTensors(V2)?")
_OTHER_RESOURCE = re.compile(
    "(FIFO|PaddingFIFO|Priority|RandomShuffle)Queue(V2)?|StackV2|MutexV2|.*Iterator(V[23])?"
    "|.*ResourceHandleOp|StatsAggregatorHandle(V2)?"
)


def is_table(node: Node) -> bool:
    return (
        "LookupTable" in node.op
        or node.op.startswith("InitializeTable")
        or _TABLE.fullmatch(node.op) is not None
    )


def _reader(node: Node) -> str | None:
    """Returns the operator of a node that reads a table."""
    return node.op if "LookupTable" in node.op else None


def left_behind(model: Model) -> Iterator[Obstacle]:
    """Freezing a model of TensorFlow 2 makes hidden inputs of its tables."""
    if "saved_model" not in model.formats:
        return
    for op, signature, places in nodes_by(model, _reader):
        common = {"stops": True, "way": _KEEP, "signature": signature, "places": places}
        if model.version_2:
            text = f"freezing leaves {op} without its table, which becomes a hidden input"
            yield Obstacle(text, formats=("frozen_graph",), **common)
        elif model.tables_from_files:
            yield Obstacle(
                f"{op} has a table that is filled from a file, which a frozen graph has no place for",
                formats=("frozen_graph", "onnx", "litert"),
                **common,
            )


def other_resources(model: Model) -> Iterator[Obstacle]:
    def judged(node: Node) -> str | None:
        return node.op if _OTHER_RESOURCE.fullmatch(node.op) else None

    for op, signature, places in nodes_by(model, judged):
        yield Obstacle(
            f"{op} is a resource, which a frozen graph has no place for",
            stops=True,
            way=_RESOURCE,
            formats=("frozen_graph", "onnx", "litert"),
            signature=signature,
            places=places,
        )


def in_onnx(model: Model) -> Iterator[Obstacle]:
    """tf2onnx has tables from texts to numbers, as a CategoryMapper, and no others."""

    def judged(node: Node) -> bool | None:
        if _reader(node) is None:
            return None
        is_find = node.op in ("LookupTableFind", "LookupTableFindV2")
        return is_find and _kinds(node) == ("string", "int64")

    for has_it, signature, places in nodes_by(model, judged):
        common = {"formats": ("onnx",), "way": _KEEP, "signature": signature, "places": places}
        if not has_it:
            yield Obstacle("ONNX has tables from strings to int64 only", stops=True, **common)
            continue
        if not model.version_2:
            text = "nobody measured tables of TensorFlow 1 in ONNX"
            yield Obstacle(text, stops=False, **common)
        yield Obstacle(
            "ONNX Runtime alone has a CategoryMapper, and not in its build for WebGPU",
            stops=True,
            runtimes=("onnxruntime-web-*/webgpu", "onnx-reference"),
            **common,
        )


def in_litert(model: Model) -> Iterator[Obstacle]:
    """LiteRT fills tables from constants, and leaves the files of others behind."""

    def judged(node: Node) -> tuple[str, str] | None:
        return _kinds(node) if _reader(node) else None

    for kinds, signature, places in nodes_by(model, judged):
        common = {"formats": ("litert",), "signature": signature, "places": places, "way": _KEEP}
        if model.tables_from_files:
            yield Obstacle(
                "LiteRT leaves behind the file that a table is filled from", stops=True, **common
            )
        elif kinds not in (("string", "int64"), ("int64", "string")):
            text = f"LiteRT has no tables from {kinds[0]} to {kinds[1]}"
            yield Obstacle(text, stops=True, **common)


def _kinds(node: Node) -> tuple[str, str]:
    """Returns the dtypes of keys and values."""
    return (node.dtypes.get("Tin", ("",))[0], node.dtypes.get("Tout", ("",))[0])
