"""What the harness makes of every way in which a runner can misbehave."""

import contextlib
import pathlib
import threading
import time

import numpy as np
import pytest

from modelparity.contract import manifest_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    RunFailedError,
    RuntimeUnavailableError,
    UnsupportedError,
)
from modelparity.harness import process_tree
from modelparity.harness.options import Limits
from modelparity.harness.runner_process import (
    INLINE_LIMIT,
    RunnerCrashedError,
    RunnerProcess,
    RunnerTimedOutError,
)
from modelparity.harness.testing import stub_runner, stub_runtime
from modelparity.runtimes import Launch, Runtime
from modelparity.tensors import decode_outputs, encode_inputs

_ARTIFACT = manifest_pb2.Artifact(format="frozen_graph", path="frozen_graph/s.pb")


def _process(mode, seconds=60.0, memory_bytes=None):
    return RunnerProcess(stub_runtime(mode), Limits(seconds, memory_bytes))


def _request(first=stub_runner.UNLUCKY, size=2):
    x = np.arange(size, dtype=np.float32)
    x[0] = first
    return encode_inputs({"x": x}, model_name="half", signature="s")


def test_an_honest_runner():
    with _process("honest") as runner:
        assert runner.describe().runtime_version == "1"
        assert runner.load("/bundle", _ARTIFACT, []) == 0.25
        response, seconds = runner.run(_request())
        assert decode_outputs(response)["y"].tolist() == [8.5, 2.5]
        assert seconds == 0.5


def test_a_runner_stays_up_for_many_calls():
    with _process("honest") as runner:
        runner.load("/bundle", _ARTIFACT, [])
        for first in range(50):
            response, _ = runner.run(_request(first))
            assert decode_outputs(response)["y"][0] == first / 2 + 2


def test_large_tensors_go_by_file_and_the_file_goes():
    size = INLINE_LIMIT  # four times the limit in bytes
    with _process("honest") as runner:
        runner.load("/bundle", _ARTIFACT, [])
        response, _ = runner.run(_request(size=size))
        assert decode_outputs(response)["y"].shape == (size,)
        assert not response.outputs[0].parameters
        scratch = pathlib.Path(runner._scratch)
        assert list(scratch.iterdir()) == []
    assert not scratch.exists()


def _use(mode, **limits):
    with _process(mode, **limits) as runner:
        runner.describe()
        runner.load("/bundle", _ARTIFACT, [])
        runner.run(_request())


@pytest.mark.parametrize(
    ("mode", "error", "message"),
    [
        (
            "exit_in_start",
            RunnerCrashedError,
            "start: the runner ended with exit status 3, saying '.*no such library'",
        ),
        ("segfault_in_load", RunnerCrashedError, "load: the runner was killed by SIGSEGV$"),
        ("refuse_in_load", ArtifactInvalidError, "^the graph has no end$"),
        ("unsupported_in_load", UnsupportedError, "^operator Frobnicate$"),
        (
            "wrong_answer_in_load",
            RunnerCrashedError,
            "broke the protocol: got 'closed' .*, wants 'loaded'",
        ),
        ("fail_in_run", RunFailedError, "^index 7 is out of bounds$"),
        (
            "segfault_in_run",
            RunnerCrashedError,
            r"killed by SIGSEGV, saying 'free\(\): invalid pointer'",
        ),
        ("exit_in_run", RunnerCrashedError, "run: the runner ended with exit status 3$"),
        ("close_stdout", RunnerCrashedError, "run: the runner closed its standard output$"),
        (
            "flood_stdout",
            RunnerCrashedError,
            r"broke the protocol: stub: a frame begins with b'I pr', .*standard output",
        ),
        (
            "truncated_frame",
            RunnerCrashedError,
            "broke the protocol: .* ended after 5 bytes of a frame of 1000",
        ),
        ("truncated_length", RunnerCrashedError, "broke the protocol: .* inside a frame's length"),
        (
            "oversize_frame",
            RunnerCrashedError,
            "a length of 268435457 bytes, and at most 268435456",
        ),
        ("no_message", RunnerCrashedError, "a frame of 4 bytes is no RunnerResponse"),
        ("wrong_id", RunnerCrashedError, "got an answer to request 4, wants one to 3"),
        ("stream_error", RunnerCrashedError, "broke the protocol: the answer is too long"),
        (
            "file_that_is_not_there",
            RunnerCrashedError,
            "broke the protocol: output 'y': its data is in the file '/nowhere/at/all', wants it in",
        ),
    ],
)
def test_the_error_says_what_the_runner_did(mode, error, message):
    with pytest.raises(error, match=message) as caught:
        _use(mode)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["hang_in_start", "hang_in_load", "hang_in_run"])
