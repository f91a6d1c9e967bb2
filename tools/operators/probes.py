"""Asks readers of models, one operator after the other, whether they have heard of it.

Each operator gets inputs that it could not be called with: what matters is only that the answer is
not "I know no such operator".
"""

import pathlib
import tempfile
from collections.abc import Callable, Iterable

import onnx
import openvino
from ai_edge_litert import schema_py_generated as litert_schema
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from openvino.frontend import FrontEndManager

import samples
from modelparity.contract import tensorflow_graph_pb2 as tf_graph
from modelparity.runners.testing import write_litert

_OPSETS = (("", 18), ("ai.onnx.ml", 2))


def openvino_tensorflow() -> list[str]:
    """Returns the operators of TensorFlow that OpenVINO converts."""
    frontends = FrontEndManager()

    def convert(definition, folder):
        graph = tf_graph.GraphDef()
        graph.versions.producer = 1000
        graph.node.add(name="x", op="Placeholder").attr["dtype"].type = tf_graph.DT_FLOAT
        node = graph.node.add(name="y", op=definition.name)
        for argument in definition.input_arg:
            node.input.extend(["x"] * (1 + bool(argument.number_attr or argument.type_list_attr)))
        path = pathlib.Path(folder, "graph.pb")
        path.write_bytes(graph.SerializeToString())
        frontend = frontends.load_by_framework("tf")
        frontend.convert(frontend.load(str(path)))

    definitions = samples.definitions()
    lacks = _lacks(definitions.items(), convert, "No conversion rule found")
    return sorted(set(definitions) - set(lacks))


def openvino_onnx() -> list[str]:
    """Returns the operators of ONNX that OpenVINO does not convert."""

    def read(model, folder):
        path = pathlib.Path(folder, "model.onnx")
        onnx.save(model, path)
        openvino.Core().read_model(path)

    return _lacks(_onnx_models(), read, "No conversion rule found")


def openvino_litert() -> list[str]:
    """Returns the operators of LiteRT that OpenVINO does not convert."""

    def read(operator, folder):
        path = pathlib.Path(folder, "model.tflite")
        write_litert(path, operator=operator)
        openvino.Core().read_model(path)

    words = [word for word in vars(litert_schema.BuiltinOperator) if not word.startswith("_")]
    return _lacks(zip(words, words, strict=True), read, "No translator found")


def onnx_reference() -> list[str]:
    """Returns the operators of ONNX that its evaluator does not have."""
    return _lacks(
        _onnx_models(), lambda model, _: ReferenceEvaluator(model), "No registered implementation"
    )


def _onnx_models() -> Iterable[tuple[str, onnx.ModelProto]]:
    """Yields each operator with a model of it alone."""
    opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in "xy")
    for schema in onnx.defs.get_all_schemas():
        for domain, version in _OPSETS:
            if schema.domain == domain and onnx.defs.has(schema.name, version, domain):
                inputs = ["x"] * max(1, schema.min_input)
                node = helper.make_node(schema.name, inputs, ["y"], domain=domain)
                graph = helper.make_graph([node], "graph", [x], [y])
                yield schema.name, helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _lacks(operators: Iterable[tuple[str, object]], ask: Callable, complaint: str) -> list[str]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, asked in operators:
            try:
                ask(asked, folder)
            except Exception as error:
                if complaint in str(error):
                    found.append(name)
    return sorted(found)
