"""The matrix: every runtime runs every case of a bundle in every format that it reads.

    report = verify(Bundle.open("my_model.bundle"), Options(runtimes=runtimes.RUNTIMES))

Each runtime has a thread and a runner process of its own, so that what goes wrong in one is a cell
of that one. Nothing is left out in silence: what cannot be run is a cell that says why.

Processes are started first, and what judges their answers is imported meanwhile (judging.py).
"""

import concurrent.futures
import dataclasses
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import case_pb2, inference_pb2, manifest_pb2, report_pb2
from modelparity.errors import (
    ModelParityError,
    RuntimeUnavailableError,
    UnsupportedError,
)
from modelparity.harness.options import (
    AGAIN,
    THREADS,
    Options,
    Progress,
    is_probed,
    is_selected,
)
from modelparity.harness.player import Player
from modelparity.harness.reports import ALL, case_id, finish
from modelparity.harness.runner_process import RunnerCrashedError, RunnerTimedOutError
from modelparity.runtimes import Runtime

ASKED_AGAIN = "asked again after the other cases"
"""How the message of a cell begins whose case was answered rightly before."""

_Cell = report_pb2.Cell
_THREADS = 4


@dataclasses.dataclass(frozen=True)
class Job:
    """One artifact in one runtime, with the cases to run by signature."""

    artifact: manifest_pb2.Artifact
    cases: dict[str, list[case_pb2.Case]]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one runtime has to do; `decided` are the cells that need no run."""

    runtime: Runtime
    jobs: list[Job]
    decided: list[report_pb2.Cell]

    def size(self) -> int:
        """Returns the number of cells, when every artifact can be loaded."""
        jobs = sum(len(cases) for job in self.jobs for cases in job.cases.values())
        return jobs + len(self.decided)


def verify(
    bundle: Bundle, options: Options, progress: Callable[[Progress], None] = lambda _: None
) -> report_pb2.Report:
    """Runs the matrix and returns its report, without expectations: `ok` is true of matches only.

    Args:
        bundle: What to verify.
        options: Which part of it, and how.
        progress: Called from several threads, one at a time.

    Raises:
        BundleInvalidError: A golden case contradicts itself.
        ModelParityError: The live reference cannot be run.
    """
    report = report_pb2.Report()
    cases = _selected_cases(bundle, options)
    refused = list(bundle.manifest.refused_cases)
    reference = options.reference
    if reference is None and not all(case.HasField("expected") for case in cases):
        reference = runtimes.find(runtimes.REFERENCE)
    if reference is not None:
        _check(cases)
        cases, refused_now = _answer(bundle, reference, cases, options)
        refused += refused_now
    report.reference = reference.name if reference else cases[0].reference if cases else ""
    report.reference_is_recorded = reference is None
    refused = [case for case in refused if is_selected(case_id(case), options)]
    unverified = _unverified(bundle, cases, refused, options)
    report.notes.extend(_notes(case for case in refused if case.signature not in unverified))
    report.notes.extend(_repairs(bundle, options))
    report.notes.extend(_not_asked(bundle, cases, options))
    plans = _plans(bundle, cases, unverified, options)
    report.cells.extend(_run_plans(plans, cases, bundle, options, progress))
    report.notes.extend(_unsteady(cases, options))
    report.notes.extend(_two_truths(report))
    finish(report)
    return report


def plan(bundle: Bundle, options: Options) -> list[Plan]:
    """Returns what `verify` would run: a plan for each runtime, none when there is nothing to run.

    A case without a recorded answer is in it as well, for whoever has a live reference.

    Raises:
        BundleInvalidError: A golden case contradicts itself.
    """
    cases = _selected_cases(bundle, options)
    _check(cases)
    refused = [
        case for case in bundle.manifest.refused_cases if is_selected(case_id(case), options)
    ]
    return _plans(bundle, cases, _unverified(bundle, cases, refused, options), options)


def run_case(
    player: Player, artifact: manifest_pb2.Artifact, case: case_pb2.Case, options: Options
) -> tuple[report_pb2.Cell, inference_pb2.ModelInferResponse | None]:
    """Runs a case of the artifact that `player` has loaded, and judges the answer.

    Returns:
        The cell, all but its load_seconds, and the answer; None: the run failed, as the cell says.
    """
    # Only here, as in _check.
    from modelparity.harness.judging import judge

    cell = _cell(player.runtime, artifact.format, case.signature, case.name)
    cell.runtime_version = player.version
    response = None
    try:
        response, cell.run_seconds = player.run(case.request)
        judge(cell, case, response, options)
    except ModelParityError as error:
        cell.verdict, cell.message = _verdict_of(error, _Cell.run_failed), str(error)
    return cell, response


def run_job(
    job: Job, player: Player, bundle: Bundle, options: Options
) -> Iterator[report_pb2.Cell]:
    """Loads an artifact in the runtime that `player` drives, and yields the cell of each case as it is judged.

    The first case of each signature is asked again at the end, which may change the verdict of its cell.
    """
    artifact = artifact_to_load(job.artifact, options)
    # A signature that is not run, since it has sparse tensors perhaps, may not hinder the others.
    bound = [binding for binding in artifact.bindings if binding.signature in job.cases]
    del artifact.bindings[:]
    artifact.bindings.extend(bound)
    try:
        load_seconds = player.load(bundle.path, artifact, bundle.manifest.signatures)
    except ModelParityError as error:
        for signature in job.cases:
            yield cell_of_load(player.runtime, artifact, signature, error)
        return
    first, disturbed = [], False
    for cases in job.cases.values():
        for case in cases:
            cell, response = run_case(player, artifact, case, options)
            cell.load_seconds = load_seconds
            if response is not None:
                options.answered(cell, case, response)
            yield cell
            disturbed |= cell.verdict not in (_Cell.match, _Cell.mismatch, _Cell.unsupported)
            if case is cases[0]:
                first.append((case, cell))
    for case, cell in first:
        # What another case has broken says nothing of this one.
        if cell.verdict == _Cell.match and not disturbed:
            _call_again(player, case, cell, options)


def cell_of_start(runtime: Runtime, error: ModelParityError) -> report_pb2.Cell:
    """Returns the cell that stands for all of a runtime whose runner did not start."""
    return _cell(runtime, verdict=_verdict_of(error, _Cell.crashed), message=str(error))


def cell_of_load(
    runtime: Runtime, artifact: manifest_pb2.Artifact, signature: str, error: ModelParityError
) -> report_pb2.Cell:
    """Returns the cell that stands for all cases of an artifact that could not be loaded."""
    verdict = _verdict_of(error, _Cell.load_failed)
    return _cell(runtime, artifact.format, signature, verdict=verdict, message=str(error))


def artifact_to_load(artifact: manifest_pb2.Artifact, options: Options) -> manifest_pb2.Artifact:
    """Returns an artifact with the modules that the options add."""
    extended = manifest_pb2.Artifact()
    extended.CopyFrom(artifact)
    extended.python_modules.extend(options.python_modules)
    return extended


def _selected_cases(bundle: Bundle, options: Options) -> list[case_pb2.Case]:
    # Of nothing and nothing one cannot say that they agree.
    comparable = {signature.name for signature in bundle.manifest.signatures if signature.outputs}
    return [
        case
        for case in bundle.cases()
        if case.signature in comparable and is_selected(case_id(case), options)
    ]


def _check(cases: Iterable[case_pb2.Case]) -> None:
    # Only here, since it brings numpy, which no runner has to wait for.
    from modelparity.harness.judging import check_case

    for case in cases:
        check_case(case)


def _unverified(
    bundle: Bundle,
    cases: list[case_pb2.Case],
    refused: list[manifest_pb2.RefusedCase],
    options: Options,
) -> dict[str, str]:
    """Returns the signatures that are to be verified and cannot be, each with the reason."""
    answered = {case.signature for case in cases}
    reasons = {}
    for signature in bundle.manifest.signatures:
        messages = [case.message for case in refused if case.signature == signature.name]
        if signature.name in answered:
            continue
        if messages:
            why = f"the reference refused every case: {messages[0]}"
        elif is_selected(f"{signature.name}/{ALL}", options):
            why = "it has no case" if signature.outputs else "it has no output"
        else:
            continue
        reasons[signature.name] = f"signature '{signature.name}' was not verified, since {why}"
    return reasons


def _notes(refused: Iterable[manifest_pb2.RefusedCase]) -> Iterator[str]:
    """Yields what is not in the matrix although somebody may expect it there."""
    reasons: dict[str, list[str]] = {}
    for case in refused:
        reasons.setdefault(case.message, []).append(case_id(case))
    for message, names in reasons.items():
        yield f"not run, since the reference refused it: {', '.join(names)}: {message}"


def _repairs(bundle: Bundle, options: Options) -> Iterator[str]:
    formats = {name for runtime in options.runtimes for name in runtime.formats}
    for artifact in bundle.manifest.artifacts:
        if artifact.format in formats:
            names = ", ".join(binding.signature for binding in artifact.bindings)
            for line in artifact.repairs:
                yield f"repaired in {artifact.format} {names}: {line}"


def _not_asked(bundle: Bundle, cases: Iterable[case_pb2.Case], options: Options) -> Iterator[str]:
    """Yields which probes were not made in which runtimes, and why."""
    there = {artifact.format for artifact in bundle.manifest.artifacts}
    # Each an ordered set.
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for case in cases:
        for runtime in options.runtimes:
            for format_name in (name for name in runtime.formats if name in there):
                if why := _unasked(case, runtime, format_name):
                    names, ids = found.setdefault(why, ({}, {}))
                    everywhere = _unasked(case, runtime, ALL)
                    names[runtime.name if everywhere else f"{runtime.name} {format_name}"] = None
                    ids[case_id(case)] = None
    for why, (names, ids) in found.items():
        yield f"not run: {', '.join(ids)}, in what {why}: {', '.join(names)}"


def _unasked(case: case_pb2.Case, runtime: Runtime, format_name: str) -> str:
    """Returns why a case that was made up, and is not a user's own, is not run; empty: it is."""
    probe = case.name.removesuffix("-vector")
    reasons = (runtime.unasked.get(key, "") for key in (probe, f"{format_name}/{probe}"))
    return next(filter(None, reasons), "") if case.HasField("seed") else ""


