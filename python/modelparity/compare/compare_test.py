"""The comparator against literal answers; properties_test.py has the implementation that is slow and obvious."""

import math
import os

import ml_dtypes
import numpy as np
import pytest
from google.protobuf import json_format

from modelparity import compare
from modelparity.compare import (
    Tolerance,
    arrays_agree,
    blocks,
    compare_arrays,
    compare_responses,
    responses_agree,
)
from modelparity.contract import case_pb2, inference_pb2, report_pb2
from modelparity.tensors import encode_outputs

_MATCH, _MISMATCH = report_pb2.Cell.match, report_pb2.Cell.mismatch
_CONTRACT = report_pb2.Cell.contract_mismatch
_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)
_INTEGERS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8")
_NAN, _INF = math.nan, math.inf


def test_memory_is_a_few_blocks(monkeypatch):
    import tracemalloc

    monkeypatch.setattr(blocks, "BLOCK", 1 << 16)
    reference = np.zeros(1 << 24, np.float32)
    candidate = reference + np.float32(1)
    tracemalloc.start()
    comparison = compare_arrays(reference, candidate, Tolerance())
    figures_peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    assert not arrays_agree(reference, candidate, Tolerance())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (comparison.failures, comparison.max_abs) == (1 << 24, 1.0)
    assert comparison.p99_abs == pytest.approx(1.0, rel=0.01)
    a_block = blocks.BLOCK * 8 * os.cpu_count()
    assert figures_peak < 40 * a_block and peak < 20 * a_block
    # Which is less than one more of the arrays.
    assert max(figures_peak, peak) < reference.nbytes * os.cpu_count()


@pytest.mark.parametrize(
    ("reference", "candidate", "match"),
    [
        (_NAN, _NAN, True),
        (_INF, _INF, True),
        (-_INF, -_INF, True),
        (0.0, -0.0, True),
        (_NAN, 0.0, False),
        (0.0, _NAN, False),
        (_NAN, _INF, False),
        (_INF, _NAN, False),
        (_INF, -_INF, False),
        (-_INF, _INF, False),
        (_INF, 1e308, False),
        (1e308, _INF, False),
    ],
)
@pytest.mark.parametrize("tolerance", [Tolerance(), Tolerance(1e30, 1e300)])
def test_special_values(reference, candidate, match, tolerance):
    reference, candidate = np.array([1, reference]), np.array([1, candidate])
    comparison = compare_arrays(reference, candidate, tolerance)
    assert comparison.match == match
    assert comparison.max_abs == comparison.max_ulp == (0 if match else _INF)
    if not match:
        assert list(comparison.worst_index) == [1]


def test_a_difference_that_overflows_is_within_a_tolerance_that_does():
    reference, candidate = np.array([1e308]), np.array([-1e308])
    assert not compare_arrays(reference, candidate, Tolerance(0, 1.0)).match
    comparison = compare_arrays(reference, candidate, Tolerance(0, 10.0))
    assert comparison.match and comparison.max_abs == _INF


@pytest.mark.parametrize(
    ("candidate", "match"), [(100.0 + 1.0, True), (100.0 + 1.0000001, False), (99.0, True)]
)
def test_the_tolerance_is_inclusive_and_scales_with_the_reference(candidate, match):
    comparison = compare_arrays(np.array([100.0]), np.array([candidate]), Tolerance(0.5, 0.005))
    assert comparison.match == match


def test_figures_by_hand():
    reference = np.array([[1.0, 2.0], [0.0, -4.0]], np.float32)
    candidate = np.array([[1.5, 2.0], [0.25, -4.0]], np.float32)
    comparison = compare_arrays(reference, candidate, Tolerance(0.25, 0.0))
    assert comparison.failures == 1
    assert json_format.MessageToDict(comparison, preserving_proto_field_name=True) == {
        "shape": [2, 2],
        "max_abs": 0.5,
        "max_rel": 0.5,
        "max_ulp": float(np.float32(0.25).view("u4")),
        "mean_abs": 0.1875,
        "p50_abs": 0.0,
        "p90_abs": 0.5,
        "p99_abs": 0.5,
        "worst_index": [0, 0],
        "reference_value": 1.0,
        "candidate_value": 1.5,
        "atol": 0.25,
        "failures": 1,
        "cosine": pytest.approx(21.5 / math.sqrt(21 * 22.3125)),
        "errors": [{"decade": -400, "count": 2}, {"decade": -1, "count": 2}],
        "magnitudes": [
            {"decade": -400, "count": 1, "max_abs": 0.25},
            {"count": 3, "max_abs": 0.5},
        ],
    }


