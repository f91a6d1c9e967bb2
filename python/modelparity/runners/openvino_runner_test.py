"""OpenVINO as a runtime: every dtype, and each way in which a file or an input is wrong."""

import ml_dtypes
import numpy as np
import onnx
import openvino
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    FileMissingError,
    RunFailedError,
    UnsupportedError,
)
from modelparity.runners.openvino_runner import OpenvinoRunner
from modelparity.runners.testing import write_litert, write_onnx
from modelparity.runners.testing.calls import FORMS, check_returned, example, load, run
from modelparity.specs import DTYPES

_DTYPES = [row.name for row in DTYPES if row.name not in ("float64", "string")]


def _write(folder, dtype="float32", shape=(None,), **keywords):
    write_onnx(folder / "model.onnx", dtype, shape, **keywords)


def _load(folder, dtype="float32", rank=1, path="model.onnx", **keywords):
    return load(OpenvinoRunner(), folder / path, dtype, rank, **keywords)


@pytest.mark.parametrize(
    ("path", "dtype"),
    [
        *(("model.onnx", dtype) for dtype in _DTYPES),
        *(("model.tflite", dtype) for dtype in _DTYPES if dtype != "bfloat16"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_every_dtype_comes_back_as_it_went_in(tmp_path, path, dtype, form):
    x = example(dtype, form)
    if dtype in ("int64", "uint32", "uint64"):
        x = np.asarray(x.clip(-(2**31), 2**31 - 1))
    _write(tmp_path, dtype, [None] * x.ndim)
    write_litert(tmp_path / "model.tflite", dtype, [-1] * x.ndim)
    check_returned(_load(tmp_path, dtype, x.ndim, path), x)


def test_bfloat16_keeps_its_bits(tmp_path):
    _write(tmp_path, "bfloat16")
    bits = np.arange(0, 0x7F80, 127, dtype=np.uint16)
    y = run(_load(tmp_path, "bfloat16"), bits.view(ml_dtypes.bfloat16))
    assert y.view(np.uint16).tolist() == bits.tolist()


def test_bfloat16_in_litert_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite", "bfloat16")
    with pytest.raises(UnsupportedError, match="BFLOAT16"):
        _load(tmp_path, "bfloat16", path="model.tflite")


@pytest.mark.parametrize("dtype", ["float64", "string"])
@pytest.mark.parametrize("path", ["model.onnx", "model.tflite"])
def test_a_dtype_that_openvino_gets_wrong_is_unsupported(tmp_path, dtype, path):
    _write(tmp_path, dtype)
    write_litert(tmp_path / "model.tflite", dtype)
    with pytest.raises(UnsupportedError, match=f"input 'in': {dtype}; OpenVINO's CPU plugin"):
        _load(tmp_path, dtype, path=path)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [("int64", 2**31), ("int64", -(2**31) - 1), ("uint32", 2**31), ("uint64", 2**64 - 1)],
)
def test_an_integer_beyond_int32_is_unsupported(tmp_path, dtype, value):
    _write(tmp_path, dtype)
    runner = _load(tmp_path, dtype)
    assert run(runner, np.array([1], dtype)).tolist() == [1]
    with pytest.raises(UnsupportedError, match=f"'in': {dtype} value {value}; .* int32 only"):
        run(runner, np.array([1, value], dtype))


def test_a_constant_beyond_int32_is_unsupported(tmp_path):
    _write(
        tmp_path,
        "int64",
        nodes=[helper.make_node("Add", ["x", "c"], ["y"])],
        constants={"c": np.int64(2**40)},
    )
    with pytest.raises(UnsupportedError, match=f"constant 'c': int64 value {2**40}"):
        _load(tmp_path, "int64")


def test_a_constant_beyond_int32_in_a_branch_is_unsupported(tmp_path):
    value = helper.make_tensor_value_info("z", TensorProto.INT64, [None])
    big = numpy_helper.from_array(np.array(2**40), "big")
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node("Add", ["x", constant], ["z"])], name, [], [value], [big]
        )
        for name, constant in (("then", "one"), ("else", "big"))
    }
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Greater", ["sum", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], **branches),
    ]
    constants = {"zero": np.int64(0), "one": np.int64(1)}
    _write(tmp_path, "int64", nodes=nodes, constants=constants)
    with pytest.raises(UnsupportedError, match=f"int64 value {2**40}"):
        _load(tmp_path, "int64")


