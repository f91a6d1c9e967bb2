"""Small graphs for tests, written by hand."""

import pathlib

from modelparity import check
from modelparity.contract import tensorflow_graph_pb2 as tf_graph

DTYPES = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "string": 7,
    "complex64": 8,
    "int64": 9,
    "bool": 10,
    "float16": 19,
    "resource": 20,
    "variant": 21,
}


def node(name, op, *inputs, **attributes):
    """Returns a NodeDef; an attribute is a dtype's name, bytes, a number, or a function's name after "@"."""
    made = tf_graph.NodeDef(name=name, op=op, input=inputs)
    for key, value in attributes.items():
        if key == "shape_of_output":
            shape = made.attr["_output_shapes"].list.shape.add()
            shape.dim.extend(tf_graph.TensorShapeProto.Dim(size=size) for size in value)
        elif isinstance(value, bytes):
            made.attr[key].s = value
        elif isinstance(value, int):
            made.attr[key].i = value
        elif value.startswith("@"):
            made.attr[key].func.name = value[1:]
        else:
            made.attr[key].type = DTYPES[value]
    return made


def constant(name, *values, dtype="int32"):
    made = node(name, "Const", dtype=dtype)
    tensor = made.attr["value"].tensor
    tensor.dtype = DTYPES[dtype]
    tensor.tensor_shape.dim.add(size=len(values))
    getattr(tensor, "int64_val" if dtype == "int64" else "int_val").extend(values)
    return made


def function(name, inputs, outputs, *nodes):
    """Returns a FunctionDef; `outputs` is {name: reference}."""
    made = tf_graph.FunctionDef(node_def=nodes, ret=outputs)
    made.signature.name = name
    for argument in inputs:
        made.signature.input_arg.add(name=argument)
    for result in outputs:
        made.signature.output_arg.add(name=result)
    return made


def saved_model(folder, nodes, functions=(), inputs=None, outputs=None) -> pathlib.Path:
    """Writes a SavedModel with the signature `serve`.

    Args:
        folder: Is made.
        nodes: Of the graph.
        functions: Of its library.
        inputs: {key: (tensor, dtype)}; by default x, of float32.
        outputs: The same; by default y.
    """
    inputs, outputs = inputs or {"x": ("x:0", "float32")}, outputs or {"y": ("y:0", "float32")}
    made = tf_graph.SavedModel(saved_model_schema_version=1)
    meta_graph = made.meta_graphs.add()
    meta_graph.meta_info_def.tags.append("serve")
    meta_graph.graph_def.node.extend(nodes)
    meta_graph.graph_def.library.function.extend(functions)
    meta_graph.object_graph_def.SetInParent()
    signature = meta_graph.signature_def["serve"]
    for given, infos in ((inputs, signature.inputs), (outputs, signature.outputs)):
        for key, (tensor, dtype) in given.items():
            infos[key].name = tensor
            infos[key].dtype = DTYPES[dtype]
            infos[key].tensor_shape.dim.add(size=-1)
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(made.SerializeToString())
    return folder


def model_of(folder, *arguments, **keywords):
    """Returns what `check` reads of such a SavedModel."""
    return check.read(saved_model(folder, *arguments, **keywords))
