import ml_dtypes
import numpy as np
import pytest

from modelparity import cases, errors
from modelparity.graphs import Feature
from modelparity.specs import DTYPES
from modelparity.tensors import check_inputs
from modelparity.testing import signature_of

_PROBES = (
    *("negative", "boundary", "large", "halves", "tiny", "denormal"),
    *("nan", "infinite", "ones", "zeros"),
)


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("shape", [(), (2, 3), (-1,), (-1, 4), (-1, -1, 2), (1, -1), None, (0, -1)])
def test_every_case_fits_itssignature_of(dtype, shape):
    signature = signature_of(("x", dtype, shape))
    made = cases.make_cases(signature, 1)
    assert len({name for name, _ in made}) == len(made) >= 2
    for _, arrays in made:
        check_inputs(arrays, signature)


def test_names_and_sizes():
    signature = signature_of(("a", "float32", (-1, 3)), ("b", "int32", (2, -1, -1)))
    shapes = {name: (a["a"].shape, a["b"].shape) for name, a in cases.make_cases(signature, 0)}
    assert shapes == {
        "batch-1": ((1, 3), (2, 1, 4)),
        "batch-2": ((2, 3), (2, 2, 1)),
        "batch-5": ((5, 3), (2, 5, 7)),
        **dict.fromkeys(_PROBES, ((3, 3), (2, 3, 4))),
        "empty": ((0, 3), (2, 0, 4)),
    }


def test_values():
    signature = signature_of(
        ("f", "float32", (-1, 50)), ("i", "int64", (-1, 50)), ("u", "uint8", (-1, 50))
    )
    made = dict(cases.make_cases(signature, 0))
    assert -5 < made["batch-5"]["f"].min() < 0 < made["batch-5"]["f"].max() < 5
    assert (made["negative"]["f"] <= 0).all() and (made["negative"]["i"] < 0).all()
    assert np.abs(made["large"]["f"]).max() > 1000 and made["large"]["i"].min() > 2**60
    assert set(made["batch-5"]["i"].ravel()) == set(range(5)) == set(made["negative"]["u"].ravel())
    assert not any(array.any() for array in made["zeros"].values())
    assert all((array == 1).all() for array in made["ones"].values())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_hostile_floats(dtype):
    made = dict(cases.make_cases(signature_of(("x", dtype, (-1, 60))), 0))
    values = {name: arrays["x"].astype(np.float64) for name, arrays in made.items()}
    halves = values["halves"]
    assert (halves % 1 != 0).all() and {0.5, 1.5, -0.25, 0.75} <= set(halves.ravel())
    limits = ml_dtypes.finfo(made["nan"]["x"].dtype)
    normal = float(limits.smallest_normal)
    assert (np.abs(values["tiny"]) < 1e5 * normal).all() and (values["tiny"] != 0).all()
    denormals = np.abs(values["denormal"])
    assert ((denormals > 0) & (denormals < normal)).all()
    assert 0 < np.isnan(values["nan"]).sum() < values["nan"].size / 2
    assert {np.inf, -np.inf} <= set(values["infinite"].ravel()) and not np.isnan(
        values["infinite"]
    ).any()
    assert np.isfinite(values["infinite"]).sum() > values["infinite"].size / 2


@pytest.mark.parametrize("shape", [(), (1,), (-1,)])
def test_one_number_is_hostile_as_well(shape):
    made = dict(cases.make_cases(signature_of(("x", "float32", shape)), 0))
    assert np.isnan(made["nan"]["x"]).any() and np.isinf(made["infinite"]["x"]).any()


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64"])
def test_integers_at_their_limits(dtype):
    made = dict(cases.make_cases(signature_of(("x", dtype, (-1, 300))), 0))
    found = set(made["boundary"]["x"].ravel().tolist())
    limits = np.iinfo(dtype)
    assert {limits.min, limits.max, 0, 1} <= found
    if dtype == "int64":
        assert {2**31, -(2**31) - 1, 2**32 + 1, 2**53 + 1} <= found


def test_probes_are_left_out_by_name():
    signature = signature_of(("x", "float32", (-1,)), ("p", "float32", None))
    all_of_them = [name for name, _ in cases.make_cases(signature, 0)]
    left = [name for name, _ in cases.make_cases(signature, 0, without=["nan", "batch-*"])]
    assert left == [name for name in all_of_them if not name.startswith(("nan", "batch"))]
    assert "nan-vector" in all_of_them


def test_a_shape_without_a_batch_has_no_empty_case():
    assert "empty" not in dict(cases.make_cases(signature_of(("x", "float32", (2,))), 0))


def test_large_bfloat16_and_float16_are_finite():
    for dtype in ("float16", "bfloat16"):
        large = dict(cases.make_cases(signature_of(("x", dtype, (100,))), 0))["large"]["x"]
        assert large.dtype in (np.float16, ml_dtypes.bfloat16)
        assert np.isfinite(large.astype(np.float32)).all()


def test_texts_are_empty_ascii_and_not():
    made = cases.make_cases(signature_of(("s", "string", (-1, 60))), 0)
    assert [name for name, _ in made] == ["batch-1", "batch-2", "batch-5", "zeros", "empty"]
    texts = set(made[2][1]["s"].ravel())
    assert {b"", "日本語".encode(), b"a"} <= texts
    assert set(made[3][1]["s"].ravel()) == {b""}


def test_an_unknown_rank_is_a_scalar_and_a_vector():
    made = dict(
        cases.make_cases(signature_of(("p", "float32", None), ("x", "float32", (-1, 2))), 0)
    )
    assert (made["batch-5"]["p"].shape, made["batch-5"]["x"].shape) == ((), (5, 2))
    assert (made["batch-5-vector"]["p"].shape, made["batch-5-vector"]["x"].shape) == ((5,), (5, 2))


def test_no_inputs_is_one_case():
    assert cases.make_cases(signature_of(), 0) == [("ordinary", {})]


def test_the_seed_decides():
    signature = signature_of(("x", "float32", (-1, 2)))
    first, again, other = (cases.make_cases(signature, seed) for seed in (1, 1, 2))
    for (name, a), (_, b), (_, c) in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a["x"], b["x"])
        if name not in ("ones", "zeros", "empty"):
            assert (a["x"] != c["x"]).any()


def test_a_dtype_without_a_word_is_refused():
    with pytest.raises(errors.UnsupportedError, match="no word for complex64"):
        cases.make_cases(signature_of(("x", "complex64", ())), 0)


def test_a_serialized_example_byte_by_byte():
    feature = Feature("k", "int64", (2,))
    made = dict(cases.make_cases(signature_of(("e", "string", (-1,))), 0, {"e": [feature]}))
    assert made["zeros"]["e"].shape == (3,)
    assert made["zeros"]["e"][0] == (
        b"\x0a\x0d"  # Example.features
        b"\x0a\x0b"  # Features.feature, one entry of the map
        b"\x0a\x01k"  # its key
        b"\x12\x06\x1a\x04\x0a\x02\x00\x00"  # its value: int64_list, packed
    )


def test_examples_hold_every_feature():
    features = [
        Feature("f", "float32", (2, 2)),
        Feature("i", "int64", (-1,)),
        Feature("s", "string", ()),
    ]
    made = dict(cases.make_cases(signature_of(("e", "string", None)), 0, {"e": features}))
    assert "batch-1-vector" not in made
    example = made["negative"]["e"][0]
    assert example.count(b"\xff" * 8) == 4  # four negative int64, ten bytes each
    assert [example.count(key) for key in (b"\x0a\x01f", b"\x0a\x01i", b"\x0a\x01s")] == [1, 1, 1]
