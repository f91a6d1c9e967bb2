import pytest

from modelparity.errors import RuntimeUnavailableError
from modelparity.exporters.formats import FORMATS, check_packages


def test_a_converter_that_is_missing_is_told_with_its_package(monkeypatch):
    check_packages(FORMATS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    check_packages(["saved_model", "frozen_graph", "keras", "hdf5", "checkpoint"])
    for name, packages in (("onnx", "onnx onnxruntime tf2onnx"), ("litert", "ai-edge-litert")):
        with pytest.raises(RuntimeUnavailableError, match=f"'{name}'.*`pip install {packages}`"):
            check_packages(["saved_model", name])
