"""Finds the node of a graph at which a runtime's values leave the reference's.

    finding = locate(Bundle.open("my.bundle"), runtimes.find("onnxruntime-python"), Options())
    finding.node.name  # None is no finding: every answer agrees

The reference's graph is frozen from the model; the candidate's is the artifact that the runtime runs.
Both are run by the same runners as in `verify`, with tensors in the middle for outputs. `search` holds
the method; what it is not told is which operators there are.
"""

import contextlib
import dataclasses
import pathlib
import tempfile
from collections.abc import Callable, Mapping, Sequence

from modelparity.bundle import Bundle
from modelparity.compare import compare_responses, tolerance_from
from modelparity.contract import case_pb2, report_pb2
from modelparity.errors import ModelParityError, RuntimeUnavailableError
from modelparity.harness import matrix
from modelparity.harness.options import Limits
from modelparity.harness.options import Options as VerifyOptions
from modelparity.harness.player import Player
from modelparity.harness.reports import ALL, verdict_name
from modelparity.locate import origin, sides
from modelparity.locate.dataflow import Node
from modelparity.locate.fetching import ANY_DTYPE, Arrays, Fetcher
from modelparity.locate.judging import Error, judge
from modelparity.locate.model import Model, Part
from modelparity.locate.search import Place, Search
from modelparity.runtimes import Runtime, find
from modelparity.tensors import decode_inputs, decode_outputs, encode_outputs

# By format, who can be asked what an artifact says.
_WITNESSES = {
    "onnx": ("onnx-reference", "onnxruntime-python"),
    "frozen_graph": ("tensorflow-python",),
}
_DIFFERENT = (report_pb2.Cell.mismatch, report_pb2.Cell.contract_mismatch)


class CannotLocateError(ModelParityError):
    """Something differs, or does not run, and where cannot be said."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What to look at."""

    formats: Sequence[str] = sides.FORMATS
    """Of artifacts."""
    case_patterns: Sequence[str] = ("*",)
    """Wildcards over `signature/case`."""
    limits: Limits = dataclasses.field(default_factory=Limits)


@dataclasses.dataclass(frozen=True)
class Finding:
    """Where a runtime differs."""

    cell: report_pb2.Cell
    """The cell of the matrix that was looked into."""
    reference: str
    """With its version."""
    place: Place
    node: Node
    """Of the candidate, the one to name; as a rule the last of the place."""
    reference_node: Node
    layer: str
    """Path of the layer that the node belongs to, as Keras names it."""
    line: str
    """The line of Python that made the node; empty: the model does not say."""
    constants: Mapping[str, Error]
    """Of the place: those that the reference has as well."""
    feeds: Arrays
    """What reproduces it: values by the candidate's tensors; with `place.wanted` for an answer."""
    witness: str
    """Another runtime that ran the same part of the same artifact; empty: there is none, or it could not."""
    witness_error: Error | None
    """Of that; when it agrees, the runtime is wrong and not the artifact."""
    part: Callable[[pathlib.Path], Part]
    """Writes the part of the candidate that reproduces it into a folder."""
    source: str
    """The nodes of that part, as text."""
    tensors: int
    """Of the candidate's graph that are computed."""
    pairs: int
    """Of these, those that the reference has as well."""
    runs: tuple[int, int]
    """Of the reference and of the candidate."""
    refused: Mapping[str, str]
    """Tensors that could not be fetched, and why."""


