import pytest

from modelparity import check
from modelparity.check.testing import constant, function, model_of, node, saved_model
from modelparity.contract import tensorflow_debug_pb2

_X = node("x", "Placeholder", dtype="float32")


def _signature(folder, *arguments, **keywords):
    (signature,) = model_of(folder / "model", *arguments, **keywords).signatures
    return signature


def _ops(nodes):
    return sorted(node.op for node in nodes)


def test_what_no_output_needs_is_left_out(tmp_path):
    nodes = [
        _X,
        node("y", "Erfc", "x", "^check", T="float32"),
        node("check", "Assert", "x"),
        node("unused", "Erf", "x", T="float32"),
    ]
    signature = _signature(tmp_path, nodes)
    assert _ops(signature.nodes) == ["Erfc", "Placeholder"]
    assert _ops(signature.side_effects) == ["Assert"]


def test_what_a_function_only_runs_is_told_from_what_it_gives(tmp_path):
    body = function(
        "f",
        ["a"],
        {"b": "t:y:0"},
        node("t", "Tanh", "a", T="float32"),
        node("check", "Assert", "a"),
        node("group", "NoOp", "^change"),
        node("change", "StatefulPartitionedCall", "a", f="@g"),
    )
    inner = function("g", ["a"], {}, node("add", "AssignAddVariableOp", "a", dtype="float32"))
    body.control_ret["check"] = "check"
    body.control_ret["group"] = "group"
    nodes = [_X, node("y", "StatefulPartitionedCall", "x", f="@f")]
    signature = _signature(tmp_path, nodes, [body, inner])
    assert _ops(signature.nodes) == ["Placeholder", "Tanh"]
    assert {"Assert", "AssignAddVariableOp"} <= set(_ops(signature.side_effects))


def test_an_output_that_another_one_needs(tmp_path):
    nodes = [_X, node("a", "Tanh", "x", T="float32"), node("b", "AddV2", "a", "x", T="float32")]
    outputs = {"a": ("a:0", "float32"), "b": ("b:0", "float32")}
    for number, order in enumerate((("a", "b"), ("b", "a"))):
        given = {key: outputs[key] for key in order}
        (tmp_path / str(number)).mkdir()
        signature = _signature(tmp_path / str(number), nodes, outputs=given)
        (added,) = [found for found in signature.nodes if found.op == "AddV2"]
        assert [source.op for source in added.inputs] == ["Tanh", "Placeholder"]


def test_functions_are_followed_where_they_are_called(tmp_path):
    inner = function("inner", ["a"], {"b": "sum:z:0"}, node("sum", "AddV2", "a", "a", T="float32"))
    outer = function(
        "outer", ["a"], {"b": "call:output:0"}, node("call", "PartitionedCall", "a", f="@inner")
    )
    unused = function("unused", ["a"], {"b": "e:y:0"}, node("e", "Erfc", "a"))
    nodes = [_X, node("y", "StatefulPartitionedCall", "x", f="@outer")]
    signature = _signature(tmp_path, nodes, [outer, inner, unused])
    (added,) = [found for found in signature.nodes if found.op == "AddV2"]
    assert (added.place.node, added.place.function) == ("sum", "inner")
    assert [source.op for source in added.inputs] == ["Placeholder", "Placeholder"]
    assert added.dtypes["T"] == ("float32",)
    assert "Erfc" not in _ops(signature.nodes)


def test_constants_are_known_through_calls_but_not_through_loops(tmp_path):
    double = function("f", ["a"], {"b": "d:z:0"}, node("d", "Mul", "a", "a", T="int32"))
    nodes = [
        constant("c", 3),
        node("called", "PartitionedCall", "c", f="@f"),
        node("looped", "While", "c", body="@f", cond="@f"),
        node("y", "AddV2", "called", "looped", T="int32"),
    ]
    signature = _signature(tmp_path, nodes, [double])
    multiplied = [found for found in signature.nodes if found.op == "Mul"]
    assert {(found.constant, found.in_loop) for found in multiplied} == {
        (True, False),
        (False, True),
    }
    (added,) = [found for found in signature.nodes if found.op == "AddV2"]
    assert not added.constant


@pytest.mark.parametrize(("sizes", "is_constant"), [((2, 3), True), ((-1, 3), False)])
def test_the_shape_of_what_is_fixed_is_constant(tmp_path, sizes, is_constant):
    x = node("x", "Placeholder", dtype="float32", shape_of_output=sizes)
    signature = _signature(tmp_path, [x, node("y", "Shape", "x", T="float32")])
    (shape,) = [found for found in signature.nodes if found.op == "Shape"]
    assert shape.constant is is_constant


def test_a_second_output_within_a_function_is_told_from_the_first(tmp_path):
    body = function(
        "f",
        ["a"],
        {"b": "r:y:0"},
        node("u", "Unique", "a", T="float32"),
        node("r", "Identity", "u:idx:0", T="int32"),
    )
    signature = _signature(tmp_path, [_X, node("y", "PartitionedCall", "x", f="@f")], [body])
    assert _ops(signature.nodes) == ["Identity", "Placeholder", "Unique"]


def test_attributes_that_are_the_default_are_filled_in(tmp_path):
    signature = _signature(tmp_path, [_X, node("y", "ArgMax", "x", "x", T="float32")])
    (found,) = [found for found in signature.nodes if found.op == "ArgMax"]
    assert found.dtypes["output_type"] == ("int64",)


def test_values_of_small_constants(tmp_path):
    nodes = [_X, constant("c", 7, -1), node("y", "Reshape", "x", "c", T="float32")]
    signature = _signature(tmp_path, nodes)
    (found,) = [found for found in signature.nodes if found.op == "Const"]
    assert list(found.value) == [7, -1]


def test_the_line_of_python_is_the_users_own(tmp_path):
    body = function("f", ["a"], {"b": "e:y:0"}, node("e", "Erfc", "a", T="float32"))
    nodes = [_X, node("y", "PartitionedCall", "x", f="@f")]
    folder = saved_model(tmp_path / "model", nodes, [body])
    info = tensorflow_debug_pb2.GraphDebugInfo(files=["/home/me/model.py", "/x/site-packages/k.py"])
    for key, (file, line) in enumerate([(0, 3), (0, 12), (1, 99)]):
        info.frames_by_id[key].file_index = file
        info.frames_by_id[key].line = line
    info.traces_by_id[5].frame_id.extend([0, 1, 2])
    info.name_to_trace_id["e@f"] = 5
    (folder / "debug").mkdir()
    (folder / "debug/saved_model_debug_info.pb").write_bytes(info.SerializeToString())
    (signature,) = check.read(folder).signatures
    lines = {found.op: found.place.line for found in signature.nodes}
    assert lines == {"Placeholder": "", "Erfc": "/home/me/model.py:12"}
