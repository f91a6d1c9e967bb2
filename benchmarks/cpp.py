"""What the C++ side must reach, and what it reaches here: ./bazelw run //benchmarks:cpp

Prints each figure as a ratio of two things that were measured in the same run. Standard output is
the table, standard error the progress. Exit status 1: a figure was not reached, or could not be
measured.
"""

import contextlib
import importlib.metadata
import json
import os
import pathlib
import re
import statistics
import sys
from collections.abc import Callable

import figures
import models
import processes
from figures import Figure
from workspace import Workspace

_PROGRAMS = "benchmarks/programs/"
_GIB = 1 << 30


def _calls(model: str, benchmark: str, repetitions: int, seconds: float = 0.2) -> list[dict]:
    """Returns what calls.cc measured in each repetition, which takes so many seconds."""
    report = processes.json_of(
        processes.built(_PROGRAMS + "calls"),
        model,
        f"--benchmark_filter=^{benchmark}",
        f"--benchmark_repetitions={repetitions}",
        "--benchmark_enable_random_interleaving=true",
        f"--benchmark_min_time={seconds}",
        "--benchmark_format=json",
    )
    return [entry for entry in report["benchmarks"] if entry["run_type"] == "iteration"]


def _compared_calls(title: str, model: str, benchmark: str, bound: float) -> Figure:
    runs = _calls(model, benchmark, repetitions=15)
    return Figure(
        title,
        [run["ratio"] for run in runs],
        _microseconds(run["ours_us"] for run in runs),
        _microseconds(run["raw_us"] for run in runs),
        bound,
    )


def bound_call(work: Workspace) -> list[Figure]:
    """BoundCall::run against TF_SessionRun with the same arguments, 784-128-10."""
    model = work.frozen_graph(models.DENSE)
    return [
        _compared_calls(
            "bound call : same TF_SessionRun, pool", model, "default/raw_default", 1.02
        ),
        _compared_calls(
            "bound call : same TF_SessionRun, caller's thread",
            model,
            "caller_thread/raw_caller_thread",
            1.02,
        ),
    ]


def caller_thread(work: Workspace) -> list[Figure]:
    """caller_thread against TF_SessionRun without options, one layer of 8x8."""
    model = work.frozen_graph(models.LAYER)
    return [
        _compared_calls(
            "caller's thread : raw default, 8x8", model, "caller_thread/raw_default", 0.35
        )
    ]


def python_call(work: Workspace) -> list[Figure]:
    """A bound call in the caller's thread against a signature called in Python, 784-128-10."""
    model = work.saved_model(models.DENSE)
    ours, theirs = [], []
    with processes.running(*processes.in_tensorflow("calls", model)) as python:
        for count in (100, *[3000] * 5):
            python.stdin.write(f"{count}\n")
            python.stdin.flush()
            theirs.append(float(python.stdout.readline()))
            (run,) = _calls(model, "caller_thread/raw_caller_thread", repetitions=1)
            ours.append(run["ours_us"])
    del ours[0], theirs[0]  # the first calls trace and compile
    ratios = [python / loader for loader, python in zip(ours, theirs, strict=True)]
    title = "Python's signature call : bound call"
    return [Figure(title, ratios, _microseconds(ours), _microseconds(theirs), 10, at_least=True)]


def two_threads(work: Workspace) -> list[Figure]:
    """Calls per second of two threads against one, 784-128-10, caller's thread."""
    runs = _calls(work.frozen_graph(models.DENSE), "throughput", repetitions=300, seconds=0.02)
    rates = {1: [], 2: []}
    for run in runs:
        rates[run["threads"]].append(run["items_per_second"])
    # Two threads need two cores for themselves, which other programs leave to them for moments
    # only. So there are many short repetitions, and the 90th percentile of each counts: on a quiet
    # machine it is as good as the median, and it does not hang on one lucky moment as the best does.
    one, two = (statistics.quantiles(rates[count], n=10)[-1] for count in (1, 2))
    text = "{:,.0f}/s".format
    return [Figure("2 threads : 1", [two / one], text(two), text(one), 1.8, at_least=True)]


def cold_start(work: Workspace) -> list[Figure]:
    """From the start of the process to the end of a golden case that matches."""
    bundle = work.bundle(models.DENSE, ("saved_model",))
    ours_command = (processes.built(_PROGRAMS + "checked_answer"), bundle)
    python_command = processes.in_tensorflow("checked_answer", bundle)
    processes.output_of(*ours_command), processes.output_of(*python_command)  # reads the files
    ours, theirs = [], []
    for _ in range(5):
        ours.append(processes.seconds_of(*ours_command))
        theirs.append(processes.seconds_of(*python_command))
    ratios = [loader / python for loader, python in zip(ours, theirs, strict=True)]
    title = "first checked answer : Python's"
    return [Figure(title, ratios, _seconds(ours), _seconds(theirs), 0.15)]


