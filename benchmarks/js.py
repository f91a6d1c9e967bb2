"""What the JavaScript side must reach, and what it reaches here: ./bazelw run //benchmarks:js

Prints each figure as a ratio of two things that were measured in the same run. Standard output is
the table, standard error the progress. Exit status 1: a figure was not reached, or could not be
measured.
"""

import gzip
import os
import pathlib
import re
import statistics
import sys

import figures
import models
import processes
from figures import Figure
from workspace import Workspace

from modelparity import runtimes

_PROGRAMS = "js_demo/benchmarks/programs"
_LIBRARY = "js_demo/library"
_SITE = "js_demo/site"
_FORMATS = ("frozen_graph", "onnx")


def page_size(work: Workspace) -> list[Figure]:
    """What is downloaded before anybody knows which engine is needed."""
    result = []
    for what, path in (
        ("demo page", f"{_SITE}/index.js"),
        ("library", f"{_LIBRARY}/modelparity.js"),
    ):
        files = _with_imports(pathlib.Path(processes.built(path)))
        size = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files)
        title = f"{what} without engines, kB gzip"
        result.append(Figure(title, [size / 1e3], f"{size / 1e3:.1f} kB", "", 60))
    return result


def decoding(work: Workspace) -> list[Figure]:
    """From the file of a 100 MB frozen graph to a ready model, against reading and two copies."""
    run = _node("decoding", work.bundle(models.HUNDRED_MEGABYTES, ("frozen_graph",)))
    title = "decode 100 MB : read and copy twice"
    return [_compared(title, run, _milliseconds_of_seconds, 1.5)]


def memory(work: Workspace) -> list[Figure]:
    """Growth of a fresh process that loads a 100 MB frozen graph, with SHA-256, and runs it once."""
    bundle = work.bundle(models.HUNDRED_MEGABYTES, ("frozen_graph",))
    result = []
    for place, measure in (("Node, folder", _node), ("Chromium, URL", _chromium)):
        runs = [measure("memory", bundle) for _ in range(3)]
        growth = statistics.median(run["growth"] for run in runs)
        ratios = [run["growth"] / run["size"] for run in runs]
        title = f"peak memory of loading : file, {place}"
        megabytes = "{:.0f} MB".format
        result.append(
            Figure(title, ratios, megabytes(growth / 1e6), megabytes(runs[0]["size"] / 1e6), 1.3)
        )
    return result


def calls(work: Workspace) -> list[Figure]:
    """`run` against the engine's own call, from an array to an array, 784-128-10."""
    bundle = work.bundle(models.DENSE, _FORMATS)
    places = (("Node", _node("calls", bundle)), ("Chromium", _chromium("calls", bundle)))
    return [
        _compared(f"run : {library}, {place}", run[key], _microseconds, 1.05)
        for library, key in (("onnxruntime-web", "onnxruntime"), ("TensorFlow.js", "tfjs"))
        for place, run in places
    ]


def first_answer(work: Workspace) -> list[Figure]:
    """From navigation to the first output, nothing cached, 784-128-10 in onnxruntime-web."""
    library = processes.built(_LIBRARY)
    run = _chromium("first_answer", work.bundle(models.DENSE, _FORMATS), library)
    return [_compared("first answer of a page : plain page", run, _milliseconds, 1.1)]


def _node(*arguments: str):
    return processes.json_of(*processes.in_node(f"{_PROGRAMS}/node.mjs", *arguments))


def _chromium(*arguments: str):
    return processes.json_of(*processes.in_node(f"{_PROGRAMS}/chromium.mjs", *arguments))


def _compared(title: str, run: dict, text, bound: float) -> Figure:
    """Returns the figure of two lists of times, measured in turns."""
    ratios = [ours / theirs for ours, theirs in zip(run["ours"], run["theirs"], strict=True)]
    return Figure(title, ratios, text(run["ours"]), text(run["theirs"]), bound)


def _with_imports(path: pathlib.Path) -> set[pathlib.Path]:
    """Returns the file, and all that is loaded with it because it imports them statically."""
    found, pending = set(), [path]
    while pending:
        current = pending.pop()
        if current in found:
            continue
        found.add(current)
        names = re.findall(r'(?:from|import)\s*"(\./[^"]+)"', current.read_text(encoding="utf-8"))
        pending += (current.parent / name for name in names)
    return found


def _microseconds(values) -> str:
    return f"{statistics.median(values):.2f} us"


def _milliseconds(values) -> str:
    return f"{statistics.median(values):.0f} ms"


def _milliseconds_of_seconds(values) -> str:
    return _milliseconds([value * 1e3 for value in values])


_MEASURES = (page_size, decoding, memory, calls, first_answer)

if __name__ == "__main__":
    os.environ.setdefault(runtimes.CHROMIUM_VARIABLE, runtimes.chromium_binary())
    _VERSIONS = {
        name: re.search(r"\d[\d.]+", processes.output_of(program, "--version"))[0]
        for name, program in (
            ("node", runtimes.node_binary()),
            ("chromium", runtimes.chromium_binary()),
        )
    }
    sys.exit(figures.run("js", __doc__.splitlines()[0], _MEASURES, _VERSIONS))
