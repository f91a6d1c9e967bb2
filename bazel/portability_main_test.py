import os
import sys

import portability_main
import pytest

_RUNFILES = "bazel-out/k8-opt/bin/zoo/a.onnx/python.runfiles"


@pytest.fixture
def root(tmp_path):
    """Where an action runs on another machine, with the inputs of a test."""
    for folder in (
        "external/pypi_numpy/site-packages",
        "models/a.bundle",
        f"{_RUNFILES}/pypi_numpy",
        f"{_RUNFILES}/pypi_six/site-packages",
        f"{_RUNFILES}/zoo/made.bundle",
    ):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_wheels_are_found_where_their_sources_are(root, monkeypatch):
    runfiles = root / _RUNFILES
    numpy, six, none = (
        f"{runfiles}/pypi_{name}/site-packages" for name in ("numpy", "six", "none")
    )
    monkeypatch.setattr(sys, "path", [numpy, six, none, "/usr/lib/python3"])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([six, numpy]))
    portability_main.find_wheels()
    source = f"{root}/external/pypi_numpy/site-packages"
    assert sys.path == [source, six, none, "/usr/lib/python3"]
    assert os.environ["PYTHONPATH"] == os.pathsep.join([six, source])


def test_a_bundle_is_found_where_its_source_is(root, monkeypatch):
    monkeypatch.chdir(root / _RUNFILES / "zoo")
    source = f"{root}/models/a.bundle"
    assert portability_main.bundle_of_test("models/a.bundle") == source
    made = f"{root}/{_RUNFILES}/zoo/made.bundle"
    assert portability_main.bundle_of_test("made.bundle") == made
    # Which is then told to be missing.
    none = f"{root}/{_RUNFILES}/zoo/none.bundle"
    assert portability_main.bundle_of_test("none.bundle") == none
