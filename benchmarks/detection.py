"""What `modelparity verify` finds of what is wrong, and whether it keeps still where nothing is.

./bazelw run //benchmarks:detection -- --keep /var/tmp/models

Four figures: of errors of converters and runtimes that nobody is told of, of faults that are planted in
healthy artifacts, of those that `modelparity locate` names the node of, and of the cells of healthy models in
every runtime. Standard output is the table, with what was
missed and why; standard error the progress. Exit status 1: a figure was not reached, or could not be measured.
Exporting the models takes the longest; --keep keeps them.
"""

import collections
import importlib.metadata
import pathlib
import sys
from collections.abc import Container, Iterable, Iterator, Sequence

import figures
from figures import Figure
from silent_errors import SILENT_ERRORS, SilentError, runtime_of
from workspace import Workspace

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import report_pb2
from modelparity.faults.trial import Trial, trials
from modelparity.faults.weights import FAINT
from modelparity.harness import matrix
from modelparity.harness.expectations import Expectations
from modelparity.harness.options import Options
from modelparity.harness.player import Player
from modelparity.harness.reports import verdict_name
from modelparity.locate.testing.hunt import hunt

_Cell = report_pb2.Cell
_REFERENCE_MODELS = (
    *("custom_layer", "digits_cnn", "dtypes", "frozen_v1", "linear_regression", "lstm"),
    *("multiple_signatures", "recommender", "resumed_training", "shapes", "subclassed_model"),
    *("two_inputs_two_outputs", "vocabulary_lookup"),
)
_ZOO = ("attention", "images", "numbers", "sequences", "texts")
_TABLES = ("static_table", "word_bags")
_MODELS = (
    *(f"{name}:build" for name in _REFERENCE_MODELS),
    *(f"zoo.{name}:build" for name in _ZOO),
    *(f"zoo.tables:{name}" for name in _TABLES),
)
# With weights, or with operators that a kind of fault is for.
_TO_PLANT_IN = (
    *("digits_cnn:build", "recommender:build", "subclassed_model:build"),
    *("multiple_signatures:build", "two_inputs_two_outputs:build"),
    *(f"zoo.{name}:build" for name in _ZOO),
)
# These load a file and run it within milliseconds.
_QUICK_RUNTIMES = ("onnxruntime-python", "tensorflow-c")
_EACH_KIND = 3
_LOCATED_IN = {
    "onnxruntime-python": "onnx",
    "openvino-python": "onnx",
    "tensorflow-c": "frozen_graph",
    "tfjs-node/cpu": "frozen_graph",
}
# With GELU, layer normalization, a square weight, and resizing, which the digits' network has not.
_TO_LOCATE_IN = {
    "digits_cnn:build": ["serving_default"],
    "zoo.attention:build": ["exact_gelu"],
    "zoo.images:build": ["unet", "bilinear"],
}
_DIFFERENT = (_Cell.mismatch, _Cell.contract_mismatch)
_ANSWERED = (_Cell.match, *_DIFFERENT)
_HERE = pathlib.Path(__file__).parent
_EXPECTATIONS = _HERE.parent / "tests" / "expectations"
_TRUE_DIFFERENCES = _HERE / "true_differences.txt"


def silent_errors(work: Workspace) -> list[Figure]:
    """Errors of the pinned converters and runtimes, each in a model that provokes it."""
    lines, found = [], 0
    for error in SILENT_ERRORS:
        work.progress(error.what)
        bundle = work.of_reference(error.function, repairs=error.repairs)
        cell = _first_failure(error, bundle)
        found += cell is not None
        said = "MISSED" if cell is None else _said(cell)
        lines.append(f"{error.what:62}{error.runtime:20} {said}")
    return [_share("silent errors found", found, len(SILENT_ERRORS), 1.0, lines)]


def planted_faults(work: Workspace) -> list[Figure]:
    """Mutants of healthy artifacts, in runtimes that start quickly."""
    by_kind: dict[str, list[Trial]] = collections.defaultdict(list)
    for name in _QUICK_RUNTIMES:
        with Player(runtimes.find(name), Options(runtimes=()).limits) as player:
            for function in _TO_PLANT_IN:
                work.progress(f"faults in {function}, in {name}")
                for trial in trials(work.of_reference(function), player, _EACH_KIND):
                    by_kind[trial.kind].append(trial)
    lines = list(_table(by_kind))
    counted = [trial for kind, each in by_kind.items() if kind != FAINT for trial in each]
    silent = [trial for trial in counted if trial.is_silent]
    missed = [trial for trial in silent if not trial.told_by]
    lines += [
        f"missed: {each.kind}, {each.model} at {each.planted}: {each.excuse()}" for each in missed
    ]
    return [_share("planted faults found", len(silent) - len(missed), len(silent), 0.95, lines)]


