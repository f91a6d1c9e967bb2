"""Arguments and options that several commands take."""

import math
import pathlib
from typing import Annotated

import typer


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"got {value:g}, wants a number that is finite.")
    return value


Path = Annotated[pathlib.Path, typer.Argument(metavar="PATH", show_default=False)]
Source = Annotated[str, typer.Argument(metavar="SOURCE", show_default=False)]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", metavar="F", help="An artifact to make; repeat it. Default: what suits."
    ),
]
Signatures = Annotated[
    list[str] | None,
    typer.Option(
        "--signature", metavar="S", help="A signature to export; repeat it. Default: all."
    ),
]
Cases = Annotated[
    pathlib.Path | None,
    typer.Option(
        "--cases",
        metavar="FILE",
        help="Inputs of the golden cases: .npz with keys `input` or `signature/case/input`.",
    ),
]
CasePatterns = Annotated[
    list[str] | None,
    typer.Option(
        "--case",
        metavar="GLOB",
        help="Cases to take, as `signature/case`; repeat it. Default: all.",
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Seed of the inputs that are made up.")
]
WithoutProbes = Annotated[
    list[str] | None,
    typer.Option(
        "--no-probe",
        metavar="GLOB",
        help="Made-up cases to leave out, by name: batch-*, negative, boundary, large, tiny, denormal, nan,"
        " infinite, ones, zeros, empty; and again, threads; repeat it.",
    ),
]
Modules = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE",
        help="Python module with the model's custom objects; repeat it.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a bundle that is there.")]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Use nothing of an earlier run, and keep nothing of this one."),
]
NoRepairs = Annotated[
    bool,
    typer.Option(
        "--no-repairs",
        help="Leave everything to the converters, also what they are known to get wrong.",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="T",
        help="A tag of the graph to take from a SavedModel; repeat it. Default: serve, or the only graph.",
    ),
]
Feeds = Annotated[
    list[str] | None,
    typer.Option(
        "--feed",
        metavar="NAME[SHAPE]",
        help="An input of a frozen graph, such as `x`, `x:0` or `x[?,224,224,3]`; repeat it."
        " Default: its placeholders.",
    ),
]
Fetches = Annotated[
    list[str] | None,
    typer.Option(
        "--fetch",
        metavar="NAME",
        help="An output of a frozen graph; repeat it. Default: the nodes that no other reads.",
    ),
]
Checkpoint = Annotated[
    pathlib.Path | None,
    typer.Option(
        "--checkpoint",
        metavar="PREFIX",
        help="Checkpoint with the values of the model that `package.module:function` builds.",
    ),
]
Atol = Annotated[
    float | None,
    typer.Option(
        "--atol",
        metavar="X",
        min=0,
        callback=_finite,
        help="Absolute tolerance of every float output.",
    ),
]
Rtol = Annotated[
    float | None,
    typer.Option(
        "--rtol",
        metavar="X",
        min=0,
        callback=_finite,
        help="Relative tolerance of every float output.",
    ),
]
Json = Annotated[
    pathlib.Path | None,
    typer.Option("--json", metavar="FILE", help="Write the report as JSON."),
]
Junit = Annotated[
    pathlib.Path | None, typer.Option("--junit", metavar="FILE", help="Write it as JUnit XML.")
]
Html = Annotated[
    pathlib.Path | None,
    typer.Option("--html", metavar="FILE", help="Write it as a page, of this one file."),
]
Markdown = Annotated[
    pathlib.Path | None,
    typer.Option("--markdown", metavar="FILE", help="Write it as Markdown, for CI."),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every cell.")]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", min=0.001, help="Limit of each start, load and run."
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="For a model of somebody else's: run it in bubblewrap, without a network, where it can read no"
        " file but its own and write none. Python modules are found on PYTHONPATH, not in the working"
        " folder.",
    ),
]
MemoryLimit = Annotated[
    int | None,
    typer.Option(
        "--memory-limit",
        metavar="MIB",
        min=1,
        help="Resident memory of each runner. Default: half of this machine's.",
    ),
]
