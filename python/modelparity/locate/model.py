"""One artifact as `locate` uses it: its dataflow, and any part of it as a file of its own."""

import abc
import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from modelparity.contract import manifest_pb2
from modelparity.locate.dataflow import Dataflow, Node
from modelparity.tensors import dtype_name

SIGNATURE = "part"
"""The one signature of a part."""


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a model as an artifact, and the signature that runs it. Keys are names of tensors."""

    folder: pathlib.Path
    """What `artifact.path` is relative to."""
    artifact: manifest_pb2.Artifact
    signature: manifest_pb2.Signature


class Model(abc.ABC):
    """A graph in a file."""

    family: str
    """Models of one family use the same names and layouts for the same tensors."""
    fetches_constants: bool
    """A part may have outputs that depend on no input."""
    dataflow: Dataflow

    @abc.abstractmethod
    def dtype(self, tensor: str) -> str | None:
        """Returns what the file says of a tensor's dtype; None: only a run would tell."""

    @abc.abstractmethod
    def constant(self, tensor: str) -> np.ndarray | None:
        """Returns the values of a constant; None: only a run would tell."""

    @abc.abstractmethod
    def text(self, nodes: Sequence[Node]) -> str:
        """Returns nodes as people of the framework write them, without weights."""

    def written_for(self, formats: Sequence[str]) -> "Model":
        """Returns the same graph for a runtime that reads `formats`."""
        return self

    @abc.abstractmethod
    def write(
        self, folder: pathlib.Path, feeds: Mapping[str, np.ndarray], fetches: Sequence[str]
    ) -> tuple[manifest_pb2.Artifact, dict[str, str], dict[str, str]]:
        """Writes the part that computes tensors from others.

        Whatever reads a fed tensor reads an input in its place, also where the tensor itself is fetched: so
        the nodes of a graph can be run side by side, each on given values.

        Args:
            folder: Empty.
            feeds: By tensor; the dtypes and shapes become those of the inputs.
            fetches: Tensors.

        Returns:
            The artifact without bindings, and the names in it of the feeds and fetches.
        """

    def part(
        self,
        folder: pathlib.Path,
        feeds: Mapping[str, np.ndarray],
        fetches: Mapping[str, str],
    ) -> Part:
        """As `write`, with the binding and the signature.

        Args:
            folder: Empty.
            feeds: By tensor.
            fetches: Dtype of each tensor.
        """
        artifact, inputs, outputs = self.write(folder, feeds, list(fetches))
        signature = manifest_pb2.Signature(name=SIGNATURE)
        binding = artifact.bindings.add(signature=SIGNATURE)
        for tensor in sorted(inputs):
            array = feeds[tensor]
            signature.inputs.add(name=tensor, dtype=dtype_name(array.dtype), shape=array.shape)
            binding.inputs.add(name=tensor, tensor=inputs[tensor])
        for tensor in sorted(outputs):
            signature.outputs.add(name=tensor, dtype=fetches[tensor], unknown_rank=True)
            binding.outputs.add(name=tensor, tensor=outputs[tensor])
        return Part(folder, artifact, signature)
