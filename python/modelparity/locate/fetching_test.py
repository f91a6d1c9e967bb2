"""Tensors that cannot be had cost themselves only."""

import numpy as np

from modelparity import runtimes
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.locate.fetching import Fetcher
from modelparity.locate.testing.onnx_graphs import node, onnx_model


def test_what_fails_is_found_and_named(tmp_path):
    nodes = [
        node("a", "Neg", "x"),
        node("bad", "Reshape", "x", "sizes"),
        node("c", "Abs", "a"),
        node("y", "Neg", "c"),
    ]
    model = onnx_model(tmp_path, nodes, {"sizes": np.array([7], np.int64)})
    with Player(runtimes.find("onnxruntime-python"), Limits()) as player:
        fetcher = Fetcher(model, player)
        values = fetcher.fetch(
            {"x": np.ones(3, np.float32)}, dict.fromkeys(["a", "bad", "c", "y"], "")
        )
        assert {name: array.tolist() for name, array in values.items()} == {
            "a": [-1] * 3,
            "c": [1] * 3,
            "y": [-1] * 3,
        }
        assert list(fetcher.refused) == ["bad"]
        assert "Reshape" in fetcher.refused["bad"]
        # All, both halves, and both parts of the first.
        assert fetcher.runs == 5
        assert fetcher.constants(["sizes"])["sizes"].tolist() == [7]
        assert fetcher.runs == 5
