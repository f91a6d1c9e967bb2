"""Values of any tensors of a graph, out of a runner that knows nothing of it.

A part of the model is written as an artifact whose signature has the tensors for outputs, and is run
as any other. Few tensors are fetched at a time. One that cannot be fetched (a runtime drops it, has no
such dtype, or dies of it) fails alone: what was asked for is halved until it is found.
"""

import pathlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from modelparity.errors import ModelParityError, RuntimeUnavailableError
from modelparity.harness.player import Player
from modelparity.locate.model import SIGNATURE, Model
from modelparity.specs import is_runnable
from modelparity.tensors import decode_outputs, encode_inputs

Arrays = dict[str, np.ndarray]

ANY_DTYPE = "float32"
"""Of a tensor whose dtype is not known: TensorFlow's runner answers in the one that it is."""


class Fetcher:
    """One model in one runtime."""

    def __init__(self, model: Model, player: Player, folder: pathlib.Path | None = None):
        """Takes a player that was started, and a folder where it can read. None: it can everywhere."""
        self.model = model
        self.runs = 0
        """How often a part of it was run, or tried."""
        self.refused: dict[str, str] = {}
        """Why a tensor could not be fetched, the last time that it was tried."""
        self._player = player
        self._folder = folder

    def fetch(self, feeds: Mapping[str, np.ndarray], dtypes: Mapping[str, str]) -> Arrays:
        """Returns the values of tensors; those that cannot be had are absent, and in `refused`.

        Args:
            feeds: By tensor, as in Model.write.
            dtypes: Of the tensors that are wanted, as far as is known; the file's own word goes first.
        """
        wanted = {}
        for tensor, dtype in dtypes.items():
            dtype = self.model.dtype(tensor) or dtype
            if is_runnable(dtype):
                wanted[tensor] = dtype
        return self._fetch(feeds, wanted) if wanted else {}

    def constants(self, tensors: Iterable[str]) -> Arrays:
        """Returns the values of constants, or of what is computed from constants alone."""
        values, rest = {}, []
        for tensor in tensors:
            value = None
            if tensor in self.model.dataflow.constants:
                value = self.model.constant(tensor)
            if value is None:
                rest.append(tensor)
            else:
                values[tensor] = value
        return values | self.fetch({}, dict.fromkeys(rest, ANY_DTYPE))

    def _fetch(self, feeds: Mapping[str, np.ndarray], dtypes: Mapping[str, str]) -> Arrays:
        try:
            return self._run(feeds, dtypes)
        except RuntimeUnavailableError:
            raise
        except ModelParityError as error:
            if len(dtypes) == 1:
                self.refused[next(iter(dtypes))] = str(error)
                return {}
        names = list(dtypes)
        halves = (names[: len(names) // 2], names[len(names) // 2 :])
        values: Arrays = {}
        for half in halves:
            values |= self._fetch(feeds, {name: dtypes[name] for name in half})
        return values

    def _run(self, feeds: Mapping[str, np.ndarray], dtypes: Mapping[str, str]) -> Arrays:
        self.runs += 1
        needed = self._needed(feeds, dtypes)
        with tempfile.TemporaryDirectory(prefix="modelparity-", dir=self._folder) as folder:
            part = self.model.part(pathlib.Path(folder), needed, dtypes)
            self._player.load(part.folder, part.artifact, [part.signature])
            request = encode_inputs(needed, model_name="part", signature=SIGNATURE)
            response, _ = self._player.run(request)
        return decode_outputs(response)

    def _needed(
        self, feeds: Mapping[str, np.ndarray], tensors: Sequence[str]
    ) -> Mapping[str, np.ndarray]:
        """Returns the feeds that something reads on the way to tensors."""
        graph = self.model.dataflow
        read = {name for tensor in tensors for name in graph.segment(tensor, feeds.keys()).inputs}
        return {name: array for name, array in feeds.items() if name in read}
