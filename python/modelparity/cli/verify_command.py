"""`modelparity verify`."""

import contextlib
import pathlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from google.protobuf import json_format
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from modelparity import atomic, runtimes
from modelparity.bundle import Bundle, is_bundle
from modelparity.cli.app import DIFFERENT, NOTHING_VERIFIED, OK, app
from modelparity.cli.arguments import Modules, Overwrite, Seed
from modelparity.cli.chosen_runtimes import choose
from modelparity.cli.console import stdout
from modelparity.cli.export_command import make_bundle
from modelparity.contract import report_pb2
from modelparity.harness import matrix
from modelparity.harness.expectations import Expectations, Scope
from modelparity.harness.runner_process import Limits, half_of_memory
from modelparity.report import junit, table


@app.command(
    "verify",
    epilog="Examples:\n\n`modelparity verify my.bundle`\n\n"
    "`modelparity verify saved_model_folder --runtime 'onnxruntime-*' --rtol 1e-3`\n\n"
    "`modelparity verify my.bundle --expectations known_failures.txt --junit report.xml`\n\n"
    "`modelparity verify my.bundle --endpoint grpc://localhost:8001`",
)
def _verify(
    source: Annotated[str, typer.Argument(metavar="BUNDLE_OR_SOURCE", show_default=False)],
    runtime_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime",
            metavar="GLOB",
            help="Runtimes to run; repeat it. `tfjs-chromium` is all its backends,"
            " `tfjs-chromium/webgl` is one. Default: all, or none when there is an --endpoint.",
        ),
    ] = None,
    endpoints: Annotated[
        list[str] | None,
        typer.Option(
            "--endpoint",
            metavar="URL",
            help="A server of the Open Inference Protocol: grpc://HOST:PORT, with /MODEL or"
            " /MODEL/VERSION when the model has another name there than in the bundle, and grpcs://"
            " for TLS; repeat it.",
        ),
    ] = None,
    endpoint_ca: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--endpoint-ca",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Certificates, in PEM, that grpcs:// trusts. Default: the system's.",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            metavar="R",
            help="Run this runtime for the right answers. Default: those recorded in the bundle.",
        ),
    ] = None,
    case_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="GLOB",
            help="Cases to run, as `signature/case`; repeat it. Default: all.",
        ),
    ] = None,
    atol: Annotated[
        float | None,
        typer.Option(
            "--atol", metavar="X", min=0, help="Absolute tolerance of every float output."
        ),
    ] = None,
    rtol: Annotated[
        float | None,
        typer.Option(
            "--rtol", metavar="X", min=0, help="Relative tolerance of every float output."
        ),
    ] = None,
    expectations: Annotated[
        pathlib.Path | None,
        typer.Option("--expectations", metavar="FILE", help="The failures that are known."),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Rewrite the expectations as they are now.")
    ] = False,
    json: Annotated[
        pathlib.Path | None,
        typer.Option("--json", metavar="FILE", help="Write the report as JSON."),
    ] = None,
    junit_file: Annotated[
        pathlib.Path | None, typer.Option("--junit", metavar="FILE", help="Write it as JUnit XML.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", metavar="SECONDS", min=0.001, help="Limit of each start, load and run."
        ),
    ] = Limits().seconds,
    memory_limit: Annotated[
        int | None,
        typer.Option(
            "--memory-limit",
            metavar="MIB",
            min=1,
            help="Resident memory of each runner. Default: half of this machine's.",
        ),
    ] = None,
    seed: Seed = 0,
    modules: Modules = None,
    output: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--output", "-o", metavar="BUNDLE", help="Keep the bundle that a source is made into."
        ),
    ] = None,
    overwrite: Overwrite = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every cell.")] = False,
) -> int:
    """Runs a model in every runtime and compares the answers.

    BUNDLE_OR_SOURCE is a bundle, or anything that `export` takes, which is then made into one.
    --seed, --output and --overwrite are for such a source.
    """
    if endpoint_ca and not endpoints:
        raise typer.BadParameter("--endpoint-ca is for an --endpoint; give that, too.")
    if fix and expectations is None:
        raise typer.BadParameter("--fix rewrites the file of --expectations; give that, too.")
    for file in (json, junit_file, expectations if fix else None):
        if file:
            atomic.check_folder(file)
    options = matrix.Options(
        runtimes=_runtimes_to_run(runtime_patterns, endpoints or [], endpoint_ca),
        case_patterns=tuple(case_patterns or ["*"]),
        reference=runtimes.find(reference) if reference else None,
        atol=atol,
        rtol=rtol,
        limits=Limits(timeout, memory_limit << 20 if memory_limit else half_of_memory()),
        python_modules=tuple(modules or ()),
    )
    known = Expectations()
    if expectations and (expectations.exists() or not fix):
        known = Expectations.read(expectations)
    with _bundle_of(source, output, seed, modules or (), overwrite) as bundle:
        report = _run(bundle, options)
        scope = _scope(bundle, options)
    if fix:
        known = known.fixed(report, scope)
        known.write(expectations)
    known.apply(report, scope)
    if json:
        atomic.write_text(json, _to_json(report))
    if junit_file:
        atomic.write_text(junit_file, junit.to_junit(report))
    table.print_report(report, stdout(), verbose)
    if report.ok:
        return OK
    if nothing := _nothing_verified(report):
        print(f"modelparity: {nothing}", file=sys.stderr)
        return NOTHING_VERIFIED
    return DIFFERENT