def locate(
    bundle: Bundle,
    runtime: Runtime,
    options: Options,
    progress: Callable[[str], None] = lambda _: None,
) -> Finding | None:
    """Looks into the first case in which a runtime differs; None: it differs in none.

    Args:
        bundle: With recorded answers.
        runtime: That is on this machine.
        options: What to look at.
        progress: Told what is being done.

    Raises:
        CannotLocateError: The runtime does not run the model, or differs where nobody can look.
        ModelParityError: As the readers of graphs, the exporters and Player.
    """
    progress(f"running {runtime.name}")
    cell = _first_difference(bundle, runtime, options)
    if cell is None:
        return None
    (case,) = (each for each in bundle.cases(cell.signature) if each.name == cell.case)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="modelparity-"))
        )
        limits = options.limits.reading(bundle.path, folder)
        progress("freezing the reference")
        model, reference_runtime = sides.reference(bundle, cell.signature, folder, limits.sandbox)
        candidate = sides.candidate(bundle, cell.signature, cell.format, runtime, model)
        ours = stack.enter_context(Player(reference_runtime, limits))
        theirs = stack.enter_context(Player(runtime, limits))
        fetchers = Fetcher(model, ours, folder), Fetcher(candidate, theirs, folder)
        _check_reference(fetchers[0], case)
        search = Search(*fetchers, decode_inputs(case.request))
        differing = [each.name for each in cell.outputs if not each.match]
        outputs = candidate.dataflow.outputs
        place = search.run([outputs[key] for key in differing or outputs], progress)
        if place is None:
            raise CannotLocateError(
                f"{runtime.name}: {cell.message}; but no tensor in the middle of the graph does by more than"
                f" rounding, of {len(search.pairs)} that both graphs have"
            )
        feeds = place.feeds if place.by_itself else search.given(place.pair.candidate)
        segment = candidate.dataflow.segment(place.pair.candidate, feeds)
        witness, witness_error = _ask_another(candidate, cell, place, feeds, limits, folder)
        node = origin.computing(model.dataflow, place.pair.reference)
        return Finding(
            cell,
            f"{reference_runtime.name} {ours.version}",
            place,
            search.node(place),
            node,
            origin.layer_of(node.name),
            origin.python_line(bundle, node.name),
            search.constants(place),
            feeds,
            witness,
            witness_error,
            lambda target: candidate.part(target, feeds, {place.pair.candidate: place.error.dtype}),
            candidate.text(segment.nodes),
            len(candidate.dataflow.order),
            len(search.pairs),
            (fetchers[0].runs, fetchers[1].runs),
            _reasons(search, *fetchers),
        )


def _first_difference(bundle: Bundle, runtime: Runtime, options: Options) -> report_pb2.Cell | None:
    limits = options.limits.reading(bundle.path)
    asked = VerifyOptions([runtime], options.case_patterns, limits=limits)
    cells = [
        cell
        for cell in matrix.verify(bundle, asked).cells
        if cell.format in options.formats or cell.format not in sides.FORMATS
    ]
    for cell in cells:
        if cell.verdict in _DIFFERENT and cell.format in options.formats:
            return cell
    bad = [cell for cell in cells if cell.verdict != report_pb2.Cell.match]
    if not cells:
        raise CannotLocateError(
            f"{runtime.name}: the bundle has no case for it in {', '.join(options.formats)}"
        )
    if bad:
        verdict = verdict_name(bad[0].verdict)
        subject = runtime.name if bad[0].format == ALL else f"{runtime.name}, {bad[0].format}"
        raise CannotLocateError(
            f"{subject}: {verdict}: {bad[0].message}; there are values to compare where an artifact of"
            f" {', '.join(sides.FORMATS)} runs"
        )
    return None


def _reasons(search: Search, reference: Fetcher, candidate: Fetcher) -> dict[str, str]:
    """Returns why tensors were not compared, by the candidate's."""
    reasons = {}
    for each in search.pairs:
        if each.candidate in search.unseen:
            why = candidate.refused.get(each.candidate) or reference.refused.get(each.reference)
            reasons[each.candidate] = why or "it is not the same kind of tensor in both graphs"
    return reasons


def _ask_another(
    model: Model,
    cell: report_pb2.Cell,
    place: Place,
    feeds: Arrays,
    limits: Limits,
    folder: pathlib.Path,
) -> tuple[str, Error | None]:
    """Runs the part that differs in another runtime; returns its name and its error."""
    for name in _WITNESSES.get(cell.format, ()):
        if name == cell.runtime:
            continue
        with contextlib.suppress(RuntimeUnavailableError), Player(find(name), limits) as player:
            tensor = place.pair.candidate
            values = Fetcher(model, player, folder).fetch(feeds, {tensor: place.error.dtype})
            if tensor in values:
                return name, judge(place.wanted, values[tensor])
    return "", None


def _check_reference(reference: Fetcher, case: case_pb2.Case) -> None:
    """Raises CannotLocateError unless the frozen graph gives the recorded answers."""
    graph = reference.model.dataflow
    arrays = decode_inputs(case.request)
    feeds = {graph.inputs[key]: array for key, array in arrays.items()}
    values = reference.fetch(feeds, dict.fromkeys(graph.outputs.values(), ANY_DTYPE))
    if missing := set(graph.outputs.values()) - values.keys():
        raise CannotLocateError(
            f"the reference's graph gives no answer: {reference.refused[min(missing)]}"
        )
    answer = {key: values[graph.outputs[key]] for key in decode_outputs(case.expected)}
    judgement = compare_responses(
        case.expected, encode_outputs(answer, case.request), tolerance_from(case.tolerances)
    )
    if judgement.verdict != report_pb2.Cell.match:
        raise CannotLocateError(
            f"the graph that is frozen from the model differs from the recorded answers itself:"
            f" {judgement.message}; export the bundle again"
        )
