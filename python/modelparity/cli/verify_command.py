"""`modelparity verify`."""

import contextlib
import dataclasses
import os
import pathlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

import typer

from modelparity import atomic, runtimes
from modelparity.bundle import Bundle, is_bundle
from modelparity.cache import Cache
from modelparity.cli.app import examples, subcommand
from modelparity.cli.arguments import (
    Atol,
    CasePatterns,
    Checkpoint,
    Feeds,
    Fetches,
    Html,
    Json,
    Junit,
    Markdown,
    MemoryLimit,
    Modules,
    NoCache,
    NoRepairs,
    Overwrite,
    Rtol,
    Sandbox,
    Seed,
    Tags,
    Timeout,
    Verbose,
    WithoutProbes,
)
from modelparity.cli.chosen_runtimes import choose
from modelparity.cli.conclusion import ReportFiles, conclude
from modelparity.cli.console import stderr
from modelparity.cli.export_command import (
    find_users_modules,
    kept_bundle,
    make_bundle,
    source_options,
)
from modelparity.cli.locate_command import located
from modelparity.contract import report_pb2
from modelparity.harness import known_verdicts
from modelparity.harness.expectations import Expectations, left_out
from modelparity.harness.options import (
    Limits,
    Options,
    Progress,
    half_of_memory,
    limits_of,
    readers,
)

