"""Reads the operators of a SavedModel or frozen graph, signature by signature, without TensorFlow.

Functions are followed where they are called. What no output needs is left out, as converters do.
"""

import pathlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelparity import graphs
from modelparity.check import knowledge
from modelparity.check.facts import Kind, Model, Node, Place, Signature
from modelparity.check.python_lines import PythonLines
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError, one_line

_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")
_LOOPS = ("While", "StatelessWhile")
_FED = ("Placeholder", "PlaceholderV2")
# Freezing makes constants of these, and of what reads them.
_VARIABLES = ("VarHandleOp", "VariableV2", "Variable")
# Operators without inputs, or with constant ones, whose values are not known all the same.
_TABLES = ("HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2")
_SMALL = 16  # elements


class _Value(NamedTuple):
    """One output of a node."""

    node: Node
    index: int


def saved_model(path: pathlib.Path) -> Model:
    """Reads a SavedModel's folder, errors as in graphs.read_saved_model."""
    folder = graphs.find_saved_model(path)
    meta_graphs = graphs.read_saved_model(folder).meta_graphs
    serving = [graph for graph in meta_graphs if list(graph.meta_info_def.tags) == ["serve"]]
    meta_graph = (serving or meta_graphs)[0]
    lines = PythonLines.of_saved_model(folder)
    walk = _Walk(meta_graph.graph_def, lines)
    signatures, answers = [], []
    for spec in graphs.signatures_of(meta_graph):
        definition = meta_graph.signature_def[spec.name]
        inputs = [info.name for info in definition.inputs.values()]
        outputs = [tensor for info in definition.outputs.values() for tensor in _tensors(info)]
        signatures.append(walk.signature(spec, inputs, outputs))
        answers += outputs
    return Model(
        Kind.SAVED_MODEL,
        str(path),
        ("saved_model", "frozen_graph", "onnx", "litert"),
        graphs.frozen_size(meta_graph.graph_def, answers),
        signatures,
        tables_from_files=any(
            node.op.startswith("InitializeTableFromTextFile")
            for node in graphs.all_nodes(meta_graph.graph_def)
        ),
        version_2=meta_graph.HasField("object_graph_def"),
    )


def frozen_graph(path: pathlib.Path) -> Model:
    """Reads a frozen graph, errors as in graphs.read_graph."""
    graph = graphs.read_graph(path)
    spec = graphs.signature_of_graph(graph)
    walk = _Walk(graph, PythonLines.of_graph(path))
    names = [output.name for output in spec.outputs]
    return Model(
        Kind.FROZEN_GRAPH,
        str(path),
        ("frozen_graph", "onnx", "litert"),
        path.stat().st_size,
        [walk.signature(spec, [entry.name for entry in spec.inputs], names)],
        version_2=False,
    )


def bound_graph(
    path: pathlib.Path, spec: manifest_pb2.Signature, binding: manifest_pb2.Binding
) -> Signature:
    """Reads a frozen graph of which a manifest tells the tensors, errors as in graphs.read_graph."""
    walk = _Walk(graphs.read_graph(path), PythonLines.of_graph(path))
    inputs = [entry.tensor for entry in binding.inputs]
    return walk.signature(spec, inputs, [entry.tensor for entry in binding.outputs])


def _tensors(info: tensorflow_graph_pb2.TensorInfo) -> list[str]:
    sparse = info.coo_sparse
    names = [info.name, sparse.values_tensor_name, sparse.indices_tensor_name]
    names += [name for part in info.composite_tensor.components for name in _tensors(part)]
    return [name for name in names if name]


