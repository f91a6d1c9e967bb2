"""Graphs as TensorFlow 1 and 2 write them, built here by hand."""

import os

import pytest

from modelparity import errors, graphs
from modelparity.contract import tensorflow_graph_pb2 as tf
from modelparity.graphs import Feature


def _node(name, op, *inputs, **types):
    node = tf.NodeDef(name=name, op=op, input=inputs)
    for attribute, dtype in types.items():
        node.attr[attribute].type = dtype
    return node


def _strings(name, *values):
    node = _node(name, "Const")
    node.attr["value"].tensor.string_val.extend(values)
    return node


def _dims(shape, *sizes):
    for size in sizes:
        shape.dim.add(size=size)


def _saved_model(folder):
    saved_model = tf.SavedModel(saved_model_schema_version=1)
    meta_graph = saved_model.meta_graphs.add()
    meta_graph.meta_info_def.tags.append("serve")
    meta_graph.graph_def.node.append(_node("x", "Placeholder", dtype=tf.DT_FLOAT))
    definition = meta_graph.signature_def["serving_default"]
    for name, dtype in (("b", tf.DT_FLOAT), ("a", tf.DT_COMPLEX64)):
        definition.inputs[name].dtype = dtype
        definition.inputs[name].name = f"{name}:0"
        _dims(definition.inputs[name].tensor_shape, -1, 2)
    definition.outputs["y"].dtype = tf.DT_STRING
    definition.outputs["y"].name = "y:0"
    definition.outputs["y"].tensor_shape.unknown_rank = True
    definition.outputs["s"].dtype = tf.DT_INT64
    definition.outputs["s"].coo_sparse.values_tensor_name = "s:0"
    meta_graph.signature_def["__saved_model_init_op"].outputs["i"].name = "i:0"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    return folder


def test_signatures(tmp_path):
    saved_model = graphs.read_saved_model(_saved_model(tmp_path / "m"))
    (signature,) = graphs.signatures_of(saved_model.meta_graphs[0])
    assert signature.name == "serving_default"
    assert [(spec.name, spec.dtype, list(spec.shape)) for spec in signature.inputs] == [
        ("a", "complex64", [-1, 2]),
        ("b", "float32", [-1, 2]),
    ]
    assert [(spec.name, spec.dtype, spec.unknown_rank) for spec in signature.outputs] == [
        ("s", "sparse int64", False),
        ("y", "string", True),
    ]


def test_the_newest_version_is_found(tmp_path):
    for version in ("2", "10", "old"):
        _saved_model(tmp_path / version)
    assert graphs.find_saved_model(tmp_path) == tmp_path / "10"
    assert graphs.find_saved_model(tmp_path / "2") == tmp_path / "2"
    with pytest.raises(errors.FileMissingError, match=r"has no saved_model.pb"):
        graphs.find_saved_model(tmp_path / "10" / "variables")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, errors.FileMissingError, "saved_model.pb' cannot be read: No such file"),
        (b"", errors.ArtifactInvalidError, "holds no graph"),
        (b"\x0a\xff\xff\xff\xff", errors.ArtifactInvalidError, "cannot be read as SavedModel"),
        (b"not a graph at all", errors.ArtifactInvalidError, "cannot be read as SavedModel"),
    ],
)
def test_a_saved_model_that_is_none(tmp_path, content, error, message):
    if content is not None:
        (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(error, match=message):
        graphs.read_saved_model(tmp_path)


def test_a_truncated_saved_model(tmp_path):
    path = _saved_model(tmp_path) / "saved_model.pb"
    os.truncate(path, path.stat().st_size - 3)
    with pytest.raises(errors.ArtifactInvalidError, match="it is truncated"):
        graphs.read_saved_model(tmp_path)


def test_a_graph_over_2_gb_is_refused_without_a_read(tmp_path, monkeypatch):
    path = tmp_path / "frozen.pb"
    path.touch()
    os.truncate(path, 1 << 31)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: pytest.fail(f"read {path}"))
    with pytest.raises(errors.ArtifactTooLargeError, match="has 2147483648 bytes"):
        graphs.read_graph(path)


def test_what_a_frozen_graph_can_be_taken_for(tmp_path):
    x = _node("x", "Placeholder", dtype=tf.DT_FLOAT)
    _dims(x.attr["shape"].shape, -1, 3)
    graph = tf.GraphDef(
        node=[
            x,
            _node("keep", "Placeholder", dtype=tf.DT_DOUBLE),
            _node("w", "Const", dtype=tf.DT_FLOAT),
            _node("sum", "Add", "x:0", "w", T=tf.DT_FLOAT),
            _node("scaled", "Mul", "sum", "keep", "^w", T=tf.DT_FLOAT),
            _node("positive", "Greater", "sum", "w", T=tf.DT_FLOAT),
            _node("cast", "Cast", "sum", SrcT=tf.DT_FLOAT, DstT=tf.DT_INT32),
            _node("novel", "Novel", "sum"),
            _node("init", "NoOp"),
        ]
    )
    path = tmp_path / "frozen.pb"
    path.write_bytes(graph.SerializeToString())
    signature = graphs.signature_of_graph(graphs.read_graph(path))
    inputs = [
        (spec.name, spec.dtype, list(spec.shape), spec.unknown_rank) for spec in signature.inputs
    ]
    assert inputs == [("keep", "float64", [], True), ("x", "float32", [-1, 3], False)]
    assert [(spec.name, spec.dtype) for spec in signature.outputs] == [
        ("cast", "int32"),
        ("novel", ""),
        ("positive", "bool"),
        ("scaled", "float32"),
    ]


