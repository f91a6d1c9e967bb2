"""The data holds together; `tools/operators` says how it is made."""

import pytest

from modelparity.check import knowledge


def test_every_file_says_of_which_versions_it_holds():
    packages = set(knowledge.versions())
    assert {
        "tensorflow",
        "tf2onnx",
        "onnxruntime",
        "ai-edge-litert",
        "@tensorflow/tfjs",
        "openvino",
    } <= packages
    assert knowledge.onnxruntime()[""]["Tanh"]


@pytest.mark.parametrize(
    "measured", [knowledge.onnx(), knowledge.litert(), knowledge.openvino()["saved_model"]]
)
def test_what_was_measured(measured):
    assert set(measured.operators) <= knowledge.tensorflow().operators
    assert len(measured.operators) > 250
    for op, row in measured.operators.items():
        dtypes = [dtype for key in row if key != "attribute" for dtype in row[key].split()]
        assert dtypes and len(dtypes) == len(set(dtypes)), op


@pytest.mark.parametrize("by_format", [knowledge.openvino(), knowledge.onnx_reference()])
def test_what_only_reads_a_format_adds_to_what_is_known_of_it(by_format):
    usual = {"onnx": knowledge.onnx(), "litert": knowledge.litert()}
    for format_name in usual.keys() & by_format.keys():
        assert by_format[format_name].lacks
        for op, row in by_format[format_name].operators.items():
            for dtype in " ".join(row.get(key, "") for key in knowledge.VERDICTS).split():
                word = "" if dtype == "-" else dtype
                mine, theirs = (
                    knowledge.VERDICTS.index(measured.verdict(op, word))
                    for measured in (by_format[format_name], usual[format_name])
                )
                assert mine > theirs, (op, dtype)


def test_verdicts():
    assert knowledge.onnx().verdict("Erfinv", "float32") == "lacks"
    assert knowledge.onnx().verdict("TruncateDiv", "float32") == "differs"
    assert knowledge.litert().verdict("Tanh", "float32") == "works"
    assert knowledge.litert().verdict("LogicalNot", "bool") == "works"
    assert knowledge.litert().verdict("NoSuchOperator", "float32") == ""


def test_backends_of_tensorflow_js():
    known = knowledge.tensorflow_js()
    assert set(known.kernels) == {"cpu", "wasm", "webgl"}
    assert known.has("Einsum", "cpu") and not known.has("Einsum", "wasm")
    # It is known to it, and wrong there.
    assert not known.has("StaticRegexReplace", "cpu")