class _Walk:
    """Follows signatures through one graph."""

    def __init__(self, graph: tensorflow_graph_pb2.GraphDef, lines: PythonLines):
        self._main = {node.name: node for node in graph.node}
        self._functions = {function.signature.name: function for function in graph.library.function}
        self._bodies: dict[str, dict] = {}
        self._lines = lines

    def signature(self, spec, inputs: Sequence[str], outputs: Sequence[str]) -> Signature:
        """Returns a signature's nodes.

        Args:
            spec: As the manifest has it.
            inputs: Names of tensors that are fed.
            outputs: Names of tensors that are asked for.

        Raises:
            ArtifactInvalidError: The graph is none that TensorFlow would load.
        """
        try:
            return self._signature(spec, inputs, outputs)
        except (LookupError, RecursionError, ValueError, struct.error) as error:
            raise ArtifactInvalidError(
                f"signature '{spec.name}': its graph is not as TensorFlow writes it: {one_line(error)}"
            ) from error

    def _signature(self, spec, inputs: Sequence[str], outputs: Sequence[str]) -> Signature:
        self._nodes: list[Node] = []
        self._effects: list[Node] = []
        self._effects_of: set[tuple[str, bool]] = set()
        self._entered: dict[tuple, list[_Value | None]] = {}
        fed = {graphs.source_node(name) for name in inputs}
        find = self._visit("", self._main, outputs, {}, fed, False)
        given = [value.node for value in map(find, outputs) if value is not None]
        constant = [node for node in given if node.constant]
        return Signature(spec, self._nodes, self._effects, constant)

    def _visit(
        self,
        function: str,
        definitions: Mapping[str, tensorflow_graph_pb2.NodeDef],
        wanted: Iterable[str],
        arguments: Mapping[str, _Value | None],
        fed: Iterable[str],
        in_loop: bool,
        besides: Iterable[str] = (),
    ) -> Callable[[str], _Value | None]:
        """Makes the nodes that `wanted` needs; returns what finds the value that a reference names.

        Args:
            function: Its name; empty: the graph itself.
            definitions: By name.
            wanted: References.
            arguments: Of the function; None: not known.
            fed: Names of nodes that get their values from outside.
            in_loop: Whether it is gone through more than once.
            besides: Names of nodes that only have to have run.
        """
        made: dict[str, Callable[[int], _Value | None]] = {}

        def find(reference: str) -> _Value | None:
            name, *rest = reference.split(":")
            if name in arguments:
                return arguments[name]
            index = int(rest[-1]) if rest else 0
            if len(rest) == 2:
                index += _first_output(definitions[name], rest[0]) if name in definitions else 0
            return made[name](index) if name in made else None

        expanded: set[str] = set()
        pending = [graphs.source_node(name) for name in wanted]
        while pending:
            name = pending[-1]
            definition = definitions.get(name)
            if name in made or name in arguments or definition is None:
                pending.pop()
                continue
            data = [] if name in fed else _data_inputs(definition)
            if name not in expanded:
                expanded.add(name)
                # What is expanded and not made is waiting for this one: a loop of TensorFlow 1.
                missing = [
                    source
                    for source in map(graphs.source_node, data)
                    if source not in made and source not in expanded
                ]
                pending += missing
                if missing:
                    continue
            pending.pop()
            values = [find(text) for text in data]
            made[name] = self._make(function, definition, values, name in fed, in_loop)
        controls = [text for name in made for text in definitions[name].input if text[0] == "^"]
        self._run_besides(function, definitions, [*controls, *besides], set(made), in_loop)
        return find

    def _run_besides(
        self,
        function: str,
        definitions: Mapping[str, tensorflow_graph_pb2.NodeDef],
        names: Iterable[str],
        seen: set[str],
        in_loop: bool,
    ) -> None:
        """Notes the nodes that only have to have run, and what the functions that they call hold."""
        pending = [graphs.source_node(name) for name in names]
        while pending:
            name = pending.pop()
            definition = definitions.get(name)
            if name in seen or definition is None:
                continue
            seen.add(name)
            pending += [graphs.source_node(text) for text in definition.input if text[0] == "^"]
            self._effects.append(self._node(function, definition, (), False, in_loop))
            for called in self._called(definition):
                body = self._definitions(called)
                if (called.signature.name, in_loop) not in self._effects_of:
                    self._effects_of.add((called.signature.name, in_loop))
                    self._run_besides(called.signature.name, body, list(body), set(), in_loop)

    def _make(
        self, function: str, definition, values: Sequence[_Value | None], fed: bool, in_loop: bool
    ) -> Callable[[int], _Value | None]:
        """Makes a node, or those of the function that it calls; returns what its outputs are."""
        op = definition.op
        called = self._called(definition)
        if called and not fed and (op in _CALLS or op in self._functions):
            results = self._enter(called[0], values, in_loop)
            return lambda index: results[index] if index < len(results) else None
        if called and not fed:
            # The first input of a branch says which one; in a loop nothing stays as it was.
            given = values[1:] if op in _BRANCHES else []
            for body in called:
                self._enter(body, given, in_loop or op in _LOOPS)
        node = self._node(function, definition, values, fed, in_loop)
        self._nodes.append(node)
        return lambda index: _Value(node, index)

    def _enter(self, body, values: Sequence[_Value | None], in_loop: bool) -> list[_Value | None]:
        """Returns the values that a function gives; it is gone through once for all calls that are alike."""
        name = body.signature.name
        arguments = [arg.name for arg in body.signature.input_arg]
        values = [*values, *[None] * len(arguments)][: len(arguments)]
        key = (name, in_loop, tuple(value is not None and value.node.constant for value in values))
        if key not in self._entered:
            # A function may call itself.
            self._entered[key] = [None] * len(body.signature.output_arg)
            wanted = [body.ret[arg.name] for arg in body.signature.output_arg]
            find = self._visit(
                name,
                self._definitions(body),
                wanted,
                dict(zip(arguments, values, strict=True)),
                (),
                in_loop,
                body.control_ret.values(),
            )
            self._entered[key] = [find(reference) for reference in wanted]
        return self._entered[key]

    def _called(self, definition) -> list[tensorflow_graph_pb2.FunctionDef]:
        """Returns the functions that a node calls: an operator may be one by its name."""
        names = [definition.op, *_functions_of(definition)]
        return [self._functions[name] for name in names if name in self._functions]

    def _definitions(self, body) -> dict[str, tensorflow_graph_pb2.NodeDef]:
        name = body.signature.name
        if name not in self._bodies:
            self._bodies[name] = {node.name: node for node in body.node_def}
        return self._bodies[name]

    def _node(
        self, function: str, definition, values: Sequence[_Value | None], fed: bool, in_loop: bool
    ) -> Node:
        op = "Placeholder" if fed else definition.op
        attributes = definition.attr
        dtypes = dict(knowledge.tensorflow().default_dtypes.get(op, {}))
        others, shapes = {}, ()
        for name, value in attributes.items():
            if name == "_output_shapes":
                shapes = [_shape(shape) for shape in value.list.shape]
                continue
            kind = value.WhichOneof("value")
            if kind == "type":
                dtypes[name] = (graphs.dtype_name_of(value.type),)
            elif kind == "list" and value.list.type:
                dtypes[name] = tuple(map(graphs.dtype_name_of, value.list.type))
            elif kind in ("i", "f", "b", "s"):
                others[name] = getattr(value, kind)
            elif kind == "list":
                others[name] = [*value.list.i, *value.list.f, *value.list.s]
            elif name == "dense_shapes":
                others[name] = [_shape(shape) for shape in value.list.shape]
        # Rules take these for granted, and there is no default.
        if op == "Cast" and not {"SrcT", "DstT"} <= dtypes.keys():
            raise ValueError(f"the Cast '{definition.name}' does not say of what to what")
        inputs = [value.node if value else None for value in values]
        return Node(
            Place(definition.name, function, self._lines.of(definition.name, function)),
            op,
            dtypes,
            inputs,
            not fed and _is_constant(op, values),
            in_loop,
            shapes,
            others,
            _small_value(definition) if op == "Const" else None,
        )


