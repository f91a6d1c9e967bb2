"""From a mark to the cells that its test is run on. Nothing is started here."""

import dataclasses
import os
import pathlib
from collections.abc import Iterator, Sequence

from modelparity import runtimes as table
from modelparity.bundle import Bundle
from modelparity.contract import case_pb2, manifest_pb2, report_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    BundleInvalidError,
)
from modelparity.harness import expectations as known_failures
from modelparity.harness import matrix
from modelparity.harness.expectations import Expectations
from modelparity.harness.options import Limits, Options, limits_of
from modelparity.harness.reports import case_id
from modelparity.runtimes import Runtime


@dataclasses.dataclass(frozen=True)
class Mark:
    """What the arguments of a mark come to."""

    bundle: Bundle
    """Its files have their sizes; nobody has read them yet."""
    options: Options
    expectations: Expectations


@dataclasses.dataclass(frozen=True)
class Planned:
    """A cell before it is run; its text is the test's id."""

    mark: Mark
    runtime: Runtime
    cell: report_pb2.Cell
    """The names; when there is nothing to run, the verdict, too."""
    artifact: manifest_pb2.Artifact | None = None
    case: case_pb2.Case | None = None

    def __str__(self) -> str:
        cell = self.cell
        return f"{cell.runtime}:{cell.format}:{cell.signature}/{cell.case}"


def plan(
    folder: pathlib.Path,
    bundle: str | os.PathLike,
    *,
    runtimes: Sequence[str] | None = None,
    cases: Sequence[str] | None = None,
    atol: float | None = None,
    rtol: float | None = None,
    expectations: str | os.PathLike | None = None,
    timeout: float = Limits().seconds,
    modules: Sequence[str] = (),
    sandbox: bool = False,
) -> list[Planned]:
    """Returns the cells of a mark, runtime by runtime.

    Args:
        folder: What the paths are relative to.
        bundle: The model.
        runtimes: Patterns, as of `modelparity verify --runtime`. None: all.
        cases: Patterns over `signature/case`. None: all.
        atol: Absolute tolerance of every float. None: as the case or the dtype says.
        rtol: Relative, likewise.
        expectations: File with the failures that are known.
        timeout: Seconds that each start, load and run may take.
        modules: Imported by Python runners before they load the model.
        sandbox: Confine the runners, as `modelparity verify --sandbox`.

    Raises:
        ModelParityError: The bundle or the expectations cannot be used, a pattern fits nothing, a case
            has no recorded answer, or there is no sandbox here.
    """
    if modules and not sandbox:
        table.find_modules_here()
    opened = Bundle.open(folder / bundle, verify_checksums=False)
    limits = limits_of(timeout, sandbox=sandbox)
    mark = Mark(
        opened,
        Options(
            runtimes=_choose(("*",) if runtimes is None else runtimes),
            case_patterns=("*",) if cases is None else tuple(cases),
            atol=atol,
            rtol=rtol,
            limits=limits.reading(opened.path),
            python_modules=tuple(modules),
        ),
        Expectations.read(folder / expectations) if expectations else Expectations(),
    )
    planned = [cell for plan in matrix.plan(mark.bundle, mark.options) for cell in _of(plan, mark)]
    if not planned:
        raise BundleInvalidError(
            f"'{mark.bundle.path}' has no case that {list(mark.options.case_patterns)} fits; see"
            " `modelparity inspect`"
        )
    _check_expectations(mark, planned)
    return planned


def _choose(patterns: Sequence[str]) -> list[Runtime]:
    if isinstance(patterns, str):
        raise TypeError(f"runtimes: got the text '{patterns}', wants a list of texts")
    return table.choose(patterns)


def _of(plan: matrix.Plan, mark: Mark) -> Iterator[Planned]:
    for cell in plan.decided:
        yield Planned(mark, plan.runtime, cell)
    for job in plan.jobs:
        for case in (case for cases in job.cases.values() for case in cases):
            if not case.HasField("expected"):
                raise BundleInvalidError(
                    f"case '{case_id(case)}' of '{mark.bundle.path}' has no recorded answer;"
                    " export again"
                )
            cell = report_pb2.Cell(
                runtime=plan.runtime.name,
                format=job.artifact.format,
                signature=case.signature,
                case=case.name,
            )
            artifact = matrix.artifact_to_load(job.artifact, mark.options)
            yield Planned(mark, plan.runtime, cell, artifact, case)


def _check_expectations(mark: Mark, planned: Sequence[Planned]) -> None:
    """Raises ArtifactInvalidError when a line is about no cell, though nothing was left out of it."""
    scope = known_failures.left_out(mark.bundle, mark.options)
    for line in mark.expectations.lines:
        if line.verdict and not line.is_in(scope) and not any(line.names(p.cell) for p in planned):
            raise ArtifactInvalidError(
                f"the line '{line.text}' of the expectations names no cell of"
                f" '{mark.bundle.path}'; remove it"
            )
