"""The README shows programs that are compiled and run elsewhere; here they are held to be the same."""

import pathlib
import re

import pytest

_ROOT = pathlib.Path(__file__).parents[1]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)
    return block


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("cpp", "cpp_loader/examples/run_bundle.cc"),
        ("ts", "js_demo/examples/run_bundle.ts"),
    ],
)
def test_a_program_in_the_readme_is_the_one_that_is_tested(language, path):
    assert _block(language) == (_ROOT / path).read_text(encoding="utf-8")