def large_saved_model(work: Workspace) -> list[Figure]:
    """Memory that a SavedModel with 1 GiB of variables takes."""
    program = processes.built(_PROGRAMS + "first_answer")
    run = processes.json_of(program, work.saved_model(models.LARGE))
    resident = run["memory_after"] - run["memory_before"]
    peak = run["memory_peak"] - run["memory_before"]
    return [
        Figure(f"1 GiB SavedModel: {what} : its size", [size / _GIB], _gib(size), "1.00 GiB", 1.1)
        for what, size in (("resident growth", resident), ("peak growth", peak))
    ]


_PLAIN_IMPORT_BYTES = 14e9


def large_frozen_graph(work: Workspace) -> list[Figure]:
    """A frozen graph with 1 GiB of constants against a plain import of it."""
    titles = ("1 GiB frozen graph: first answer : plain", "1 GiB frozen graph: peak : plain")
    free = _available_memory()
    if free < _PLAIN_IMPORT_BYTES:
        needs = _PLAIN_IMPORT_BYTES / 1e9
        raise processes.MeasurementError(
            f"needs {needs:g} GB free, this machine has {free / 1e9:.1f}"
        )
    graph = work.frozen_graph(models.LARGE)
    program = processes.built(_PROGRAMS + "first_answer")
    # Most of the time is the system's, for fresh memory, and the first who touches it pays more. So
    # ours is measured before and after the plain import.
    ours = [processes.json_of(program, graph)]
    work.progress("importing 1 GiB in the plain way, which takes a minute")
    plain = processes.json_of(program, graph, "--plain")
    ours.append(processes.json_of(program, graph))
    if any(run["answer"] != plain["answer"] for run in ours):
        raise processes.MeasurementError(
            f"answers differ: loader {[run['answer'] for run in ours]}, plain {plain['answer']}"
        )

    def compare(title: str, key: str, text: Callable[[float], str], bound: float) -> Figure:
        values = [run[key] for run in ours]
        ratios = [value / plain[key] for value in values]
        return Figure(title, ratios, text(statistics.median(values)), text(plain[key]), bound)

    return [
        compare(titles[0], "first_answer_seconds", lambda value: _seconds([value]), 0.2),
        compare(titles[1], "memory_peak", _gib, 0.5),
    ]


def server(work: Workspace) -> list[Figure]:
    """Requests per second, 8 in flight, against the same server with a model that does nothing."""
    repository = work.repository(models.LAYER)
    command = (processes.built("cpp_loader/modelparity-server"), repository)
    flags = ("--address", "127.0.0.1:0", "--metrics-address", "")
    idle_command = (processes.built(_PROGRAMS + "idle_server"), repository)
    ours, theirs = [], []
    with processes.running(*command, *flags) as real, processes.running(*idle_command) as idle:
        real_address, idle_address = _address(real), _address(idle)
        for _ in range(15):
            ours.append(_requests_per_second(real_address))
            theirs.append(_requests_per_second(idle_address))
    ratios = [real / idle for real, idle in zip(ours, theirs, strict=True)]
    rate = "{:,.0f}/s".format
    title = "server, 8 in flight : without TensorFlow"
    ours_text, theirs_text = rate(statistics.median(ours)), rate(statistics.median(theirs))
    return [Figure(title, ratios, ours_text, theirs_text, 0.7, at_least=True)]


def _address(server_process) -> str:
    """Waits until a server serves its model, and returns where."""
    port, promoted, line = None, False, ""
    for line in server_process.stderr:
        with contextlib.suppress(json.JSONDecodeError):
            entry = json.loads(line)
            port = entry.get("port", port)
            promoted = promoted or entry.get("event") == "promoted"
        if port and promoted:
            return f"127.0.0.1:{port}"
    name = os.path.basename(server_process.args[0])
    raise processes.MeasurementError(
        f"{name} ended before it served; its last words: {line.strip()}"
    )


def _requests_per_second(address: str) -> float:
    program = processes.built(_PROGRAMS + "infer_load")
    return processes.json_of(program, address, "network", "--seconds=0.5")["requests_per_second"]


def _available_memory() -> int:
    """Returns the bytes that the system could give to a new process."""
    text = pathlib.Path("/proc/meminfo").read_text()
    return int(re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024


def _microseconds(values) -> str:
    return f"{statistics.median(values):.2f} us"


def _seconds(values) -> str:
    return f"{statistics.median(values):.2f} s"


def _gib(size: float) -> str:
    return f"{size / _GIB:.2f} GiB"


_MEASURES = (
    bound_call,
    caller_thread,
    python_call,
    two_threads,
    cold_start,
    large_saved_model,
    large_frozen_graph,
    server,
)

if __name__ == "__main__":
    _VERSIONS = {"tensorflow": importlib.metadata.version("tensorflow")}
    sys.exit(figures.run("cpp", __doc__.splitlines()[0], _MEASURES, _VERSIONS))