def _is_constant(op: str, values: Sequence[_Value | None]) -> bool:
    if op in ("Const", *_VARIABLES):
        return True
    if op in ("Shape", "Size", "Rank", "ShapeN"):
        source = values[0] if values else None
        shapes = source.node.shapes if source else ()
        shape = shapes[source.index] if source and source.index < len(shapes) else None
        if shape is not None and (op == "Rank" or -1 not in shape):
            return True
    if op in ("ReadVariableOp", "ResourceGather", "ResourceGatherNd"):
        return all(value is not None and value.node.constant for value in values)
    if op in _TABLES or op in _FED or not values or op in knowledge.tensorflow().stateful:
        return False
    return all(value is not None and value.node.constant for value in values)


def _data_inputs(definition) -> list[str]:
    return [text for text in definition.input if not text.startswith("^")]


def _functions_of(definition) -> Iterator[str]:
    for value in definition.attr.values():
        if value.func.name:
            yield value.func.name
        for function in value.list.func:
            yield function.name


def _first_output(definition, output: str) -> int:
    """Returns the place of a named output among those of an operator."""
    names = knowledge.tensorflow().outputs.get(definition.op, ())
    return names.index(output) if output in names else 0


def _shape(shape) -> tuple[int, ...] | None:
    return None if shape.unknown_rank else tuple(dim.size for dim in shape.dim)


def _small_value(definition) -> Sequence[object] | None:
    """Returns the elements of a constant of integers that is small enough to matter."""
    tensor = definition.attr["value"].tensor
    count = 1
    for dim in tensor.tensor_shape.dim:
        count *= dim.size
    code = {"int32": "i", "int64": "q"}.get(graphs.dtype_name_of(tensor.dtype))
    if count > _SMALL or code is None:
        return None
    if tensor.tensor_content:
        return struct.unpack(f"<{count}{code}", tensor.tensor_content)
    values = list(tensor.int_val or tensor.int64_val) or [0]
    return values + values[-1:] * (count - len(values))
