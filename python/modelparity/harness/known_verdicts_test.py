"""What is run again and what is not, with stub runners that would answer otherwise."""

import dataclasses
import os

import pytest

from modelparity.cache import Cache
from modelparity.contract import manifest_pb2
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness import matrix
from modelparity.harness.known_verdicts import verify
from modelparity.harness.options import Limits, Options
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.runtimes import SERVED, Runtime


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def bundle(tmp_path):
    return stub_bundle(tmp_path / "half.bundle")


@pytest.fixture
def ran(monkeypatch):
    """The names of the runtimes that were really run, in order."""
    names = []
    run = matrix.verify

    def spy(bundle, options, *rest):
        names.extend(runtime.name for runtime in options.runtimes)
        return run(bundle, options, *rest)

    monkeypatch.setattr(matrix, "verify", spy)
    return names


def _options(*names, mode="honest", **more):
    return Options(runtimes=[stub_runtime(mode, name) for name in names], **more)


def test_nothing_is_run_again(bundle, cache, ran):
    first = verify(bundle, _options("a", "b"), cache)
    second = verify(bundle, _options("a", "b"), cache)
    assert ran == ["a", "b"]
    assert not any(cell.cached for cell in first.cells)
    assert all(cell.cached for cell in second.cells)
    for cell in second.cells:
        cell.cached = False
    assert first == second and first.ok


def test_only_what_is_not_known_is_run(bundle, cache, ran):
    verify(bundle, _options("b"), cache)
    report = verify(bundle, _options("a", "b", "c"), cache)
    assert ran == ["b", "a", "c"]
    assert [cell.runtime for cell in report.cells] == ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    assert {cell.runtime for cell in report.cells if cell.cached} == {"b"}
    assert report.summary["match"] == 12


@pytest.mark.parametrize(
    "change",
    [
        {"atol": 0.5},
        {"rtol": 0.5},
        {"case_patterns": ("s/*",)},
        {"reference": stub_runtime("honest", "reference")},
        {"runtimes": [stub_runtime("wrong_value", "a")]},
    ],
)
def test_what_the_verdicts_depend_on_runs_them_again(bundle, cache, ran, change):
    options = _options("a")
    verify(bundle, options, cache)
    verify(bundle, dataclasses.replace(options, **change), cache)
    assert ran == ["a", "a"]


def test_limits_do_not_matter(bundle, cache, ran):
    verify(bundle, _options("a"), cache)
    verify(bundle, _options("a", limits=Limits(seconds=17)), cache)
    assert ran == ["a"]


def test_another_bundle_is_run(bundle, tmp_path, cache, ran):
    verify(bundle, _options("a"), cache)
    verify(stub_bundle(tmp_path / "same"), _options("a"), cache)
    assert ran == ["a"]
    verify(stub_bundle(tmp_path / "other", second="u"), _options("a"), cache)
    assert ran == ["a", "a"]


def test_failures_are_known_as_well(bundle, cache, ran):
    first = verify(bundle, _options("a", mode="wrong_value"), cache)
    second = verify(bundle, _options("a", mode="wrong_value"), cache)
    assert ran == ["a"]
    assert not first.ok and not second.ok
    assert second.summary == first.summary and second.summary["mismatch"] == 1


@pytest.mark.parametrize("mode", ["exit_in_run", "exit_in_start"])
def test_what_may_end_otherwise_is_run_again(bundle, cache, ran, mode):
    for _ in range(2):
        verify(bundle, _options("a", mode=mode), cache)
    assert ran == ["a", "a"]


def test_a_server_and_what_is_not_here_are_asked_again(bundle, cache, ran):
    def unavailable():
        raise RuntimeUnavailableError("fly there")

    served = dataclasses.replace(stub_runtime("honest", "endpoint"), formats=(SERVED,))
    moon = Runtime("moon", ("frozen_graph",), ("float32",), unavailable)
    for _ in range(2):
        report = verify(bundle, Options(runtimes=[served, moon]), cache)
        assert not any(cell.cached for cell in report.cells)
    assert ran == ["endpoint", "moon"] * 2


def test_users_modules_are_looked_at(tmp_path, cache, ran, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "custom.py").write_text("")
    bundle = stub_bundle(tmp_path / "half.bundle")
    options = _options("a", python_modules=["custom"])
    verify(bundle, options, cache)
    verify(bundle, options, cache)
    assert ran == ["a"]
    (tmp_path / "custom.py").write_text("changed = True")
    verify(bundle, options, cache)
    assert ran == ["a", "a"]
    verify(bundle, _options("a", python_modules=["not_there"]), cache)
    verify(bundle, _options("a", python_modules=["not_there"]), cache)
    assert ran == ["a"] * 4


def test_a_damaged_entry_is_run_again(bundle, cache, ran):
    verify(bundle, _options("a"), cache)
    (entry,) = (cache.folder / "verdicts").iterdir()
    cache.write("verdicts", entry.name, b"\xff")
    assert verify(bundle, _options("a"), cache).ok
    os.truncate(entry, 40)
    assert verify(bundle, _options("a"), cache).ok
    assert ran == ["a", "a", "a"]


def test_notes_are_kept(tmp_path, cache):
    refused = [manifest_pb2.RefusedCase(signature="s", name="odd", message="too odd")]
    bundle = stub_bundle(tmp_path / "half.bundle", refused=refused)
    first = verify(bundle, _options("a", "b"), cache)
    second = verify(bundle, _options("a", "b"), cache)
    assert len(first.notes) == 1 and first.notes == second.notes


def test_nothing_to_run_is_told_as_ever(bundle, cache):
    options = _options("a", case_patterns=("none/*",))
    report = verify(bundle, options, cache)
    assert report == matrix.verify(bundle, options) and not report.cells
