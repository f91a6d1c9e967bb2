"""The runtimes that patterns on the command line name."""

from collections.abc import Sequence

import typer

from modelparity import runtimes


def choose(patterns: Sequence[str]) -> list[runtimes.Runtime]:
    """Returns the runtimes that any of the patterns names, each with its versions after it."""
    table = [runtime.name for runtime in runtimes.RUNTIMES]
    chosen = {}
    for pattern in patterns:
        named = runtimes.select(pattern)
        if not named:
            raise typer.BadParameter(
                f"--runtime '{pattern}' fits no runtime; there are {', '.join(table)}."
            )
        chosen.update((runtime.name, runtime) for runtime in named)
    in_table_order = sorted(
        chosen, key=lambda name: (table.index(name.partition("@")[0]), "@" in name)
    )
    return [chosen[name] for name in in_table_order]
