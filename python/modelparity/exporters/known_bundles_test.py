import pathlib
import shutil

import pytest

from modelparity.bundle import Bundle
from modelparity.cache import Cache
from modelparity.errors import BundleInvalidError
from modelparity.exporters import known_bundles, pipeline
from modelparity.harness.testing import stub_bundle


@pytest.fixture
def exported(monkeypatch):
    """The sources that were really exported, in order."""
    sources = []

    def export(source, path, **_):
        sources.append(pathlib.Path(source).name)
        shutil.rmtree(path, ignore_errors=True)
        return stub_bundle(path)

    monkeypatch.setattr(pipeline, "export", export)
    return sources


@pytest.fixture
def call(tmp_path):
    cache = Cache(tmp_path / "cache")

    def run(source, target, **options):
        return known_bundles.export(str(source), tmp_path / target, cache, **options)

    return run


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"weights")
    return path


def test_the_same_model_is_exported_once(call, model, exported, tmp_path):
    told = []
    first = call(model, "first.bundle", seed=1)
    second = call(model, "second.bundle", seed=1, progress=told.append)
    assert exported == ["model.keras"]
    assert told == ["nothing has changed since it was exported before"]
    assert first.manifest == second.manifest
    assert Bundle.open(tmp_path / "second.bundle").manifest == second.manifest


def test_what_it_depends_on_exports_it_again(call, model, exported, tmp_path):
    cases = tmp_path / "cases.npz"
    cases.write_bytes(b"one")
    call(model, "1", cases=cases)
    cases.write_bytes(b"two")
    call(model, "2", cases=cases)
    call(model, "3", cases=cases, formats=["onnx"])
    call(model, "4", cases=cases)
    assert len(exported) == 3
    model.write_bytes(b"other weights")
    call(model, "5", cases=cases)
    other = model.rename(tmp_path / "other.keras")
    call(other, "6", cases=cases)
    assert len(exported) == 5


def test_the_weights_beside_an_onnx_file_count(call, exported, tmp_path):
    folder = tmp_path / "onnx"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"graph")
    (folder / "weights").write_bytes(b"one")
    call(folder / "model.onnx", "1")
    call(folder / "model.onnx", "2")
    assert len(exported) == 1
    (folder / "weights").write_bytes(b"two")
    call(folder / "model.onnx", "3")
    assert len(exported) == 2


def test_a_bundle_is_used_where_it_is_kept(model, exported, tmp_path):
    cache = Cache(tmp_path / "cache")
    first, second = (known_bundles.kept(str(model), cache, seed=1) for _ in range(2))
    assert first.path == second.path and first.path.is_relative_to(cache.folder.resolve())
    assert exported == ["model.keras"]
    assert known_bundles.kept("package.module:build", cache) is None


def test_python_code_is_run_each_time(call, model, exported):
    for number in range(2):
        call("package.module:build", f"function-{number}")
        call(model, f"modules-{number}", python_modules=["layers"])
    assert exported == ["package.module:build", "model.keras"] * 2


def test_a_large_model_is_not_kept(call, model, exported, monkeypatch):
    monkeypatch.setattr(known_bundles, "_LARGEST", 3)
    call(model, "1")
    call(model, "2")
    assert len(exported) == 2


def test_a_damaged_bundle_is_made_again(call, model, exported, tmp_path):
    call(model, "1")
    (weights,) = (tmp_path / "cache").rglob("s.pb")
    weights.write_bytes(b"damaged")
    assert call(model, "2").manifest.name == "half"
    assert len(exported) == 2


def test_what_is_there_is_not_replaced_unasked(call, model, exported):
    call(model, "1")
    with pytest.raises(BundleInvalidError, match="exists"):
        call(model, "1")
    call(model, "1", overwrite=True)
    assert len(exported) == 1
