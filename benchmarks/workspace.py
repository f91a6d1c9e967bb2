"""The folder that a benchmark works in, with its models."""

import functools
import pathlib
from collections.abc import Callable

import models
import processes

from modelparity.exporters.pipeline import export


class Workspace:
    """A temporary folder with the models, each made when it is first asked for."""

    def __init__(self, folder: pathlib.Path, progress: Callable[[str], None]):
        self._folder = folder
        self.progress = progress

    @functools.cache  # noqa: B019
    def frozen_graph(self, sizes: tuple[int, ...]) -> str:
        path = self._folder / f"{_name(sizes)}.pb"
        self.progress(f"writing {path.name}")
        models.write_frozen_graph(path, sizes)
        return str(path)

    @functools.cache  # noqa: B019
    def saved_model(self, sizes: tuple[int, ...]) -> str:
        path = self._folder / _name(sizes)
        self.progress(f"making the SavedModel {path.name}")
        text = ",".join(map(str, sizes))
        processes.output_of(*processes.in_tensorflow("saved_model", str(path), text))
        return str(path)

    @functools.cache  # noqa: B019
    def bundle(self, sizes: tuple[int, ...], formats: tuple[str, ...]) -> str:
        path = self._folder / f"{_name(sizes)}.bundle"
        source = self.saved_model(sizes)
        self.progress(f"exporting {path.name}")
        export(source, path, formats=formats)
        return str(path)

    def repository(self, sizes: tuple[int, ...]) -> str:
        """The folder of a server, with this model as "network"."""
        versions = self._folder / "repository" / "network"
        versions.mkdir(parents=True)
        (versions / "1").symlink_to(self.saved_model(sizes))
        return str(versions.parent)


def _name(sizes: tuple[int, ...]) -> str:
    return "network_" + "_".join(map(str, sizes))
