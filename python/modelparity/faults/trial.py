"""Plants faults in the artifacts of a bundle, and lets each be judged as `verify` judges a model.

    with Player(runtimes.find("onnxruntime-python"), Limits()) as player:
        for trial in trials(bundle, player, each_kind=3):
            print(trial.kind, trial.model, trial.planted, trial.told_by)

The player stays for all of them: a process that imports a runtime takes longer than a trial.
"""

import itertools
import pathlib
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from modelparity.bundle import Bundle
from modelparity.contract import manifest_pb2, report_pb2
from modelparity.faults import stale_state
from modelparity.faults.mutant import Mutant
from modelparity.faults.planting import planted
from modelparity.faults.swaps import swaps
from modelparity.graphs import read_graph
from modelparity.harness import matrix
from modelparity.harness.options import AGAIN, Options
from modelparity.harness.player import Player

_ANSWERED = (report_pb2.Cell.match, report_pb2.Cell.mismatch, report_pb2.Cell.contract_mismatch)


class Trial(NamedTuple):
    """A fault, and what `verify` finds."""

    kind: str
    model: str
    """Bundle, signature and format."""
    planted: str
    """Where."""
    cells: list[report_pb2.Cell]
    healthy: list[report_pb2.Cell]
    """The same cells, of the artifact without the fault."""

    @property
    def is_silent(self) -> bool:
        """Says whether the artifact answers at all; one that does not needs nobody to tell."""
        return any(cell.verdict in _ANSWERED for cell in self.cells)

    @property
    def told_by(self) -> list[str]:
        """Returns the probes whose cells match without the fault, and do not with it."""
        right = {cell.case for cell in self.healthy if cell.verdict == report_pb2.Cell.match}
        return [
            AGAIN if cell.message.startswith(matrix.ASKED_AGAIN) else cell.case
            for cell in self.cells
            if cell.case in right and cell.verdict != report_pb2.Cell.match
        ]

    def excuse(self) -> str:
        """Returns what the fault changes in the answers, of one that no probe tells."""
        if [cell.outputs for cell in self.cells] == [cell.outputs for cell in self.healthy]:
            return "the answers are those of the healthy artifact"
        share, before = _share_of_tolerance(self.cells), _share_of_tolerance(self.healthy)
        return (
            f"the answers are off by {share:.2g} of the tolerance, {before:.2g} without the fault"
        )


def trials(bundle: Bundle, player: Player, each_kind: int) -> Iterator[Trial]:
    """Yields a trial of each fault in each ONNX file and frozen graph that the player's runtime reads.

    Args:
        bundle: Healthy.
        player: Started.
        each_kind: Most faults of one kind in one artifact; they are spread over it.
    """
    options = Options(runtimes=[player.runtime])
    (plan,) = matrix.plan(bundle, options)
    for job in plan.jobs:
        if job.artifact.format not in ("onnx", "frozen_graph"):
            continue
        (signature,) = (bundle.signature(name) for name in job.cases)
        model = f"{bundle.manifest.name} {signature.name} {job.artifact.format}"
        healthy = list(matrix.run_job(job, player, bundle, options))
        if not _is_right(healthy[0]):
            continue
        for swap in swaps(job.artifact, signature):
            swapped = matrix.Job(swap.artifact, job.cases)
            cells = list(matrix.run_job(swapped, player, bundle, options))
            yield Trial(swap.kind, model, swap.planted, cells, healthy)
        for mutant in _mutants(bundle.path_of(job.artifact), job.artifact.format, each_kind):
            cells = list(_run(mutant, job, player, bundle, options))
            yield Trial(mutant.kind, model, mutant.planted, cells, healthy)


def _run(
    mutant: Mutant, job: matrix.Job, player: Player, bundle: Bundle, options: Options
) -> Iterator[report_pb2.Cell]:
    artifact = manifest_pb2.Artifact()
    artifact.CopyFrom(job.artifact)
    artifact.path = "mutant"
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, artifact.path).write_bytes(mutant.model.SerializeToString())
        mutated = Bundle(pathlib.Path(folder), bundle.manifest)
        yield from matrix.run_job(matrix.Job(artifact, job.cases), player, mutated, options)


def _mutants(path: pathlib.Path, format_name: str, each_kind: int) -> Iterator[Mutant]:
    found = planted(path, format_name)
    if format_name == "frozen_graph":
        found = itertools.chain(found, stale_state.mutants(read_graph(path)))
    for _, group in itertools.groupby(found, lambda mutant: mutant.kind):
        mutants = list(group)
        count = min(each_kind, len(mutants))
        yield from (mutants[place * len(mutants) // count] for place in range(count))


def _is_right(cell: report_pb2.Cell) -> bool:
    """Says whether a cell matches in something that a fault can change."""
    values = any(0 not in output.shape for output in cell.outputs)
    return values and cell.verdict == report_pb2.Cell.match


def _share_of_tolerance(cells: list[report_pb2.Cell]) -> float:
    """Returns the largest error at the outputs' worst elements, in units of what is allowed there."""
    shares = [0.0]
    for output in (output for cell in cells for output in cell.outputs):
        r, c = output.reference_value.number_value, output.candidate_value.number_value
        if allowed := output.atol + output.rtol * abs(r):
            shares.append(abs(c - r) / allowed)
    return max(shares)
