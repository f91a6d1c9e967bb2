"""Reads SavedModel and GraphDef files without TensorFlow.

    folder = find_saved_model("models/half_plus_two")  # .../00000123 of a TensorFlow Serving tree
    for meta_graph in read_saved_model(folder).meta_graphs:
        print(meta_graph.meta_info_def.tags, signatures_of(meta_graph))

Names of operators, attributes and files are TensorFlow's.
"""

import collections
import math
import os
import pathlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from google.protobuf import text_format
from google.protobuf.message import DecodeError

from modelparity.bundle import check_protobuf_size
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.specs import BY_NAME, DTYPES

SAVED_MODEL_FILE = "saved_model.pb"
SAVED_MODEL_FILES = (SAVED_MODEL_FILE, "saved_model.pbtxt")
"""One of them is in the folder of every SavedModel; where both are, TensorFlow reads the first."""

_DTYPE_NAMES = {row.tensorflow: row.name for row in DTYPES}
# Signatures that TensorFlow writes for itself.
_INTERNAL_SIGNATURES = ("__saved_model_init_op", "__saved_model_train_op")
_VARIABLE_OPS = ("VarHandleOp", "VariableV2", "Variable")
_INPUT_OPS = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")
# Terminal nodes that nobody would call an output.
_NO_OUTPUT_OPS = ("NoOp", "Const", "Assert", "SaveV2", *_INPUT_OPS)
# The attributes in which operators say the dtype of their first output, the more telling first.
_DTYPE_ATTRIBUTES = ("dtype", "DstT", "out_type", "output_type", "Tout", "T")
# Operators of which every output is a bool, without an attribute that says so.
_BOOL_OPS = (
    *("All", "Any", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual"),
    *("LogicalAnd", "LogicalNot", "LogicalOr", "NotEqual"),
)

# What makes a call depend on the calls before it: writes to variables and tables, and random numbers
# that are not a function of the inputs (those of Stateless... are). ONNX's and LiteRT's words, too.
_STATEFUL = re.compile(
    r"Assign\w*|ASSIGN_VARIABLE|(Resource)?(Scatter(Add|Sub|Mul|Div|Min|Max|Update)|Apply\w+)|ResourceScatter\w+"
    r"|LookupTable(Insert|Remove|Import)\w*|\w*(Enqueue|Dequeue)\w*"
    r"|Random\w+|RANDOM_\w+|(Parameterized)?TruncatedNormal|Multinomial|MULTINOMIAL|Bernoulli|Rng\w*Skip"
    r"|Stateful(Uniform|StandardNormal|TruncatedNormal|RandomBinomial)\w*"
)


class Feature(NamedTuple):
    """A dense feature of the tf.Examples that a graph parses."""

    key: str
    dtype: str
    """"float32", "int64" or "string"."""
    shape: tuple[int, ...]
    """-1: any number of values."""


def find_saved_model(path: str | os.PathLike) -> pathlib.Path:
    """Returns the folder of a SavedModel: `path`, or its highest numbered subfolder.

    TensorFlow Serving keeps each version of a model in a subfolder that is a number.

    Raises:
        FileMissingError: There is no saved_model.pb or .pbtxt.
    """
    folder = pathlib.Path(path)
    if saved_model_file(folder):
        return folder
    versions = saved_model_versions(folder)
    if not versions:
        raise FileMissingError(
            f"'{path}' has no {SAVED_MODEL_FILE}, and no numbered subfolder with one; give the folder"
            " of a SavedModel"
        )
    return max(versions, key=lambda version: int(version.name))


def saved_model_versions(folder: pathlib.Path) -> list[pathlib.Path]:
    """Returns the numbered subfolders that are SavedModels."""
    numbered = (each for each in folder.glob("[0-9]*") if each.name.isdecimal())
    return [each for each in numbered if saved_model_file(each)]


def saved_model_file(folder: pathlib.Path) -> pathlib.Path | None:
    """Returns the file with the graphs of a SavedModel's folder, None when it is no such folder."""
    files = (folder / name for name in SAVED_MODEL_FILES)
    return next((file for file in files if file.is_file()), None)


def is_checkpoint(path: pathlib.Path) -> bool:
    """Says whether a path is a checkpoint's prefix, its index file, or a folder of checkpoints."""
    if path.is_dir():
        return (path / "checkpoint").is_file() and not saved_model_file(path)
    return path.suffix == ".index" or pathlib.Path(f"{path}.index").is_file()


def lone_file(folder: pathlib.Path, suffixes: Collection[str]) -> pathlib.Path | None:
    """Returns the one model file of a folder that is no SavedModel; None: it has none, or several."""
    files = [file for file in folder.iterdir() if file.is_file() and file.suffix in suffixes]
    return files[0] if len(files) == 1 and not saved_model_file(folder) else None


def read_saved_model(folder: str | os.PathLike) -> tensorflow_graph_pb2.SavedModel:
    """Reads the graphs of a SavedModel's folder.

    Raises:
        FileMissingError: It is not there.
        ArtifactTooLargeError: It is over 2 GB; nothing was read.
        ArtifactInvalidError: It is no SavedModel.
    """
    path = saved_model_file(pathlib.Path(folder)) or pathlib.Path(folder, SAVED_MODEL_FILE)
    saved_model = _read(path, tensorflow_graph_pb2.SavedModel)
    if not saved_model.meta_graphs:
        raise ArtifactInvalidError(f"'{path}' holds no graph; it is truncated or no SavedModel")
    return saved_model


def read_graph(path: str | os.PathLike) -> tensorflow_graph_pb2.GraphDef:
    """Reads a frozen graph, errors as in read_saved_model."""
    graph = _read(pathlib.Path(path), tensorflow_graph_pb2.GraphDef)
    if not graph.node or not all(node.name and node.op for node in graph.node):
        raise ArtifactInvalidError(
            f"'{path}' is no GraphDef: it has no nodes, or some without a name"
        )
    return graph


def signatures_of(meta_graph: tensorflow_graph_pb2.MetaGraphDef) -> list[manifest_pb2.Signature]:
    """Returns a graph's signatures and tensors, both ordered by name."""
    return [
        manifest_pb2.Signature(
            name=name,
            inputs=[_spec(key, info) for key, info in sorted(definition.inputs.items())],
            outputs=[_spec(key, info) for key, info in sorted(definition.outputs.items())],
        )
        for name, definition in sorted(meta_graph.signature_def.items())
        if name not in _INTERNAL_SIGNATURES
    ]


def signature_of_graph(graph: tensorflow_graph_pb2.GraphDef) -> manifest_pb2.Signature:
    """Returns what a frozen graph, which has no signature, can be taken for.

    Inputs are its placeholders; outputs are the nodes that no other reads. The dtype of an output
    is empty where only TensorFlow's operator definitions would tell it; its rank is never known.
    """
    read = {source_node(name) for node in graph.node for name in node.input}
    signature = manifest_pb2.Signature(name="serving_default")
    for node in sorted(graph.node, key=lambda node: node.name):
        if node.op in _INPUT_OPS:
            # A placeholder of unknown rank was written without the attribute by TensorFlow 1.
            unknown = tensorflow_graph_pb2.TensorShapeProto(unknown_rank=True)
            shape = node.attr["shape"].shape if "shape" in node.attr else unknown
            info = tensorflow_graph_pb2.TensorInfo(
                dtype=node.attr["dtype"].type, tensor_shape=shape
            )
            signature.inputs.append(_spec(node.name, info))
        elif node.name not in read and node.op not in _NO_OUTPUT_OPS:
            signature.outputs.add(
                name=node.name, dtype=_first_output_dtype(node), unknown_rank=True
            )
    return signature


def dtype_name_of(data_type: int) -> str:
    """Returns the manifest's name of a DataType; `resource`, `complex64`... have names as well."""
    data_type %= 100
    if data_type in _DTYPE_NAMES:
        return _DTYPE_NAMES[data_type]
    names = tensorflow_graph_pb2.DataType.DESCRIPTOR.values_by_number
    known = names[data_type].name if data_type in names else f"DT_{data_type}"
    return known.removeprefix("DT_").lower()


def all_nodes(graph: tensorflow_graph_pb2.GraphDef) -> Iterator[tensorflow_graph_pb2.NodeDef]:
    """Yields the nodes of a graph and of all its functions."""
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def op_counts(graph: tensorflow_graph_pb2.GraphDef) -> collections.Counter:
    """Counts the operators of a graph and of all its functions."""
    return collections.Counter(node.op for node in all_nodes(graph))


def is_stateful(op: str) -> bool:
    """Says whether an operator writes state that outlives a call, or draws random numbers."""
    return _STATEFUL.fullmatch(op) is not None


def stateful_ops(graph: tensorflow_graph_pb2.GraphDef, tensors: Iterable[str]) -> list[str]:
    """Returns the kinds of stateful operators that run when tensors ("y:0") are computed."""
    return sorted({node.op for node in _nodes_behind(graph, tensors) if is_stateful(node.op)})


def frozen_size(graph: tensorflow_graph_pb2.GraphDef, tensors: Iterable[str]) -> int:
    """Returns the bytes that the graph has, near enough, once the variables that tensors need are constants in it.

    The files of a SavedModel may hold more: Keras writes every weight twice, and an optimizer has its own.
    """
    variables = (node for node in _nodes_behind(graph, tensors) if node.op in _VARIABLE_OPS)
    return graph.ByteSize() + sum(_variable_bytes(node) for node in variables)


def _variable_bytes(node: tensorflow_graph_pb2.NodeDef) -> int:
    """Returns 0 where the size is not known before the model runs, or the values have none."""
    dtype = BY_NAME.get(dtype_name_of(node.attr["dtype"].type))
    if dtype is None:
        return 0
    return max(0, math.prod(_dims(node.attr["shape"].shape))) * dtype.size


def _nodes_behind(
    graph: tensorflow_graph_pb2.GraphDef, tensors: Iterable[str]
) -> Iterator[tensorflow_graph_pb2.NodeDef]:
    """Yields each node that runs when tensors are computed, those of called functions included."""
    functions = {function.signature.name: function for function in graph.library.function}
    nodes = {node.name: node for node in graph.node}
    pending = list({source_node(tensor) for tensor in tensors})
    seen, called = set(pending), []
    while pending:
        node = nodes.get(pending.pop())
        if node is None:
            continue
        yield node
        called += _called(node)
        new = {source_node(name) for name in node.input} - seen
        seen |= new
        pending += new
    entered = set()
    while called:
        name = called.pop()
        if name in functions and name not in entered:
            entered.add(name)
            for node in functions[name].node_def:
                yield node
                called += _called(node)


def source_node(name: str) -> str:
    """Returns the node that an input of a node names: "a" of "a", "a:1", "^a" and "a:out:0"."""
    return name.removeprefix("^").partition(":")[0]


def example_features(
    graph: tensorflow_graph_pb2.GraphDef, inputs: Mapping[str, str]
) -> dict[str, list[Feature]]:
    """Finds the inputs that a graph parses as serialized tf.Examples.

    Args:
        graph: The graph and its functions.
        inputs: Tensor ("x:0") of each input name.

    Returns:
        The dense features by input name; inputs that are not parsed are absent.
    """
    functions = {function.signature.name: function for function in graph.library.function}
    readers = collections.defaultdict(list)
    for node in graph.node:
        for name in node.input:
            readers[source_node(name)].append(node)
    found = {}
    for name, tensor in inputs.items():
        features = {}
        for node, scope in _reached(source_node(tensor), readers, functions, graph):
            if node.op.startswith(("ParseExample", "ParseSingleExample")):
                features |= {feature.key: feature for feature in _features(node, scope)}
        if features:
            found[name] = list(features.values())
    return found


def _reached(start: str, readers, functions, graph):
    """Yields each node that depends on `start`, with the nodes by name of the graph it stands in."""
    main = {node.name: node for node in graph.node}
    pending, seen = [start], {start}
    called, entered = [], set()
    while pending:
        for node in readers[pending.pop()]:
            if node.name not in seen:
                seen.add(node.name)
                pending.append(node.name)
                called += _called(node)
                yield node, main
    while called:
        name = called.pop()
        if name in functions and name not in entered:
            entered.add(name)
            scope = {node.name: node for node in functions[name].node_def}
            for node in scope.values():
                called += _called(node)
                yield node, scope


def _called(node) -> list[str]:
    """Returns the functions that a node calls: a function is an attribute, or the operator itself."""
    return [node.op] + [value.func.name for value in node.attr.values() if value.func.name]


def _features(node, scope) -> list[Feature]:
    if node.op.startswith("ParseSingleExample"):
        keys = list(node.attr["dense_keys"].list.s)
    elif node.op == "ParseExample":
        first = 2 + node.attr["Nsparse"].i
        keys = [_strings(scope, name) for name in node.input[first : first + node.attr["Ndense"].i]]
        keys = [key for found in keys for key in found]
    else:
        keys = _strings(scope, node.input[3])
    dtypes = [dtype_name_of(dtype) for dtype in node.attr["Tdense"].list.type]
    shapes = [_dims(shape) for shape in node.attr["dense_shapes"].list.shape]
    return [
        Feature(key.decode("utf-8", "replace"), dtype, shape)
        for key, dtype, shape in zip(keys, dtypes, shapes, strict=False)
    ]


def _strings(scope, name: str) -> list[bytes]:
    """Returns the strings of a constant, none when the tensor is no constant of this graph."""
    node = scope.get(source_node(name))
    while node is not None and node.op == "Identity":
        node = scope.get(source_node(node.input[0]))
    if node is None or node.op != "Const":
        return []
    return list(node.attr["value"].tensor.string_val)


def _spec(name: str, info: tensorflow_graph_pb2.TensorInfo) -> manifest_pb2.TensorSpec:
    dtype = dtype_name_of(info.dtype)
    if info.WhichOneof("encoding") in ("coo_sparse", "composite_tensor"):
        dtype = (
            f"{'sparse' if info.WhichOneof('encoding') == 'coo_sparse' else 'composite'} {dtype}"
        )
    shape = info.tensor_shape
    return manifest_pb2.TensorSpec(
        name=name, dtype=dtype, shape=_dims(shape), unknown_rank=shape.unknown_rank
    )


def _dims(shape: tensorflow_graph_pb2.TensorShapeProto) -> tuple[int, ...]:
    return tuple(dim.size for dim in shape.dim)


def _first_output_dtype(node: tensorflow_graph_pb2.NodeDef) -> str:
    if node.op in _BOOL_OPS:
        return "bool"
    for attribute in _DTYPE_ATTRIBUTES:
        # An attribute that is absent reads as one without a type.
        value = node.attr[attribute]
        dtype = value.list.type[0] if value.list.type else value.type
        if dtype:
            return dtype_name_of(dtype)
    return ""


def _read(path: pathlib.Path, message: type):
    check_protobuf_size(path)
    try:
        if path.suffix == ".pbtxt":
            # Of TensorFlow's messages, ours have the fields that are needed here.
            text = path.read_text(encoding="utf-8")
            return text_format.Parse(text, message(), allow_unknown_field=True)
        return message.FromString(path.read_bytes())
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        raise ArtifactInvalidError(
            f"'{path}' cannot be read as {message.DESCRIPTOR.name}: {error}; it is truncated, or"
            " something else"
        ) from error