def test_a_slice_may_end_beyond_int32(tmp_path):
    _write(
        tmp_path,
        nodes=[helper.make_node("Slice", ["x", "start", "end"], ["y"])],
        constants={"start": [1], "end": [2**63 - 1]},
    )
    y = run(_load(tmp_path), np.arange(4, dtype=np.float32))
    assert y.tolist() == [1, 2, 3]


def test_outputs_that_are_one_tensor(tmp_path):
    nodes = [
        helper.make_node("Neg", ["x"], ["y"]),
        helper.make_node("Identity", ["y"], ["z"]),
        helper.make_node("Identity", ["x"], ["same"]),
    ]
    outputs = ("y", "z", "same")
    _write(tmp_path, nodes=nodes, outputs=outputs)
    answers = _load(tmp_path, outputs=outputs).run("serving_default", {"in": np.float32([1, -2])})
    assert {name: answer.tolist() for name, answer in answers.items()} == {
        "out": [-1, 2],
        "z": [-1, 2],
        "same": [1, -2],
    }


def test_answers_survive_the_next_call(tmp_path):
    _write(tmp_path, nodes=[helper.make_node("Neg", ["x"], ["y"])])
    runner = _load(tmp_path)
    first = run(runner, np.float32([1, 2]))
    run(runner, np.float32([3, 4]))
    assert first.tolist() == [-1, -2]


def test_it_computes_in_float32_also_where_the_processor_has_less(tmp_path):
    _write(tmp_path)
    runner = _load(tmp_path)
    model = runner._model._compiled["serving_default"]._model
    assert model.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32


def test_an_input_of_any_rank_is_unsupported(tmp_path):
    _write(tmp_path, shape=None)
    with pytest.raises(UnsupportedError, match="'in': of any rank"):
        _load(tmp_path, rank=None)


def test_a_file_with_another_dtype_than_the_signature_is_invalid(tmp_path):
    _write(tmp_path, "float16")
    with pytest.raises(ArtifactInvalidError, match=r"'in': got float16 in OpenVINO's .* bfloat16"):
        _load(tmp_path, "bfloat16")


def test_a_file_without_the_output_is_unsupported(tmp_path):
    _write(tmp_path)
    with pytest.raises(UnsupportedError, match="output 'out': OpenVINO's conversion lost it"):
        _load(tmp_path, outputs=["z"])


def test_a_file_with_more_inputs_than_the_signature_is_invalid(tmp_path):
    _write(tmp_path, nodes=[helper.make_node("Add", ["x", "hidden"], ["y"])])
    model = onnx.load(tmp_path / "model.onnx")
    model.graph.input.append(helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [None]))
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ArtifactInvalidError, match=r"the inputs \['hidden', 'x'\]"):
        _load(tmp_path)


def test_an_operator_that_openvino_does_not_have_is_unsupported(tmp_path):
    _write(tmp_path, nodes=[helper.make_node("Det", ["x"], ["y"])])
    with pytest.raises(UnsupportedError, match="Det") as caught:
        _load(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_signature_that_is_not_the_first_graph_of_a_litert_file_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="NEG", signatures=("first", "serving_default"))
    with pytest.raises(UnsupportedError, match=r"'serving_default': it is not the first graph"):
        _load(tmp_path, path="model.tflite")


def test_the_first_signature_of_a_litert_file(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="NEG", signatures=("serving_default", "other"))
    assert run(_load(tmp_path, path="model.tflite"), np.float32([1])).tolist() == [-1]


def test_a_litert_file_without_a_signature_is_run_by_the_names_of_its_tensors(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="NEG", signatures=())
    runner = _load(tmp_path, path="model.tflite", input="tensor_x", outputs=["tensor_y"])
    assert run(runner, np.float32([1])).tolist() == [-1]


