"""One runner as a child process, driven over its stdin and stdout as runner.proto says.

    with RunnerProcess(runtimes.find("tensorflow-c"), Limits(seconds=60)) as runner:
        runner.load(bundle.path, artifact, signatures)
        response, seconds = runner.run(case.request)

The child may do what it likes: crash, hang, print, eat memory. Each call ends with an answer, with
the runner's own error (a ModelParityError of its kind), with RunnerCrashedError or
RunnerTimedOutError. After the last two the process is gone, all that it started with it, and the
RunnerProcess is of no more use. Its temporary folder is one of its own, and goes as well.

One thread drives a RunnerProcess; `kill` may be called from any.

All pipes are served in one loop, without threads: while a request is written, standard output is
read, so that a child which floods it cannot block us, and standard error is drained into a short
tail. The memory limit is watched in the same loop: RLIMIT_AS would not do, since TensorFlow and
WebAssembly reserve far more address space than they use. Limits with a sandbox confine the child, see
sandbox.py.
"""

import contextlib
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import NoReturn

from google.protobuf.message import DecodeError

from modelparity.contract import inference_pb2, manifest_pb2, runner_pb2
from modelparity.errors import (
    ProtocolError,
    RunFailedError,
    RuntimeUnavailableError,
    UnsupportedError,
    error_of,
)
from modelparity.frames import read_frame, write_frame
from modelparity.harness import process_tree
from modelparity.harness.options import Limits
from modelparity.runtimes import Runtime

INLINE_LIMIT = 1 << 20
"""A tensor of more bytes than this travels in a file."""

_STDERR_TAIL = 4096
_QUOTED = 300
# How often the memory is looked at, in seconds.
_WATCH_INTERVAL = 0.05
# How long a process may take to end after its pipe did, in seconds.
_GRACE = 2.0


class RunnerCrashedError(RunFailedError):
    """The process ended, used too much memory, or did not keep to the protocol."""


class RunnerTimedOutError(RunFailedError):
    """The process did not answer in time."""


