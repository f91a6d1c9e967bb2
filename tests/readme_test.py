"""The documents show programs that are compiled and run elsewhere; here they are held to be the same."""

import pathlib
import re

import pytest

_ROOT = pathlib.Path(__file__).parents[1]


def _block(document: str, language: str) -> str:
    text = (_ROOT / document).read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return block


@pytest.mark.parametrize(
    ("document", "language", "path"),
    [
        ("README.md", "cpp", "cpp_loader/examples/run_bundle.cc"),
        ("README.md", "ts", "js_demo/examples/run_bundle.ts"),
        ("docs/javascript.md", "html", "js_demo/examples/embed/index.html"),
        ("docs/javascript.md", "js", "js_demo/examples/embed/main.js"),
    ],
)
def test_a_program_in_a_document_is_the_one_that_is_tested(document, language, path):
    assert _block(document, language) == (_ROOT / path).read_text(encoding="utf-8")
