"""An ONNX file: read, and cut."""

import pathlib
from collections.abc import Collection, Iterator, Mapping

import onnx
from onnx import numpy_helper

from modelparity import onnx_file
from modelparity.contract import manifest_pb2
from modelparity.locate.dataflow import Dataflow, Node
from modelparity.locate.model import Model
from modelparity.tensors import dtype_name

# Inference of shapes serializes the model, and weights say nothing that it needs.
_LARGE = 1 << 10  # elements


class OnnxModel(Model):
    """A ModelProto; a loop or a branch is one node."""

    family = "onnx"
    # OpenVINO drops them.
    fetches_constants = False

    def __init__(self, path: pathlib.Path, artifact: manifest_pb2.Artifact):
        """Reads the file, errors as in onnx_file.read."""
        self._model = onnx_file.read(path)
        self._initializers = {tensor.name: tensor for tensor in self._model.graph.initializer}
        self.dataflow = self._read(artifact.bindings[0])
        self._types = _types(self._model)

    def dtype(self, tensor):
        return onnx_file.dtype_name(self._types[tensor]) if tensor in self._types else None

    def constant(self, tensor):
        if tensor in self._initializers:
            return numpy_helper.to_array(self._initializers[tensor])
        (node,) = (node for node in self._model.graph.node if tensor in node.output)
        return numpy_helper.to_array(node.attribute[0].t)

    def text(self, nodes):
        names = {tensor for node in nodes for tensor in node.outputs}
        found = (node for node in self._model.graph.node if names.intersection(node.output))
        return "\n".join(onnx.helper.printable_node(node) for node in found)

    def write(self, folder, feeds, fetches):
        producers = {name: node for node in self._model.graph.node for name in node.output if name}
        names, pending, needed = dict(self.dataflow.names), list(fetches), {}
        while pending:
            node = producers.get(pending.pop())
            if node is not None and node.output[0] not in needed:
                needed[node.output[0]] = node
                pending += [name for name in _reads(node) if names.get(name) not in feeds]
        computed = {name for node in needed.values() for name in node.output}
        inputs = {tensor: f"given/{tensor}" if tensor in computed else tensor for tensor in feeds}
        renamed = {name: inputs[first] for name, first in names.items() if first in inputs}
        part = onnx.ModelProto()
        part.CopyFrom(self._model)
        graph = part.graph
        for field in ("node", "input", "output", "initializer", "value_info"):
            del getattr(graph, field)[:]
        for node in self._model.graph.node:
            if node.output[0] in needed:
                copy = graph.node.add()
                copy.CopyFrom(node)
                _rename(copy, renamed)
        read = {name for node in graph.node for name in _reads(node)}
        graph.initializer.extend(t for name, t in self._initializers.items() if name in read)
        for tensor, array in feeds.items():
            kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
            if dtype_name(array.dtype) == "string":
                kind = onnx.TensorProto.STRING
            graph.input.append(
                onnx.helper.make_tensor_value_info(inputs[tensor], kind, array.shape)
            )
        for tensor in fetches:
            graph.output.append(
                onnx.helper.make_tensor_value_info(tensor, self._types[tensor], None)
            )
        onnx.save(part, folder / "model.onnx")
        artifact = manifest_pb2.Artifact(format="onnx", path="model.onnx")
        return artifact, inputs, {tensor: tensor for tensor in fetches}

    def _read(self, binding: manifest_pb2.Binding) -> Dataflow:
        graph = self._model.graph
        names = {name: name for name in self._initializers}
        names.update((value.name, value.name) for value in graph.input)
        constants, nodes = set(self._initializers), []
        for node in graph.node:
            inputs = tuple(dict.fromkeys(names[name] for name in _reads(node)))
            if node.op_type == "Identity" and inputs[0] in constants:
                names[node.output[0]] = inputs[0]
                continue
            names.update((name, name) for name in node.output if name)
            if node.op_type == "Constant":
                constants.update(node.output)
                continue
            outputs = tuple(name for name in node.output if name)
            nodes.append(Node(node.name or outputs[0], node.op_type, inputs, outputs))
        return Dataflow(
            nodes,
            constants,
            {entry.name: entry.tensor for entry in binding.inputs},
            {entry.name: names[entry.tensor] for entry in binding.outputs},
            names,
        )


def _types(model: onnx.ModelProto) -> dict[str, int]:
    """Returns the element type of each tensor, where inference knows it."""
    light = onnx.ModelProto()
    light.CopyFrom(model)
    for tensor in light.graph.initializer:
        if sum(map(len, (tensor.raw_data, tensor.float_data, tensor.int64_data))) > _LARGE:
            value = light.graph.input.add()
            value.CopyFrom(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    kept = [t for t in light.graph.initializer if t.name not in {v.name for v in light.graph.input}]
    del light.graph.initializer[:]
    light.graph.initializer.extend(kept)
    graph = onnx.shape_inference.infer_shapes(light).graph
    values = (*graph.value_info, *graph.input, *graph.output)
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    return {name: kind for name, kind in types.items() if kind}


def _bodies(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def _reads(node: onnx.NodeProto) -> list[str]:
    """Returns the tensors that a node reads, those that its bodies take from around them included."""
    names = [name for name in node.input if name]
    for body in _bodies(node):
        own = _own(body)
        inner = [name for each in body.node for name in _reads(each)]
        inner += [value.name for value in body.output]
        names += [name for name in inner if name not in own]
    return names


def _own(body: onnx.GraphProto) -> Collection[str]:
    own = {value.name for value in (*body.input, *body.initializer)}
    return own | {name for node in body.node for name in node.output}


def _rename(node: onnx.NodeProto, names: Mapping[str, str]) -> None:
    """Renames what a node reads, also within its bodies."""
    node.input[:] = [names.get(name, name) for name in node.input]
    for body in _bodies(node):
        own = _own(body)
        outer = {old: new for old, new in names.items() if old not in own}
        for each in body.node:
            _rename(each, outer)
        for value in body.output:
            value.name = outer.get(value.name, value.name)
