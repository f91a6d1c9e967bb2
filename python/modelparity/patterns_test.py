import pytest

from modelparity.patterns import matches, matches_any, names_runtime


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("s/a", "*", True),
        ("s/a", "s/?", True),
        ("s/a", "s", False),
        ("got [2]", "got [2]", True),
        ("got 2", "got [2]", False),
        ("a+b", "a+b", True),
        ("a\nb", "a*b", True),
    ],
)
def test_wildcards(text, pattern, fits):
    assert matches(text, pattern) == fits


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("*", ["tfjs-node/cpu", "tfjs-web/cpu", "tfjs-web/webgl", "other"]),
        ("tfjs-*", ["tfjs-node/cpu", "tfjs-web/cpu", "tfjs-web/webgl"]),
        ("tfjs-web", ["tfjs-web/cpu", "tfjs-web/webgl"]),
        ("tfjs-web/webgl", ["tfjs-web/webgl"]),
        ("*/cpu", ["tfjs-node/cpu", "tfjs-web/cpu"]),
        ("other", ["other"]),
        ("other/cpu", []),
        ("tfjs", []),
    ],
)
def test_a_pattern_without_a_slash_names_every_backend(pattern, named):
    runtimes = ["tfjs-node/cpu", "tfjs-web/cpu", "tfjs-web/webgl", "other"]
    assert [runtime for runtime in runtimes if names_runtime(pattern, runtime)] == named


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("*", ["tf", "tfjs/cpu"]),
        ("tf", ["tf"]),
        ("tf*", ["tf", "tfjs/cpu"]),
        ("tf@2.16.2", ["tf@2.16.2"]),
        ("tf@2.16", []),
        ("tf@2.*", ["tf@2.16.2", "tf@2.19"]),
        ("t?@*", ["tf@2.16.2", "tf@2.19"]),
        ("*@*", ["tf@2.16.2", "tf@2.19", "tfjs/cpu@4"]),
        ("tfjs@4", ["tfjs/cpu@4"]),
        ("tfjs/cpu@4", ["tfjs/cpu@4"]),
        ("tf@", []),
    ],
)
def test_a_pattern_without_an_at_sign_names_installed_versions_only(pattern, named):
    runtimes = ["tf", "tf@2.16.2", "tf@2.19", "tfjs/cpu", "tfjs/cpu@4"]
    assert [runtime for runtime in runtimes if names_runtime(pattern, runtime)] == named


def test_one_of_several_patterns():
    assert matches_any("s/a", ["t/*", "s/?"]) and not matches_any("s/a", ["t/*", "s"])
    assert not matches_any("s/a", [])