def _runtimes_to_run(
    patterns: Sequence[str] | None, urls: Sequence[str], ca_file: pathlib.Path | None
) -> list[runtimes.Runtime]:
    servers = [
        runtimes.endpoint(
            url,
            str(ca_file or ""),
            f"{runtimes.ENDPOINT}-{number}" if number > 1 else runtimes.ENDPOINT,
        )
        for number, url in enumerate(urls, 1)
    ]
    return (choose(patterns or ["*"]) if patterns or not urls else []) + servers


@contextlib.contextmanager
def _bundle_of(
    source: str,
    output: pathlib.Path | None,
    seed: int,
    modules: Sequence[str],
    overwrite: bool,
) -> Iterator[Bundle]:
    """Opens a bundle, or makes one of a source: at `output`, else for as long as it is needed."""
    if is_bundle(source):
        if output or overwrite:
            raise typer.BadParameter(f"'{source}' is a bundle already; --output is for a source.")
        yield Bundle.open(source)
        return
    with tempfile.TemporaryDirectory(prefix="modelparity-") as folder:
        target = output or pathlib.Path(folder, "source.bundle")
        yield make_bundle(source, target, seed=seed, python_modules=modules, overwrite=overwrite)


def _run(bundle: Bundle, options: matrix.Options) -> report_pb2.Report:
    console = Console(stderr=True)
    if not console.is_terminal:
        return matrix.verify(bundle, options)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("verifying", total=None)

        def advance(event: matrix.Progress) -> None:
            cell = event.cell
            where = f"{cell.runtime} {cell.format} {cell.signature}/{cell.case}"
            progress.update(task, completed=event.done, total=event.total, description=where)

        return matrix.verify(bundle, options, advance)


def _scope(bundle: Bundle, options: matrix.Options) -> Scope:
    chosen = {runtime.name for runtime in options.runtimes}
    with_cases = {case.signature for case in bundle.manifest.cases}
    cases = [f"{case.signature}/{case.name}" for case in bundle.manifest.cases]
    # A signature without a case is one cell.
    cases += [
        f"{signature.name}/{matrix.ALL}"
        for signature in bundle.manifest.signatures
        if signature.name not in with_cases
    ]
    return Scope(
        runtimes={runtimes.ENDPOINT, *(runtime.name for runtime in runtimes.RUNTIMES)} - chosen,
        cases=[case for case in cases if not matrix.is_selected(case, options)],
    )


def _nothing_verified(report: report_pb2.Report) -> str:
    """Says why nothing could be verified; empty: something was."""
    if not report.cells:
        return "nothing was verified: no case is left to run; see --case, and the notes"
    stands_for_all = all(cell.format == matrix.ALL for cell in report.cells)
    if not stands_for_all or any(cell.verdict != cell.unsupported for cell in report.cells):
        return ""
    if any(cell.signature == matrix.ALL for cell in report.cells):
        return (
            "nothing was verified: none of the runtimes can run this here; the report says why, see"
            " also `modelparity runtimes`"
        )
    return "nothing was verified: no signature has a case that the reference answers"


def _to_json(report: report_pb2.Report) -> str:
    text = json_format.MessageToJson(
        report,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        indent=2,
    )
    return text + "\n"
