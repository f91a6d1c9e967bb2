"""Reads the operators of a LiteRT file."""

import importlib.util
import pathlib
import struct

from modelparity.check.facts import Kind, Model, Node, Place, Signature
from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, UnsupportedError, one_line


def read(path: pathlib.Path) -> Model:
    """Reads a LiteRT file.

    Raises:
        ArtifactInvalidError: It is no LiteRT model.
        UnsupportedError: The package ai-edge-litert is not installed.
    """
    content = path.read_bytes()
    if content[4:8] != b"TFL3":
        raise ArtifactInvalidError(f"'{path}' is no LiteRT model: it lacks the identifier TFL3")
    if importlib.util.find_spec("ai_edge_litert") is None:
        raise UnsupportedError(
            f"'{path}': reading LiteRT needs the package ai-edge-litert; `pip install ai-edge-litert`"
        )
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.Model.GetRootAs(content)
        signatures = _signatures(model, schema)
    # What a FlatBuffer refers to is looked for wherever its numbers say.
    except (AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise ArtifactInvalidError(f"'{path}' is no LiteRT model: {one_line(error)}") from error
    return Model(Kind.LITERT, str(path), ("litert",), len(content), signatures)


def _signatures(model, schema) -> list[Signature]:
    dtypes = {number: word.lower() for word, number in vars(schema.TensorType).items()}
    nodes = [
        node for index in range(model.SubgraphsLength()) for node in _nodes(model, index, schema)
    ]
    found = []
    for index in range(model.SignatureDefsLength()):
        definition = schema.SignatureDefT.InitFromObj(model.SignatureDefs(index))
        graph = model.Subgraphs(definition.subgraphIndex)
        spec = manifest_pb2.Signature(name=definition.signatureKey.decode())
        for entries, specs in (
            (definition.inputs, spec.inputs),
            (definition.outputs, spec.outputs),
        ):
            for entry in entries or ():
                tensor = graph.Tensors(entry.tensorIndex)
                specs.add(name=entry.name.decode(), dtype=dtypes[tensor.Type()])
        found.append(Signature(spec, nodes))
    # A file of old has no signature, and its one graph is what there is.
    return found or [Signature(manifest_pb2.Signature(name="graph"), nodes)]


def _nodes(model, index: int, schema) -> list[Node]:
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    graph = model.Subgraphs(index)
    nodes = []
    for position in range(graph.OperatorsLength()):
        operator = graph.Operators(position)
        code = model.OperatorCodes(operator.OpcodeIndex())
        custom = (code.CustomCode() or b"").decode()
        # The first 127 operators are in a field of their own, which later ones leave at its limit.
        name = custom or names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        output = operator.Outputs(0) if operator.OutputsLength() else -1
        place = graph.Tensors(output).Name().decode() if output >= 0 else name
        nodes.append(Node(Place(place), name, attributes={"custom": bool(custom)}))
    return nodes
