"""The comparator against literal answers, and against an implementation that is slow and obvious."""

import math
import struct
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from google.protobuf import json_format

from modelparity import compare
from modelparity.compare import Tolerance, compare_arrays, compare_responses
from modelparity.contract import case_pb2, inference_pb2, report_pb2
from modelparity.tensors import encode_outputs

_MATCH, _MISMATCH = report_pb2.Cell.match, report_pb2.Cell.mismatch
_CONTRACT = report_pb2.Cell.contract_mismatch
_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)
_INTEGERS = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8")
_NAN, _INF = math.nan, math.inf


# The slow and obvious implementation: one element at a time, in exact arithmetic.


def _slow_absolute(r, c):
    r, c = r.item(), c.item()
    if r == c or (r != r and c != c):
        return Fraction(0)
    if not (math.isfinite(r) and math.isfinite(c)):
        return _INF
    return abs(Fraction(c) - Fraction(r))


def _rounded(error):
    try:
        return float(error)
    except OverflowError:
        return _INF


def _slow_ulp(r, c):
    error = _slow_absolute(r, c)
    if error in (0, _INF):
        return float(error)
    number = struct.unpack("<" + "bhiq"[int(math.log2(r.dtype.itemsize))], r.tobytes())[0]
    other = struct.unpack("<" + "bhiq"[int(math.log2(r.dtype.itemsize))], c.tobytes())[0]
    lowest = -(1 << (8 * r.dtype.itemsize - 1))
    steps = [lowest - n if n < 0 else n for n in (number, other)]
    return float(abs(steps[0] - steps[1]))


def _allowed(r, tolerance):
    return Fraction(tolerance.atol) + Fraction(tolerance.rtol) * abs(Fraction(r.item()))


def _slow(reference, candidate, tolerance):
    pairs = list(zip(reference.ravel(), candidate.ravel(), strict=True))
    absolute = [_slow_absolute(r, c) for r, c in pairs]
    relative = [
        error if error == _INF or error == 0 else error / abs(Fraction(r.item()))
        for error, (r, _) in zip(absolute, pairs, strict=True)
        if r.item() != 0
    ]
    good = [
        error == 0 or (error != _INF and error <= _allowed(r, tolerance))
        for error, (r, _) in zip(absolute, pairs, strict=True)
    ]
    ordered = sorted(absolute)
    quantiles = [ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.9, 0.99)]
    figures = {
        "max_abs": ordered[-1],
        "max_rel": max(relative, default=0),
        "mean_abs": sum(ordered) / len(ordered),
        "p50_abs": quantiles[0],
        "p90_abs": quantiles[1],
        "p99_abs": quantiles[2],
    }
    return {name: _rounded(error) for name, error in figures.items()}, good.count(False)


def _check_against_slow(reference, candidate, tolerance):
    with np.errstate(all="raise", under="ignore"):
        comparison, failures = compare_arrays(reference, candidate, tolerance)
    figures, slow_failures = _slow(reference, candidate, tolerance)
    assert failures == slow_failures
    assert comparison.match == (failures == 0)
    for field, value in figures.items():
        assert getattr(comparison, field) == pytest.approx(value, rel=1e-12), field
    if reference.dtype.kind in "fV":
        pairs = zip(reference.ravel(), candidate.ravel(), strict=True)
        assert comparison.max_ulp == max(_slow_ulp(r, c) for r, c in pairs)
    else:
        assert not comparison.HasField("max_ulp")


