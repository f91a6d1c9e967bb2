"""Wildcards over the names of cases and runtimes."""

import re


def matches(text: str, pattern: str) -> bool:
    """Says whether a pattern fits all of a text; its wildcards are `*` and `?`.

    Unlike fnmatch's, a bracket is a bracket: messages are full of shapes.
    """
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def names_runtime(pattern: str, runtime: str) -> bool:
    """Says whether a pattern is about a runtime.

    A backend is written after a slash: `tfjs-chromium/webgl` is that one, and `tfjs-chromium`, as
    any pattern without a slash, is about all backends of the runtime.
    """
    return matches(runtime if "/" in pattern else without_backend(runtime), pattern)


def without_backend(runtime: str) -> str:
    """Returns `tfjs-chromium` of `tfjs-chromium/webgl`."""
    return runtime.partition("/")[0]
