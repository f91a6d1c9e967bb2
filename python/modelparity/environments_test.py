"""Environments of other versions, made by a stub of uv: no network, and no package is installed."""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

import pytest

from modelparity import environments, runtimes, uv
from modelparity.environments import Environment
from modelparity.errors import RuntimeUnavailableError

# Logs its calls, and does what the tests need of `pip compile`, `venv` and `pip sync`.
_STUB = f"""
import pathlib, sys, time
here = pathlib.Path(__file__).parent
call = " ".join(sys.argv[1:])
with open(here / "calls", "a") as log:
    log.write(call + "\\n")
if (here / "failure").exists() and not call.startswith("venv"):
    sys.exit((here / "failure").read_text())
if call.startswith("pip compile"):
    print("".join(f"# lock of {{line}}" for line in sys.stdin), end="")
elif call.startswith("venv"):
    python = pathlib.Path(sys.argv[-1], "bin/python")
    python.parent.mkdir(parents=True)
    python.symlink_to({sys.executable!r})
else:
    while (here / "wait").exists():
        time.sleep(0.01)
    print("Installed 2 packages", file=sys.stderr)
    print(" + tensorflow==1.2.3", file=sys.stderr)
"""


class _Uv:
    """The stub in a folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        (folder / "stub.py").write_text(_STUB)
        command = shlex.join([sys.executable, str(folder / "stub.py")])
        (folder / "uv").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / "uv").chmod(0o755)

    def calls(self) -> list[str]:
        """Returns the verbs of its calls so far."""
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [re.match(r"venv|pip \w+", line)[0] for line in lines]

    def wait_for(self, verb: str) -> None:
        deadline = time.monotonic() + 60
        while verb not in self.calls():
            assert time.monotonic() < deadline, f"uv was not called with `{verb}`"
            time.sleep(0.01)


@pytest.fixture
def stub(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "stub"), prepend=os.pathsep)
    monkeypatch.setattr(uv, "_BUNDLED", tmp_path / "none")
    monkeypatch.setattr(environments, "_LOCKS", tmp_path / "locks")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "locks").mkdir()
    return _Uv(tmp_path / "stub")


def _environment(version="1.2.3"):
    return Environment.parse("tensorflow-python", "tensorflow", version)


def test_a_version_is_installed_once_and_its_lock_is_kept(stub, tmp_path, caplog):
    caplog.set_level("INFO", "modelparity")
    assert not _environment().is_ready()
    folder = _environment().folder()
    assert stub.calls() == ["pip compile", "venv", "pip sync"]
    root = tmp_path / "cache/modelparity/environments"
    kept = root / f"tensorflow-1.2.3-{sys.implementation.cache_tag}.txt"
    assert folder.parent == root and folder.name.startswith(f"{kept.stem}-")
    assert f"tensorflow-python@1.2.3: its lock is kept in {kept}" in caplog.messages
    assert "tensorflow-python@1.2.3: Installed 2 packages" in caplog.messages
    assert "1.2.3: tensorflow==1.2.3" not in caplog.text
    assert (folder / "requirements.txt").read_text() == kept.read_text()
    assert "# lock of tensorflow==1.2.3\n" in kept.read_text()
    assert "# lock of protobuf>=4.25\n" in kept.read_text()
    assert _environment().folder() == folder and _environment().is_ready()
    assert len(stub.calls()) == 3


def test_only_wheels_are_installed_and_their_hashes_are_wanted(stub):
    _environment().folder()
    resolve, _, sync = (stub.folder / "calls").read_text().splitlines()
    assert "--generate-hashes" in resolve and "--require-hashes" in sync
    assert all("--only-binary :all:" in call for call in (resolve, sync))
    assert "--no-emit-index-url" in resolve and "--no-emit-find-links" in resolve


def test_a_lock_that_is_committed_needs_no_resolution(stub, tmp_path):
    (tmp_path / "locks/tensorflow-1.2.3+keras-4.5.txt").write_text("# committed\n")
    folder = _environment("1.2.3,keras@4.5").folder()
    assert (folder / "requirements.txt").read_text() == "# committed\n"
    assert stub.calls() == ["venv", "pip sync"]
    (tmp_path / "locks/tensorflow-1.2.3+keras-4.5.txt").write_text("# another\n")
    assert not _environment("1.2.3,keras@4.5").is_ready()
    assert _environment("1.2.3,keras@4.5").folder() != folder


@pytest.mark.parametrize(
    ("version", "requirements"),
    [
        ("2", ["tensorflow==2.*"]),
        ("2.16", ["tensorflow==2.16.*"]),
        ("2.16.2", ["tensorflow==2.16.2"]),
        ("2.20.0rc1", ["tensorflow==2.20.0rc1"]),
        ("2.20rc1", ["tensorflow==2.20rc1"]),
        ("2.16,keras@3.3,a.b-c_d@1.0.post1", ["tensorflow==2.16.*", "keras==3.3.*", "a.b-c_d==1.0.post1"]),
    ],
)  # fmt: skip
def test_a_version_of_two_numbers_is_a_series(stub, version, requirements):
    lock = (_environment(version).folder() / "requirements.txt").read_text()
    assert lock.splitlines()[: len(requirements)] == [f"# lock of {line}" for line in requirements]


@pytest.mark.parametrize(
    ("version", "got"),
    [
        ("latest;rm", "latest;rm"),
        ("", ""),
        ("2.16.2 ", "2.16.2 "),
        ("2.16.2\n", "2.16.2\n"),
        ("-e", "-e"),
        ("2.*", "2.*"),
        (">=2", ">=2"),
        ("../2", "../2"),
        ("2.16,", ""),
        ("2.16,keras", "keras"),
        ("2.16,keras@", "keras@"),
        ("2.16,../keras@3", "../keras@3"),
        ("2.16,--index-url@3", "--index-url@3"),
        ("2.16@3", "2.16@3"),
    ],
)
def test_what_is_no_version_is_refused(version, got):
    name = f"tensorflow-python@{version}"
    message = (
        f"{name!r}: got {got!r}, wants a version such as 2.16.2, or 2.16 for the newest 2.16.x"
    )
    with pytest.raises(RuntimeUnavailableError, match=re.escape(message)):
        _environment(version)


def test_two_that_make_it_at_once_make_it_once(stub):
    (stub.folder / "wait").touch()
    made = []
    makers = [
        threading.Thread(target=lambda: made.append(_environment().folder())) for _ in range(3)
    ]
    for maker in makers:
        maker.start()
    stub.wait_for("pip sync")
    (stub.folder / "wait").unlink()
    for maker in makers:
        maker.join(60)
    assert len(made) == 3 and len(set(made)) == 1 and (made[0] / "bin/python").exists()
    assert stub.calls().count("venv") == stub.calls().count("pip sync") == 1


def test_one_that_is_killed_leaves_nothing_that_is_taken_for_whole(stub, tmp_path):
    (tmp_path / "locks/tensorflow-1.2.3.txt").write_text("# the lock\n")
    (stub.folder / "wait").touch()
    code = (
        "import pathlib; from modelparity import environments, uv\n"
        f"environments._LOCKS = pathlib.Path({str(tmp_path / 'locks')!r})\n"
        f"uv._BUNDLED = pathlib.Path({str(tmp_path / 'none')!r})\n"
        "environments.Environment.parse('tensorflow-python', 'tensorflow', '1.2.3').folder()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=os.environ | runtimes.python_environment()) as maker:
        stub.wait_for("pip sync")
        maker.send_signal(signal.SIGKILL)
    assert not _environment().is_ready()
    # Its uv goes on writing, so the next one has to wait for that.
    later = threading.Thread(target=lambda: _environment().folder())
    later.start()
    later.join(0.5)
    assert later.is_alive() and stub.calls().count("venv") == 1
    (stub.folder / "wait").unlink()
    later.join(60)
    assert _environment().is_ready()
    assert stub.calls().count("venv") == stub.calls().count("pip sync") == 2
    assert not list(_environment().folder().parent.glob("*.partial"))


def test_one_that_is_interrupted_is_made_again(stub, monkeypatch):
    def interrupt(self, line):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Environment, "_tell", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _environment().folder()
    assert not list((environments._cache()).glob("*.partial"))
    assert (_environment().folder() / "bin/python").exists()


def test_one_whose_python_is_gone_is_made_again(stub):
    folder = _environment().folder()
    (folder / "bin/python").unlink()
    (folder / "bin/python").symlink_to("/none/python")
    assert not _environment().is_ready()
    assert _environment().folder() == folder and _environment().is_ready()


_UNSOLVABLE = "error: No solution found when resolving dependencies\n  cause: "


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (
            "error: Request failed\n  cause: Failed to fetch: an address\n  cause: Connection refused\n",
            r"got no answer from the package index \(Connection refused\); let this machine reach it",
        ),
        (
            f"{_UNSOLVABLE}Because there is no version of tensorflow==9.9.9 and\n you require it.\n",
            r"got tensorflow 9.9.9, which does not exist for Python 3\.\d+; nor has any other version",
        ),
        (
            f"{_UNSOLVABLE}Because tensorflow==9.9.9 has no wheels with a matching tag.\n",
            r"got tensorflow 9.9.9, which has no wheel for Python 3\.\d+; nor has",
        ),
        ("error: the disk is full\n", r"uv failed: the disk is full"),
        ("", r"uv failed: it said nothing"),
    ],
)
def test_a_failure_of_uv_is_one_line_that_names_the_runtime(stub, failure, message):
    (stub.folder / "failure").write_text(failure)
    with pytest.raises(RuntimeUnavailableError, match=f"^tensorflow-python@9.9.9: {message}.*$"):
        _environment("9.9.9").folder()
    (stub.folder / "failure").unlink()
    assert not environments.cached_runtimes()
    assert (_environment("9.9.9").folder() / "bin/python").exists()


def test_a_lock_without_wheels_for_this_python_is_told(stub, tmp_path):
    (tmp_path / "locks/tensorflow-1.2.3.txt").write_text("# the lock\n")
    (stub.folder / "failure").write_text(
        f"{_UNSOLVABLE}Because ml-dtypes==0.3.2 has no usable wheels.\n"
    )
    with pytest.raises(
        RuntimeUnavailableError,
        match=r"no wheels for Python 3\.\d+: Because ml-dtypes==0\.3\.2 has no",
    ):
        _environment().folder()


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ("there is no version of tensorflow==9.9.*", "9.9, which does not exist for Python 3"),
        ("tensorflow==9.9.1 has no wheels with", "9.9, which has no wheel for Python 3"),
    ],
)
def test_a_version_that_cannot_be_had_is_told_beside_those_that_can(
    stub, monkeypatch, problem, message
):
    def compile_(requirements, folder, *arguments):
        if requirements != ["tensorflow"]:
            raise uv._UnsolvableError(f"Because {problem}, nothing")
        return "tensorflow==2.12.0\n" if "lowest" in arguments else "tensorflow==2.21.0\n"

    monkeypatch.setattr(uv, "_compile", compile_)
    with pytest.raises(
        RuntimeUnavailableError,
        match=rf"got tensorflow {message}.*; there are 2\.12\.0 to 2\.21\.0$",
    ):
        _environment("9.9").folder()


def test_versions_that_do_not_fit_together_are_told_as_uv_does(stub, monkeypatch):
    def compile_(requirements, folder, *arguments):
        if len(requirements) > 1:
            raise uv._UnsolvableError("Because tensorflow==2.16.2 depends on keras>=3")
        return ""

    monkeypatch.setattr(uv, "_compile", compile_)
    with pytest.raises(
        RuntimeUnavailableError,
        match=r"do not fit together: Because tensorflow==2\.16\.2 depends on keras>=3; name other",
    ):
        _environment("2.16.2,keras@2.15").folder()


def test_without_uv_it_says_how_to_get_it(stub, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        RuntimeUnavailableError, match=r"^tensorflow-python@1\.2\.3: uv, .* `pip install uv`$"
    ):
        _environment().folder()


def test_a_cache_that_cannot_be_written_is_told(stub, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RuntimeUnavailableError, match=r"Not a directory: .*; set XDG_CACHE_HOME"):
        _environment().folder()


def test_the_cache_is_below_home_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    # To be ignored, says the specification.
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert environments._cache() == tmp_path / ".cache/modelparity/environments"


def test_runtimes_with_an_environment_are_listed(stub):
    assert runtimes.cached() == []
    for name in ("tensorflow-python@1.2", "onnxruntime-python@3.4.5,numpy@1.26"):
        runtimes.find(name).launch()
    (environments._cache() / "of-a-runtime-that-is-no-more").mkdir()
    (environments._cache() / "of-a-runtime-that-is-no-more/modelparity-runtime").write_text("x@1")
    assert sorted(runtime.name for runtime in runtimes.cached()) == [
        "onnxruntime-python@3.4.5,numpy@1.26",
        "tensorflow-python@1.2",
    ]


@pytest.mark.parametrize(
    "lock", sorted(environments._LOCKS.glob("*.txt")), ids=lambda path: path.stem
)
def test_a_committed_lock_pins_everything_that_a_runner_needs(lock):
    text = lock.read_text()
    assert "://" not in text and "--index-url" not in text
    pinned = dict(re.findall(r"^(\S+)==(\S+) \\$", text, re.MULTILINE))
    assert {"ml-dtypes", "numpy", "protobuf"} <= pinned.keys()
    for part in lock.stem.split("+"):
        package, version = re.fullmatch(r"(.+)-([\d.]+)", part).groups()
        assert f"{pinned[package]}.".startswith(f"{version}.")
    # Every package, and nothing but packages, has hashes.
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned)
    assert all("--hash=sha256:" in block for block in blocks)
