"""Reads LiteRT files with the schema in the package ai-edge-litert, imported when the first is read.

model = read("model.tflite")
for signature in model.signatures:
    ...  # of a file that stores none: what is run without a signature
"""

import collections
import contextlib
import importlib.util
import os
import pathlib
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modelparity.contract import manifest_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    UnsupportedError,
    one_line,
)
from modelparity.specs import DEFAULT_SIGNATURE

_IDENTIFIER = b"TFL3"


class LitertFile(NamedTuple):
    """What a file says of itself; the weights are not looked at."""

    description: str
    version: int
    """Of the schema."""
    signatures: list[manifest_pb2.Signature]
    stores_signatures: bool
    """False: `signatures` is one, made from the names of the tensors."""
    operators: collections.Counter


def read(path: str | os.PathLike) -> LitertFile:
    """Reads a file, errors as in `opened`."""
    with opened(path) as (model, schema):
        return _described(model, schema)


@contextlib.contextmanager
def opened(path: str | os.PathLike) -> Iterator[tuple]:
    """Yields the schema's Model of a file, and the schema, for as long as they are looked at.

    Raises:
        FileMissingError: It is not there.
        ArtifactInvalidError: It is no LiteRT model, which may be seen only where one looks.
        UnsupportedError: The package ai-edge-litert is not installed.
    """
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise FileMissingError(f"'{path}' cannot be read: {error.strerror}") from error
    # A FlatBuffer has its file identifier after the offset of its root.
    if data[4:8] != _IDENTIFIER:
        raise ArtifactInvalidError(f"'{path}' is no LiteRT model: it lacks the identifier TFL3")
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise UnsupportedError(
            f"'{path}': reading LiteRT needs the package ai-edge-litert; `pip install ai-edge-litert`"
        )
    from ai_edge_litert import schema_py_generated as schema

    try:
        yield schema.Model.GetRootAs(data), schema
    # What a FlatBuffer refers to is looked for wherever its numbers say.
    except (AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise ArtifactInvalidError(f"'{path}' is no LiteRT model: {one_line(error)}") from error


def operator_names(model, schema) -> list[str]:
    """Returns the names of a model's operator codes, by their index."""
    words = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    return [
        # The first 127 operators are in a field of their own, which later ones leave at its limit.
        (code.CustomCode() or b"").decode()
        or words[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        for code in codes
    ]


def names_without_signature(names: Sequence[str]) -> list[str]:
    """Returns what the inputs or outputs of a file without signatures are called.

    That is the names of their tensors, or their places among the inputs or outputs where these are no
    names: "0", "1"...
    """
    counts = collections.Counter(names)
    return [name if name and counts[name] == 1 else str(place) for place, name in enumerate(names)]


def _described(model, schema) -> LitertFile:
    graphs = [
        schema.SubGraphT.InitFromObj(model.Subgraphs(i)) for i in range(model.SubgraphsLength())
    ]
    definitions = [
        schema.SignatureDefT.InitFromObj(model.SignatureDefs(i))
        for i in range(model.SignatureDefsLength())
    ]
    signatures = [
        _signature(
            definition.signatureKey.decode(),
            graphs[definition.subgraphIndex],
            [(entry.name.decode(), entry.tensorIndex) for entry in definition.inputs or ()],
            [(entry.name.decode(), entry.tensorIndex) for entry in definition.outputs or ()],
            schema,
        )
        for definition in definitions
    ]
    if not definitions:
        inputs, outputs = (
            list(zip(names_without_signature(_names(graphs[0], places)), places, strict=True))
            for places in (graphs[0].inputs, graphs[0].outputs)
        )
        signatures = [_signature(DEFAULT_SIGNATURE, graphs[0], inputs, outputs, schema)]
    operators = operator_names(model, schema)
    used = (operators[node.opcodeIndex] for graph in graphs for node in graph.operators or ())
    return LitertFile(
        (model.Description() or b"").decode(),
        model.Version(),
        signatures,
        bool(definitions),
        collections.Counter(used),
    )


def _names(graph, places) -> list[str]:
    return [(graph.tensors[place].name or b"").decode() for place in places]


def _signature(name: str, graph, inputs, outputs, schema) -> manifest_pb2.Signature:
    """Returns a signature; `inputs` and `outputs` are names with the places of their tensors."""
    return manifest_pb2.Signature(
        name=name,
        inputs=[_spec(key, graph.tensors[place], schema) for key, place in inputs],
        outputs=[_spec(key, graph.tensors[place], schema) for key, place in outputs],
    )


def _spec(name: str, tensor, schema) -> manifest_pb2.TensorSpec:
    dtypes = {number: word.lower() for word, number in vars(schema.TensorType).items()}
    # `shape` has 1 wherever `shapeSignature` has -1.
    shape = tensor.shape if tensor.shapeSignature is None else tensor.shapeSignature
    shape = [] if shape is None else shape.tolist()
    return manifest_pb2.TensorSpec(
        name=name,
        dtype=dtypes[tensor.type],
        shape=shape,
        unknown_rank=not shape and not tensor.hasRank,
    )
