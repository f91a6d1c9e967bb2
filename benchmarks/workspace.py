"""The folder that a benchmark works in, with its models: what an earlier run has left there is not made again."""

import functools
import os
import pathlib
from collections.abc import Callable

import models
import processes

from modelparity.bundle import Bundle
from modelparity.exporters.pipeline import export


class Workspace:
    """A folder with the models, each made when it is first asked for."""

    def __init__(self, folder: pathlib.Path, progress: Callable[[str], None]):
        self._folder = folder
        self.progress = progress

    @functools.cache  # noqa: B019
    def frozen_graph(self, sizes: tuple[int, ...]) -> str:
        path = self._folder / f"{_name(sizes)}.pb"
        if not path.exists():
            self.progress(f"writing {path.name}")
            models.write_frozen_graph(path, sizes)
        return str(path)

    @functools.cache  # noqa: B019
    def saved_model(self, sizes: tuple[int, ...]) -> str:
        path = self._folder / _name(sizes)
        if not path.exists():
            self.progress(f"making the SavedModel {path.name}")
            text = ",".join(map(str, sizes))
            processes.output_of(*processes.in_tensorflow("saved_model", str(path), text))
        return str(path)

    @functools.cache  # noqa: B019
    def bundle(self, sizes: tuple[int, ...], formats: tuple[str, ...]) -> str:
        path = self._folder / f"{_name(sizes)}.bundle"
        if not path.exists():
            self.progress(f"exporting {path.name}")
            export(self.saved_model(sizes), path, formats=formats)
        return str(path)

    def of_reference(self, function: str, *, repairs: bool = True) -> Bundle:
        """Returns the bundle of a model of reference_models, such as "lstm:build" or "zoo.images:unet"."""
        name = function.replace(":", ".") + ("" if repairs else ".without_repairs")
        path = self._folder / f"{name}.bundle"
        if not path.exists():
            self.progress(f"exporting {path.name}")
            export(f"reference_models.{function}", path, repairs=repairs)
        return Bundle.open(path)

    def repository(self, sizes: tuple[int, ...]) -> str:
        """The folder of a server, with this model as "network"."""
        versions = self._folder / "repository" / "network"
        versions.mkdir(parents=True, exist_ok=True)
        if not (versions / "1").exists():
            (versions / "1").symlink_to(os.path.abspath(self.saved_model(sizes)))
        return str(versions.parent)


def _name(sizes: tuple[int, ...]) -> str:
    return "network_" + "_".join(map(str, sizes))
