"""`modelparity runtimes`."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from modelparity import runtimes
from modelparity.cli.app import OK, examples, subcommand
from modelparity.cli.plain import say
from modelparity.columns import aligned
from modelparity.errors import ModelParityError
from modelparity.harness.options import Limits, half_of_memory
from modelparity.harness.player import Player
from modelparity.specs import DTYPES

app = subcommand()


@app.command(epilog=examples("modelparity runtimes", "modelparity runtimes --start"))
def _runtimes(
    start: Annotated[
        bool,
        typer.Option(
            "--start", help="Start each one, and show the version that it reports itself."
        ),
    ] = False,
) -> int:
    """Lists every runtime: its version, formats and dtypes, or how to get it.

    Nothing is started: a runtime counts as available when its package is installed, or its runner
    built. Versions that `verify` has made environments of stand at the end.
    """
    rows = [*runtimes.RUNTIMES, *runtimes.cached()]
    find_version = _started_version if start else _known_version
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        versions = list(pool.map(find_version, rows))
    lines = [("runtime", "version", "formats", "dtypes")]
    problems: dict[str, list[str]] = {}
    for runtime, (version, problem) in zip(rows, versions, strict=True):
        shown = "not here" if problem else version or "unknown"
        lines.append((runtime.name, shown, ", ".join(runtime.formats), _dtypes(runtime.dtypes)))
        if problem:
            problems.setdefault(problem, []).append(runtime.name)
    for line in aligned(lines):
        say(line)
    for problem, names in problems.items():
        say(f"\nnot here: {', '.join(names)}: {problem}")
    return OK


def _dtypes(dtypes: Sequence[str]) -> str:
    """Lists dtypes, or those of the protocol that are missing when these are fewer."""
    missing = [row.name for row in DTYPES if row.name not in dtypes]
    if len(missing) < len(dtypes):
        return f"all but {', '.join(missing)}" if missing else "all"
    return ", ".join(dtypes)


def _known_version(runtime: runtimes.Runtime) -> tuple[str, str]:
    """Returns a runtime's version, or else why it is not available."""
    try:
        return runtime.launch().version, ""
    except ModelParityError as error:
        return "", str(error)


def _started_version(runtime: runtimes.Runtime) -> tuple[str, str]:
    """As _known_version, of a runtime that is started and asked."""
    try:
        with Player(runtime, Limits(memory_bytes=half_of_memory())) as player:
            return player.version, ""
    except ModelParityError as error:
        return "", str(error)
