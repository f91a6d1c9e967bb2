"""What to verify and how, and what is told meanwhile."""

import dataclasses
import os
from collections.abc import Callable, Sequence

from modelparity.contract import case_pb2, inference_pb2, manifest_pb2, report_pb2
from modelparity.harness.sandbox import Sandbox
from modelparity.patterns import matches_any, without_backend
from modelparity.runtimes import SERVED, Runtime

AGAIN = "again"
"""The probe that asks a case again once all were run: an answer may depend on the calls before it."""

THREADS = "threads"
"""The probe that asks from several threads at once, where the runtime claims that one may."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one runner may use."""

    seconds: float = 120.0
    """For each call: the start of the runtime, a load, a run."""
    memory_bytes: int | None = None
    """Resident memory of the process and all that it started. None: no limit."""
    sandbox: Sandbox | None = None
    """What it runs in. None: it may do what this user may."""

    def reading(self, *paths: str | os.PathLike) -> "Limits":
        """Returns limits with which a runner can also read these."""
        if self.sandbox is None:
            return self
        return dataclasses.replace(self, sandbox=self.sandbox.reading(*paths))


def half_of_memory() -> int:
    """Returns half of this machine's memory, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def limits_of(timeout: float, memory_limit: int | None = None, sandbox: bool = False) -> Limits:
    """Returns the limits of `--timeout` seconds, `--memory-limit` MiB and `--sandbox`.

    Raises:
        RuntimeUnavailableError: There is no sandbox here.
    """
    memory = memory_limit << 20 if memory_limit else half_of_memory()
    return Limits(timeout, memory, Sandbox.make() if sandbox else None)


@dataclasses.dataclass(frozen=True)
class Options:
    """What to verify, and how."""

    runtimes: Sequence[Runtime]
    case_patterns: Sequence[str] = ("*",)
    """Wildcards over `signature/case`; a case that none matches is left out."""
    without: Sequence[str] = ()
    """Wildcards over the names of probes (cases, AGAIN and THREADS) that are left out."""
    reference: Runtime | None = None
    """Is run live, and its answers are the right ones. None: the answers recorded in the bundle are."""
    atol: float | None = None
    """For every float; None: as the case or the dtype says."""
    rtol: float | None = None
    limits: Limits = dataclasses.field(default_factory=Limits)
    python_modules: Sequence[str] = ()
    """Python runners import these as well, before they load an artifact."""
    answered: Callable[[report_pb2.Cell, case_pb2.Case, inference_pb2.ModelInferResponse], None] = (
        lambda cell, case, response: None
    )
    """Is called with every answer, once it is judged, from several threads."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Told whenever a cell is finished."""

    done: int
    total: int
    cell: report_pb2.Cell


def is_selected(case: str, options: Options) -> bool:
    """Says whether a case, by its id, is to be run."""
    wanted = matches_any(case, options.case_patterns)
    return wanted and is_probed(case.rpartition("/")[2], options)


def is_probed(name: str, options: Options) -> bool:
    """Says whether a probe is to be made."""
    # One of an unknown rank is made of scalars and of vectors.
    probe = name.removesuffix("-vector")
    return not matches_any(probe, options.without)


def readers(
    candidates: Sequence[Runtime], manifest: manifest_pb2.Manifest
) -> tuple[list[Runtime], list[str]]:
    """Returns the runtimes that read a format which the bundle has, or was to have.

    Returns:
        With them, notes on the others; all of the candidates when none reads anything, since of an
        empty matrix nobody could see why.
    """
    able = [each for each in candidates if reads(each, manifest)]
    others = dict.fromkeys(without_backend(each.name) for each in candidates if each not in able)
    if not others or not able:
        return list(candidates), []
    has = ", ".join(sorted(_asked(manifest)))
    return able, [f"not run, since the bundle has {has}, and they read others: {', '.join(others)}"]


def reads(runtime: Runtime, manifest: manifest_pb2.Manifest) -> bool:
    """Says whether a runtime reads a format which the bundle has, or was to have."""
    return not _asked(manifest).union([SERVED]).isdisjoint(runtime.formats)


def _asked(manifest: manifest_pb2.Manifest) -> set[str]:
    return {each.format for each in (*manifest.artifacts, *manifest.conversion_failures)}
