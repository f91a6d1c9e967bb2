"""Finds every model below a folder, by the names of files alone.

for model in find_models("models"):
    print(model.name, model.path)
"""

import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

from modelparity.bundle import is_bundle
from modelparity.graphs import saved_model_file, saved_model_versions

_SUFFIXES = (".keras", ".h5", ".hdf5", ".pb", ".onnx", ".tflite")
_CHECKPOINT = ".index"


class Found(NamedTuple):
    """A bundle, or a source that a bundle can be made of, which need not be readable."""

    name: str
    """Its path below the folder, with forward slashes."""
    path: pathlib.Path


def find_models(folder: pathlib.Path, leave_out: pathlib.Path | None = None) -> list[Found]:
    """Returns the models in a folder and in those below it, by name.

    A bundle, a SavedModel, and a folder of numbered SavedModels (TensorFlow Serving's) is one model each,
    and nothing in it another. Each file of a known kind is one, a checkpoint as well. Hidden
    folders and symbolic links to folders are passed over.

    Args:
        folder: Where to look; it may be a model itself.
        leave_out: A folder that is not looked into, such as one for results.
    """
    leave_out = leave_out and leave_out.resolve()
    return sorted(_below(folder, folder, leave_out))


def _below(
    folder: pathlib.Path, root: pathlib.Path, leave_out: pathlib.Path | None
) -> Iterator[Found]:
    if folder.resolve() == leave_out:
        return
    if is_bundle(folder) or saved_model_file(folder) or saved_model_versions(folder):
        yield _found(folder, root)
        return
    for entry in os.scandir(folder):
        path = pathlib.Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _below(path, root, leave_out)
        elif path.suffix == _CHECKPOINT:
            yield _found(path.with_suffix(""), root)
        elif path.suffix in _SUFFIXES:
            yield _found(path, root)


def _found(path: pathlib.Path, root: pathlib.Path) -> Found:
    name = path.relative_to(root).as_posix()
    return Found(root.resolve().name if name == "." else name, path)
