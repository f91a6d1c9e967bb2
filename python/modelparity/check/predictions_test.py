"""Hand-written graphs, and what is said of them: each rule once where it bites, and once where it must not."""

import dataclasses

import pytest

from modelparity import check, runtimes
from modelparity.check.testing import constant, function, model_of, node
from modelparity.runtimes import Runtime

_WORKS, _MAY, _NOT = check.Verdict.WORKS, check.Verdict.MAY_DIFFER, check.Verdict.WILL_NOT


def _verdicts(model):
    """Returns {(runtime, format): verdict}."""
    found = check.predict(model, runtimes.RUNTIMES)
    return {(one.runtime, one.format): one.verdict for one in found}


def _x(dtype="float32", **attributes):
    return node("x", "Placeholder", dtype=dtype, **attributes)


def _unary(folder, op, dtype="float32", **attributes):
    """A model of one operator, with signature and values of one dtype."""
    nodes = [_x(dtype), node("y", op, "x", T=dtype, **attributes)]
    border = {"inputs": {"x": ("x:0", dtype)}, "outputs": {"y": ("y:0", dtype)}}
    return model_of(folder / "model", nodes, **border)


def test_nothing_stands_in_the_way_of_what_everybody_has(tmp_path):
    verdicts = _verdicts(_unary(tmp_path, "Tanh"))
    assert set(verdicts.values()) == {_WORKS}
    assert {runtime for runtime, _ in verdicts} == {runtime.name for runtime in runtimes.RUNTIMES}


@pytest.mark.parametrize(
    ("op", "dtype", "runtime", "verdict"),
    [
        ("Erfc", "float32", "tensorflow-c", _WORKS),
        ("Erfinv", "float32", "onnxruntime-python", _NOT),
        ("Erfinv", "float32", "tfjs-node/cpu", _NOT),
        ("Erfc", "float32", "litert-python", _NOT),
        ("Erf", "float32", "onnxruntime-python", _WORKS),
        ("Erf", "float32", "litert-python", _NOT),
        ("Tanh", "float64", "tfjs-node/cpu", _NOT),
        ("Tanh", "float64", "onnxruntime-python", _WORKS),
        ("Tanh", "float64", "onnxruntime-web-chromium/webgpu", _NOT),
        ("Identity", "float64", "onnxruntime-web-chromium/webgpu", _WORKS),
        ("Tanh", "float64", "litert-python", _NOT),
        ("Tanh", "float16", "onnxruntime-web-chromium/webgpu", _MAY),
        ("Square", "int64", "tfjs-node/cpu", _NOT),
        ("Identity", "int64", "tfjs-node/cpu", _MAY),
        ("Identity", "int32", "tfjs-node/cpu", _WORKS),
        ("Identity", "int32", "tfjs-chromium/webgl", _MAY),
        ("Identity", "string", "litertjs-chromium", _NOT),
        ("Identity", "string", "onnxruntime-python", _MAY),
        ("Identity", "complex64", "tensorflow-python", _NOT),
        ("Invert", "int32", "tfjs-node/wasm", _NOT),
        ("MyOwnOperator", "float32", "tensorflow-python", _NOT),
        ("RandomStandardNormal", "int32", "tensorflow-python", _MAY),
        ("Rsqrt", "float32", "litert-python", _MAY),
        ("Softplus", "float32", "litert-python", _MAY),
        ("ParseTensor", "float32", "litert-python", _NOT),
        ("Erfc", "float32", "openvino-python", _WORKS),
        ("Cholesky", "float32", "openvino-python", _NOT),
        ("Tanh", "float64", "openvino-python", _NOT),
        ("Identity", "string", "openvino-python", _NOT),
        ("Identity", "int64", "openvino-python", _MAY),
        ("Identity", "int32", "openvino-python", _WORKS),
        ("FloorDiv", "int32", "openvino-python", _MAY),
        ("FloorDiv", "float32", "openvino-python", _WORKS),
        # It converts it, and nobody measured it.
        ("FakeQuantWithMinMaxVars", "float32", "openvino-python", _MAY),
        ("Erfinv", "float32", "onnx-reference", _NOT),
        ("MatrixDiagPart", "float32", "onnxruntime-python", _WORKS),
        ("MatrixDiagPart", "float32", "onnx-reference", _NOT),
        ("Identity", "string", "onnx-reference", _WORKS),
        ("Relu", "float32", "openvino-python", _MAY),
        ("Relu", "float32", "onnxruntime-python", _WORKS),
        ("ArgMax", "float32", "onnxruntime-python", _MAY),
        ("ArgMax", "int32", "onnxruntime-python", _WORKS),
        ("Mean", "int32", "tfjs-node/cpu", _NOT),
        ("Mean", "float32", "tfjs-node/cpu", _WORKS),
        ("FloorMod", "float32", "tfjs-node/cpu", _MAY),
        ("FloorMod", "int32", "tfjs-node/cpu", _WORKS),
        ("Cos", "float32", "tfjs-chromium/webgl", _MAY),
        ("Cos", "float32", "tfjs-node/wasm", _WORKS),
        ("OneHot", "float32", "onnxruntime-python", _MAY),
        # Nobody measured it, and nobody says that it lacks.
        ("TensorArrayV3", "float32", "litert-python", _MAY),
    ],
)
def test_operators_and_dtypes(tmp_path, op, dtype, runtime, verdict):
    found = _verdicts(_unary(tmp_path, op, dtype))
    assert next(said for (name, _), said in found.items() if name == runtime) is verdict


