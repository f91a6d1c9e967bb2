import ml_dtypes
import numpy as np
import pytest

from modelparity import cases, errors
from modelparity.contract import manifest_pb2
from modelparity.graphs import Feature
from modelparity.specs import DTYPES
from modelparity.tensors import check_inputs


def _signature(*inputs):
    """Makes a signature; each input is (name, dtype, shape), a shape of None is of unknown rank."""
    return manifest_pb2.Signature(
        name="s",
        inputs=[
            manifest_pb2.TensorSpec(
                name=name, dtype=dtype, shape=shape or (), unknown_rank=shape is None
            )
            for name, dtype, shape in inputs
        ],
    )


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("shape", [(), (2, 3), (-1,), (-1, 4), (-1, -1, 2), (1, -1), None, (0, -1)])
def test_every_case_fits_its_signature(dtype, shape):
    signature = _signature(("x", dtype, shape))
    made = cases.make_cases(signature, 1)
    assert len({name for name, _ in made}) == len(made) >= 2
    for _, arrays in made:
        check_inputs(arrays, signature)


def test_names_and_sizes():
    signature = _signature(("a", "float32", (-1, 3)), ("b", "int32", (2, -1, -1)))
    shapes = {name: (a["a"].shape, a["b"].shape) for name, a in cases.make_cases(signature, 0)}
    assert shapes == {
        "batch-1": ((1, 3), (2, 1, 4)),
        "batch-2": ((2, 3), (2, 2, 1)),
        "batch-5": ((5, 3), (2, 5, 7)),
        "negative": ((3, 3), (2, 3, 4)),
        "large": ((3, 3), (2, 3, 4)),
        "ones": ((3, 3), (2, 3, 4)),
        "zeros": ((3, 3), (2, 3, 4)),
    }


def test_values():
    signature = _signature(
        ("f", "float32", (-1, 50)), ("i", "int64", (-1, 50)), ("u", "uint8", (-1, 50))
    )
    made = dict(cases.make_cases(signature, 0))
    assert -5 < made["batch-5"]["f"].min() < 0 < made["batch-5"]["f"].max() < 5
    assert (made["negative"]["f"] <= 0).all() and (made["negative"]["i"] < 0).all()
    assert np.abs(made["large"]["f"]).max() > 1000 and made["large"]["i"].min() > 2**60
    assert set(made["batch-5"]["i"].ravel()) == set(range(5)) == set(made["negative"]["u"].ravel())
    assert not any(array.any() for array in made["zeros"].values())
    assert all((array == 1).all() for array in made["ones"].values())


def test_large_bfloat16_and_float16_are_finite():
    for dtype in ("float16", "bfloat16"):
        large = dict(cases.make_cases(_signature(("x", dtype, (100,))), 0))["large"]["x"]
        assert large.dtype in (np.float16, ml_dtypes.bfloat16)
        assert np.isfinite(large.astype(np.float32)).all()


def test_texts_are_empty_ascii_and_not():
    made = cases.make_cases(_signature(("s", "string", (-1, 60))), 0)
    assert [name for name, _ in made] == ["batch-1", "batch-2", "batch-5", "zeros"]
    texts = set(made[2][1]["s"].ravel())
    assert {b"", "日本語".encode(), b"a"} <= texts
    assert set(made[3][1]["s"].ravel()) == {b""}


def test_an_unknown_rank_is_a_scalar_and_a_vector():
    made = dict(cases.make_cases(_signature(("p", "float32", None), ("x", "float32", (-1, 2))), 0))
    assert (made["batch-5"]["p"].shape, made["batch-5"]["x"].shape) == ((), (5, 2))
    assert (made["batch-5-vector"]["p"].shape, made["batch-5-vector"]["x"].shape) == ((5,), (5, 2))


def test_no_inputs_is_one_case():
    assert cases.make_cases(_signature(), 0) == [("ordinary", {})]


def test_the_seed_decides():
    signature = _signature(("x", "float32", (-1, 2)))
    first, again, other = (cases.make_cases(signature, seed) for seed in (1, 1, 2))
    for (_, a), (_, b), (_, c) in zip(first[:-2], again, other, strict=False):
        assert (a["x"] == b["x"]).all() and (a["x"] != c["x"]).all()


def test_a_dtype_without_a_word_is_refused():
    with pytest.raises(errors.UnsupportedError, match="no word for complex64"):
        cases.make_cases(_signature(("x", "complex64", ())), 0)


def test_a_serialized_example_byte_by_byte():
    feature = Feature("k", "int64", (2,))
    made = dict(cases.make_cases(_signature(("e", "string", (-1,))), 0, {"e": [feature]}))
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
    made = dict(cases.make_cases(_signature(("e", "string", None)), 0, {"e": features}))
    assert "batch-1-vector" not in made
    example = made["negative"]["e"][0]
    assert example.count(b"\xff" * 8) == 4  # four negative int64, ten bytes each
    assert [example.count(key) for key in (b"\x0a\x01f", b"\x0a\x01i", b"\x0a\x01s")] == [1, 1, 1]


def _save(path, **arrays):
    np.savez(path, **{key.replace("__", "/"): array for key, array in arrays.items()})
    return path


def test_a_users_file(tmp_path):
    signature = _signature(("x", "float32", (-1,)), ("s", "string", (-1,)))
    x, s = np.float32([1, 2]), np.array(["ä", ""])
    read = cases.read_cases(_save(tmp_path / "a.npz", x=x, s=s), [signature])
    assert [(case.signature, case.name) for case in read] == [("s", "given")]
    assert read[0].arrays["s"].tolist() == ["ä".encode(), b""]
    path = _save(tmp_path / "b.npz", s__one__x=x, s__one__s=s, s__two__x=x[:1], s__two__s=s[:1])
    other = manifest_pb2.Signature(name="other")
    assert [case.name for case in cases.read_cases(path, [signature, other])] == ["one", "two"]


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"x__y": np.zeros(1)}, errors.InputNameError, "got the key 'x/y', wants"),
        (
            {"t__a__x": np.zeros(1)},
            errors.SignatureNotFoundError,
            "got the signature 't', the model has s",
        ),
        ({"y": np.zeros(1)}, errors.InputNameError, r"case 's/given': .* got the inputs \['y'\]"),
        (
            {"x": np.zeros(1)},
            errors.InputDtypeError,
            r"case 's/given': input 'x': got float64 \[1\]",
        ),
        ({"x": np.zeros((1, 1), np.float32)}, errors.InputShapeError, "reshape it"),
        ({"x": np.array([None])}, errors.InputNameError, "cannot be read as .npz: Object arrays"),
    ],
)
def test_a_users_file_that_is_wrong(tmp_path, arrays, error, message):
    path = _save(tmp_path / "a.npz", **arrays)
    with pytest.raises(error, match=message):
        cases.read_cases(path, [_signature(("x", "float32", (-1,)))])


def test_a_users_file_that_is_none(tmp_path):
    with pytest.raises(
        errors.InputNameError, match=r"none.npz' cannot be read as .npz: .*No such file"
    ):
        cases.read_cases(tmp_path / "none.npz", [])
    (tmp_path / "text.npz").write_text("x = 1")
    np.save(tmp_path / "one.npy", np.zeros(1))
    for name in ("text.npz", "one.npy"):
        with pytest.raises(errors.InputNameError, match=r"cannot be read as .npz"):
            cases.read_cases(tmp_path / name, [])
