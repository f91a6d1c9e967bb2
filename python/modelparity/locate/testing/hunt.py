"""Plants faults in an artifact, one after the other, and looks whether each is found.

    with Player(...) as reference, Player(...) as candidate:
        for catch in hunt(bundle, "serving_default", "onnx", reference, candidate): ...

The players stay for all of them: a process that imports TensorFlow takes longer than a search.
"""

import pathlib
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from modelparity.bundle import Bundle
from modelparity.compare import arrays_agree, default_tolerance
from modelparity.contract import case_pb2
from modelparity.faults.mutant import Mutant
from modelparity.faults.planting import planted
from modelparity.harness.player import Player
from modelparity.locate import sides
from modelparity.locate.dataflow import Dataflow
from modelparity.locate.fetching import Fetcher
from modelparity.locate.search import Search
from modelparity.tensors import decode_inputs, decode_outputs, dtype_name


class Catch(NamedTuple):
    """A mutant that gives another answer, and what was said of it."""

    mutant: Mutant
    case: str
    named: str
    """The node; empty: none."""
    hit: bool
    """It is the one that was changed, or reads what that gives."""
    by_itself: bool


def hunt(
    bundle: Bundle,
    signature: str,
    format_name: str,
    reference: Player,
    candidate: Player,
    each_kind: int,
) -> Iterator[Catch]:
    """Yields what is said of each mutant that answers, and otherwise than was recorded.

    Args:
        bundle: With an artifact of the format.
        signature: Of the bundle.
        format_name: "onnx" or "frozen_graph".
        reference: TensorFlow in Python.
        candidate: The runtime that runs the mutants.
        each_kind: Most faults of one kind.
    """
    artifact = bundle.artifact(format_name, signature)
    read = sides.READERS[format_name]
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        model, _ = sides.reference(bundle, signature, pathlib.Path(folder))
        right = Fetcher(model, reference)
        for mutant in planted(bundle.path_of(artifact), format_name):
            if counts.get(mutant.kind, 0) == each_kind:
                continue
            changed = type(artifact)()
            changed.CopyFrom(artifact)
            changed.path = "mutant"
            pathlib.Path(folder, "mutant").write_bytes(mutant.model.SerializeToString())
            wrong = Fetcher(read(pathlib.Path(folder), changed), candidate)
            for case in bundle.cases(signature):
                differing = _differing(wrong, case)
                if differing:
                    counts[mutant.kind] = counts.get(mutant.kind, 0) + 1
                    search = Search(right, wrong, decode_inputs(case.request))
                    place = search.run(differing)
                    named = search.node(place).name if place else ""
                    hit = named in _acceptable(wrong.model.dataflow, mutant.planted)
                    yield Catch(mutant, case.name, named, hit, bool(place and place.by_itself))
                    break


def _differing(fetcher: Fetcher, case: case_pb2.Case) -> list[str]:
    """Returns the tensors of outputs that are not as recorded; none when it does not run."""
    graph = fetcher.model.dataflow
    wanted = decode_outputs(case.expected)
    given = {graph.inputs[key]: array for key, array in decode_inputs(case.request).items()}
    dtypes = {graph.outputs[key]: dtype_name(array.dtype) for key, array in wanted.items()}
    got = fetcher.fetch(given, dtypes)
    if got.keys() != dtypes.keys():
        return []
    return [
        graph.outputs[key]
        for key, array in wanted.items()
        if not _agree(array, got[graph.outputs[key]])
    ]


def _agree(wanted: np.ndarray, got: np.ndarray) -> bool:
    if wanted.shape != got.shape:
        return False
    return arrays_agree(wanted, got, default_tolerance(dtype_name(wanted.dtype)))


def _acceptable(graph: Dataflow, planted: str) -> set[str]:
    """Returns the node that gives a tensor, and those that read it."""
    tensor = graph.names[planted]
    found = {node.name for node in graph.nodes if tensor in node.inputs}
    # What only hands a constant on is no node any more.
    return found | ({graph.producers[tensor].name} if tensor in graph.producers else set())
