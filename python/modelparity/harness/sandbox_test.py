"""What a hostile program can and cannot do in the sandbox; it needs bubblewrap, and fails without it."""

import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest

from modelparity import runtimes
from modelparity.errors import ArtifactInvalidError, RuntimeUnavailableError, UnsupportedError
from modelparity.harness.options import Limits
from modelparity.harness.runner_process import RunnerCrashedError, RunnerProcess
from modelparity.harness.sandbox import Sandbox, check_contained, check_plain
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.runtimes import Launch


@pytest.fixture
def confined(tmp_path, monkeypatch):
    """Returns a function that runs Python code in a sandbox, and returns its output and status."""
    home = tmp_path / "home"
    home.mkdir()
    # The working folder is not shown.
    monkeypatch.chdir(tmp_path)

    def run(code, *readable):
        launch = Launch((sys.executable, "-c", code), "")
        sandbox = Sandbox.make().reading(*readable)
        command, variables = sandbox.confine(launch, os.environ, [home])
        ended = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        return ended.returncode, ended.stdout + ended.stderr

    return run


def test_a_file_is_read_only_when_it_is_shown(confined, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    code = f"print(open({str(secret)!r}).read())"
    status, said = confined(code)
    assert status and "FileNotFoundError" in said and "the secret" not in said
    assert confined(code, secret) == (0, "the secret\n")


def test_nothing_is_written_but_in_its_own_folder(confined, tmp_path):
    shown = tmp_path / "model"
    shown.mkdir()
    for path in (shown / "x", pathlib.Path("/usr/x"), pathlib.Path("/x")):
        status, said = confined(f"open({str(path)!r}, 'w')", shown)
        assert status and "Read-only file system" in said
        assert not path.exists()
    # What is not shown is in its own /tmp.
    confined(f"open({str(tmp_path / 'x')!r}, 'w')", shown)
    assert not (tmp_path / "x").exists()
    assert confined("open('mine', 'w').write('x'); open('/tmp/gone', 'w')")[0] == 0
    assert (tmp_path / "home" / "mine").exists()
    assert not os.path.exists("/tmp/gone")


def test_memory_cannot_be_eaten_as_files(confined):
    code = "block = b'x' * (1 << 20); file = open('{}/f', 'wb')\nfor _ in range(300): file.write(block)"
    for folder in ("/tmp", "/dev/shm"):
        status, said = confined(code.format(folder))
        assert status and "No space left on device" in said


def test_there_is_no_network(confined):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=server.accept, daemon=True).start()
        code = (
            f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        )
        status, said = confined(code)
        assert status and "ConnectionRefusedError" in said
        socket.create_connection(server.getsockname(), 5).close()


def test_other_processes_and_secret_variables_are_not_seen(confined, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "t0ken")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    code = "import os; print([p for p in os.listdir('/proc') if p.isdigit()], dict(os.environ))"
    status, said = confined(code)
    assert status == 0
    assert str(os.getpid()) not in said.partition("]")[0].replace("'", "").split(", ")
    assert "t0ken" not in said
    assert "'TF_NUM_INTRAOP_THREADS': '1'" in said


def test_it_has_no_capability_and_gains_none(confined):
    status, said = confined("print(open('/proc/self/status').read())")
    assert status == 0
    assert "CapEff:\t0000000000000000" in said and "CapBnd:\t0000000000000000" in said
    # CLONE_NEWUSER
    status, _ = confined("import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)")
    assert status


def _runner(mode, bundle, **limits):
    sandbox = Sandbox.make().reading(bundle)
    return RunnerProcess(stub_runtime(mode), Limits(60, sandbox=sandbox, **limits))


def test_a_runner_works_in_it(tmp_path):
    bundle = stub_bundle(tmp_path / "b")
    with _runner("honest", bundle.path) as runner:
        runner.describe()
        runner.load(bundle.path, bundle.manifest.artifacts[0], bundle.manifest.signatures)
        for case in bundle.cases("s"):
            assert runner.run(case.request)[0].outputs[0].name == "y"


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("segfault_in_load", "load: the runner was killed by SIGSEGV"),
        ("exit_in_start", "start: the runner ended with exit status 3"),
    ],
)
def test_a_runner_dies_in_it_as_it_does_outside(tmp_path, mode, message):
    bundle = stub_bundle(tmp_path / "b")
    with _runner(mode, bundle.path) as runner, pytest.raises(RunnerCrashedError, match=message):
        runner.describe()
        runner.load(bundle.path, bundle.manifest.artifacts[0], bundle.manifest.signatures)


def test_what_needs_the_network_is_refused(tmp_path):
    runtime = runtimes.endpoint("grpc://localhost:1")
    with (
        pytest.raises(UnsupportedError, match="not run with --sandbox, since it calls a server"),
        RunnerProcess(runtime, Limits(sandbox=Sandbox.make())),
    ):
        pass


def test_without_bubblewrap_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeUnavailableError, match="apt-get install bubblewrap"):
        Sandbox.make()


def test_where_bubblewrap_may_not_work_it_says_so(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(RuntimeUnavailableError, match="cannot make a sandbox here: bwrap: No perm"):
        Sandbox.make()


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/passwd"), os.mkfifo])
def test_what_was_left_is_not_followed(tmp_path, make):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    check_plain(tmp_path)
    make(tmp_path / "folder" / "odd")
    with pytest.raises(ArtifactInvalidError, match="the model is hostile"):
        check_plain(tmp_path)


def test_a_model_that_leads_out_of_its_folder_is_refused(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "file").write_text("x")
    (model / "same").symlink_to("file")
    check_contained(model)
    (model / "out").symlink_to(tmp_path)
    with pytest.raises(ArtifactInvalidError, match="a link that leads out of the model"):
        check_contained(model)