class RunnerProcess:
    """A runner's process; a context manager that starts it and makes sure that it ends."""

    def __init__(self, runtime: Runtime, limits: Limits):
        self.runtime = runtime
        self._limits = limits
        self._next_id = 1
        self._channel: _Channel | None = None
        self._scratch: str | None = None

    def __enter__(self) -> "RunnerProcess":
        """Starts the process.

        Raises:
            RuntimeUnavailableError: The runtime is not on this machine.
            UnsupportedError: It cannot run in the sandbox of the limits.
        """
        launch = self.runtime.launch()
        self._scratch = tempfile.mkdtemp(prefix="modelparity-")
        command: Sequence[str] = launch.command
        variables = os.environ | launch.environment | {"TMPDIR": self._scratch}
        try:
            if self._limits.sandbox:
                command, variables = self._limits.sandbox.confine(
                    launch, variables, writable=[self._scratch]
                )
            process = subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            self.close()
            raise RuntimeUnavailableError(
                f"its runner cannot be started: {error.strerror}: {command[0]}"
            ) from error
        except UnsupportedError:
            self.close()
            raise
        self._channel = _Channel(process, self.runtime.name, self._limits.memory_bytes)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def describe(self) -> runner_pb2.Description:
        """Returns what the runner says of itself and, once a model is loaded, of its signatures."""
        return self._call("description", "start", describe=runner_pb2.Describe()).description

    def load(
        self,
        bundle: str | os.PathLike,
        artifact: manifest_pb2.Artifact,
        signatures: Sequence[manifest_pb2.Signature],
    ) -> float:
        """Loads an artifact in place of the one before, and returns the seconds that it took."""
        load = runner_pb2.Load(
            bundle=os.path.abspath(bundle),
            artifact=artifact,
            signatures=signatures,
            scratch=self._scratch,
            inline_limit=INLINE_LIMIT,
        )
        return self._call("loaded", "load", load=load).loaded.seconds

    def run(
        self, request: inference_pb2.ModelInferRequest
    ) -> tuple[inference_pb2.ModelInferResponse, float]:
        """Runs the loaded model once.

        Args:
            request: Its data is in the raw contents; large tensors go to the runner by file.

        Returns:
            The response, all data in the raw contents, and the seconds that the call took.
        """
        (response, *_), seconds = self._run(request, threads=0)
        return response, seconds

    def run_at_once(
        self, request: inference_pb2.ModelInferRequest, threads: int
    ) -> list[inference_pb2.ModelInferResponse]:
        """Runs the loaded model from several threads at once.

        Returns:
            Their responses; only one when the runtime makes no claim to be called so.
        """
        return self._run(request, threads)[0]

    def _run(
        self, request: inference_pb2.ModelInferRequest, threads: int
    ) -> tuple[list[inference_pb2.ModelInferResponse], float]:
        # Only here, since it brings numpy, which the start of the process need not wait for.
        from modelparity import tensors

        if any(len(raw) > INLINE_LIMIT for raw in request.raw_input_contents):
            request = tensors.encode_inputs(
                tensors.decode_inputs(request),
                model_name=request.model_name,
                signature=tensors.signature_of(request),
                scratch=self._scratch,
                inline_limit=INLINE_LIMIT,
            )
        try:
            run = runner_pb2.Run(request=request, threads=threads)
            result = self._call("run_result", "run", run=run).run_result
        finally:
            tensors.remove_files(request.inputs, self._scratch)
        responses = [result.response, *result.others]
        return [self._with_data(response, request) for response in responses], result.seconds

    def _with_data(self, response, request) -> inference_pb2.ModelInferResponse:
        """Returns a response with all data in the raw contents, and removes its files."""
        from modelparity import tensors

        if not any(output.parameters for output in response.outputs):
            return response
        try:
            whole = tensors.encode_outputs(tensors.decode_outputs(response, self._scratch), request)
        except ProtocolError as error:
            self._breach(error)
        tensors.remove_files(response.outputs, self._scratch)
        return whole

    def kill(self) -> None:
        """Ends the process and all that it started at once."""
        if self._channel:
            self._channel.kill()

    def close(self) -> None:
        """Lets the process end by itself, and ends it when it does not."""
        if self._channel:
            self._channel.close()
            self._channel = None
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def _call(self, result: str, action: str, **verb: object) -> runner_pb2.RunnerResponse:
        """Sends one request and returns its response, which carries `result`."""
        request = runner_pb2.RunnerRequest(id=self._next_id, **verb)
        self._next_id += 1
        channel = self._channel
        channel.deadline = time.monotonic() + self._limits.seconds
        try:
            write_frame(channel, request.SerializeToString(), peer=self.runtime.name)
            payload = read_frame(channel, peer=self.runtime.name)
        except TimeoutError as error:
            channel.kill()
            raise RunnerTimedOutError(
                f"{action}: no answer in {self._limits.seconds:g} s{channel.last_words()};"
                " allow more with --timeout"
            ) from error
        except MemoryError as error:
            channel.kill()
            raise RunnerCrashedError(
                f"{action}: {error}; allow more with --memory-limit"
            ) from error
        except ProtocolError as error:
            self._breach(error)
        if payload is None:
            raise RunnerCrashedError(f"{action}: {channel.obituary()}")
        try:
            response = runner_pb2.RunnerResponse.FromString(payload)
        except DecodeError:
            self._breach(f"a frame of {len(payload)} bytes is no RunnerResponse")
        if response.id == 0 and response.HasField("error"):
            self._breach(response.error.message)
        if response.id != request.id:
            self._breach(f"got an answer to request {response.id}, wants one to {request.id}")
        got = response.WhichOneof("result")
        if got == "error":
            raise error_of(response.error.kind, response.error.message)
        if got != result:
            self._breach(f"got '{got}' for an answer, wants '{result}'")
        return response

    def _breach(self, what: object) -> NoReturn:
        """Ends a process that does not keep to the protocol: nothing it says can be trusted."""
        self._channel.kill()
        raise RunnerCrashedError(f"broke the protocol: {what}{self._channel.last_words()}")


