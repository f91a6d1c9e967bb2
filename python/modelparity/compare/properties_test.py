"""The comparator against an implementation that is slow and obvious: one element at a time, in exact arithmetic."""

import bisect
import contextlib
import itertools
import math
import struct
from fractions import Fraction
from unittest import mock

import ml_dtypes
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from modelparity.compare import Tolerance, arrays_agree, blocks, compare_arrays, kernel

_FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)
_INTEGERS = ("?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8")
_INF = math.inf
# In exact arithmetic it would take minutes to make a failing example smaller.
_SETTINGS = settings(
    max_examples=60, deadline=None, database=None, derandomize=True, phases=[Phase.generate]
)
# As float64 has them; the smallest of all stands for 1e-324.
_POWERS = [Fraction(5e-324), *(Fraction(float(f"1e{k}")) for k in range(-323, 309))]
_TOLERANCES = st.sampled_from([0.0, 1e-40, 1e-9, 1e-3, 0.1, 1.0, 1e30, 1e300])


def _slow_error(r, c):
    r, c = r.item(), c.item()
    if r == c or (r != r and c != c):
        return Fraction(0)
    if not (math.isfinite(r) and math.isfinite(c)):
        return _INF
    return abs(Fraction(c) - Fraction(r))


def _slow_agrees(r, c, tolerance):
    """In float64, as the definition says."""
    error = _slow_error(r, c)
    if error in (0, _INF):
        return error == 0
    if isinstance(r.item(), float):
        error = abs(float(c.item()) - float(r.item()))
    return float(error) <= tolerance.atol + tolerance.rtol * abs(float(r.item()))


def _slow_ulp(r, c):
    error = _slow_error(r, c)
    if error in (0, _INF):
        return float(error)
    letter = {2: "h", 4: "i", 8: "q"}[r.dtype.itemsize]
    lowest = -(1 << (8 * r.dtype.itemsize - 1))
    numbers = [struct.unpack(f"<{letter}", x.tobytes())[0] for x in (r, c)]
    steps = [lowest - n if n < 0 else n for n in numbers]
    return float(abs(steps[0] - steps[1]))


def _slow_decade(size):
    if size == 0 or size == _INF:
        return -400 if size == 0 else 400
    return -325 + bisect.bisect_right(_POWERS, size)


def _float(number):
    try:
        return float(number)
    except OverflowError:
        return _INF


def _slow_cosine(pairs):
    finite = [
        (Fraction(r.item()), Fraction(c.item()))
        for r, c in pairs
        if math.isfinite(r.item()) and math.isfinite(c.item())
    ]
    rr, cc, rc = (sum(p[i] * p[j] for p in finite) for i, j in ((0, 0), (1, 1), (0, 1)))
    if not rr or not cc:
        return None
    # Where squares do not fit float64, there is no saying.
    if not all(1e-280 < _float(x) < 1e300 for x in (rr, cc)):
        return "unsure"
    return math.copysign(math.sqrt(rc * rc / (rr * cc)), rc)


def _sizes(r):
    return abs(Fraction(r.item())) if math.isfinite(r.item()) else _INF


def _check(reference, candidate, tolerance, large=False):
    """Holds every figure against the slow one; of large arrays, bins are all that is known of some."""
    with np.errstate(all="raise", under="ignore"):
        got = compare_arrays(reference, candidate, tolerance)
    pairs = list(zip(reference.ravel(), candidate.ravel(), strict=True))
    errors = [_slow_error(r, c) for r, c in pairs]
    agree = [_slow_agrees(r, c, tolerance) for r, c in pairs]
    specials = [(r.item(), c.item()) for (r, c), e in zip(pairs, errors, strict=True) if e == _INF]
    nans = sum((r != r) != (c != c) for r, c in specials)
    assert got.failures == agree.count(False)
    assert got.match == all(agree) == arrays_agree(reference, candidate, tolerance)
    assert (got.nan_disagreements, got.infinity_disagreements) == (nans, len(specials) - nans)
    if not pairs:
        assert not got.worst_index and not got.errors and not got.magnitudes
        return
    assert got.max_abs == pytest.approx(_float(max(errors)), rel=1e-12)
    relatives = [
        e if e in (0, _INF) else e / abs(Fraction(r.item()))
        for e, (r, _) in zip(errors, pairs, strict=True)
        if r.item() != 0
    ]
    assert got.max_rel == pytest.approx(_float(max(relatives, default=0)), rel=1e-12)
    mean = _INF if _INF in errors else sum(errors) / len(errors)
    assert got.mean_abs == pytest.approx(_float(mean), rel=1e-12)
    ordered = sorted(errors)
    for share, value in ((0.5, got.p50_abs), (0.9, got.p90_abs), (0.99, got.p99_abs)):
        right = _float(ordered[math.ceil(share * len(ordered)) - 1])
        assert value == pytest.approx(right, rel=0.01 if large else 1e-12, abs=2e-310)
    _check_worst(got, reference, pairs, agree, tolerance)
    _check_decades(got, errors, pairs, large)
    if reference.dtype.kind not in "fV":
        assert not got.HasField("max_ulp") and not got.HasField("cosine")
        return
    assert got.max_ulp == max(_slow_ulp(r, c) for r, c in pairs)
    cosine = _slow_cosine(pairs)
    if cosine is None:
        assert not got.HasField("cosine")
    elif cosine != "unsure":
        assert got.cosine == pytest.approx(cosine, abs=1e-12)


