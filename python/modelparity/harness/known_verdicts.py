"""Verdicts that an earlier run has found, and that need no other run.

    report = verify(bundle, options, Cache.of_user())

A runtime's verdicts are kept as long as nothing has changed that they depend on: any file of the
bundle, the cases and tolerances that were asked for, the reference, the runner, the packages, the
machine. What may end otherwise the next time is never kept: a crash, a time limit, a runtime that
is not here, a server.
"""

import dataclasses
from collections.abc import Callable

from google.protobuf.message import DecodeError

from modelparity import fingerprints
from modelparity.bundle import Bundle
from modelparity.cache import Cache, digest
from modelparity.contract import report_pb2
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness import matrix
from modelparity.harness.options import Options, Progress
from modelparity.harness.reports import finish
from modelparity.runtimes import SERVED, Launch, Runtime

_KIND = "verdicts"
_UNSTABLE = (report_pb2.Cell.crashed, report_pb2.Cell.timed_out)


def verify(
    bundle: Bundle,
    options: Options,
    cache: Cache | None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> report_pb2.Report:
    """Does what matrix.verify does, and runs only what the cache does not know.

    None for a cache: everything is run, and nothing kept.
    """
    if cache is None:
        return matrix.verify(bundle, options, progress)
    options = dataclasses.replace(options, runtimes=[_settled(each) for each in options.runtimes])
    names = {runtime.name: _name(runtime, bundle, options) for runtime in options.runtimes}
    reports = {runtime: _read(cache, name) for runtime, name in names.items() if name}
    reports = {runtime: report for runtime, report in reports.items() if report}
    left = [runtime for runtime in options.runtimes if runtime.name not in reports]
    if left or not reports:
        fresh = matrix.verify(bundle, dataclasses.replace(options, runtimes=left), progress)
        for runtime in left:
            reports[runtime.name] = _part(fresh, runtime)
            if names[runtime.name] and _is_stable(reports[runtime.name]):
                data = reports[runtime.name].SerializeToString()
                cache.write(_KIND, names[runtime.name], data)
        cache.trim()
        if not left:
            return fresh
    return _joined([reports[runtime.name] for runtime in options.runtimes])


def _settled(runtime: Runtime) -> Runtime:
    """Asks once how to launch it: that may make an environment, or try to and fail."""
    try:
        launch = runtime.launch()
    except RuntimeUnavailableError as error:
        reason = str(error)

        def refuse() -> Launch:
            raise RuntimeUnavailableError(reason)

        return dataclasses.replace(runtime, launch=refuse)
    return dataclasses.replace(runtime, launch=lambda: launch)


def _name(runtime: Runtime, bundle: Bundle, options: Options) -> str | None:
    """Returns what a runtime's verdicts depend on, as a name; None: that cannot be told."""
    if SERVED in runtime.formats:
        return None
    artifacts = [item for item in bundle.manifest.artifacts if item.format in runtime.formats]
    modules = {module for item in artifacts for module in item.python_modules}
    try:
        launches = [fingerprints.of_launch(runtime.launch())]
        if options.reference:
            launches.append(fingerprints.of_launch(options.reference.launch()))
    except RuntimeUnavailableError:
        return None
    imported = fingerprints.of_modules(sorted(modules.union(options.python_modules)))
    if imported is None:
        return None
    return digest(
        runtime.name,
        # With the SHA-256 of every file.
        bundle.manifest.SerializeToString(deterministic=True),
        repr((sorted(options.case_patterns), sorted(options.without), options.atol, options.rtol)),
        options.reference.name if options.reference else "",
        # What a model may do changes what comes of it.
        "confined" if options.limits.sandbox else "",
        *launches,
        imported,
    )


def _read(cache: Cache, name: str) -> report_pb2.Report | None:
    data = cache.read(_KIND, name)
    if data is None:
        return None
    try:
        report = report_pb2.Report.FromString(data)
    except DecodeError:
        return None
    for cell in report.cells:
        cell.cached = True
    return report


def _part(report: report_pb2.Report, runtime: Runtime) -> report_pb2.Report:
    """Returns what a report says of one runtime."""
    part = report_pb2.Report(
        reference=report.reference,
        reference_is_recorded=report.reference_is_recorded,
        notes=report.notes,
    )
    part.cells.extend(cell for cell in report.cells if cell.runtime == runtime.name)
    return part


def _is_stable(report: report_pb2.Report) -> bool:
    return bool(report.cells) and not any(cell.verdict in _UNSTABLE for cell in report.cells)


def _joined(reports: list[report_pb2.Report]) -> report_pb2.Report:
    joined = report_pb2.Report(
        reference=reports[0].reference, reference_is_recorded=reports[0].reference_is_recorded
    )
    for report in reports:
        joined.cells.extend(report.cells)
        joined.notes.extend(note for note in report.notes if note not in joined.notes)
    finish(joined)
    return joined
