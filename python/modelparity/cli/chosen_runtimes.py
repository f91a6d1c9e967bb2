"""The runtimes that patterns on the command line name."""

from collections.abc import Sequence

import typer

from modelparity import runtimes


def choose(patterns: Sequence[str]) -> list[runtimes.Runtime]:
    """Returns the runtimes that any of the patterns names, in the order of the matrix.

    Raises:
        typer.BadParameter: A pattern names none.
    """
    chosen = set()
    for pattern in patterns:
        named = [runtime.name for runtime in runtimes.select(pattern)]
        if not named:
            names = ", ".join(runtime.name for runtime in runtimes.RUNTIMES)
            raise typer.BadParameter(f"--runtime '{pattern}' fits no runtime; there are {names}.")
        chosen.update(named)
    return [runtime for runtime in runtimes.RUNTIMES if runtime.name in chosen]