def _check_worst(got, reference, pairs, agree, tolerance):
    place = int(np.ravel_multi_index(tuple(got.worst_index), reference.shape))
    assert agree[place] == got.match
    beyond, terms = [], []
    for r, c in pairs:
        error, size = _slow_error(r, c), _sizes(r)
        allowed = Fraction(tolerance.rtol) * (0 if size == _INF else size)
        beyond.append(error if error == _INF else error - Fraction(tolerance.atol) - allowed)
        terms.append(0 if error == _INF else error + Fraction(tolerance.atol) + allowed)
    if beyond[place] != max(beyond):
        # What is rounded away is small beside what it was rounded in.
        largest = max(terms[place], terms[beyond.index(max(beyond))])
        assert max(beyond) - beyond[place] <= Fraction(2e-11) * largest


def _check_decades(got, errors, pairs, large):
    # Large arrays may count a size in the next decade that is less than its beginning by 1 % of it.
    raised = Fraction(101, 100) if large else 1
    sizes = [_sizes(r) for r, _ in pairs]
    errors = [_float(e) for e in errors]  # as they are computed
    for field, wanted in ((got.errors, errors), (got.magnitudes, sizes)):
        decades = [entry.decade for entry in field]
        assert decades == sorted(set(decades))
        assert all(entry.count for entry in field)
        assert sum(entry.count for entry in field) == len(wanted)
        exact = sorted(_slow_decade(x) for x in wanted)
        up = sorted(_slow_decade(x if x in (0, _INF) else Fraction(x) * raised) for x in wanted)
        given_ = sorted(itertools.chain(*([e.decade] * e.count for e in field)))
        assert all(a <= b <= c for a, b, c in zip(exact, given_, up, strict=True))
    for entry in got.magnitudes:
        of_decade = [
            (e, _slow_decade(s if s in (0, _INF) else s * raised) == _slow_decade(s))
            for e, s in zip(errors, sizes, strict=True)
            if _slow_decade(s) == entry.decade
        ]
        if of_decade and all(sure for _, sure in of_decade) and entry.count == len(of_decade):
            largest = max(e for e, _ in of_decade)
            assert entry.max_abs == pytest.approx(largest, rel=1e-12)


def _bits_of(dtype):
    size = 8 * np.dtype(dtype).itemsize
    return st.integers(0, 2**size - 1)


@st.composite
def _pairs(draw, dtype, plain=False, most=24):
    """Two arrays, the second near the first: some bits away, equal, or anything at all.

    Args:
        plain: Without NaN, infinities and sizes that are far apart.
        most: Elements.
    """
    dtype = np.dtype(dtype)
    size = draw(st.integers(0, most))
    if plain:
        values = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 3.0, 100.0]) | st.floats(
            -1e3, 1e3, width=16
        )
        near = st.sampled_from([0.0, 0.0, 1e-7, -1e-6, 1e-5, 1e-3, 0.5, -2.0])
        reference = np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype)
        shifts = np.array(draw(st.lists(near, min_size=size, max_size=size)), np.float64)
        candidate = (reference.astype(np.float64) * (1 + shifts) + shifts * 1e-2).astype(dtype)
    else:
        unsigned = f"u{dtype.itemsize}"
        bits = _bits_of(dtype)
        if dtype.kind == "b":
            bits = st.integers(0, 1)
        elif dtype.kind in "fV":
            literal = np.array([0.0, -0.0, 1.0, -1.0, _INF, -_INF, math.nan, 100.0, 0.1], dtype)
            bits |= st.sampled_from(literal.view(unsigned).tolist())
        one = np.array(draw(st.lists(bits, min_size=size, max_size=size)), unsigned)
        other = np.array(draw(st.lists(bits, min_size=size, max_size=size)), unsigned)
        kind = np.array(draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)), int)
        nudged = one ^ (other & np.array(1 if dtype.kind == "b" else 7, unsigned))
        other = np.choose(kind, [one, nudged, other]).astype(unsigned)
        reference, candidate = one.view(dtype), other.view(dtype)
    shape = draw(st.sampled_from([(size,), (1, size), (size, 1, 1)]))
    if size == 1:
        shape = draw(st.sampled_from([(1,), ()]))
    return reference.reshape(shape), candidate.reshape(shape)


@pytest.mark.parametrize("dtype", _FLOATS, ids=lambda dtype: np.dtype(dtype).name)
@_SETTINGS
@given(data=st.data(), atol=_TOLERANCES, rtol=_TOLERANCES)
def test_floats(dtype, data, atol, rtol):
    _check(*data.draw(_pairs(dtype)), Tolerance(atol, rtol))


