"""The comparison in Python against comparison_vectors.json, as comparison_test.cc is for C++."""

import json
import os
import pathlib

import numpy as np
import pytest
from google.protobuf import json_format

from modelparity.compare import Tolerance, compare_responses
from modelparity.contract import inference_pb2, report_pb2
from modelparity.tensors import encode_outputs, numpy_dtype

# Figures that only Python's implementation has; its own tests are about them.
_PYTHONS_OWN = [
    "noise_atol",
    "failures",
    "nan_disagreements",
    "infinity_disagreements",
    "cosine",
    "errors",
    "magnitudes",
]
_VECTORS = json.loads(pathlib.Path(os.environ["COMPARISON_VECTORS"]).read_text())


def _by_name(part):
    return pytest.mark.parametrize("row", _VECTORS[part], ids=lambda row: row["name"])


def _element(element, dtype):
    if isinstance(element, dict):
        return bytes.fromhex(element["hex"])
    if dtype.kind == "O":
        return element.encode()
    if isinstance(element, str) and element.startswith("0x"):
        return np.array(int(element, 16), f"u{dtype.itemsize}").view(dtype)[()]
    number = float if dtype.kind in "fV" else int
    return dtype.type(number(element))


def _array(elements, row):
    dtype = numpy_dtype(row["dtype"])
    array = np.empty(len(elements), dtype)
    for i, element in enumerate(elements):
        array[i] = _element(element, dtype)
    return array.reshape(row["shape"])


def _response(arrays):
    return encode_outputs(arrays, inference_pb2.ModelInferRequest())


@_by_name("values")
def test_values(row):
    tolerance = Tolerance(row["atol"], row["rtol"])
    judgement = compare_responses(
        _response({"y": _array(row["reference"], row)}),
        _response({"y": _array(row["candidate"], row)}),
        lambda name, dtype: tolerance,
    )
    expected = row["expected"]
    assert judgement.message == expected["message"]
    verdict = report_pb2.Cell.match if expected["match"] else report_pb2.Cell.mismatch
    assert judgement.verdict == verdict
    got = json_format.MessageToDict(
        judgement.outputs[0],
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
    for field in _PYTHONS_OWN:
        got.pop(field, None)
    wanted = {field: value for field, value in expected.items() if field != "message"}
    wanted |= {field: row[field] for field in ("dtype", "shape", "atol", "rtol")}
    wanted["name"] = "y"
    if "mean_abs" in wanted:
        # A sum of floats depends on the order.
        mean = float(got.pop("mean_abs"))
        assert mean == pytest.approx(float(wanted.pop("mean_abs")), rel=1e-12)
    assert got == wanted


@_by_name("contracts")
def test_contracts(row):
    reference, candidate = (
        _response(
            {
                name: np.full(shape, b"" if dtype == "string" else 0, numpy_dtype(dtype))
                for name, (dtype, shape) in row[side].items()
            }
        )
        for side in ("reference", "candidate")
    )
    judgement = compare_responses(reference, candidate)
    assert (judgement.verdict, judgement.message) == (
        report_pb2.Cell.contract_mismatch,
        row["message"],
    )
    outputs = {output.name: [output.dtype, list(output.shape)] for output in judgement.outputs}
    assert outputs == row["candidate"]
    assert not any(output.match or output.HasField("max_abs") for output in judgement.outputs)