def test_disagreements_are_counted_by_kind():
    reference = np.array([_NAN, 1.0, _INF, _INF, 2.0, _NAN], np.float32)
    candidate = np.array([1.0, _NAN, -_INF, _NAN, 2.0, _NAN], np.float32)
    comparison = compare_arrays(reference, candidate, Tolerance())
    assert (comparison.nan_disagreements, comparison.infinity_disagreements) == (3, 1)
    assert [(e.decade, e.count) for e in comparison.errors] == [(-400, 2), (400, 4)]
    assert [(m.decade, m.count, m.max_abs) for m in comparison.magnitudes] == [
        (0, 2, _INF),
        (400, 4, _INF),
    ]


@pytest.mark.parametrize(
    ("reference", "candidate", "cosine"),
    [([1, 0], [0, 2], 0), ([1, 1], [-3, -3], -1), ([1, 2], [1e9, 3e9], math.sqrt(0.98))],
)
def test_cosine(reference, candidate, cosine):
    arrays = np.array(reference, np.float32), np.array(candidate, np.float32)
    assert compare_arrays(*arrays, Tolerance()).cosine == pytest.approx(cosine, abs=1e-12)


def test_the_worst_is_furthest_beyond_its_tolerance_not_largest():
    reference, candidate = np.array([1000.0, 1.0]), np.array([1001.0, 1.5])
    comparison = compare_arrays(reference, candidate, Tolerance(0, 0.01))
    assert (comparison.failures, list(comparison.worst_index)) == (1, [1])


def test_the_worst_of_a_match_is_nearest_to_its_tolerance():
    comparison = compare_arrays(np.zeros(3), np.array([0, 0.5, 0.1]), Tolerance(1, 0))
    assert comparison.match and list(comparison.worst_index) == [1]


@pytest.mark.parametrize("dtype", [*_FLOATS, *_INTEGERS, bool, object])
def test_empty_and_scalar(dtype):
    comparison = compare_arrays(np.zeros((0, 2), dtype), np.zeros((0, 2), dtype), Tolerance())
    assert (comparison.match, comparison.failures, list(comparison.worst_index)) == (True, 0, [])
    assert not comparison.HasField("reference_value")
    one = np.array(b"x", object) if dtype is object else np.array(1, dtype)
    zero = np.array(b"y", object) if dtype is object else np.array(0, dtype)
    assert compare_arrays(one, one, Tolerance()).match
    comparison = compare_arrays(one, zero, Tolerance())
    assert (comparison.match, comparison.failures, list(comparison.worst_index)) == (False, 1, [])


def test_bools():
    comparison = compare_arrays(np.array([True, False]), np.array([True, True]), Tolerance())
    assert (comparison.failures, comparison.max_abs, list(comparison.worst_index)) == (1, 1.0, [1])


def test_large_integers_are_not_rounded():
    reference = np.array([2**63 - 1, -(2**63)], np.int64)
    comparison = compare_arrays(reference, reference - [1, 0], Tolerance())
    assert (comparison.failures, comparison.max_abs) == (1, 1.0)
    assert comparison.reference_value.string_value == "9223372036854775807"
    assert comparison.candidate_value.string_value == "9223372036854775806"


def _response(**arrays):
    return encode_outputs(arrays, inference_pb2.ModelInferRequest())


_Y = np.array([[1.0, 2.0]], np.float32)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"z": _Y}, "got the outputs ['z'], wants ['y']"),
        ({}, "got the outputs [], wants ['y']"),
        ({"y": _Y, "z": _Y}, "got the outputs ['y', 'z'], wants ['y']"),
        ({"y": _Y.astype(np.float64)}, "output 'y': got float64 [1,2], wants float32 [1,2]"),
        ({"y": _Y[0]}, "output 'y': got float32 [2], wants float32 [1,2]"),
        ({"y": _Y.T}, "output 'y': got float32 [2,1], wants float32 [1,2]"),
    ],
)
def test_contract(arrays, message):
    judgement = compare_responses(_response(y=_Y), _response(**arrays))
    assert (judgement.verdict, judgement.message) == (_CONTRACT, message)
    assert [output.name for output in judgement.outputs] == sorted(arrays)
    assert not any(output.match or output.HasField("max_abs") for output in judgement.outputs)


@pytest.mark.parametrize(
    ("arrays", "agree"),
    [
        ({"y": _Y}, True),
        ({"y": _Y + np.float32(1e-6)}, True),
        ({"y": _Y + np.float32(1)}, False),
        ({"y": _Y[0]}, False),
        ({"z": _Y}, False),
    ],
)
def test_agreement_alone(arrays, agree):
    assert responses_agree(_response(y=_Y), _response(**arrays)) == agree
    assert (compare_responses(_response(y=_Y), _response(**arrays)).verdict == _MATCH) == agree


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64, ">f4", ">f8"])
def test_floats_of_other_dtypes_agree_by_their_values(dtype):
    reference = np.arange(100, dtype=np.float32)
    candidate = reference.astype(dtype)
    assert arrays_agree(reference, candidate, Tolerance())
    assert arrays_agree(candidate, candidate, Tolerance())
    candidate[50] += 1
    assert not arrays_agree(reference, candidate, Tolerance(0.5))
    assert not arrays_agree(candidate[::2], reference[::2], Tolerance(0.5))