_MODEL_MEMORY = 6 << 30  # bytes

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity verify my.bundle",
        "modelparity verify saved_model_folder --runtime 'onnxruntime-*' --rtol 1e-3",
        "modelparity verify my.bundle --expectations known_failures.txt --junit report.xml",
        "modelparity verify my.bundle --html report.html",
        "modelparity verify my.bundle --runtime tensorflow-python@2.16.2",
        "modelparity verify my.bundle --endpoint grpc://localhost:8001",
        "modelparity verify my.bundle --save-outputs answers",
        "modelparity verify model.onnx",
        "modelparity verify frozen.pb --feed 'image[?,224,224,3]' --fetch softmax:0",
        "modelparity verify my_package.models:build --checkpoint training/ckpt-7",
        "modelparity verify --all models --output results",
    )
)
def _verify(
    source: Annotated[str, typer.Argument(metavar="BUNDLE_OR_SOURCE", show_default=False)],
    runtime_patterns: Annotated[
        list[str] | None,
        typer.Option(
            "--runtime",
            metavar="GLOB",
            help="Runtimes to run; repeat it. `tfjs-chromium` is all its backends,"
            " `tfjs-chromium/webgl` is one; `tensorflow-python@2.16.2` is that version of its package,"
            " which is installed apart. Default: all that read a format of the bundle, or none when"
            " there is an --endpoint.",
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
    case_patterns: CasePatterns = None,
    atol: Atol = None,
    rtol: Rtol = None,
    expectations: Annotated[
        pathlib.Path | None,
        typer.Option("--expectations", metavar="FILE", help="The failures that are known."),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Rewrite the expectations as they are now.")
    ] = False,
    json: Json = None,
    junit: Junit = None,
    html: Html = None,
    markdown: Markdown = None,
    save_outputs: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--save-outputs",
            metavar="DIR",
            help="Keep every answer, so that `modelparity compare DIR` can judge it again; everything is"
            " run, also what is known from before.",
        ),
    ] = None,
    timeout: Timeout = Limits.seconds,
    memory_limit: MemoryLimit = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="What the report calls the model. Default: as the bundle does.",
        ),
    ] = None,
    seed: Seed = 0,
    without: WithoutProbes = None,
    modules: Modules = None,
    tags: Tags = None,
    feeds: Feeds = None,
    fetches: Fetches = None,
    checkpoint: Checkpoint = None,
    no_repairs: NoRepairs = False,
    output: Annotated[
        pathlib.Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Keep the bundle that a source is made into; with --all, the folder of the results.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Verify every model below a folder, and keep what came of each below --output; called"
            " again, it goes on with those that have no result.",
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="With --all: models at a time. Default: what fits here.",
        ),
    ] = None,
    locating: Annotated[
        bool,
        typer.Option(
            "--locate",
            help="Find the node at which the first runtime that differs does, see `locate`.",
        ),
    ] = False,
    no_reduction: Annotated[
        bool,
        typer.Option(
            "--no-reduction", help="Leave what fails as it is, and look for no smaller input."
        ),
    ] = False,
    no_cache: NoCache = False,
    sandbox: Sandbox = False,
    verbose: Verbose = False,
) -> int:
    """Runs a model in every runtime and compares the answers.

    BUNDLE_OR_SOURCE is a bundle, or anything that `export` takes, which is then made into one.
    --seed, --import, --tag, --feed, --fetch, --checkpoint, --no-repairs, --output and --overwrite are for
    such a source.
    With --all it is a folder, and every model below it is verified.
    """
    choice = source_options(tags, feeds, fetches, checkpoint)
    files = ReportFiles(json, junit, html, markdown)
    if every:
        if output is None:
            raise typer.BadParameter("--all keeps its results in a folder; name it with --output.")
        of_one = (
            endpoints,
            endpoint_ca,
            reference,
            expectations,
            fix,
            *files,
            save_outputs,
            name,
            locating,
            choice,
        )
        if any(of_one) or verbose:
            raise typer.BadParameter(
                "--all takes no --endpoint, --reference, --expectations, --json, --junit, --html,"
                " --markdown, --save-outputs, --name, --locate, --tag, --feed, --fetch, --checkpoint or --verbose; each"
                " model has its report.json below --output."
            )
        choose(runtime_patterns or ["*"])
        jobs = jobs or _models_at_a_time()
        options = [
            *_repeated("--runtime", runtime_patterns),
            *_repeated("--case", case_patterns),
            *_repeated("--no-probe", without),
            *_repeated("--import", modules),
            *_repeated("--atol", [] if atol is None else [atol]),
            *_repeated("--rtol", [] if rtol is None else [rtol]),
            *("--timeout", str(timeout)),
            *("--memory-limit", str(memory_limit or half_of_memory() // jobs >> 20)),
            *("--seed", str(seed)),
            *(["--no-repairs"] if no_repairs else []),
            *(["--no-cache"] if no_cache else []),
            *(["--sandbox"] if sandbox else []),
        ]
        # Only here, as junit below: few calls need them, and all would wait for their imports.
        from modelparity.cli.verify_all import verify_all

        return verify_all(pathlib.Path(source), output, options, jobs, overwrite)
    find_users_modules(source, modules, sandbox)
    if no_repairs:
        choice["repairs"] = False
    if jobs:
        raise typer.BadParameter("--jobs is for --all; give that, too.")
    if endpoint_ca and not endpoints:
        raise typer.BadParameter("--endpoint-ca is for an --endpoint; give that, too.")
    if fix and expectations is None:
        raise typer.BadParameter("--fix rewrites the file of --expectations; give that, too.")
    files.check()
    if fix:
        atomic.check_folder(expectations)
    options = Options(
        runtimes=_runtimes_to_run(runtime_patterns, endpoints or [], endpoint_ca),
        case_patterns=tuple(case_patterns or ["*"]),
        without=tuple(without or ()),
        reference=runtimes.find(reference) if reference else None,
        atol=atol,
        rtol=rtol,
        limits=limits_of(timeout, memory_limit, sandbox),
        python_modules=tuple(modules or ()),
    )
    answers = None
    if save_outputs:
        # Only here, since it brings numpy.
        from modelparity.harness.saved_answers import AnswerWriter

        answers = AnswerWriter(save_outputs)
        options = dataclasses.replace(options, answered=answers.add)
    known = Expectations()
    if expectations and (expectations.exists() or not fix):
        known = Expectations.read(expectations)
    cache = None if no_cache else Cache.of_user()
    how = {"seed": seed, "python_modules": modules or (), "sandbox": sandbox, **choice}
    with _bundle_of(source, output, how, choice, overwrite, cache) as bundle:
        options = dataclasses.replace(options, limits=options.limits.reading(bundle.path))
        if runtime_patterns:
            notes = []
        else:
            able, notes = readers(options.runtimes, bundle.manifest)
            options = dataclasses.replace(options, runtimes=able)
        with answers or contextlib.nullcontext():
            # Of what is known from before there are no answers.
            report = _run(bundle, options, None if answers else cache)
            report.model = name or bundle.manifest.name
            report.notes.extend(notes)
            if answers:
                answers.finish(report)
        scope = left_out(bundle, options)
        if fix:
            known = known.fixed(report, scope)
            known.write(expectations)
        known.apply(report, scope)
        if not no_reduction and any(not cell.ok for cell in report.cells):
            # Only here, since it brings numpy.
            from modelparity.harness.reduction import reduced

            report.notes.extend(reduced(report, bundle, options))
        finding = located(report, bundle, options) if locating else ""
    return conclude(report, report.model, files, verbose, atol, rtol, finding)


def _repeated(option: str, values: Iterable[object] | None) -> list[str]:
    return [word for value in values or () for word in (option, str(value))]


def _models_at_a_time() -> int:
    """One model keeps several processes busy, and TensorFlow in them takes some gigabytes."""
    return max(1, min((os.cpu_count() or 1) // 2, 2 * half_of_memory() // _MODEL_MEMORY))


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
    how: Mapping[str, object],
    choice: Mapping[str, object],
    overwrite: bool,
    cache: Cache | None,
) -> Iterator[Bundle]:
    """Opens a bundle, or makes one of a source: at `output`, else for as long as it is needed.

    `how` are the arguments of an export, and `choice` those of them that are for a source alone.
    """
    if is_bundle(source):
        if output or overwrite:
            raise typer.BadParameter(f"'{source}' is a bundle already; --output is for a source.")
        if choice:
            raise typer.BadParameter(
                f"'{source}' is a bundle already; --tag, --feed, --fetch, --checkpoint and --no-repairs are"
                " for a source."
            )
        yield Bundle.open(source)
        return
    if output is None and cache and (kept := kept_bundle(source, cache, **how)):
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="modelparity-") as folder:
        target = output or pathlib.Path(folder, "source.bundle")
        yield make_bundle(source, target, cache, overwrite=overwrite, **how)


def _run(bundle: Bundle, options: Options, cache: Cache | None) -> report_pb2.Report:
    console = stderr()
    if not console.is_terminal:
        return known_verdicts.verify(bundle, options, cache)
    from rich import progress

    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("verifying", total=None)

        def advance(event: Progress) -> None:
            cell = event.cell
            where = f"{cell.runtime} {cell.format} {cell.signature}/{cell.case}"
            bar.update(task, completed=event.done, total=event.total, description=where)

        return known_verdicts.verify(bundle, options, cache, advance)
