"""Wildcards over the names of cases and runtimes."""

import re
from collections.abc import Iterable


def matches(text: str, pattern: str) -> bool:
    """Says whether a pattern fits all of a text; its wildcards are `*` and `?`.

    Unlike fnmatch's, a bracket is a bracket: messages are full of shapes.
    """
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def matches_any(text: str, patterns: Iterable[str]) -> bool:
    """Says whether one of several patterns fits all of a text."""
    return any(matches(text, pattern) for pattern in patterns)


def names_runtime(pattern: str, runtime: str) -> bool:
    """Says whether a pattern is about a runtime.

    A backend is written after a slash: `tfjs-chromium/webgl` is that one, and `tfjs-chromium`, as
    any pattern without a slash, is about all backends of the runtime.

    A version is written after an `@`: `tensorflow-python@2.16.2` is that one, and a pattern without
    an `@` is about the installed one only. `*@*` is about every version that was asked for.
    """
    name_pattern, *version_pattern = pattern.split("@", 1)
    name, *version = runtime.split("@", 1)
    if len(version) != len(version_pattern):
        return False
    return all(map(matches, version, version_pattern)) and matches(
        name if "/" in name_pattern else without_backend(name), name_pattern
    )


def without_backend(runtime: str) -> str:
    """Returns `tfjs-chromium` of `tfjs-chromium/webgl`."""
    return runtime.partition("/")[0]
