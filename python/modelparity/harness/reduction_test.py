import numpy as np
import pytest

from modelparity.harness import reduction
from modelparity.harness.matrix import verify
from modelparity.harness.options import Limits, Options
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.tensors import encode_inputs, encode_outputs


def _smallest(arrays, fails, batched=("x",)):
    return reduction.smallest(arrays, set(batched), fails)


def test_one_row_and_one_element_are_left():
    x = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    got = _smallest({"x": x}, lambda arrays: (arrays["x"] == 8).any())
    assert got["x"].tolist() == [[0, 8, 0]]


def test_rows_that_fail_together_stay_together():
    x = np.float32([[1, 2], [3, 4]])
    got = _smallest({"x": x}, lambda arrays: {1, 4} <= set(arrays["x"].ravel()))
    assert got["x"].tolist() == [[1, 0], [0, 4]]


def test_inputs_are_reduced_one_after_the_other():
    arrays = {"a": np.int64([[5, 6], [7, 8]]), "b": np.float32([np.nan, 2]), "c": np.float32([3])}
    got = _smallest(
        arrays,
        lambda tried: 7 in tried["a"] and tried["c"][0] == 3 and len(tried["b"]) > 0,
        batched=("a", "b"),
    )
    assert got["a"].tolist() == [[7, 0]] and got["b"].tolist() == [0] and got["c"].tolist() == [3]


def test_texts_stay_as_they_are():
    texts = np.array([b"a", b"b"], object)
    got = _smallest({"x": texts}, lambda arrays: b"b" in arrays["x"])
    assert got["x"].tolist() == [b"b"]


def test_a_large_input_of_zeros_is_said_to_be_one():
    assert reduction._text(np.zeros((3, 4), np.float32)) == "float32 [3,4] of zeros"
    assert reduction._text(np.eye(3, 4, 3)) == "float64 [3,4] of zeros but for [0, 3]: 1.0"


def test_what_has_no_end_ends(monkeypatch):
    monkeypatch.setattr(reduction, "_SECONDS", 0.0)
    x = np.ones((100, 3), np.float32)
    assert _smallest({"x": x}, lambda _: True)["x"].shape == (100, 3)


def _reduced(tmp_path, mode, seed=0, **options):
    def unlucky(case):
        x = np.float32([13, 2, 7])
        case.request.CopyFrom(encode_inputs({"x": x}, model_name="half", signature="s"))
        case.expected.CopyFrom(encode_outputs({"y": x / 2 + 2}, case.request))
        if seed is not None:
            case.seed = seed

    bundle = stub_bundle(tmp_path / "half.bundle", change=unlucky)
    made = Options(
        runtimes=[stub_runtime(mode, name=mode)],
        limits=Limits(30.0),
        case_patterns=["s/lucky"],
        **options,
    )
    report = verify(bundle, made)
    return list(reduction.reduced(report, bundle, made))


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        (
            "wrong_value",
            "output 'y' at [0]: got 9.5, wants 8.5 within 1e-05 + 0.0001 * |r|; 1 of 1 ",
        ),
        ("fail_in_run", "index 7 is out of bounds"),
    ],
)
def test_a_made_up_case_is_reduced_against_a_live_reference(tmp_path, mode, message):
    (line,) = _reduced(tmp_path, mode, reference=stub_runtime("honest", name="truth"))
    assert line.startswith(
        f"smallest input found that fails in {mode}, frozen_graph of s (from lucky): x = float32 [1] [13.0]: "
        + message
    )


def test_what_matches_and_what_a_user_gave_is_left_alone(tmp_path):
    truth = stub_runtime("honest", name="truth")
    assert _reduced(tmp_path, "honest", reference=truth) == []
    assert _reduced(tmp_path / "..", "wrong_value", seed=None, reference=truth) == []


def test_without_a_reference_there_is_nothing_to_say(tmp_path):
    """The stub's recorded answers are of a runtime that is not in the table."""
    assert _reduced(tmp_path, "wrong_value") == []
