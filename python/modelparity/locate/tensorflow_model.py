"""A frozen graph: read, and cut, without TensorFlow."""

import copy
import pathlib
from collections.abc import Mapping

from google.protobuf import text_format

from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import UnsupportedError
from modelparity.graphs import read_graph, source_node
from modelparity.locate.dataflow import Dataflow, Node
from modelparity.locate.model import Model
from modelparity.specs import BY_NAME
from modelparity.tensors import dtype_name

_ALIASES = ("Identity", "StopGradient", "Snapshot")
_FED = ("Placeholder", "PlaceholderV2", "PlaceholderWithDefault")
# Nothing comes out of them that could be compared.
_OPAQUE = ("NoOp", "Assert")


class TensorflowModel(Model):
    """A GraphDef without variables; functions stay as they are, a call or a loop is one node."""

    family = "tensorflow"
    fetches_constants = True

    def __init__(self, path: pathlib.Path, artifact: manifest_pb2.Artifact):
        """Reads the graph of the artifact's one binding, errors as in graphs.read_graph.

        Args:
            path: The GraphDef.
            artifact: Names its tensors, and the operators that fill its tables.

        Raises:
            UnsupportedError: It has loops of TensorFlow 1.
        """
        self._graph = read_graph(path)
        self._nodes = {node.name: node for node in self._graph.node}
        self._initializers = list(artifact.initializers)
        self._as_saved_model = False
        self.dataflow = self._read(artifact.bindings[0])

    def dtype(self, tensor):
        return None

    def constant(self, tensor):
        return None

    def text(self, nodes):
        return "\n".join(
            text_format.MessageToString(self._nodes[node.name], use_index_order=True).rstrip()
            for node in nodes
        )

    def written_for(self, formats):
        model = copy.copy(self)
        model._as_saved_model = "frozen_graph" not in formats
        return model

    def write(self, folder, feeds, fetches):
        graph = tensorflow_graph_pb2.GraphDef(
            library=self._graph.library, versions=self._graph.versions
        )
        inputs = {}
        for tensor, array in feeds.items():
            node = graph.node.add(name=self._name_of_input(tensor), op="Placeholder")
            node.attr["dtype"].type = BY_NAME[dtype_name(array.dtype)].tensorflow
            sizes = node.attr["shape"].shape.dim
            sizes.extend(tensorflow_graph_pb2.TensorShapeProto.Dim(size=n) for n in array.shape)
            inputs[tensor] = f"{node.name}:0"
        fed = {tensor: name.removesuffix(":0") for tensor, name in inputs.items()}
        pending = [source_node(name) for name in (*fetches, *self._initializers)]
        done = {node.name for node in graph.node}
        while pending:
            name = pending.pop()
            if name in done or name not in self._nodes:
                continue
            done.add(name)
            node = graph.node.add()
            node.CopyFrom(self._nodes[name])
            node.input[:] = [fed.get(_tensor(text), text) for text in node.input]
            pending += [source_node(text) for text in node.input]
        outputs = {tensor: tensor for tensor in fetches}
        if self._as_saved_model:
            return _write_saved_model(folder, graph, inputs, outputs), inputs, outputs
        (folder / "model.pb").write_bytes(graph.SerializeToString())
        artifact = manifest_pb2.Artifact(
            format="frozen_graph", path="model.pb", initializers=self._initializers
        )
        return artifact, inputs, outputs

    def _name_of_input(self, tensor: str) -> str:
        """Returns the name of an input itself; another one for what the graph may also compute."""
        node, _, index = tensor.partition(":")
        if self._nodes[node].op in _FED:
            return node
        name = f"given/{node}" + (f"_{index}" if index != "0" else "")
        while name in self._nodes:
            name += "_"
        return name

    def _read(self, binding: manifest_pb2.Binding) -> Dataflow:
        names: dict[str, str] = {}
        nodes, constants = [], set()
        found = self._in_order([entry.tensor for entry in binding.outputs])
        used: dict[str, set[str]] = {}
        for tensor in [entry.tensor for entry in binding.outputs]:
            used.setdefault(source_node(tensor), set()).add(_tensor(tensor))
        for node in found:
            for text in _data(node):
                used.setdefault(source_node(text), set()).add(_tensor(text))
        for node in found:
            tensors = sorted(used.get(node.name, ()), key=_index)
            sources = [_source(text, names) for text in _data(node)]
            if node.op in _ALIASES and sources[0] in constants:
                names[f"{node.name}:0"] = sources[0]
                continue
            names.update((tensor, tensor) for tensor in tensors)
            if node.op == "Const":
                constants.update(tensors)
            elif node.op not in (*_FED, *_OPAQUE) and tensors:
                nodes.append(Node(node.name, node.op, tuple(sources), tuple(tensors)))
        inputs = {entry.name: _tensor(entry.tensor) for entry in binding.inputs}
        outputs = {entry.name: names[_tensor(entry.tensor)] for entry in binding.outputs}
        return Dataflow(nodes, constants, inputs, outputs, names)

    def _in_order(self, wanted: list[str]) -> list[tensorflow_graph_pb2.NodeDef]:
        """Returns the nodes that tensors need, each after its inputs; a circle has no such order."""
        ordered, expanded, done = [], set(), set()
        pending = [source_node(name) for name in wanted]
        while pending:
            node = self._nodes[pending[-1]]
            missing = [
                name
                for name in map(source_node, _data(node))
                if name not in done and name not in expanded
            ]
            if node.name not in expanded and missing:
                expanded.add(node.name)
                pending += missing
                continue
            expanded.add(node.name)
            pending.pop()
            if node.name not in done:
                done.add(node.name)
                ordered.append(node)
        return ordered


def _write_saved_model(folder, graph, inputs, outputs) -> manifest_pb2.Artifact:
    """Writes a SavedModel as TensorFlow 1 did: its graph has no variables, and no functions to be called."""
    saved_model = tensorflow_graph_pb2.SavedModel(saved_model_schema_version=1)
    meta_graph = saved_model.meta_graphs.add(graph_def=graph)
    meta_graph.meta_info_def.tags.append("serve")
    definition = meta_graph.signature_def["serving_default"]
    definition.method_name = "tensorflow/serving/predict"
    for infos, names in ((definition.inputs, inputs), (definition.outputs, outputs)):
        for key, tensor in names.items():
            infos[key].name = tensor
    (folder / "saved_model").mkdir()
    (folder / "saved_model" / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    return manifest_pb2.Artifact(format="saved_model", path="saved_model", tags=["serve"])


def _source(text: str, names: Mapping[str, str]) -> str:
    if _tensor(text) not in names:
        raise UnsupportedError(
            f"node '{source_node(text)}' closes a loop of TensorFlow 1, which cannot be cut; export the"
            " model with TensorFlow 2"
        )
    return names[_tensor(text)]


def _data(node) -> list[str]:
    return [text for text in node.input if not text.startswith("^")]


def _tensor(text: str) -> str:
    """Returns a tensor's full name, "a:0" of "a"."""
    return text if ":" in text else f"{text}:0"


def _index(tensor: str) -> int:
    return int(tensor.rpartition(":")[2])