def test_of_several_signatures_of_a_litert_file_the_bound_one_has_to_be_there(tmp_path):
    write_litert(tmp_path / "model.tflite", signatures=("a", "b"))
    with pytest.raises(ArtifactInvalidError, match=r"\['a', 'b'\] in the .* 'serving_default'"):
        _load(tmp_path, path="model.tflite")


def test_a_litert_file_with_another_output_than_the_binding_is_invalid(tmp_path):
    write_litert(tmp_path / "model.tflite")
    with pytest.raises(ArtifactInvalidError, match=r"the outputs \['y'\] in the .*, wants \['z'\]"):
        _load(tmp_path, path="model.tflite", outputs=["z"])


def test_a_litert_file_with_two_tensors_of_one_name_is_unsupported(tmp_path):
    write_litert(tmp_path / "model.tflite", operator="RELU")
    content = (tmp_path / "model.tflite").read_bytes()
    (tmp_path / "model.tflite").write_bytes(content.replace(b"tensor_y", b"tensor_x"))
    with pytest.raises(UnsupportedError, match=r"several tensors .* are called 'tensor_x'"):
        _load(tmp_path, path="model.tflite")


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        # As OpenVINO 2026.4 words them.
        (
            "Check 'false' failed at src/report.cpp:151:\nFrontEnd API failed with OpConversionFailure:\n"
            "Model wasn't fully converted. Failed operations detailed log:\n-- Loop-18 with a message:\n"
            "While validating ONNX node '<Node(Loop): y>':\nThe body has one input too many\n\n"
            "Summary:\n-- Conversion is failed for: Loop-18\n",
            UnsupportedError,
            "Loop-18: The body has one input too many",
        ),
        (
            "Check 'false' failed at src/report.cpp:151:\nFrontEnd API failed with OpConversionFailure:\n"
            "Model wasn't fully converted.\nSummary:\n-- No conversion rule found for operations: A, B\n"
            "To facilitate the conversion of unsupported operations, refer to the documentation\n",
            UnsupportedError,
            "No conversion rule found for operations: A, B",
        ),
        (
            "Exception from src/core.cpp:117:\nCheck '!shape.is_dynamic()' failed at src/node.cpp:108:\n"
            "CPU plug-in doesn't support Add with dynamic rank\n\n",
            UnsupportedError,
            "CPU plug-in doesn't support Add with dynamic rank",
        ),
        ("Exception from src/request.cpp:4:\nIt broke\n", RunFailedError, "It broke"),
    ],
)
def test_a_message_says_what_it_is_about(text, kind, message):
    error = OpenvinoRunner().explain(RuntimeError(text), RunFailedError)
    assert (type(error), str(error)) == (kind, message)


@pytest.mark.parametrize("path", ["model.onnx", "model.tflite"])
def test_a_file_that_is_no_model_is_invalid(tmp_path, path):
    (tmp_path / path).write_bytes(b"garbage")
    with pytest.raises(ArtifactInvalidError):
        _load(tmp_path, path=path)


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(FileMissingError):
        _load(tmp_path)


def test_a_file_over_2_gb_is_refused_by_its_size(tmp_path):
    with open(tmp_path / "model.onnx", "wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(ArtifactTooLargeError):
        _load(tmp_path)


def test_another_format_is_unsupported(tmp_path):
    artifact = manifest_pb2.Artifact(format="frozen_graph", path=".")
    with pytest.raises(UnsupportedError, match="saved_model, onnx, litert"):
        OpenvinoRunner().load(runner_pb2.Load(bundle=str(tmp_path), artifact=artifact))


def test_a_call_that_fails_is_a_failed_run(tmp_path):
    # The file wants 3 elements, the signature any number: a batch size that was baked in.
    _write(tmp_path, shape=[3])
    runner = _load(tmp_path)
    for _ in range(2):
        with pytest.raises(RunFailedError, match=r"^Can't set the input .* \(shape=\[3\]\)"):
            run(runner, np.zeros(2, np.float32))
        assert run(runner, np.ones(3, np.float32)).tolist() == [1, 1, 1]
