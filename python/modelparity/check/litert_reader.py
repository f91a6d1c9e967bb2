"""Reads the operators of a LiteRT file."""

import pathlib

from modelparity import litert_file
from modelparity.check.facts import Kind, Model, Node, Place, Signature
from modelparity.contract import manifest_pb2


def read(path: pathlib.Path) -> Model:
    """Reads a LiteRT file.

    Raises:
        ModelParityError: As litert_file.opened.
    """
    with litert_file.opened(path) as (model, schema):
        signatures = _signatures(model, schema)
    return Model(Kind.LITERT, str(path), ("litert",), path.stat().st_size, signatures)


def _signatures(model, schema) -> list[Signature]:
    dtypes = {number: word.lower() for word, number in vars(schema.TensorType).items()}
    names = litert_file.operator_names(model, schema)
    nodes = [
        node for index in range(model.SubgraphsLength()) for node in _nodes(model, index, names)
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
        found.append(Signature(spec, nodes, graph=definition.subgraphIndex))
    # A file of old has no signature, and its one graph is what there is.
    return found or [Signature(manifest_pb2.Signature(name="graph"), nodes)]


def _nodes(model, index: int, names: list[str]) -> list[Node]:
    graph = model.Subgraphs(index)
    nodes = []
    for position in range(graph.OperatorsLength()):
        operator = graph.Operators(position)
        name = names[operator.OpcodeIndex()]
        custom = bool(model.OperatorCodes(operator.OpcodeIndex()).CustomCode())
        output = operator.Outputs(0) if operator.OutputsLength() else -1
        place = graph.Tensors(output).Name().decode() if output >= 0 else name
        nodes.append(Node(Place(place), name, attributes={"custom": custom}))
    return nodes