def _unsteady(cases: Iterable[case_pb2.Case], options: Options) -> Iterator[str]:
    """Yields of which outputs a match says little, since noise has made the tolerance as large as the answer."""
    # Only here, as in _check.
    from modelparity.harness.judging import drowned_outputs

    found: dict[tuple[str, str], list[str]] = {}
    if options.atol is None:
        for case in cases:
            for output in drowned_outputs(case):
                found.setdefault((case.signature, output), []).append(case.name)
    for (signature, output), names in found.items():
        yield (
            f"a match says little of output '{output}' of '{signature}' in {', '.join(names)}: the reference"
            " is so unsteady there that the tolerance is as large as its largest number; --atol sets another"
        )


def _two_truths(report: report_pb2.Report) -> Iterator[str]:
    """Yields where the reference answers otherwise from Keras' own file: an export has changed the model."""
    wrong = (report_pb2.Cell.mismatch, report_pb2.Cell.contract_mismatch)
    # An ordered set.
    signatures = {
        cell.signature: None
        for cell in report.cells
        if cell.runtime == report.reference and cell.format == "keras" and cell.verdict in wrong
    }
    for name in signatures:
        yield (
            f"signature '{name}': the .keras file and the SavedModel of this model disagree, and the answers that"
            " all are held against are the SavedModel's; find out which of the two is right before you blame"
            " a runtime"
        )


