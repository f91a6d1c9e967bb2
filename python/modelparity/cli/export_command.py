"""`modelparity export`, and how other commands make a bundle of a source."""

import os
import pathlib
from collections.abc import Sequence
from typing import Annotated

import typer

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.cache import Cache
from modelparity.cli.app import OK, examples, subcommand
from modelparity.cli.arguments import (
    Cases,
    Checkpoint,
    Feeds,
    Fetches,
    Formats,
    Modules,
    NoCache,
    NoRepairs,
    Overwrite,
    Sandbox,
    Seed,
    Signatures,
    Source,
    Tags,
    WithoutProbes,
)
from modelparity.cli.console import spinner, stdout

app = subcommand()


@app.command(
    epilog=examples(
        "modelparity export saved_model_folder -o my.bundle",
        "modelparity export my_package.models:build -o my.bundle --format onnx --cases inputs.npz",
        "modelparity export frozen.pb -o my.bundle --feed 'image[?,224,224,3]' --fetch softmax:0",
        "modelparity export my_package.models:build -o my.bundle --checkpoint training/ckpt-7",
    )
)
def _export(
    source: Source,
    output: Annotated[
        pathlib.Path, typer.Option("--output", "-o", metavar="BUNDLE", help="The bundle to write.")
    ],
    formats: Formats = None,
    signatures: Signatures = None,
    cases: Cases = None,
    seed: Seed = 0,
    without: WithoutProbes = None,
    modules: Modules = None,
    tags: Tags = None,
    feeds: Feeds = None,
    fetches: Fetches = None,
    checkpoint: Checkpoint = None,
    no_repairs: NoRepairs = False,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    sandbox: Sandbox = False,
) -> int:
    """Makes a bundle: artifacts in every format, and golden cases with their answers.

    SOURCE is a SavedModel folder, .keras, .h5, a frozen .pb, an .onnx or .tflite, or
    `package.module:function` that returns a model. Of .onnx and .tflite no other format is made, and
    the answers are those of ONNX Runtime and LiteRT.
    """
    find_users_modules(source, modules, sandbox)
    bundle = make_bundle(
        source,
        output,
        None if no_cache else Cache.of_user(),
        formats=formats,
        signatures=signatures,
        cases=cases,
        seed=seed,
        without=without or (),
        python_modules=modules or (),
        repairs=not no_repairs,
        overwrite=overwrite,
        sandbox=sandbox,
        **source_options(tags, feeds, fetches, checkpoint),
    )
    console = stdout()
    manifest = bundle.manifest
    made = ", ".join(dict.fromkeys(artifact.format for artifact in manifest.artifacts))
    console.print(f"{output}: {made}; {len(manifest.cases)} cases", soft_wrap=True)
    for artifact in manifest.artifacts:
        names = ", ".join(binding.signature for binding in artifact.bindings)
        for line in artifact.repairs:
            console.print(f"repaired: {artifact.format} {names}: {line}", soft_wrap=True)
    for failure in manifest.conversion_failures:
        where = f"{failure.format} {failure.signature}".strip()
        console.print(f"not made: {where}: {failure.message}", soft_wrap=True)
    return OK


def find_users_modules(source: str, modules: Sequence[str] | None, sandbox: bool) -> None:
    """Lets the working folder's modules be imported when the user names one, and never because a model does.

    A sandbox does not show that folder.
    """
    is_function = not os.path.exists(source)
    if (modules or is_function) and not sandbox:
        runtimes.find_modules_here()


def source_options(
    tags: list[str] | None,
    feeds: list[str] | None,
    fetches: list[str] | None,
    checkpoint: pathlib.Path | None,
) -> dict[str, object]:
    """Returns the arguments of `export` that say more of a source; those that were not given are absent."""
    choice = {"tags": tags, "feeds": feeds, "fetches": fetches}
    choice["checkpoint"] = checkpoint and str(checkpoint.absolute())
    return {name: value for name, value in choice.items() if value}


def kept_bundle(source: str, cache: Cache, **options: object) -> Bundle | None:
    """Returns the bundle of a source in the cache, as known_bundles.kept."""
    from modelparity.exporters import known_bundles

    with spinner() as tell:
        return known_bundles.kept(source, cache, progress=tell, **options)


def make_bundle(
    source: str, target: pathlib.Path, cache: Cache | None, **options: object
) -> Bundle:
    """Exports a source, and tells how far it is. `cache` may have its bundle from before."""
    from modelparity.exporters import known_bundles

    with spinner() as tell:
        return known_bundles.export(source, target, cache, progress=tell, **options)