class _Channel:
    """A child's three pipes as one stream with a deadline, for read_frame and write_frame."""

    def __init__(self, process: subprocess.Popen, name: str, memory_bytes: int | None):
        self.deadline = 0.0
        """Of time.monotonic(); read and write raise TimeoutError beyond it."""
        self._process = process
        self._name = name
        self._memory_bytes = memory_bytes
        self._next_look = 0.0
        self._outgoing = bytearray()
        self._incoming = bytearray()
        self._stderr = bytearray()
        self._selector = selectors.DefaultSelector()
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ)
        self._selector.register(process.stderr, selectors.EVENT_READ)
        self._open = {process.stdout, process.stderr}

    def write(self, data: bytes) -> None:
        """Queues bytes; they are sent by flush, or while an answer is read."""
        self._outgoing += data

    def flush(self) -> None:
        """Does nothing: waiting for the child to read before we read could block both."""

    def read(self, size: int) -> bytes:
        """Returns up to `size` bytes, none at the end of standard output.

        Raises:
            TimeoutError: The deadline has passed.
            MemoryError: The process and what it started use more than they may.
        """
        while not self._incoming and self._process.stdout in self._open:
            self._serve()
        data = bytes(self._incoming[:size])
        del self._incoming[:size]
        return data

    def _serve(self) -> None:
        """Waits until a pipe is ready, or a moment, and serves every pipe that is."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._check_memory()
        stdin = self._process.stdin
        if self._outgoing and stdin not in self._selector.get_map():
            self._selector.register(stdin, selectors.EVENT_WRITE)
        for key, _ in self._selector.select(min(left, _WATCH_INTERVAL)):
            if key.fileobj is stdin:
                self._send()
            else:
                self._receive(key.fileobj)

    def _send(self) -> None:
        try:
            sent = os.write(self._process.stdin.fileno(), self._outgoing[: 1 << 20])
            del self._outgoing[:sent]
        except BrokenPipeError:
            # The child reads no more; what it still says, or its end, tells why.
            self._outgoing.clear()
        if not self._outgoing:
            self._selector.unregister(self._process.stdin)

    def _receive(self, pipe) -> None:
        data = os.read(pipe.fileno(), 1 << 20)
        if not data:
            self._selector.unregister(pipe)
            self._open.discard(pipe)
        elif pipe is self._process.stdout:
            self._incoming += data
        else:
            self._stderr += data
            del self._stderr[:-_STDERR_TAIL]

    def _check_memory(self) -> None:
        now = time.monotonic()
        if self._memory_bytes is None or now < self._next_look:
            return
        self._next_look = now + _WATCH_INTERVAL
        used = process_tree.resident_bytes(self._process.pid)
        if used > self._memory_bytes:
            raise MemoryError(
                f"uses {_mebibytes(used)} of memory and may use {_mebibytes(self._memory_bytes)}"
            )

    def obituary(self) -> str:
        """Says how the process ended, once its standard output did, with its last words."""
        ended = self._await_end()
        self.kill()
        status = self._process.returncode
        ending = process_tree.ending(status) if ended else "closed its standard output"
        return f"the runner {ending}{self.last_words()}"

    def last_words(self) -> str:
        """Returns the end of standard error as a clause, empty when nothing was said."""
        with contextlib.suppress(BlockingIOError):
            while self._process.stderr in self._open:
                self._receive(self._process.stderr)
        words = " ".join(self._stderr.decode(errors="replace").split())
        return f", saying '{words[-_QUOTED:]}'" if words else ""

    def kill(self) -> None:
        """Ends what the process started with it, since that holds its pipes and memory, too."""
        if self._process.returncode is None:
            # Not reaped yet, so the number is still its own, unless another thread is faster.
            process_tree.end(self._process.pid)
            self._process.wait()

    def close(self) -> None:
        """Closes the pipes, which asks the process to end, and ends it when it does not."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._await_end()
        self.kill()
        self._process.stderr.close()
        self._selector.close()

    def _await_end(self) -> bool:
        """Waits a moment for the process to end, without reaping it; says whether it did."""
        until = time.monotonic() + _GRACE
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while self._process.returncode is None:
            if os.waitid(os.P_PID, self._process.pid, options) is not None:
                break
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB"
