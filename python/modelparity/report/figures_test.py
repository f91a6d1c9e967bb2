import pytest

from modelparity.contract import report_pb2
from modelparity.report.figures import figures, times, why_allowed
from modelparity.report.testing.sample_reports import output


def test_what_is_known_of_an_output():
    assert dict(figures(output(-3, failures=128), None, None)) == {
        "allowed": "1.4e-05 + 0.0001 · |r|",
        "why": "default of float32; 4e-06 of atol was added for the noise of the reference",
        "largest error": "0.0072 absolute, 0.0025 relative, 12 ulp",
        "absolute error": "0.00011 mean, 4e-05 p50, 0.00031 p90, 0.005 p99",
        "worst element": "[31,2]: got 0.2572, wants 0.25; 185 times what is allowed there",
        "elements that differ": "128 of 1,100",
        "cosine of the angle": "0.999999912",
        "noise floor": "4e-06: the reference against itself, its optimisations on and off, and in float64",
        "against float64": "runtime 3.1e-07 off, reference 5.2e-07 off:"
        " the runtime is nearer to the truth",
    }


def test_what_is_not_known_is_left_out():
    strings = report_pb2.OutputComparison(dtype="string", shape=[2], worst_index=[1], match=True)
    strings.reference_value.string_value = strings.candidate_value.string_value = "a"
    assert dict(figures(strings, None, None)) == {
        "allowed": "nothing: exact",
        "why": "string is exact",
        "worst element": "[1]: got a, wants a",
    }
    nothing = report_pb2.OutputComparison(
        dtype="int32", shape=[0], max_abs=0, max_rel=0, mean_abs=0
    )
    assert list(dict(figures(nothing, None, None))) == [
        "allowed",
        "why",
        "largest error",
        "absolute error",
    ]


def test_disagreements_of_special_values_are_told_apart():
    special = report_pb2.OutputComparison(
        dtype="float32", failures=3, nan_disagreements=2, infinity_disagreements=1, shape=[4]
    )
    assert dict(figures(special, None, None))["elements that differ"] == (
        "3 of 4; NaN in one only: 2; another or no infinity: 1"
    )


@pytest.mark.parametrize(
    ("dtype", "tolerance", "command_line", "why"),
    [
        ("float32", (1e-5, 1e-4, 0), (None, None), "default of float32"),
        ("float32", (1e-3, 1e-2, 0), (None, None), "given by the case"),
        ("float32", (1e-3, 1e-2, 0), (1e-3, 1e-2), "given on the command line"),
        ("float32", (0, 0, 0), (0, 0), "given on the command line"),
        (
            "float32",
            (1e-3, 1e-4, 0),
            (1e-3, None),
            "atol: given on the command line; rtol: default of float32",
        ),
        (
            "float64",
            (0.5, 1e-9, 0.5 - 1e-10),
            (None, None),
            "default of float64; 0.5 of atol was added for the noise of the reference",
        ),
        ("int32", (0, 0, 0), (1, 1), "int32 is exact"),
        ("int32", (1, 0, 0), (None, None), "given by the case"),
    ],
)
def test_a_tolerance_says_where_it_comes_from(dtype, tolerance, command_line, why):
    atol, rtol, noise = tolerance
    comparison = report_pb2.OutputComparison(dtype=dtype, atol=atol, rtol=rtol, noise_atol=noise)
    assert why_allowed(comparison, *command_line) == why


@pytest.mark.parametrize(
    ("candidate", "reference", "nearer"),
    [
        (1, 2, "the runtime is nearer to the truth"),
        (2, 1, "the reference is nearer to the truth"),
        (1, 1, "both are as near"),
    ],
)
def test_the_truth_is_nearer_to_one_of_them(candidate, reference, nearer):
    comparison = report_pb2.OutputComparison(oracle_abs=candidate, reference_oracle_abs=reference)
    assert dict(figures(comparison, None, None))["against float64"].endswith(nearer)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 % of"),
        (0.00025, "0.025 % of"),
        (0.984, "98 % of"),
        (1.5, "1.5 times"),
        (12345.6, "12,346 times"),
    ],
)
def test_shares_are_percents_until_they_are_multiples(share, text):
    assert times(share) == text
