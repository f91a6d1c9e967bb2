"""The runtimes that patterns on the command line name."""

from collections.abc import Sequence

import typer

from modelparity import runtimes


def choose(patterns: Sequence[str]) -> list[runtimes.Runtime]:
    """As runtimes.choose; a pattern that names none is a wrong call."""
    try:
        return runtimes.choose(patterns)
    except runtimes.UnknownRuntimeError as error:
        raise typer.BadParameter(f"--runtime {error}.") from error
