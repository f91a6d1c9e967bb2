import os

import pytest

from modelparity import fingerprints
from modelparity.runtimes import Launch


@pytest.fixture(autouse=True)
def forgetful():
    """Fingerprints are kept for the life of a process."""
    fingerprints.of_python.cache_clear()
    yield
    fingerprints.of_python.cache_clear()


def _of_python():
    fingerprints.of_python.cache_clear()
    return fingerprints.of_python()


def test_packages_count(monkeypatch, tmp_path):
    before = _of_python()
    assert _of_python() == before
    monkeypatch.syspath_prepend(tmp_path)
    assert _of_python() == before
    (tmp_path / "tensorflow-9.9.dist-info").mkdir()
    assert _of_python() != before


@pytest.mark.parametrize("file", ["compare/figures.py", "compare/_kernel.so"])
def test_what_modelparity_is_built_of_counts(monkeypatch, tmp_path, file):
    monkeypatch.setattr(fingerprints, "__file__", str(tmp_path / "fingerprints.py"))
    (tmp_path / "compare").mkdir()
    before = _of_python()
    (tmp_path / file).write_text("1")
    assert _of_python() != before


def test_settings_of_engines_count(monkeypatch):
    before = _of_python()
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    changed = _of_python()
    monkeypatch.setenv("UNRELATED", "1")
    assert before != changed == _of_python()


def test_a_program_counts_by_its_change(tmp_path):
    program = tmp_path / "runner"
    program.write_text("one")
    launch = Launch((str(program), "argument"), "1")
    before = fingerprints.of_launch(launch)
    assert fingerprints.of_launch(launch) == before
    assert fingerprints.of_launch(Launch((str(program), "other"), "1")) != before
    assert fingerprints.of_launch(Launch((str(program), "argument"), "2")) != before
    os.utime(program, (0, 0))
    assert fingerprints.of_launch(launch) != before


def test_a_program_that_is_named_in_the_environment_counts(tmp_path):
    (tmp_path / "chromium").touch()
    launch = Launch((), "1", {"MODELPARITY_CHROMIUM": str(tmp_path / "chromium")})
    before = fingerprints.of_launch(launch)
    os.utime(tmp_path / "chromium", (0, 0))
    assert fingerprints.of_launch(launch) != before


def test_users_modules_count_with_what_lies_beside_them(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_layers.py").write_text("a = 1")
    (tmp_path / "my_package" / "inner").mkdir(parents=True)
    for file in ("__init__.py", "inner/__init__.py", "inner/models.py"):
        (tmp_path / "my_package" / file).touch()
    module = fingerprints.of_modules(["my_layers"])
    package = fingerprints.of_modules(["my_package.inner.models"])
    assert module and package and module != package
    (tmp_path / "my_helpers.py").write_text("b = 1")
    assert fingerprints.of_modules(["my_layers"]) != module
    assert fingerprints.of_modules(["my_package.other"]) == package
    (tmp_path / "my_package" / "inner" / "models.py").write_text("c = 1")
    assert fingerprints.of_modules(["my_package.inner.models"]) != package
    assert fingerprints.of_modules(["my_layers", "not_there"]) is None
    assert fingerprints.of_modules([]) == fingerprints.of_modules([])
