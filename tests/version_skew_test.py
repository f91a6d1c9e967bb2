"""Other versions of a runtime than the installed one, really installed: this needs the package index."""

import importlib.metadata
import os

import pytest

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.harness import matrix
from modelparity.harness.options import Limits, Options
from modelparity.harness.reports import verdict_name


@pytest.fixture(autouse=True)
def caches(monkeypatch, tmp_path):
    """Keeps uv's downloads and the environments where a test may write."""
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("TEST_TMPDIR", str(tmp_path)))


def _cells(name):
    """Verifies the bundle in one runtime; returns its cells by format."""
    bundle = Bundle.open(os.environ["BUNDLE"])
    # The first import of TensorFlow compiles all its modules.
    options = Options(runtimes=[runtimes.find(name)], limits=Limits(seconds=600))
    report = matrix.verify(bundle, options)
    cells = {}
    for cell in report.cells:
        assert cell.runtime == name
        cells.setdefault(cell.format, []).append(cell)
    return cells


def _verdicts(cells):
    return {verdict_name(cell.verdict) for cell in cells}


def test_onnxruntime_1_20(caplog):
    caplog.set_level("INFO", "modelparity")
    assert importlib.metadata.version("onnxruntime") != "1.20.1"
    (cells,) = _cells("onnxruntime-python@1.20.1").values()
    assert _verdicts(cells) == {"match"}, cells
    # The version that the library itself reports, though another one is on this process's path.
    assert {cell.runtime_version for cell in cells} == {"1.20.1"}
    assert "making its environment" in caplog.text
    assert [row.name for row in runtimes.cached()] == ["onnxruntime-python@1.20.1"]


def test_tensorflow_2_16_beside_the_keras_of_its_time():
    cells = _cells("tensorflow-python@2.16.2,keras@3.3.3")
    assert {cell.runtime_version for part in cells.values() for cell in part} == {"2.16.2"}
    # With protobuf 4, NumPy 1 and a graph of a TensorFlow that is five releases younger.
    for name in ("saved_model", "frozen_graph"):
        assert _verdicts(cells.pop(name)) == {"match"}
    # A Keras does not read what a newer one saved, and each format says why.
    assert cells.keys() == {"keras", "hdf5", "checkpoint"}
    for part in cells.values():
        assert _verdicts(part) == {"load_failed"}
        assert part[0].message.startswith("Keras 3.3.3 cannot read the model's configuration: ")