def test_a_hang_ends_at_the_time_limit(mode):
    start = time.monotonic()
    verb = mode.removeprefix("hang_in_")
    with pytest.raises(RunnerTimedOutError, match=f"^{verb}: no answer in 5 s; allow more with"):
        _use(mode, seconds=5.0)
    assert time.monotonic() - start < 60


def test_a_flood_of_stderr_blocks_nobody_and_is_not_kept():
    with _process("flood_stderr") as runner:
        runner.load("/bundle", _ARTIFACT, [])
        runner.run(_request())
        assert len(runner._channel.last_words()) < 400
        assert len(runner._channel._stderr) <= 4096


@pytest.mark.parametrize("mode", ["eat_memory", "eat_memory_in_a_child"])
def test_memory_is_limited(mode):
    with pytest.raises(
        RunnerCrashedError,
        match=r"run: uses .* MiB of memory and may use 400 MiB; .* --memory-limit",
    ):
        _use(mode, memory_bytes=400 << 20)


def test_a_program_that_floods_and_never_reads_blocks_nobody():
    runtime = Runtime("yes", (), (), lambda: Launch(("yes", "I print what I like."), ""))
    # More than a pipe holds, and less than what goes by file.
    request = _request(size=INLINE_LIMIT // 8)
    with (
        pytest.raises(RunnerCrashedError, match="a frame begins with b'I pr'"),
        RunnerProcess(runtime, Limits(30.0)) as runner,
    ):
        runner.run(request)


def _all_end(pids):
    """Says whether the processes have ended, or do so soon: a signal takes its time."""
    until = time.monotonic() + 10
    while any(map(_runs, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(_runs, pids))


def _runs(pid):
    with contextlib.suppress(OSError):
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        # A process that has ended and was not waited for is a zombie.
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_killed_runner_leaves_no_children():
    with _process("hang_with_children", seconds=5.0) as runner:
        runner.load("/bundle", _ARTIFACT, [])
        pid = runner._channel._process.pid
        found = []
        watcher = threading.Timer(4.0, lambda: found.extend(process_tree.members(pid)))
        watcher.start()
        with pytest.raises(RunnerTimedOutError):
            runner.run(_request())
    watcher.join()
    assert len(found) == 3
    assert _all_end(found)


def test_a_runner_that_ended_leaves_no_children():
    with _process("exit_with_a_child") as runner:
        runner.load("/bundle", _ARTIFACT, [])
        pid = runner._channel._process.pid
        with pytest.raises(RunnerCrashedError, match="exit status 3"):
            runner.run(_request())
    assert _all_end(process_tree.members(pid))


def test_what_a_runner_leaves_in_its_temporary_folder_goes_with_it():
    with _process("leave_a_temporary_file") as runner:
        runner.load("/bundle", _ARTIFACT, [])
        runner.run(_request())
        scratch = pathlib.Path(runner._scratch)
        assert len(list(scratch.iterdir())) == 1
    assert not scratch.exists()


def test_closing_ends_a_runner_that_does_not_listen():
    with _process("honest") as runner:
        runner.describe()
        process = runner._channel._process
    assert process.returncode == 0


def test_a_runner_that_cannot_be_started():
    runtime = Runtime("none", (), (), lambda: Launch(("/nowhere/at/all",), ""))
    with (
        pytest.raises(
            RuntimeUnavailableError, match="cannot be started: No such file or directory: /nowhere"
        ),
        RunnerProcess(runtime, Limits()),
    ):
        pass