def _random_floats(random, dtype, size, special=True):
    """Numbers of every size, denormals too; `special`: with zeros, NaN and infinities among them."""
    unsigned = f"u{np.dtype(dtype).itemsize}"
    limit = np.iinfo(unsigned).max
    array = random.integers(0, limit, size, unsigned, endpoint=True).view(dtype)
    if not special:
        with np.errstate(invalid="ignore"):
            array[~np.isfinite(array)] = 1
        return array
    specials = np.array([0.0, -0.0, _NAN, _INF, -_INF, 1.0, -1.0], dtype)
    places = random.integers(0, size, size // 4)
    array[places] = random.choice(specials, places.size)
    return array


def _nudge(random, array):
    """Moves some elements a few bits away, others anywhere."""
    candidate = array.copy()
    bits = candidate.view(f"u{array.dtype.itemsize}")
    places = random.integers(0, array.size, array.size // 2)
    bits[places] ^= random.integers(0, 8, places.size).astype(bits.dtype)
    places = random.integers(0, array.size, array.size // 10)
    candidate[places] = random.permutation(array)[places]
    return candidate


@pytest.mark.parametrize("dtype", _FLOATS, ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("seed", range(20))
def test_floats_as_the_slow_way(dtype, seed):
    random = np.random.default_rng(seed)
    # NaN and infinities make every maximum infinite, so half of the seeds go without.
    reference = _random_floats(random, dtype, 300, special=seed % 2 == 0)
    tolerance = [Tolerance(), Tolerance(1e-3, 1e-3), Tolerance(0, 0.1), Tolerance(5.0, 0)][
        seed // 2 % 4
    ]
    _check_against_slow(reference, _nudge(random, reference), tolerance)


@pytest.mark.parametrize("dtype", _INTEGERS)
@pytest.mark.parametrize("seed", range(5))
def test_integers_as_the_slow_way(dtype, seed):
    random = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    reference = random.integers(limits.min, limits.max, 200, dtype, endpoint=True)
    reference[:3] = limits.min, limits.max, 0
    candidate = random.permutation(reference) if seed % 2 else reference.copy()
    candidate[0] = limits.max
    _check_against_slow(reference, candidate, Tolerance())


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_blocks_change_nothing(block, monkeypatch):
    random = np.random.default_rng(block)
    reference = _random_floats(random, np.float32, 100).reshape(4, 25)
    candidate = _nudge(random, reference.reshape(-1)).reshape(4, 25)
    whole, failures = compare_arrays(reference, candidate, Tolerance(1e-5, 1e-5))
    monkeypatch.setattr(compare, "_BLOCK", block)
    parts, part_failures = compare_arrays(reference, candidate, Tolerance(1e-5, 1e-5))
    assert part_failures == failures
    whole.mean_abs = parts.mean_abs = 0  # sums of floats depend on the order
    assert parts == whole


def test_memory_is_a_few_blocks(monkeypatch):
    import tracemalloc

    reference = np.zeros(1 << 24, np.float32)
    candidate = reference + np.float32(1)
    tracemalloc.start()
    comparison, failures = compare_arrays(reference, candidate, Tolerance())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (failures, comparison.p99_abs) == (1 << 24, 1.0)
    assert peak < 40 * compare._BLOCK * 8


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
    comparison, _ = compare_arrays(reference, candidate, tolerance)
    assert comparison.match == match
    assert comparison.max_abs == comparison.max_ulp == (0 if match else _INF)
    if not match:
        assert list(comparison.worst_index) == [1]


def test_a_difference_that_overflows_is_within_a_tolerance_that_does():
    reference, candidate = np.array([1e308]), np.array([-1e308])
    assert not compare_arrays(reference, candidate, Tolerance(0, 1.0))[0].match
    comparison, _ = compare_arrays(reference, candidate, Tolerance(0, 10.0))
    assert comparison.match and comparison.max_abs == _INF


@pytest.mark.parametrize(
    ("candidate", "match"), [(100.0 + 1.0, True), (100.0 + 1.0000001, False), (99.0, True)]
)
def test_the_tolerance_is_inclusive_and_scales_with_the_reference(candidate, match):
    comparison, _ = compare_arrays(np.array([100.0]), np.array([candidate]), Tolerance(0.5, 0.005))
    assert comparison.match == match


def test_figures_by_hand():
    reference = np.array([[1.0, 2.0], [0.0, -4.0]], np.float32)
    candidate = np.array([[1.5, 2.0], [0.25, -4.0]], np.float32)
    comparison, failures = compare_arrays(reference, candidate, Tolerance(0.25, 0.0))
    assert failures == 1
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
    }


def test_the_worst_is_furthest_beyond_its_tolerance_not_largest():
    reference, candidate = np.array([1000.0, 1.0]), np.array([1001.0, 1.5])
    comparison, failures = compare_arrays(reference, candidate, Tolerance(0, 0.01))
    assert (failures, list(comparison.worst_index)) == (1, [1])


def test_the_worst_of_a_match_is_nearest_to_its_tolerance():
    comparison, _ = compare_arrays(np.zeros(3), np.array([0, 0.5, 0.1]), Tolerance(1, 0))
    assert comparison.match and list(comparison.worst_index) == [1]


@pytest.mark.parametrize("dtype", [*_FLOATS, *_INTEGERS, bool, object])
def test_empty_and_scalar(dtype):
    comparison, failures = compare_arrays(
        np.zeros((0, 2), dtype), np.zeros((0, 2), dtype), Tolerance()
    )
    assert (comparison.match, failures, list(comparison.worst_index)) == (True, 0, [])
    assert not comparison.HasField("reference_value")
    one = np.array(b"x", object) if dtype is object else np.array(1, dtype)
    zero = np.array(b"y", object) if dtype is object else np.array(0, dtype)
    assert compare_arrays(one, one, Tolerance())[0].match
    comparison, failures = compare_arrays(one, zero, Tolerance())
    assert (comparison.match, failures, list(comparison.worst_index)) == (False, 1, [])


def test_bools():
    comparison, failures = compare_arrays(
        np.array([True, False]), np.array([True, True]), Tolerance()
    )
    assert (failures, comparison.max_abs, list(comparison.worst_index)) == (1, 1.0, [1])


def test_large_integers_are_not_rounded():
    reference = np.array([2**63 - 1, -(2**63)], np.int64)
    comparison, failures = compare_arrays(reference, reference - [1, 0], Tolerance())
    assert (failures, comparison.max_abs) == (1, 1.0)
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