@pytest.mark.parametrize("content", [b"", b"\x12\x00", b"\x0a\x00"])
def test_a_graph_that_is_none(tmp_path, content):
    (tmp_path / "frozen.pb").write_bytes(content)
    with pytest.raises(errors.ArtifactInvalidError, match="is no GraphDef"):
        graphs.read_graph(tmp_path / "frozen.pb")


def _parse(op, *inputs):
    node = _node("parse", op, *inputs)
    node.attr["Tdense"].list.type.extend([tf.DT_FLOAT, tf.DT_INT64])
    _dims(node.attr["dense_shapes"].list.shape.add(), 1)
    _dims(node.attr["dense_shapes"].list.shape.add(), -1)
    return node


_FEATURES = [Feature("a", "float32", (1,)), Feature("b", "int64", (-1,))]


def test_examples_of_tensorflow_1():
    parse = _parse("ParseExample", "serialized", "names", "keys/s", "keys/a", "keys/b", "default")
    parse.attr["Nsparse"].i = 1
    parse.attr["Ndense"].i = 2
    graph = tf.GraphDef(
        node=[
            _node("e", "Placeholder"),
            _node("x", "Placeholder"),
            _node("serialized", "Identity", "e"),
            _strings("keys/s", b"s"),
            _strings("keys/a", b"a"),
            _strings("b", b"b"),
            _node("keys/b", "Identity", "b"),
            parse,
            _node("y", "Mul", "x", "parse"),
        ]
    )
    found = graphs.example_features(graph, {"examples": "e:0", "other": "x:0"})
    assert found == {"examples": _FEATURES}


def test_examples_of_tensorflow_2_in_a_function_of_a_function():
    parse = _parse("ParseExampleV2", "arg", "names", "sparse", "keys:output:0", "ragged", "default")
    graph = tf.GraphDef(node=[_node("e", "Placeholder"), _node("call", "PartitionedCall", "e")])
    graph.node[1].attr["f"].func.name = "outer"
    outer = graph.library.function.add()
    outer.signature.name = "outer"
    outer.node_def.append(_node("again", "inner", "arg"))
    inner = graph.library.function.add()
    inner.signature.name = "inner"
    inner.node_def.extend([_strings("keys", b"a", b"b"), parse])
    assert graphs.example_features(graph, {"e": "e:0"}) == {"e": _FEATURES}
    assert graphs.op_counts(graph)["ParseExampleV2"] == 1


def test_single_examples():
    parse = _parse("ParseSingleExample", "e")
    parse.attr["dense_keys"].list.s.extend([b"a", b"b"])
    graph = tf.GraphDef(node=[_node("e", "Placeholder"), parse])
    assert graphs.example_features(graph, {"e": "e:0"}) == {"e": _FEATURES}


@pytest.mark.parametrize(
    ("data_type", "name"),
    [
        (1, "float32"),
        (101, "float32"),
        (14, "bfloat16"),
        (8, "complex64"),
        (20, "resource"),
        (77, "77"),
    ],
)
def test_dtype_names(data_type, name):
    assert graphs.dtype_name_of(data_type) == name


def test_stateful_operators_are_those_that_an_output_needs():
    graph = tf.GraphDef()
    graph.node.add(name="x", op="Placeholder")
    graph.node.add(name="write", op="AssignAddVariableOp")
    graph.node.add(name="y", op="PartitionedCall", input=["x", "^write"]).attr["f"].func.name = "f"
    graph.node.add(name="steady", op="StatelessRandomUniformV2", input=["x"])
    graph.node.add(name="elsewhere", op="RandomUniform")
    function = graph.library.function.add()
    function.signature.name = "f"
    function.node_def.add(name="draw", op="RandomStandardNormal")
    assert graphs.stateful_ops(graph, ["y:0"]) == ["AssignAddVariableOp", "RandomStandardNormal"]
    assert graphs.stateful_ops(graph, ["steady:0"]) == []


def test_the_size_of_a_frozen_graph_is_that_of_the_variables_that_an_output_needs():
    graph = tf.GraphDef()
    for name in ("used", "copy"):
        variable = graph.node.add(name=name, op="VarHandleOp")
        variable.attr["dtype"].type = tf.DT_BFLOAT16
        _dims(variable.attr["shape"].shape, 1000, 50)
    graph.node.add(name="y", op="StatefulPartitionedCall", input=["used", "used"])
    graph.node.add(name="z", op="AddV2", input=["y", "y"])
    for tensors in (["y:0"], ["y:0", "y:1", "z:0"]):
        assert 0 <= graphs.frozen_size(graph, tensors) - 2 * 1000 * 50 < 1000
    assert graphs.frozen_size(graph, []) < 1000


def test_variables_without_a_size_count_as_nothing():
    graph = tf.GraphDef()
    for name, dtype, sizes in (("a", tf.DT_STRING, [9]), ("b", tf.DT_FLOAT, [-1, 999])):
        graph.node.append(_node(name, "VarHandleOp", dtype=dtype))
        _dims(graph.node[-1].attr["shape"].shape, *sizes)
    assert graphs.frozen_size(graph, ["a:0", "b:0"]) == graph.ByteSize()


@pytest.mark.parametrize(
    ("op", "stateful"),
    [
        ("ResourceScatterUpdate", True),
        ("StatefulUniform", True),
        ("RngReadAndSkip", True),
        ("RandomNormalLike", True),
        ("QueueDequeueV2", True),
        ("ScatterNd", False),
        ("ReadVariableOp", False),
        ("StatefulPartitionedCall", False),
        ("StatelessMultinomial", False),
        ("LookupTableFindV2", False),
    ],
)
def test_which_operators_are_stateful(op, stateful):
    assert graphs.is_stateful(op) == stateful
