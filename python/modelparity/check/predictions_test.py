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
    unknown = {runtime for (runtime, _), said in verdicts.items() if said is not _WORKS}
    assert unknown == {"onnx-reference", "openvino-python"}
    assert {verdicts[key] for key in verdicts if key[0] in unknown} == {check.Verdict.NOT_KNOWN}
    assert {runtime for runtime, _ in verdicts} == {runtime.name for runtime in runtimes.RUNTIMES}


@pytest.mark.parametrize(
    ("op", "dtype", "runtime", "verdict"),
    [
        ("Erfc", "float32", "tensorflow-c", _WORKS),
        ("Erfc", "float32", "onnxruntime-python", _NOT),
        ("Erfc", "float32", "tfjs-node/cpu", _NOT),
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
        # Nobody measured it, and nobody says that it lacks.
        ("TensorArrayV3", "float32", "litert-python", _MAY),
    ],
)
def test_operators_and_dtypes(tmp_path, op, dtype, runtime, verdict):
    found = _verdicts(_unary(tmp_path, op, dtype))
    assert next(said for (name, _), said in found.items() if name == runtime) is verdict


@pytest.mark.parametrize(("shape", "verdict"), [([], _MAY), ([-1], _WORKS)])
def test_an_empty_text_for_a_scalar_in_litert(tmp_path, shape, verdict):
    (signature,) = (model := _unary(tmp_path, "Identity", "string")).signatures
    signature.spec.inputs[0].shape[:] = shape
    assert _verdicts(model)["litert-python", "litert"] is verdict


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


def test_integer_division_of_negative_numbers(tmp_path):
    for dtype, verdict in (("int32", _MAY), ("float32", _WORKS)):
        nodes = [_x(dtype), node("y", "FloorDiv", "x", "x", T=dtype)]
        border = {"inputs": {"x": ("x:0", dtype)}, "outputs": {"y": ("y:0", dtype)}}
        verdicts = _verdicts(model_of(tmp_path / dtype, nodes, **border))
        assert verdicts["onnxruntime-python", "onnx"] is verdict


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
    assert verdicts["onnxruntime-python", "onnx"] is _NOT


def test_what_a_converter_computes_itself_is_no_obstacle(tmp_path):
    nodes = [
        _x(),
        constant("c", 1),
        node("e", "Erfc", "c", T="float32"),
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
    assert verdicts["onnxruntime-web-chromium/webgpu", "onnx"] is _NOT


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


def test_of_a_runtime_without_rules_nothing_is_said(tmp_path):
    moon = Runtime("moon", ("onnx",), ("float32",), lambda: None)
    (said,) = check.predict(_unary(tmp_path, "Erfc"), [moon])
    assert (said.verdict, said.obstacles) == (check.Verdict.NOT_KNOWN, ())


def test_a_bundle_knows_better(tmp_path):
    """What was made is no longer asked about; what could not be made has its reason."""
    model = dataclasses.replace(
        _unary(tmp_path, "Erfc"),
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
    model = _unary(tmp_path, "Erfc")
    said = next(
        one
        for one in check.predict(model, runtimes.RUNTIMES)
        if one.runtime == "onnxruntime-web-node/wasm"
    )
    (obstacle,) = said.obstacles
    assert obstacle.what == "ONNX (tf2onnx) has no operator Erfc of float32"
    assert [place.node for place in obstacle.places] == ["y"]
    assert "gelu(approximate=True)" in obstacle.way
