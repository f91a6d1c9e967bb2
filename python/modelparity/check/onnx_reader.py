"""Reads the operators of an ONNX file."""

import contextlib
import pathlib
from collections.abc import Iterator

from modelparity import onnx_file
from modelparity.check.facts import Kind, Model, Node, Place, Signature
from modelparity.contract import manifest_pb2

# Dtypes are worked out of models that are not larger.
_LARGE = 100 << 20  # bytes


def read(path: pathlib.Path) -> Model:
    """Reads an ONNX file.

    Raises:
        ModelParityError: As onnx_file.read.
    """
    model = onnx_file.read(path)
    import onnx

    if path.stat().st_size < _LARGE:
        # Of a model that is wrong, what it says itself is enough.
        with contextlib.suppress(onnx.shape_inference.InferenceError, RuntimeError, ValueError):
            model = onnx.shape_inference.infer_shapes(model)
    graph = model.graph
    constants = {tensor.name: tensor.data_type for tensor in graph.initializer}
    dtypes = dict(constants)
    for value in (*graph.input, *graph.output, *graph.value_info):
        dtypes[value.name] = value.type.tensor_type.elem_type
    spec = manifest_pb2.Signature(name="graph")
    for values, specs in ((graph.input, spec.inputs), (graph.output, spec.outputs)):
        for value in values:
            if value.name not in constants:
                specs.add(name=value.name, dtype=_name(dtypes[value.name]))
    versions = {opset.domain: opset.version for opset in model.opset_import}
    nodes = list(_nodes(graph, dtypes, versions, onnx))
    return Model(Kind.ONNX, str(path), ("onnx",), path.stat().st_size, [Signature(spec, nodes)])


def _nodes(graph, dtypes, versions, onnx) -> Iterator[Node]:
    for number, node in enumerate(graph.node):
        dtype = _name(dtypes.get(node.input[0], 0) if node.input else 0)
        attributes = {attribute.name: attribute.s for attribute in node.attribute}
        attributes["domain"] = node.domain
        # None of that version: a custom operator, or a version of no meaning.
        with contextlib.suppress(onnx.defs.SchemaError, TypeError):
            schema = onnx.defs.get_schema(node.op_type, versions.get(node.domain, 1), node.domain)
            # The runtime replaces such an operator by its body.
            attributes["is_function"] = schema.has_function or schema.has_context_dependent_function
        yield Node(
            Place(node.name or f"{node.op_type} {number}"),
            node.op_type,
            {"T": (dtype,)} if dtype else {},
            attributes=attributes,
        )
        for attribute in node.attribute:
            for subgraph in (attribute.g, *attribute.graphs):
                yield from _nodes(subgraph, dtypes, versions, onnx)


def _name(number: int) -> str:
    """Returns a dtype's name; empty: not known."""
    return onnx_file.dtype_name(number) if number else ""