def _answer(
    bundle: Bundle,
    reference: Runtime,
    cases: list[case_pb2.Case],
    options: Options,
) -> tuple[list[case_pb2.Case], list[manifest_pb2.RefusedCase]]:
    """Returns the cases with the answers of a live reference, and those that it refuses."""
    plan = _plan(reference, bundle, cases, {})
    answered, refused = [], []
    try:
        with Player(reference, options.limits) as player:
            pending = {case.signature for case in cases}
            for job in plan.jobs:
                # The first format that has a signature answers for it.
                signatures = [name for name in job.cases if name in pending]
                pending -= set(signatures)
                if signatures:
                    player.load(
                        bundle.path,
                        artifact_to_load(job.artifact, options),
                        bundle.manifest.signatures,
                    )
                for case in (case for name in signatures for case in job.cases[name]):
                    try:
                        response = player.answer(case.request)
                    except ModelParityError as error:
                        refused.append(
                            manifest_pb2.RefusedCase(
                                signature=case.signature, name=case.name, message=str(error)
                            )
                        )
                    else:
                        answered.append(_with_answer(case, response, player))
    except ModelParityError as error:
        raise type(error)(f"the reference {reference.name} cannot be run: {error}") from error
    if pending:
        raise RuntimeUnavailableError(
            f"the reference {reference.name} cannot be run: it reads {', '.join(reference.formats)},"
            f" and the bundle has none of these for {', '.join(sorted(pending))}"
        )
    return answered, refused


