"""Writes a Bazel workspace with a `portability_zoo` of all models below a folder.

written = write(pathlib.Path("models"), pathlib.Path("zoo"), checkout())

zoo/
  WORKSPACE       modelparity, from a checkout
  BUILD           every model by name; written anew by a second call
  .bazelrc        what modelparity's rules want
  .bazelversion
  models          a link to the folder
"""

import os
import pathlib
import re
import string
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import modelparity
from modelparity import atomic
from modelparity.bundle import is_bundle
from modelparity.collection import Found, find_models
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.graphs import is_checkpoint

_MODELS = "models"
_MARK = "# Written by `modelparity zoo`, which writes it anew."
_RULE = "bazel/portability_zoo.bzl"
# Bazel's targets and command lines can have no others.
_PLAIN = re.compile(r"[A-Za-z0-9._/@%+=,~-]+")

_WORKSPACE = string.Template("""\
workspace(name = "zoo")

local_repository(
    name = "modelparity",
    path = "$checkout",
)

load("@modelparity//bazel:repositories.bzl", "modelparity_repositories")

modelparity_repositories()

load("@modelparity//bazel:wheels.bzl", "modelparity_wheels")

modelparity_wheels()

load("@modelparity//bazel:setup.bzl", "modelparity_setup")

modelparity_setup()
""")

_BAZELRC = string.Template("""\
import $checkout/bazel/workspace.bazelrc

test --test_output=errors
$mounts
# Addresses of a cluster, and what else is this machine's.
try-import %workspace%/.bazelrc.user
""")

# Where Bazel's actions find a folder of their own, in which nothing is.
_TMP = pathlib.Path("/tmp")


class Written(NamedTuple):
    """What is in the workspace, by name."""

    models: list[str]
    bundles: list[str]
    left_out: list[str]
    """Checkpoints: without the function that builds it, a model cannot be made of one."""


def checkout() -> pathlib.Path:
    """Returns the checkout of modelparity that this package is of.

    Raises:
        FileMissingError: It is none, but was installed.
    """
    root = pathlib.Path(modelparity.__file__).resolve().parents[2]
    if not (root / _RULE).is_file():
        raise FileMissingError(
            "modelparity's Bazel rules are not beside the installed package; name a checkout with --modelparity"
        )
    return root


def write(
    folder: pathlib.Path,
    output: pathlib.Path,
    modelparity_root: pathlib.Path,
    shards: int = 1,
    runtimes: Iterable[str] = (),
) -> Written:
    """Writes the workspace, or writes it anew, and returns what is in it.

    Args:
        folder: Has the models.
        output: The workspace.
        modelparity_root: A checkout of modelparity.
        shards: Into how many each test is divided.
        runtimes: Names without backends; none: all.

    Raises:
        FileMissingError: There is no model, the rules are not there, or the workspace cannot be written.
        ArtifactInvalidError: A model has a name that Bazel cannot have; or the workspace is somebody else's.
    """
    root = modelparity_root.absolute()
    if not (root / _RULE).is_file():
        raise FileMissingError(
            f"'{modelparity_root}' has no {_RULE}; give a checkout of modelparity"
        )
    if not folder.is_dir():
        raise FileMissingError(f"'{folder}' is no folder; give one with models in it")
    found = find_models(folder, leave_out=output)
    _check(folder, found)
    left_out = [
        model.name for model in found if not model.path.is_dir() and is_checkpoint(model.path)
    ]
    bundles = [model.name for model in found if is_bundle(model.path)]
    models = [model for model in found if model.name not in {*left_out, *bundles}]
    if not models and not bundles:
        raise FileMissingError(f"'{folder}' has checkpoints only; a model cannot be made of one")
    build = output / "BUILD"
    if build.exists() and not build.read_text("utf-8").startswith(_MARK):
        raise ArtifactInvalidError(
            f"'{build}' was not written by `modelparity zoo`; choose another folder, or put a portability_zoo there"
        )
    try:
        output.mkdir(parents=True, exist_ok=True)
        _link(output.absolute() / _MODELS, folder.absolute())
    except OSError as error:
        raise FileMissingError(f"'{output}' cannot be written: {error.strerror}") from error
    known = {model.path for model in found}
    beside = {model.name: _beside(model, known) for model in models}
    names = [model.name for model in models]
    atomic.write_text(build, _build(names, bundles, beside, shards, runtimes))
    atomic.write_text(output / "WORKSPACE", _WORKSPACE.substitute(checkout=root))
    atomic.write_text(output / ".bazelrc", _bazelrc(root, folder.absolute()))
    atomic.write_text(output / ".bazelversion", (root / ".bazelversion").read_text("utf-8"))
    return Written(names, bundles, left_out)


def _check(folder: pathlib.Path, found: Iterable[Found]) -> None:
    if not found:
        raise FileMissingError(
            f"'{folder}' has no model in it, and none below; give another folder"
        )
    for model in found:
        if model.path == folder:
            raise ArtifactInvalidError(
                f"'{folder}' is a model itself; give the folder that it is in"
            )
        if not _PLAIN.fullmatch(model.name):
            raise ArtifactInvalidError(
                f"model '{model.name}': Bazel takes letters, digits and ._/@%+=,~- in a name; rename it"
            )


def _link(link: pathlib.Path, target: pathlib.Path) -> None:
    if link.is_symlink():
        link.unlink()
    # The models may be in the workspace already.
    if link != target:
        os.symlink(target, link)


def _beside(model: Found, known: Iterable[pathlib.Path]) -> list[str]:
    """Returns the files whose names begin with a model's, such as its weights, and that are no models."""
    if model.path.is_dir():
        return []
    names = (
        file.name
        for file in model.path.parent.iterdir()
        if file.name.startswith(model.path.name) and file.is_file() and file not in known
    )
    parent = pathlib.PurePosixPath(model.name).parent
    return sorted((parent / name).as_posix() for name in names)


def _bazelrc(root: pathlib.Path, folder: pathlib.Path) -> str:
    hidden = [place for place in (root, folder) if place.is_relative_to(_TMP)]
    mounts = [f"build --sandbox_add_mount_pair={place}\n" for place in hidden]
    return _BAZELRC.substitute(checkout=root, mounts="".join(mounts))


def _build(
    models: Iterable[str],
    bundles: Iterable[str],
    beside: Mapping[str, list[str]],
    shards: int,
    runtimes: Iterable[str],
) -> str:
    lines = [
        _MARK,
        'load("@modelparity//bazel:portability_zoo.bzl", "portability_zoo")',
        "",
        "portability_zoo(",
        '    name = "zoo",',
        *_listed("bundles", map(_label, bundles)),
    ]
    with_files = {name: files for name, files in beside.items() if files}
    if with_files:
        lines.append("    data = {")
        for name, files in with_files.items():
            lines.append(f'        "{_label(name)}": [')
            lines += [f'            "{_label(file)}",' for file in files]
            lines.append("        ],")
        lines.append("    },")
    lines += _listed("models", map(_label, models))
    lines += _listed("runtimes", runtimes)
    if shards > 1:
        lines.append(f"    shards = {shards},")
    return "\n".join([*lines, ")", ""])


def _listed(argument: str, texts: Iterable[str]) -> list[str]:
    quoted = [f'        "{text}",' for text in texts]
    return [f"    {argument} = [", *quoted, "    ],"] if quoted else []


def _label(name: str) -> str:
    return f"{_MODELS}/{name}"
