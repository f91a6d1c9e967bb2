"""A SavedModel that reads and writes files, exported and verified with and without the sandbox."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import report_pb2
from modelparity.exporters import pipeline
from modelparity.harness import matrix
from modelparity.harness.options import Limits, Options
from modelparity.harness.sandbox import Sandbox
from modelparity.tensors import decode_outputs

_SECRET = "what the user keeps for himself"


class _Hostile(tf.Module):
    """Does with a file what a graph may do: TensorFlow has operators for it."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, "path")])
    def read(self, path):
        return {"content": tf.io.read_file(path)}

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, "path")])
    def write(self, path):
        with tf.control_dependencies([tf.io.write_file(path, "the model was here")]):
            return {"done": tf.identity(path)}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Returns a folder with the model, a secret beside it, and inputs that name files there."""
    place = tmp_path_factory.mktemp("hostile")
    model = _Hostile()
    tf.saved_model.save(
        model, str(place / "model"), signatures={"read": model.read, "write": model.write}
    )
    (place / "secret.txt").write_text(_SECRET)
    np.savez(
        place / "inputs.npz",
        **{
            "read/secret/path": np.array(str(place / "secret.txt"), object).astype("S"),
            "write/file/path": np.array(str(place / "model" / "written.txt"), object).astype("S"),
        },
    )
    return place


def _export(place, name, **options):
    return pipeline.export(
        str(place / "model"),
        place / name,
        formats=["saved_model"],
        cases=place / "inputs.npz",
        without=["*"],
        **options,
    )


@pytest.fixture(scope="module")
def outside(place):
    """The bundle that is made without a sandbox."""
    return _export(place, "outside.bundle")


def _written(place: pathlib.Path) -> bool:
    """Says whether the model has written its file, and removes it."""
    file = place / "model" / "written.txt"
    written = file.exists()
    file.unlink(missing_ok=True)
    return written


def test_without_a_sandbox_an_export_reads_and_writes_files(place, outside):
    answers = {case.signature: decode_outputs(case.expected) for case in outside.cases()}
    assert answers["read"]["content"].item() == _SECRET.encode()
    assert _written(place)


def test_in_a_sandbox_an_export_does_neither(place):
    bundle = _export(place, "inside.bundle", sandbox=True)
    assert not list(bundle.cases())
    refused = {case.signature: case.message for case in bundle.manifest.refused_cases}
    assert "secret.txt; No such file or directory" in refused["read"]
    assert "written.txt; Read-only file system" in refused["write"]
    assert not _written(place)
    for file in bundle.path.rglob("*"):
        assert file.is_dir() or _SECRET.encode() not in file.read_bytes()
    assert Bundle.open(bundle.path)


@pytest.mark.parametrize("confined", [False, True])
def test_a_bundle_reads_and_writes_files_only_without_one(place, outside, confined):
    limits = Limits(sandbox=Sandbox.make()) if confined else Limits()
    runtime = runtimes.find("tensorflow-python")
    report = matrix.verify(outside, Options([runtime], limits=limits.reading(outside.path)))
    cells = {cell.signature: cell for cell in report.cells}
    if confined:
        assert cells["read"].verdict == report_pb2.Cell.run_failed
        assert "No such file or directory" in cells["read"].message
    else:
        assert cells["read"].verdict == report_pb2.Cell.match
    assert _written(place) != confined