def located_faults(work: Workspace) -> list[Figure]:
    """Mutants whose node is to be named, or one that reads what it gives."""
    figures_found = []
    limits = Options(runtimes=()).limits
    with Player(runtimes.find(runtimes.REFERENCE), limits) as reference:
        for name, format_name in _LOCATED_IN.items():
            hits, misses = 0, []
            with Player(runtimes.find(name), limits) as player:
                for function, signatures in _TO_LOCATE_IN.items():
                    bundle = work.of_reference(function)
                    work.progress(f"nodes of faults in {function}, in {name}")
                    for signature in signatures:
                        for catch in hunt(bundle, signature, format_name, reference, player, 2):
                            hits += catch.hit
                            if not catch.hit:
                                planted = f"{catch.mutant.kind} at {catch.mutant.planted}"
                                misses.append(f"missed: {signature}: {planted}: {catch.named}")
            title = f"faults located, {name}"
            figures_found.append(_share(title, hits, hits + len(misses), 0.9, misses))
    return figures_found


def healthy_models(work: Workspace) -> list[Figure]:
    """Every model in every runtime: a difference that is none of a runtime's own is a false alarm."""
    verdicts: collections.Counter[str] = collections.Counter()
    explained: collections.Counter[str] = collections.Counter()
    alarms = []
    for function in _MODELS:
        bundle = work.of_reference(function)
        work.progress(f"{function} in every runtime")
        known = _known(function)
        for cell in matrix.verify(bundle, Options(runtimes=runtimes.RUNTIMES)).cells:
            verdicts[verdict_name(cell.verdict)] += 1
            if cell.verdict not in _DIFFERENT:
                continue
            line = next((line.text for line in known.lines if line.explains(cell)), None)
            if line is None:
                place = f"{cell.runtime} {cell.format} {cell.signature}/{cell.case}"
                alarms.append(f"false alarm: {function} {place} {_said(cell)}")
            else:
                explained[line] += 1
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    lines = [f"{count:4} true differences: {line}" for line, count in explained.items()]
    lines += [f"nothing bears out: {text}" for text in _unused(explained)]
    of = sum(verdicts[verdict_name(verdict)] for verdict in _ANSWERED)
    ratio = len(alarms) / of
    lines = [counts, *lines, *alarms]
    return [Figure("false alarms", [ratio], str(len(alarms)), str(of), 0.0, details=lines)]


def _first_failure(error: SilentError, bundle: Bundle) -> report_pb2.Cell | None:
    """Returns the first cell that is no match, of answers rather than of refusals."""
    options = Options(runtimes=[runtime_of(error)], case_patterns=[f"{error.signature}/*"])
    cells = [
        cell
        for cell in matrix.verify(bundle, options).cells
        if cell.format in (error.format, "*") and cell.verdict != _Cell.match
    ]
    return min(cells, key=lambda cell: cell.verdict not in _ANSWERED, default=None)


def _said(cell: report_pb2.Cell) -> str:
    word = "refused" if cell.verdict == _Cell.unsupported else verdict_name(cell.verdict)
    return f"{word} ({cell.case}): {cell.message}"


def _table(by_kind: dict[str, list[Trial]]) -> Iterator[str]:
    row = "{:34}{:>8}{:>8}{:>8}{:>10}  {}".format
    yield row(
        "kind",
        "planted",
        "found",
        "missed",
        "does not",
        "found by ordinary inputs, and by probes alone",
    )
    yield row("", "", "", "", "run", "")
    for kind, each in by_kind.items():
        silent = [trial for trial in each if trial.is_silent]
        found = [trial for trial in silent if trial.told_by]
        yield row(
            kind if kind != FAINT else f"({kind})",
            *(len(silent), len(found), len(silent) - len(found), len(each) - len(silent)),
            _told(found),
        )


def _told(found: Iterable[Trial]) -> str:
    """Returns how many are told by ordinary inputs, and which probes tell the others."""
    ordinary, probes = 0, collections.Counter()
    for trial in found:
        if any(name.startswith(("batch-", "ordinary")) for name in trial.told_by):
            ordinary += 1
        else:
            probes.update(trial.told_by)
    return ", ".join([str(ordinary), *(f"{name} {count}" for name, count in probes.items())])


def _known(function: str) -> Expectations:
    """Returns what is known to differ in a model."""
    lines = Expectations.read(_TRUE_DIFFERENCES).lines
    own = _EXPECTATIONS / f"{function.removesuffix(':build')}.txt"
    return Expectations(lines + Expectations.read(own).lines if own.exists() else lines)


def _unused(explained: Container[str]) -> Iterator[str]:
    """Yields the lines of true differences that no cell has shown."""
    for line in Expectations.read(_TRUE_DIFFERENCES).lines:
        if line.verdict and line.text not in explained:
            yield line.text


def _share(title: str, found: int, of: int, bound: float, lines: Sequence[str]) -> Figure:
    return Figure(title, [found / of], str(found), str(of), bound, at_least=True, details=lines)


_MEASURES = (silent_errors, planted_faults, located_faults, healthy_models)

if __name__ == "__main__":
    _VERSIONS = {
        name: importlib.metadata.version(name)
        for name in ("tensorflow", "tf2onnx", "onnxruntime", "openvino", "ai-edge-litert")
    }
    sys.exit(figures.run("detection", __doc__.splitlines()[0], _MEASURES, _VERSIONS))
