"""ONNX and LiteRT files as sources: there is no TensorFlow in it, neither here nor in the child processes."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from modelparity.errors import ArtifactInvalidError, ArtifactTooLargeError
from modelparity.exporters.pipeline import export
from modelparity.runners.testing import write_litert
from modelparity.tensors import decode_inputs, decode_outputs

_NAME = "in put/0:ä[x]"


def _save(path, nodes, inputs, outputs, weights=(), **how):
    graph = helper.make_graph(nodes, "g", inputs, outputs, weights)
    opsets = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path, **how)


def _vector(name, dtype=TensorProto.FLOAT, shape=("n",)):
    return helper.make_tensor_value_info(name, dtype, shape)


def _save_sum(path, **how):
    """Writes x + w, where w is an initializer and stands among the inputs as well."""
    weight = numpy_helper.from_array(np.arange(64, dtype=np.float32), "w")
    nodes = [helper.make_node("Add", [_NAME, "w"], ["y"])]
    inputs = [_vector(_NAME, shape=("n", 64)), _vector("w", shape=(64,))]
    # The file does not say of which shape the output is.
    _save(path, nodes, inputs, [_vector("y", shape=None)], [weight], **how)


@pytest.mark.parametrize("outside", [True, False])
def test_an_onnx_file_is_a_bundle_of_itself(tmp_path, outside):
    how = {"save_as_external_data": True, "location": "weights", "size_threshold": 0}
    _save_sum(tmp_path / "sum.onnx", **(how if outside else {}))
    assert (tmp_path / "weights").exists() == outside
    bundle = export(str(tmp_path / "sum.onnx"), tmp_path / "b")
    (artifact,) = bundle.manifest.artifacts
    assert (artifact.format, artifact.path) == ("onnx", "onnx/model.onnx")
    # Weights that lay in another file are in the bundle's.
    assert len(bundle.path_of(artifact).read_bytes()) > 256
    assert bundle.manifest.name == "sum" and bundle.manifest.producer.source == "sum.onnx"
    (signature,) = bundle.manifest.signatures
    assert [(spec.name, list(spec.shape)) for spec in signature.inputs] == [(_NAME, [-1, 64])]
    cases = list(bundle.cases())
    assert {case.reference for case in cases} == {"onnxruntime-python"} and len(cases) > 3
    for case in cases:
        want = decode_inputs(case.request)[_NAME] + np.arange(64, dtype=np.float32)
        np.testing.assert_array_equal(decode_outputs(case.expected)["y"], want)


def test_weights_in_a_file_that_is_not_there(tmp_path):
    _save_sum(tmp_path / "m.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    (tmp_path / "weights").unlink()
    with pytest.raises(ArtifactInvalidError, match="its weights lie in another file"):
        export(str(tmp_path / "m.onnx"), tmp_path / "b")


def test_weights_over_2_gb_are_refused_before_they_are_read(tmp_path):
    _save_sum(tmp_path / "m.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    model = onnx.load(tmp_path / "m.onnx", load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "length":
            entry.value = str(3 << 30)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ArtifactTooLargeError, match=r"32212\d+ bytes"):
        export(str(tmp_path / "m.onnx"), tmp_path / "b")


def test_an_output_that_is_no_tensor_is_refused_with_its_kind(tmp_path):
    node = helper.make_node("SequenceConstruct", ["x"], ["s"])
    output = helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, None)
    _save(tmp_path / "m.onnx", [node], [_vector("x")], [output])
    bundle = export(str(tmp_path / "m.onnx"), tmp_path / "b")
    assert not bundle.manifest.cases
    assert "no word for sequence" in bundle.manifest.refused_cases[0].message


def test_an_operator_that_the_reference_does_not_have(tmp_path):
    node = helper.make_node("Mine", ["x"], ["y"], domain="me")
    graph = helper.make_graph([node], "g", [_vector("x")], [_vector("y")])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("me", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), tmp_path / "m.onnx")
    with pytest.raises(
        ArtifactInvalidError,
        match=r"^source 'm\.onnx': the reference onnxruntime-python cannot load it: .*me:Mine",
    ):
        export(str(tmp_path / "m.onnx"), tmp_path / "b")
    write_litert(tmp_path / "m.tflite", custom_operator="Mine")
    bundle = export(str(tmp_path / "m.tflite"), tmp_path / "b")
    assert "Mine" in bundle.manifest.refused_cases[0].message


@pytest.mark.parametrize("signatures", [("a", "b"), ()])
def test_a_litert_file_with_its_signatures_or_none(tmp_path, signatures):
    write_litert(tmp_path / "m.tflite", operator="RELU", signatures=signatures)
    bundle = export(str(tmp_path / "m.tflite"), tmp_path / "b", formats=["litert", "onnx"])
    (artifact,) = bundle.manifest.artifacts
    names = [binding.signature for binding in artifact.bindings]
    assert names == (list(signatures) or ["serving_default"])
    (output,) = bundle.manifest.signatures[0].outputs
    assert output.name == ("y" if signatures else "tensor_y")
    assert {case.reference for case in bundle.cases()} == {"litert-python"}
    assert {case.signature for case in bundle.cases()} == set(names)
    (failure,) = bundle.manifest.conversion_failures
    assert failure.message == "the source is litert; no other form is made of it"
