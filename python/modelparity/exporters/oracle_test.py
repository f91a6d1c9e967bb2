"""What is asked of TensorFlow, and when nothing is; pipeline_test has real answers."""

import numpy as np
import pytest

from modelparity.cases import case_of
from modelparity.contract import manifest_pb2, tensorflow_graph_pb2
from modelparity.errors import UnsupportedError
from modelparity.exporters import oracle
from modelparity.tensors import decode_inputs, decode_outputs, encode_outputs


class _Player:
    """Doubles what it is given, and keeps what it was asked."""

    def __init__(self, error=None):
        self.signatures = []
        self._error = error

    def load(self, folder, artifact, signatures):
        self.signatures = signatures
        if self._error:
            raise self._error

    def run(self, request):
        return encode_outputs({"y": 2 * decode_inputs(request)["x"]}, request), 0.0


def _record(folder, player, dtype="float32"):
    """Returns the case after it was recorded."""
    (folder / "graph.pb").write_bytes(
        tensorflow_graph_pb2.GraphDef(
            node=[tensorflow_graph_pb2.NodeDef(name="x", op="Placeholder")]
        ).SerializeToString()
    )
    signature = manifest_pb2.Signature(name="s")
    signature.inputs.add(name="x", dtype="float32", shape=[-1])
    signature.outputs.add(name="y", dtype=dtype, shape=[-1])
    artifact = manifest_pb2.Artifact(format="frozen_graph", path="graph.pb")
    artifact.bindings.add(signature="s")
    case = case_of("s", "c", {"x": np.float32([1, 2])})
    case.expected.CopyFrom(encode_outputs({"y": np.array([2, 4], dtype)}, case.request))
    oracle.record(player, folder, artifact, [signature], [case], folder)
    return case


def test_the_model_is_asked_in_float64(tmp_path):
    player = _Player()
    answer = decode_outputs(_record(tmp_path, player).oracle)["y"]
    assert answer.dtype == np.float64 and answer.tolist() == [2, 4]
    (signature,) = player.signatures
    assert [spec.dtype for spec in (*signature.inputs, *signature.outputs)] == ["float64"] * 2


def test_what_tensorflow_has_not_in_float64_has_no_such_answer(tmp_path):
    assert not _record(tmp_path, _Player(UnsupportedError("no kernel"))).HasField("oracle")


@pytest.mark.parametrize(("dtype", "limit"), [("int32", 1 << 31), ("float32", 10)])
def test_nothing_is_asked_where_nothing_can_come_of_it(tmp_path, monkeypatch, dtype, limit):
    """No output is a float, or the graph in float64 would be too large for a file."""
    monkeypatch.setattr(oracle, "PROTOBUF_LIMIT", limit)
    player = _Player()
    assert not _record(tmp_path, player, dtype).HasField("oracle") and player.signatures == []