def _with_answer(case, response, player: Player) -> case_pb2.Case:
    answered = case_pb2.Case()
    answered.CopyFrom(case)
    answered.expected.CopyFrom(response)
    answered.reference = player.runtime.name
    answered.reference_version = player.version
    return answered


def _plans(
    bundle: Bundle,
    cases: list[case_pb2.Case],
    unverified: Mapping[str, str],
    options: Options,
) -> list[Plan]:
    if not cases and not unverified:
        return []
    return [_plan(runtime, bundle, cases, unverified) for runtime in options.runtimes]


def _plan(
    runtime: Runtime,
    bundle: Bundle,
    cases: list[case_pb2.Case],
    unverified: Mapping[str, str],
) -> Plan:
    def asked(format_name: str) -> dict[str, list[case_pb2.Case]]:
        by_signature: dict[str, list[case_pb2.Case]] = {}
        for case in cases:
            if not _unasked(case, runtime, format_name):
                by_signature.setdefault(case.signature, []).append(case)
        return by_signature

    try:
        runtime.launch()
    except RuntimeUnavailableError as error:
        cell = _cell(runtime, verdict=_Cell.unsupported, message=f"not available here: {error}")
        return Plan(runtime, [], [cell])
    jobs, decided = [], []
    for format_name in runtime.formats:
        by_signature = asked(format_name)
        for artifact in _artifacts(bundle.manifest, format_name):
            bound = {binding.signature for binding in artifact.bindings} & set(by_signature)
            if bound:
                jobs.append(Job(artifact, {name: by_signature[name] for name in sorted(bound)}))
        for failure in bundle.manifest.conversion_failures:
            if failure.format == format_name:
                failed = [failure.signature] if failure.signature else sorted(by_signature)
                decided += [
                    _cell(
                        runtime,
                        format_name,
                        name,
                        verdict=_Cell.conversion_failed,
                        message=failure.message,
                    )
                    for name in failed
                    if name in by_signature
                ]
    if asked(ALL) and not jobs and not decided:
        has = ", ".join(dict.fromkeys(artifact.format for artifact in bundle.manifest.artifacts))
        message = (
            f"it reads {', '.join(runtime.formats)}, and the bundle has {has}; export the TensorFlow"
            f" model with --format {runtime.formats[0]}"
        )
        decided.append(_cell(runtime, verdict=_Cell.unsupported, message=message))
    decided += [
        _cell(runtime, signature=name, verdict=_Cell.unsupported, message=reason)
        for name, reason in unverified.items()
    ]
    return Plan(runtime, jobs, decided)


