"""What the reference would answer without rounding: the model recomputed in float64, where its graph allows that.

Of two runtimes that differ, the one that is nearer to this answer is nearer to the truth.
"""

import contextlib
import pathlib
import tempfile
from collections.abc import Iterable

import numpy as np
from google.protobuf.message import EncodeError

from modelparity.bundle import PROTOBUF_LIMIT
from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.exporters.float64_graph import to_float64
from modelparity.graphs import read_graph
from modelparity.harness.player import Player
from modelparity.tensors import decode_inputs, decode_outputs, encode_inputs, encode_outputs

PROBE = "oracle"
"""The name by which it can be left out."""

_NARROW = ("float32", "float16", "bfloat16")


def record(
    player: Player,
    bundle: pathlib.Path,
    artifact: manifest_pb2.Artifact,
    signatures: Iterable[manifest_pb2.Signature],
    cases: Iterable[case_pb2.Case],
    folder: pathlib.Path,
) -> None:
    """Fills `oracle` of the cases in that call the signature of a frozen graph, where that is possible in float64.

    Args:
        player: Of TensorFlow; another artifact is loaded in it afterwards.
        bundle: Where `artifact.path` lies.
        artifact: A frozen graph.
        signatures: Of the model.
        cases: With their answers.
        folder: To write into, where the player can read.
    """
    names = {binding.signature for binding in artifact.bindings}
    called = [signature for signature in signatures if signature.name in names]
    if not any(spec.dtype in _NARROW for signature in called for spec in signature.outputs):
        return
    path = bundle / artifact.path
    # Of weights in float32, as most are; what is larger yet cannot be encoded.
    if 2 * path.stat().st_size > PROTOBUF_LIMIT:
        return
    with tempfile.TemporaryDirectory(dir=folder) as work:
        copy = manifest_pb2.Artifact()
        copy.CopyFrom(artifact)
        copy.path = "float64.pb"
        # TensorFlow has not every operator in float64.
        with contextlib.suppress(ModelParityError, EncodeError):
            graph = to_float64(read_graph(path))
            pathlib.Path(work, copy.path).write_bytes(graph.SerializeToString())
            player.load(work, copy, [_widened(signature) for signature in called])
            for case in cases:
                if case.signature in names:
                    _record(player, case)


def _record(player: Player, case: case_pb2.Case) -> None:
    arrays = {name: _wide(array) for name, array in decode_inputs(case.request).items()}
    request = encode_inputs(arrays, model_name=case.request.model_name, signature=case.signature)
    answers = decode_outputs(player.run(request)[0])
    narrow = decode_outputs(case.expected)
    exact = {
        name: array
        for name, array in answers.items()
        if array.dtype == np.float64 and narrow[name].shape == array.shape
    }
    case.oracle.CopyFrom(encode_outputs(exact, request))


def _widened(signature: manifest_pb2.Signature) -> manifest_pb2.Signature:
    wide = manifest_pb2.Signature()
    wide.CopyFrom(signature)
    for spec in (*wide.inputs, *wide.outputs):
        if spec.dtype in _NARROW:
            spec.dtype = "float64"
    return wide


def _wide(array: np.ndarray) -> np.ndarray:
    # ml_dtypes' bfloat16 is of kind "V" to numpy.
    return array.astype(np.float64) if array.dtype.kind in "fV" else array
