"""The command `modelparity`.

    status = main(["verify", "my_model.bundle"])  # what the shell's $? would be

Standard output is the result, standard error everything else. Nothing here, and nothing that it
imports before a command asks for it, imports TensorFlow.
"""

import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer
from google.protobuf import json_format
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from typer.exceptions import TyperException

import modelparity
from modelparity import atomic, inspection, runtimes
from modelparity.bundle import Bundle, is_bundle
from modelparity.contract import report_pb2
from modelparity.errors import ModelParityError, one_line
from modelparity.harness import matrix
from modelparity.harness.expectations import Expectations, Scope
from modelparity.harness.player import Player
from modelparity.harness.runner_process import Limits
from modelparity.report import junit, table
from modelparity.tensors import DTYPES

OK = 0
DIFFERENT = 1
WRONG_CALL = 2
NOTHING_VERIFIED = 3

# A log, which has no width of its own, is not wrapped.
_LOG_WIDTH = 100

app = typer.Typer(
    name="modelparity",
    help="Says whether a TensorFlow model gives the same answers in every runtime.",
    epilog="Example: `modelparity verify saved_model_folder`",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

_Path = Annotated[pathlib.Path, typer.Argument(metavar="PATH", show_default=False)]
_Source = Annotated[str, typer.Argument(metavar="SOURCE", show_default=False)]
_Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", metavar="F", help="An artifact to make; repeat it. Default: what suits."
    ),
]
_Signatures = Annotated[
    list[str] | None,
    typer.Option(
        "--signature", metavar="S", help="A signature to export; repeat it. Default: all."
    ),
]
_Cases = Annotated[
    pathlib.Path | None,
    typer.Option(
        "--cases",
        metavar="FILE",
        help="Inputs of the golden cases: .npz with keys `input` or `signature/case/input`.",
    ),
]
_Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Seed of the inputs that are made up.")
]
_Modules = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE",
        help="Python module with the model's custom objects; repeat it.",
    ),
]
_Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a bundle that is there.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` are by default the process's.

    0: all cells match, or fail as the expectations say. 1: some cell does not. 2: wrong call or
        unusable
    input. 3: nothing could be verified. 130: interrupted.
    """
    # `bazel run` starts its program elsewhere; paths are relative to where the user stands.
    if os.environ.get("BUILD_WORKING_DIRECTORY"):
        os.chdir(os.environ["BUILD_WORKING_DIRECTORY"])
    command = typer.main.get_command(app)
    try:
        with _terminated_as_interrupted():
            return command.main(arguments, prog_name="modelparity", standalone_mode=False) or OK
    except TyperException as error:
        message = f"{error.format_message()} Try `modelparity --help`."
    except ModelParityError as error:
        message = str(error)
    except BrokenPipeError:
        # Whoever read the result has seen enough; the interpreter must not flush into the pipe,
        # either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG_CALL
    except Exception as error:
        message = f"{type(error).__name__}: {one_line(error)}; this is a bug of modelparity, please report it"
    print(f"modelparity: {message}", file=sys.stderr)
    return WRONG_CALL


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> int:
    if version:
        print(f"modelparity {modelparity.__version__}")
        raise typer.Exit(OK)
    return OK


@app.command(
    "inspect",
    epilog="Example: `modelparity inspect models/half_plus_two`",
)
def _inspect(path: _Path) -> int:
    """Shows signatures, dtypes, shapes, operators, sizes and versions of a bundle or any artifact.

    PATH is a bundle, a SavedModel (or a folder of numbered ones), a frozen .pb, .keras, .h5, .onnx,
    .tflite, or a checkpoint.
    """
    _stdout().print(inspection.render(inspection.inspect(path)), soft_wrap=True, end="")
    return OK


@app.command(
    "export",
    epilog="Examples:\n\n`modelparity export saved_model_folder -o my.bundle`\n\n"
    "`modelparity export my_package.models:build -o my.bundle --format onnx --cases inputs.npz`",
)
def _export(
    source: _Source,
    output: Annotated[
        pathlib.Path, typer.Option("--output", "-o", metavar="BUNDLE", help="The bundle to write.")
    ],
    formats: _Formats = None,
    signatures: _Signatures = None,
    cases: _Cases = None,
    seed: _Seed = 0,
    modules: _Modules = None,
    overwrite: _Overwrite = False,
) -> int:
    """Makes a bundle: artifacts in every format, and golden cases with TensorFlow's answers.

    SOURCE is a SavedModel folder, .keras, .h5, a frozen .pb, or `package.module:function` that
    returns a model.
    """
    bundle = _make_bundle(
        source,
        output,
        formats=formats,
        signatures=signatures,
        cases=cases,
        seed=seed,
        python_modules=modules or (),
        overwrite=overwrite,
    )
    console = _stdout()
    manifest = bundle.manifest
    made = ", ".join(dict.fromkeys(artifact.format for artifact in manifest.artifacts))
    console.print(f"{output}: {made}; {len(manifest.cases)} cases", soft_wrap=True)
    for failure in manifest.conversion_failures:
        where = f"{failure.format} {failure.signature}".strip()
        console.print(f"not made: {where}: {failure.message}", soft_wrap=True)
    return OK


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
    seed: _Seed = 0,
    modules: _Modules = None,
    output: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--output", "-o", metavar="BUNDLE", help="Keep the bundle that a source is made into."
        ),
    ] = None,
    overwrite: _Overwrite = False,
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
        limits=Limits(timeout, memory_limit << 20 if memory_limit else _half_of_memory()),
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
    table.print_report(report, _stdout(), verbose)
    if report.ok:
        return OK
    if nothing := _nothing_verified(report):
        print(f"modelparity: {nothing}", file=sys.stderr)
        return NOTHING_VERIFIED
    return DIFFERENT


@app.command("runtimes", epilog="Example: `modelparity runtimes`")
def _runtimes() -> int:
    """Lists every runtime: its version, formats and dtypes, or how to get it.

    A runtime counts as available when its runner was started and answered.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        versions = list(pool.map(_version_of, runtimes.RUNTIMES))
    console = _stdout()
    listing = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("runtime", "version", "formats", "dtypes"):
        listing.add_column(heading, no_wrap=heading == "runtime", overflow="fold")
    problems = []
    for runtime, (version, problem) in zip(runtimes.RUNTIMES, versions, strict=True):
        dtypes = _dtypes(runtime.dtypes)
        listing.add_row(runtime.name, version or "not here", ", ".join(runtime.formats), dtypes)
        if problem:
            problems.append(f"{runtime.name} is not here: {problem}")
    console.print(listing)
    for problem in problems:
        console.print(f"\n{problem}", soft_wrap=True)
    return OK


def _dtypes(dtypes: Sequence[str]) -> str:
    """Lists dtypes, or those of the protocol that are missing when these are fewer."""
    missing = [row.name for row in DTYPES if row.name not in dtypes]
    if len(missing) < len(dtypes):
        return f"all but {', '.join(missing)}" if missing else "all"
    return ", ".join(dtypes)


def _version_of(runtime: runtimes.Runtime) -> tuple[str, str]:
    """Returns a runtime's version, or else why it is not available."""
    try:
        with Player(runtime, Limits(memory_bytes=_half_of_memory())) as player:
            return player.version, ""
    except ModelParityError as error:
        return "", str(error)


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
    return (_choose(patterns or ["*"]) if patterns or not urls else []) + servers


def _choose(patterns: Sequence[str]) -> list[runtimes.Runtime]:
    """Returns the runtimes that any of the patterns names."""
    chosen = set()
    for pattern in patterns:
        named = [runtime.name for runtime in runtimes.select(pattern)]
        if not named:
            names = ", ".join(runtime.name for runtime in runtimes.RUNTIMES)
            raise typer.BadParameter(f"--runtime '{pattern}' fits no runtime; there are {names}.")
        chosen.update(named)
    return [runtime for runtime in runtimes.RUNTIMES if runtime.name in chosen]


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
        yield _make_bundle(source, target, seed=seed, python_modules=modules, overwrite=overwrite)


def _make_bundle(source: str, target: pathlib.Path, **options: object) -> Bundle:
    from modelparity.exporters import export

    with _spinner() as tell:
        return export(source, target, progress=tell, **options)


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


@contextlib.contextmanager
def _spinner() -> Iterator[Callable[[str], None]]:
    """Yields a function that says what is being done: on a terminal in place, else line by line."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(text)
    else:
        yield lambda text: print(text, file=sys.stderr)


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


def _stdout() -> Console:
    # Names and messages hold brackets, which are no markup.
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    return console


def _half_of_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Lets SIGTERM end the runners and temporary folders as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