def _artifacts(manifest: manifest_pb2.Manifest, format_name: str) -> list[manifest_pb2.Artifact]:
    if format_name != runtimes.SERVED:
        return [artifact for artifact in manifest.artifacts if artifact.format == format_name]
    served = manifest_pb2.Artifact(format=format_name)
    for signature in manifest.signatures:
        binding = served.bindings.add(signature=signature.name)
        for bound, specs in (
            (binding.inputs, signature.inputs),
            (binding.outputs, signature.outputs),
        ):
            for spec in specs:
                bound.add(name=spec.name, tensor=spec.name)
    return [served]


def _run_plans(
    plans: list[Plan],
    cases: list[case_pb2.Case],
    bundle: Bundle,
    options: Options,
    progress: Callable[[Progress], None],
) -> list[report_pb2.Cell]:
    """Runs all plans side by side and returns their cells, runtime by runtime.

    The cases are checked while the first runners start.
    """
    lock = threading.Lock()
    finished = 0
    total = sum(plan.size() for plan in plans)

    def tell(cell: report_pb2.Cell) -> None:
        nonlocal finished
        with lock:
            finished += 1
            progress(Progress(finished, total, cell))

    players = [Player(plan.runtime, options.limits) for plan in plans]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            results = pool.map(
                lambda plan, player: _run_plan(plan, player, bundle, options, tell), plans, players
            )
            _check(cases)
            cells = [cell for result in results for cell in result]
        except BaseException:
            for player in players:
                player.stop()
            raise
    return cells


def _run_plan(
    plan: Plan,
    player: Player,
    bundle: Bundle,
    options: Options,
    tell: Callable[[report_pb2.Cell], None],
) -> list[report_pb2.Cell]:
    cells = []

    def add(cell: report_pb2.Cell) -> None:
        cell.runtime_version = player.version
        cells.append(cell)
        tell(cell)

    for cell in plan.decided:
        add(cell)
    if plan.jobs:
        try:
            with player:
                for job in plan.jobs:
                    for cell in run_job(job, player, bundle, options):
                        add(cell)
        except ModelParityError as error:
            # Only the start raises; everything after it ends in a cell.
            add(cell_of_start(plan.runtime, error))
    formats = {name: place for place, name in enumerate(plan.runtime.formats)}
    return sorted(cells, key=lambda cell: (formats.get(cell.format, -1), cell.signature))


def _call_again(
    player: Player, case: case_pb2.Case, cell: report_pb2.Cell, options: Options
) -> None:
    """Makes the probes that call more than once; what they find is the cell's new verdict."""
    from modelparity.harness.judging import judge

    threads = _THREADS if is_probed(THREADS, options) else 1
    if threads == 1 and not is_probed(AGAIN, options):
        return
    how = ASKED_AGAIN
    try:
        responses = player.run_at_once(case.request, threads)
        if len(responses) > 1:
            how += f", from {len(responses)} threads at once"
        elif not is_probed(AGAIN, options):
            return
        for response in responses:
            if cell.verdict == _Cell.match:
                judge(cell, case, response, options)
                options.answered(cell, case, response)
    except ModelParityError as error:
        cell.verdict, cell.message = _verdict_of(error, _Cell.run_failed), str(error)
        cell.ok = False
    if cell.verdict != _Cell.match:
        cell.message = f"{how}: {cell.message}"


def _verdict_of(error: ModelParityError, otherwise: int) -> int:
    match error:
        case RunnerTimedOutError():
            return _Cell.timed_out
        case RunnerCrashedError():
            return _Cell.crashed
        case UnsupportedError() | RuntimeUnavailableError():
            return _Cell.unsupported
        case _:
            return otherwise


def _cell(
    runtime: Runtime,
    format_name: str = ALL,
    signature: str = ALL,
    case: str = ALL,
    **fields: object,
) -> report_pb2.Cell:
    return _Cell(runtime=runtime.name, format=format_name, signature=signature, case=case, **fields)