@pytest.mark.parametrize(
    ("dtype", "step", "verdict"),
    [("int32", 2, _NOT), ("int32", -1, _NOT), ("int32", 1, _WORKS), ("float32", 2, _WORKS)],
)
def test_slices_in_steps_on_wasm(tmp_path, dtype, step, verdict):
    nodes = [
        _x(dtype),
        constant("begin", 0),
        constant("end", 4),
        constant("strides", step),
        node("y", "StridedSlice", "x", "begin", "end", "strides", T=dtype, Index="int32"),
    ]
    border = {"inputs": {"x": ("x:0", dtype)}, "outputs": {"y": ("y:0", dtype)}}
    verdicts = _verdicts(model_of(tmp_path / "model", nodes, **border))
    assert verdicts["tfjs-node/wasm", "frozen_graph"] is verdict
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _WORKS


def test_openvino_takes_a_transposed_axis_for_the_last_one(tmp_path):
    turned = node("t", "Transpose", "x", "order", T="float32", Tperm="int32")
    nodes = [_x(), constant("order", 1, 0), turned, node("y", "LogSoftmax", "t", T="float32")]
    verdicts = _verdicts(model_of(tmp_path / "turned", nodes))
    assert verdicts["openvino-python", "saved_model"] is _NOT
    assert verdicts["openvino-python", "onnx"] is _MAY
    straight = _verdicts(_unary(tmp_path, "LogSoftmax"))
    assert straight["openvino-python", "saved_model"] is _MAY


@pytest.mark.parametrize(("axis", "verdict"), [(1, _WORKS), (-2, _NOT)])
def test_products_along_an_axis_in_onnx(tmp_path, axis, verdict):
    nodes = [_x(), constant("axis", axis), node("y", "Cumprod", "x", "axis", T="float32")]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["onnxruntime-python", "onnx"] is verdict
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _WORKS


@pytest.mark.parametrize(
    ("shape", "verdict"),
    [((3, 3), _WORKS), ((3, 4), _MAY), ((-1, 4), _WORKS), ((), _WORKS)],
)
def test_diagonals_in_onnx(tmp_path, shape, verdict):
    nodes = [_x(shape_of_output=(-1, *shape)), node("y", "MatrixDiagPart", "x", T="float32")]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["onnxruntime-python", "onnx"] is verdict


@pytest.mark.parametrize(("shape", "verdict"), [([], _MAY), ([-1], _WORKS)])
def test_an_empty_text_for_a_scalar_in_litert(tmp_path, shape, verdict):
    (signature,) = (model := _unary(tmp_path, "Identity", "string")).signatures
    signature.spec.inputs[0].shape[:] = shape
    assert _verdicts(model)["litert-python", "litert"] is verdict


@pytest.mark.parametrize(
    ("op", "in_litert", "in_openvino"),
    [
        ("Rsqrt", _MAY, _WORKS),
        ("Softplus", _MAY, _WORKS),
        ("ResizeNearestNeighbor", _WORKS, _MAY),
    ],
)
def test_each_runtime_of_litert_has_its_own_ways(tmp_path, op, in_litert, in_openvino):
    verdicts = _verdicts(_unary(tmp_path, op))
    assert verdicts["litert-python", "litert"] is in_litert
    assert verdicts["openvino-python", "litert"] is in_openvino


def test_a_missing_wasm_kernel_leaves_the_other_backends(tmp_path):
    nodes = [_x(), node("y", "Einsum", "x", "x", T="float32", equation=b"ij,kj->ik")]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["tfjs-node/wasm", "frozen_graph"] is _NOT
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _WORKS