def test_values_are_compared_and_not_what_lies_in_memory():
    numbers = np.arange(100, dtype=np.float32)
    swapped = numbers.view(">f4")
    spread = np.zeros(200, np.float32)
    spread[:100] = numbers
    for candidate in (swapped, spread[::2]):
        assert not arrays_agree(numbers, candidate, Tolerance(0.5))
        assert not arrays_agree(candidate, numbers, Tolerance(0.5))
    # Less than float32 can tell.
    assert not arrays_agree(numbers[1:], numbers[1:].astype(np.float64) + 1e-12, Tolerance())


def test_strings_agree_when_all_are_the_same():
    one, two = _response(s=np.array([b"a", b"b"])), _response(s=np.array([b"a", b"c"]))
    assert responses_agree(one, one) and not responses_agree(one, two)


def test_an_output_given_twice():
    twice = _response(y=_Y)
    twice.outputs.append(twice.outputs[0])
    judgement = compare_responses(_response(y=_Y), twice)
    assert (judgement.verdict, judgement.message) == (
        _CONTRACT,
        "got the outputs ['y', 'y'], wants ['y']",
    )


def test_match_and_mismatch():
    assert compare_responses(_response(y=_Y), _response(y=_Y + np.float32(1e-6))).verdict == _MATCH
    judgement = compare_responses(_response(a=_Y, y=_Y), _response(a=_Y, y=_Y + np.float32([0, 1])))
    assert judgement.verdict == _MISMATCH
    assert judgement.message == (
        "output 'y' at [0,1]: got 3, wants 2 within 1e-05 + 0.0001 * |r|; 1 of 2 elements differ"
    )
    assert [(output.name, output.dtype, output.match) for output in judgement.outputs] == [
        ("a", "float32", True),
        ("y", "float32", False),
    ]


def test_strings_are_compared_byte_by_byte():
    reference, candidate = np.array([b"a", b"\xff"], object), np.array([b"a", b"b"], object)
    judgement = compare_responses(_response(s=reference), _response(s=candidate))
    assert (
        judgement.message == "output 's' at [1]: got b, wants \\xff exact; 1 of 2 elements differ"
    )
    assert not judgement.outputs[0].HasField("max_abs")


def test_a_message_is_one_line_whatever_the_strings_hold():
    reference, candidate = np.array([b"a\nb"], object), np.array([b"a\xe2\x80\xa8\0"], object)
    judgement = compare_responses(_response(s=reference), _response(s=candidate))
    assert r"got a\u2028\x00, wants a\nb exact" in judgement.message
    assert judgement.outputs[0].reference_value.string_value == "a\nb"


def test_a_message_is_one_line_whatever_the_outputs_are_called():
    one, two = _response(**{"a\nb": _Y}), _response(**{"a\nb": _Y + 1})
    assert compare_responses(one, two).message.startswith(r"output 'a\nb' at [0,0]: got 2, wants 1")
    wider = _response(**{"a\nb": _Y.astype(np.float64)})
    assert compare_responses(one, wider).message.startswith(r"output 'a\nb': got float64 [1,2]")


def test_tolerances():
    case = case_pb2.Case()
    case.tolerances["y"].atol = 0.5
    case.tolerances["n"].atol = 2
    plain = compare.tolerance_from(case.tolerances)
    assert plain("y", "float32") == Tolerance(0.5, 0)
    assert plain("n", "int32") == Tolerance(2, 0)
    assert plain("other", "float32") == Tolerance(1e-5, 1e-4)
    assert plain("other", "int32") == plain("other", "string") == Tolerance()
    asked = compare.tolerance_from(case.tolerances, atol=1.0)
    assert asked("y", "float32") == Tolerance(1, 0)
    assert asked("other", "float32") == Tolerance(1, 1e-4)
    assert asked("n", "int32") == Tolerance(2, 0)
    assert asked("other", "int32") == Tolerance()


@pytest.mark.parametrize("size", [0, 1, 1000, blocks.BLOCK + 5])
def test_the_largest_error_alone(size):
    """The candidate may be narrower than what it is held against."""
    reference = np.random.default_rng(0).normal(size=size)
    candidate = reference.astype(np.float32)
    wide = compare.compare_arrays(reference, candidate.astype(np.float64), compare.Tolerance())
    assert compare.largest_error(reference, candidate) == pytest.approx(wide.max_abs, rel=1e-12)


@pytest.mark.parametrize(
    ("reference", "candidate", "error"),
    [
        ([np.nan, np.inf], [np.nan, np.inf], 0),
        ([np.nan], [1], np.inf),
        ([np.inf], [-np.inf], np.inf),
        ([1, 2], [1, 4], 2),
    ],
)
def test_the_largest_error_of_what_is_no_number(reference, candidate, error):
    assert compare.largest_error(np.float64(reference), np.float32(candidate)) == error
