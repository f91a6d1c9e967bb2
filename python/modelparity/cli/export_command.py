"""`modelparity export`, and how other commands make a bundle of a source."""

import pathlib
from typing import Annotated

import typer

from modelparity.bundle import Bundle
from modelparity.cli.app import OK, app
from modelparity.cli.arguments import (
    Cases,
    Formats,
    Modules,
    Overwrite,
    Seed,
    Signatures,
    Source,
)
from modelparity.cli.console import spinner, stdout


@app.command(
    "export",
    epilog="Examples:\n\n`modelparity export saved_model_folder -o my.bundle`\n\n"
    "`modelparity export my_package.models:build -o my.bundle --format onnx --cases inputs.npz`",
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
    modules: Modules = None,
    overwrite: Overwrite = False,
) -> int:
    """Makes a bundle: artifacts in every format, and golden cases with TensorFlow's answers.

    SOURCE is a SavedModel folder, .keras, .h5, a frozen .pb, or `package.module:function` that
    returns a model.
    """
    bundle = make_bundle(
        source,
        output,
        formats=formats,
        signatures=signatures,
        cases=cases,
        seed=seed,
        python_modules=modules or (),
        overwrite=overwrite,
    )
    console = stdout()
    manifest = bundle.manifest
    made = ", ".join(dict.fromkeys(artifact.format for artifact in manifest.artifacts))
    console.print(f"{output}: {made}; {len(manifest.cases)} cases", soft_wrap=True)
    for failure in manifest.conversion_failures:
        where = f"{failure.format} {failure.signature}".strip()
        console.print(f"not made: {where}: {failure.message}", soft_wrap=True)
    return OK


def make_bundle(source: str, target: pathlib.Path, **options: object) -> Bundle:
    from modelparity.exporters import export

    with spinner() as tell:
        return export(source, target, progress=tell, **options)