@pytest.mark.parametrize("dtype", _INTEGERS)
@_SETTINGS
@given(data=st.data(), atol=st.sampled_from([0.0, 0.5, 3.0]), rtol=st.sampled_from([0.0, 0.01]))
def test_integers(dtype, data, atol, rtol):
    _check(*data.draw(_pairs(dtype)), Tolerance(atol, rtol))


@contextlib.contextmanager
def _blocks_of(size):
    """With blocks so small every array is a large one, and threads share them."""
    with mock.patch.object(blocks, "BLOCK", size):
        yield


@pytest.fixture(params=[True, False], ids=["kernel", "numpy"])
def by_kernel(request):
    assert kernel.load(), "the kernel is not beside kernel.py, where Bazel puts it"
    if request.param:
        yield
        return
    with mock.patch.object(kernel, "load", return_value=None):
        yield


@pytest.mark.usefixtures("by_kernel")
@pytest.mark.parametrize("dtype", _FLOATS, ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("plain", [True, False])
@_SETTINGS
@given(data=st.data(), block=st.sampled_from([1, 4, 7, 20]), atol=_TOLERANCES, rtol=_TOLERANCES)
def test_large_arrays(dtype, plain, data, block, atol, rtol):
    reference, candidate = data.draw(_pairs(dtype, plain))
    with _blocks_of(block):
        _check(reference, candidate, Tolerance(atol, rtol), reference.size > block)


@pytest.mark.parametrize("dtype", _INTEGERS)
@_SETTINGS
@given(data=st.data(), block=st.sampled_from([1, 4, 7]), atol=st.sampled_from([0.0, 3.0]))
def test_large_arrays_of_integers(dtype, data, block, atol):
    reference, candidate = data.draw(_pairs(dtype))
    with _blocks_of(block):
        _check(reference, candidate, Tolerance(atol), reference.size > block)


@_SETTINGS
@given(data=st.data())
def test_a_tolerance_at_the_border_is_float64s(data):
    reference, candidate = data.draw(_pairs(np.float32, plain=True))
    errors = np.abs(candidate.astype(np.float64) - reference.astype(np.float64)).ravel()
    atol = float(data.draw(st.sampled_from([0.0, *errors.tolist()])))
    atol = math.nextafter(atol, data.draw(st.sampled_from([atol, 0.0, _INF])))
    with _blocks_of(4):
        assert arrays_agree(reference, candidate, Tolerance(atol)) == bool((errors <= atol).all())
        failures = compare_arrays(reference, candidate, Tolerance(atol)).failures
    assert failures == np.count_nonzero(errors > atol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_the_kernel_measures_numpy_does_as_well(dtype):
    random = np.random.default_rng(1)
    for size in (2, 7, 8, 1023, 1024, 1025, 5000):
        reference = random.normal(size=size).astype(dtype) * 10 ** random.uniform(-9, 9)
        candidate = reference * (1 + random.normal(scale=1e-3, size=size)).astype(dtype)
        candidate[:: random.integers(1, 9)] *= -1
        for tolerance in (Tolerance(1e-3, 1e-3), Tolerance(1e20), Tolerance()):
            with mock.patch.object(blocks, "BLOCK", max(size - 1, 1)):
                measured = compare_arrays(reference, candidate, tolerance)
                with mock.patch.object(kernel, "load", return_value=None):
                    wanted = compare_arrays(reference, candidate, tolerance)
            for figure in ("failures", "worst_index", "max_abs", "max_rel", "max_ulp"):
                assert getattr(measured, figure) == getattr(wanted, figure), (size, figure)
            for figure in ("mean_abs", "cosine", "p50_abs", "p90_abs", "p99_abs"):
                right = pytest.approx(getattr(wanted, figure), rel=1e-12)
                assert getattr(measured, figure) == right, (size, figure)


def test_real_blocks_and_their_threads():
    random = np.random.default_rng(0)
    reference = random.normal(size=20 * blocks.BLOCK + 5).astype(np.float32)
    candidate = reference + random.normal(scale=1e-6, size=reference.size).astype(np.float32)
    candidate[-2] += 1
    whole = compare_arrays(reference, candidate, Tolerance(1e-5))
    assert compare_arrays(reference, candidate, Tolerance(1e-5)) == whole
    errors = np.abs(candidate.astype(np.float64) - reference)
    assert (list(whole.worst_index), whole.failures) == ([errors.size - 2], 1)
    assert whole.max_abs == errors.max()
    assert whole.mean_abs == pytest.approx(errors.mean(), rel=1e-12)
    assert whole.p90_abs == pytest.approx(np.quantile(errors, 0.9), rel=0.01)
    assert not arrays_agree(reference, candidate, Tolerance(1e-5))
    assert arrays_agree(reference[:-2], candidate[:-2], Tolerance(1e-5))
