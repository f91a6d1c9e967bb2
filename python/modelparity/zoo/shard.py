"""What one test of a zoo verifies: a model in some runtimes, or a shard of its cases."""

import pathlib
from collections.abc import Iterator, Mapping, Sequence

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import manifest_pb2, report_pb2
from modelparity.harness.options import reads
from modelparity.harness.reports import ALL, case_id
from modelparity.patterns import names_runtime
from modelparity.report import json_file

REPORT = "report.json"


def shard_options(
    path: str, name: str, names: Sequence[str], environment: Mapping[str, str]
) -> list[str]:
    """Returns the options of `verify`; empty: nothing is to be run, and the report that says so is written.

    Args:
        path: The bundle.
        name: What the report calls the model.
        names: Of runtimes, without their backends. Those that read no format of the bundle are left out.
        environment: Bazel's, see its Test Encyclopedia: where outputs go, and which shard this is.
    """
    manifest = Bundle.open(path).manifest
    report = pathlib.Path(environment["TEST_UNDECLARED_OUTPUTS_DIR"], REPORT)
    shards = int(environment.get("TEST_TOTAL_SHARDS") or 1)
    cases = list(_cases(manifest))[int(environment.get("TEST_SHARD_INDEX") or 0) :: shards]
    if file := environment.get("TEST_SHARD_STATUS_FILE"):
        # Bazel wants to know that we know of shards.
        pathlib.Path(file).touch()
    able = [each for each in names if _is_able(each, manifest)]
    others = [each for each in names if each not in able]
    if not able or not cases:
        empty = report_pb2.Report(model=name)
        if not able:
            has = ", ".join(sorted({artifact.format for artifact in manifest.artifacts}))
            empty.notes.append(
                f"not run, since the bundle has {has}, and they read others: {', '.join(others)}"
            )
        json_file.write(report, empty)
        print(f"{name}: nothing to run here{''.join(f'; {note}' for note in empty.notes)}")
        return []
    options = ["--name", name, "--json", str(report)]
    for each in able:
        options += ["--runtime", each]
    for case in cases if shards > 1 else []:
        options += ["--case", case]
    return options


def _is_able(name: str, manifest: manifest_pb2.Manifest) -> bool:
    return any(
        reads(runtime, manifest)
        for runtime in runtimes.RUNTIMES
        if names_runtime(name, runtime.name)
    )


def _cases(manifest: manifest_pb2.Manifest) -> Iterator[str]:
    """Yields every case as `--case` takes it, those that were refused among them, which are notes of the report."""
    with_cases = set()
    for case in (*manifest.cases, *manifest.refused_cases):
        with_cases.add(case.signature)
        yield case_id(case)
    for signature in manifest.signatures:
        if signature.name not in with_cases:
            # It is one cell.
            yield f"{signature.name}/{ALL}"