@pytest.mark.parametrize(
    ("equation", "verdict"), [(b"bij,bij->b", _NOT), (b"bik,bkj->bij", _WORKS)]
)
def test_an_einsum_without_a_free_axis(tmp_path, equation, verdict):
    nodes = [_x(), node("y", "Einsum", "x", "x", T="float32", equation=equation)]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["litert-python", "litert"] is verdict
    assert verdicts["onnxruntime-web-chromium/webgpu", "onnx"] is verdict
    assert verdicts["openvino-python", "onnx"] is verdict
    assert verdicts["onnx-reference", "onnx"] is _WORKS


@pytest.mark.parametrize(("sizes", "verdict"), [((-1, -1), _NOT), ((-1, 3), _WORKS)])
def test_an_einsum_of_unknown_sizes_in_openvino(tmp_path, sizes, verdict):
    equation = {"equation": b"ab,bc->ac"}
    nodes = [_x(shape_of_output=sizes), node("y", "Einsum", "x", "x", T="float32", **equation)]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["openvino-python", "litert"] is verdict
    assert verdicts["openvino-python", "saved_model"] is _WORKS
    assert verdicts["litert-python", "litert"] is _WORKS


@pytest.mark.parametrize(("sizes", "verdict"), [((-1, -1), _NOT), ((-1, 3), _WORKS), (None, _MAY)])
def test_a_new_last_axis_in_litert(tmp_path, sizes, verdict):
    shape = {} if sizes is None else {"shape_of_output": sizes}
    masks = {"ellipsis_mask": 1, "new_axis_mask": 2}
    nodes = [
        _x(**shape),
        constant("places", 0, 0),
        node("y", "StridedSlice", "x", "places", "places", "places", T="float32", **masks),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["litert-python", "litert"] is verdict
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS


@pytest.mark.parametrize(("channels", "verdict"), [(4, _NOT), (2, _WORKS), (-1, _WORKS)])
def test_a_convolution_in_groups(tmp_path, channels, verdict):
    nodes = [
        _x(shape_of_output=(-1, 8, 8, channels)),
        node("kernel", "VarHandleOp", dtype="float32"),
        node("read", "ReadVariableOp", "kernel", dtype="float32", shape_of_output=(3, 3, 2, 8)),
        node("y", "Conv2D", "x", "read", T="float32", data_format=b"NHWC"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is verdict
    assert verdicts["tfjs-chromium/webgl", "frozen_graph"] is verdict
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS


@pytest.mark.parametrize(
    ("op", "dtype"), [("Erfc", "float32"), ("FloorDiv", "int32"), ("FloorMod", "int64")]
)
def test_what_our_exporter_repairs_is_no_obstacle(tmp_path, op, dtype):
    model = _unary(tmp_path, op, dtype)
    assert _verdicts(model)["onnxruntime-python", "onnx"] is _WORKS


@pytest.mark.parametrize(("dtype", "verdict"), [("int32", _MAY), ("float32", _WORKS)])
def test_openvino_divides_integers_in_float32(tmp_path, dtype, verdict):
    assert _verdicts(_unary(tmp_path, "FloorMod", dtype))["openvino-python", "onnx"] is verdict


def test_exact_gelu_is_one_operator_of_litert(tmp_path):
    nodes = [
        _x(),
        node("minus", "Neg", "x", T="float32"),
        constant("c", 1),
        node("scaled", "Mul", "minus", "c", T="float32"),
        node("y", "Erfc", "scaled", T="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["litert-python", "litert"] is _WORKS
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS


def test_what_a_converter_computes_itself_is_no_obstacle(tmp_path):
    nodes = [
        _x(),
        constant("c", 1),
        node("e", "Erfinv", "c", T="float32"),
        node("y", "AddV2", "x", "e", T="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS
    # It gets the frozen graph as it is.
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _NOT


@pytest.mark.parametrize(("size", "verdict"), [(-1, _NOT), (4, _WORKS)])
def test_litert_has_to_know_the_shape_of_a_lists_elements(tmp_path, size, verdict):
    body = function("body", ["a"], {"b": "t:y:0"}, node("t", "Tanh", "a", T="float32"))
    nodes = [
        _x(),
        constant("shape", size, 2),
        constant("count", 3),
        node("list", "TensorListReserve", "shape", "count", element_dtype="float32"),
        node("loop", "While", "list", "x", body="@body", cond="@body"),
        node("y", "TensorListStack", "loop", "shape", element_dtype="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes, [body]))
    assert verdicts["litert-python", "litert"] is verdict
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS


def _table(folder, key="string", value="int64", initializer="LookupTableImportV2"):
    nodes = [
        _x(key),
        node("table", "HashTableV2", key_dtype=key, value_dtype=value),
        node("filled", initializer, "table"),
        node("y", "LookupTableFindV2", "table", "x", Tin=key, Tout=value),
    ]
    border = {"inputs": {"x": ("x:0", key)}, "outputs": {"y": ("y:0", value)}}
    return _verdicts(model_of(folder / "model", nodes, **border))


def test_tables_stay_in_the_saved_model(tmp_path):
    verdicts = _table(tmp_path, initializer="InitializeTableFromTextFileV2")
    assert verdicts["tensorflow-c", "saved_model"] is _WORKS
    assert verdicts["tensorflow-c", "frozen_graph"] is _NOT
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _NOT
    assert verdicts["litert-python", "litert"] is _NOT
    assert verdicts["onnxruntime-python", "onnx"] is _MAY
    for runtime in ("onnxruntime-web-chromium/webgpu", "onnx-reference"):
        assert verdicts[runtime, "onnx"] is _NOT


def test_litert_has_tables_that_are_filled_from_constants(tmp_path):
    assert _table(tmp_path)["litert-python", "litert"] is _WORKS


def test_other_resources_stay_in_the_saved_model(tmp_path):
    nodes = [_x(), node("queue", "FIFOQueueV2"), node("y", "QueueDequeueV2", "queue", "x")]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["tensorflow-c", "saved_model"] is _WORKS
    assert verdicts["tensorflow-c", "frozen_graph"] is _NOT


def test_onnx_has_tables_from_strings_to_numbers_only(tmp_path):
    assert _table(tmp_path, "int64", "string")["onnxruntime-python", "onnx"] is _NOT


def test_a_model_that_changes_itself(tmp_path):
    nodes = [
        _x(),
        node("v", "VarHandleOp", dtype="float32"),
        node("add", "AssignAddVariableOp", "v", "x", dtype="float32"),
        node("y", "ReadVariableOp", "v", "^add", dtype="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["tensorflow-python", "saved_model"] is _MAY
    assert verdicts["tensorflow-python", "frozen_graph"] is _NOT


def test_a_graph_over_2_gb(tmp_path):
    model = dataclasses.replace(_unary(tmp_path, "Tanh"), size=2**31)
    verdicts = _verdicts(model)
    assert verdicts["tensorflow-c", "saved_model"] is _WORKS
    assert verdicts["onnxruntime-python", "onnx"] is _NOT
    assert verdicts["litert-python", "litert"] is _NOT
    assert verdicts["tfjs-node/cpu", "frozen_graph"] is _NOT


def test_the_choice_of_openvino_depends_on_what_is_known_before(tmp_path):
    """The same operator, with a constant and with what the model is given."""
    for op, source, verdict in (
        ("TopKV2", "c", _WORKS),
        ("TopKV2", "x", _MAY),
        ("UnsortedSegmentSum", "c", _NOT),
        ("UnsortedSegmentSum", "x", _WORKS),
    ):
        nodes = [_x("int32"), constant("c", 1), node("y", op, "x", source, "c", T="int32")]
        verdicts = _verdicts(model_of(tmp_path / f"{op} {source}", nodes))
        assert verdicts["openvino-python", "onnx"] is verdict
        assert verdicts["openvino-python", "saved_model"] is _WORKS
        assert verdicts["onnx-reference", "onnx"] is _WORKS


def test_a_branch_in_openvino(tmp_path):
    body = function("body", ["a"], {"b": "t:y:0"}, node("t", "Tanh", "a", T="float32"))
    branches = {"then_branch": "@body", "else_branch": "@body"}
    nodes = [_x(), node("y", "If", "x", "x", **branches)]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes, [body]))
    assert verdicts["openvino-python", "litert"] is _NOT
    assert verdicts["openvino-python", "onnx"] is _WORKS


@pytest.mark.parametrize(("gates", "verdict"), [(2, _NOT), (3, _MAY)])
def test_a_recurrent_loop_in_openvino_and_in_the_evaluator(tmp_path, gates, verdict):
    sigmoids = [node(f"gate{number}", "Sigmoid", "a", T="float32") for number in range(gates)]
    total = node("t", "AddN", *(f"gate{number}:y:0" for number in range(gates)), T="float32")
    body = function("body", ["a"], {"b": "t:sum:0"}, *sigmoids, total)
    nodes = [
        _x(),
        constant("shape", 1, 2),
        node("steps", "TensorListFromTensor", "x", "shape", element_dtype="float32"),
        node("y", "While", "steps", "x", body="@body", cond="@body"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes, [body]))
    assert verdicts["openvino-python", "onnx"] is verdict
    assert verdicts["openvino-python", "saved_model"] is _WORKS
    assert verdicts["onnx-reference", "onnx"] is _MAY
    assert verdicts["onnxruntime-python", "onnx"] is _WORKS


def test_openvino_drops_an_output_that_is_constant(tmp_path):
    nodes = [_x(), node("y", "Tanh", "x", T="float32"), constant("c", 1)]
    outputs = {"y": ("y:0", "float32"), "c": ("c:0", "int32")}
    verdicts = _verdicts(model_of(tmp_path / "model", nodes, outputs=outputs))
    assert verdicts["openvino-python", "saved_model"] is _NOT
    assert verdicts["openvino-python", "litert"] is _NOT
    assert verdicts["openvino-python", "onnx"] is _WORKS
    assert verdicts["tensorflow-c", "saved_model"] is _WORKS


@pytest.mark.parametrize(("op", "verdict"), [("Minimum", _NOT), ("Slice", _WORKS)])
def test_a_constant_beyond_int32_in_openvino(tmp_path, op, verdict):
    nodes = [_x(), constant("c", 2**40, dtype="int64"), node("y", op, "x", "c", "c", T="float32")]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["openvino-python", "saved_model"] is verdict


def test_float64_within_a_model_of_float32_in_openvino(tmp_path):
    nodes = [
        _x(),
        node("wide", "Cast", "x", SrcT="float32", DstT="float64"),
        node("y", "Cast", "wide", SrcT="float64", DstT="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["openvino-python", "onnx"] is _MAY
    assert verdicts["onnx-reference", "onnx"] is _WORKS


def test_openvino_has_to_know_the_rank_and_takes_bfloat16_from_a_saved_model(tmp_path):
    (signature,) = (model := _unary(tmp_path, "Tanh")).signatures
    signature.spec.inputs[0].dtype = "bfloat16"
    verdicts = _verdicts(model)
    assert verdicts["openvino-python", "saved_model"] is _WORKS
    assert verdicts["openvino-python", "onnx"] is _NOT
    assert verdicts["openvino-python", "litert"] is _NOT
    signature.spec.inputs[0].unknown_rank = True
    assert _verdicts(model)["openvino-python", "saved_model"] is _NOT


def test_openvino_converts_what_is_constant_as_well(tmp_path):
    nodes = [
        _x(),
        constant("c", 1),
        node("e", "Cholesky", "c", T="float32"),
        node("y", "AddV2", "x", "e", T="float32"),
    ]
    verdicts = _verdicts(model_of(tmp_path / "model", nodes))
    assert verdicts["openvino-python", "saved_model"] is _NOT
    assert verdicts["openvino-python", "onnx"] is _WORKS


@pytest.mark.parametrize("name", ["moon", "openvino-python@2025.1.0"])
def test_of_a_runtime_without_rules_nothing_is_said(tmp_path, name):
    moon = Runtime(name, ("onnx",), ("float32",), lambda: None)
    (said,) = check.predict(_unary(tmp_path, "Erfinv"), [moon])
    assert (said.verdict, said.obstacles) == (check.Verdict.NOT_KNOWN, ())


def test_a_bundle_knows_better(tmp_path):
    """What was made is no longer asked about; what could not be made has its reason."""
    model = dataclasses.replace(
        _unary(tmp_path, "Erfinv"),
        made=("saved_model", "onnx"),
        not_made={("litert", "serve"): "the converter was killed"},
    )
    said = {one.runtime: one for one in check.predict(model, runtimes.RUNTIMES)}
    assert said["onnxruntime-python"].verdict is _WORKS
    assert said["litert-python"].verdict is _NOT
    assert said["litert-python"].reason == "the converter was killed"
    # Nobody tried it there.
    assert said["tfjs-node/cpu"].verdict is _NOT


def test_an_obstacle_says_where_it_stands_and_the_way_round(tmp_path):
    model = _unary(tmp_path, "Erf")
    said = next(
        one for one in check.predict(model, runtimes.RUNTIMES) if one.runtime == "litertjs-chromium"
    )
    (obstacle,) = said.obstacles
    assert obstacle.what == "LiteRT has no operator Erf of float32"
    assert [place.node for place in obstacle.places] == ["y"]
    assert "gelu(approximate=True)" in obstacle.way
