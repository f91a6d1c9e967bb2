"""A runtime that answers requests for as long as they come, also after its process has died.

    with Player(runtimes.find("tensorflow-c"), Limits()) as player:
        player.load(bundle.path, artifact, signatures)
        response, seconds = player.run(case.request)

A request that kills the runner, or that it does not answer in time, fails alone: the next one gets
a new process with the same artifact.
"""

import os
import threading
from collections.abc import Sequence

from modelparity.contract import inference_pb2, manifest_pb2
from modelparity.errors import RunFailedError
from modelparity.harness.options import Limits
from modelparity.harness.runner_process import (
    RunnerCrashedError,
    RunnerProcess,
    RunnerTimedOutError,
)
from modelparity.runtimes import Runtime


class UnsteadyError(RunFailedError):
    """A model does not give the answer that it gave before."""


class Player:
    """One runtime with at most one artifact; a context manager.

    One thread drives it; `stop` may be called from any.
    """

    def __init__(self, runtime: Runtime, limits: Limits):
        self.runtime = runtime
        self.version = ""
        """What the runtime says of its version, once it was started."""
        self._limits = limits
        self._process: RunnerProcess | None = None
        self._loaded: tuple | None = None
        self._stopped = threading.Event()

    def __enter__(self) -> "Player":
        """Starts the process and asks for its version.

        Raises:
            RuntimeUnavailableError: The runtime is not on this machine.
            RunnerCrashedError, RunnerTimedOutError: Its runner does not answer.
        """
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def load(
        self,
        bundle: str | os.PathLike,
        artifact: manifest_pb2.Artifact,
        signatures: Sequence[manifest_pb2.Signature],
    ) -> float:
        """Loads an artifact, and returns the seconds that it took.

        Args:
            bundle: Folder that the artifact's path is relative to.
            artifact: What to load.
            signatures: All of the model; those that the artifact binds are picked.

        Raises:
            ModelParityError: As the runner says, or as RunnerProcess.
        """
        bound = {binding.signature for binding in artifact.bindings}
        wanted = [signature for signature in signatures if signature.name in bound]
        self._loaded = None
        seconds = self._guard(RunnerProcess.load, bundle, artifact, wanted)
        self._loaded = (bundle, artifact, wanted)
        return seconds

    def run(
        self, request: inference_pb2.ModelInferRequest
    ) -> tuple[inference_pb2.ModelInferResponse, float]:
        """Runs the loaded artifact, see RunnerProcess.run; errors as in load."""
        return self._guard(RunnerProcess.run, request)

    def run_at_once(
        self, request: inference_pb2.ModelInferRequest, threads: int
    ) -> list[inference_pb2.ModelInferResponse]:
        """Runs it from several threads, see RunnerProcess.run_at_once; errors as in load."""
        return self._guard(RunnerProcess.run_at_once, request, threads)

    def answer(self, request: inference_pb2.ModelInferRequest) -> inference_pb2.ModelInferResponse:
        """Returns the answer that others are held against.

        The model is run twice: one that draws random numbers, or changes as it runs, has no answer
        that anybody could be held against.

        Raises:
            UnsteadyError: The two answers differ.
            ModelParityError: As run.
        """
        answer, _ = self.run(request)
        self.ask_again(request, answer)
        return answer

    def ask_again(
        self, request: inference_pb2.ModelInferRequest, answer: inference_pb2.ModelInferResponse
    ) -> None:
        """Holds a new answer against a former one, errors as in answer."""
        # Only here, since it brings numpy.
        from modelparity.compare import responses_agree

        if not responses_agree(answer, self.run(request)[0]):
            raise UnsteadyError(
                "it answers differently when it is asked again, so there is no right answer"
            )

    def stop(self) -> None:
        """Ends the process for good; the call that is under way fails, as do all later ones."""
        self._stopped.set()
        process = self._process
        if process:
            process.kill()

    def _guard(self, call, *arguments):
        try:
            if self._process is None:
                self._start()
                if self._loaded:
                    self._process.load(*self._loaded)
            return call(self._process, *arguments)
        except (RunnerCrashedError, RunnerTimedOutError):
            self._drop()
            raise

    def _start(self) -> None:
        if self._stopped.is_set():
            raise RunnerCrashedError("stopped")
        self._process = RunnerProcess(self.runtime, self._limits)
        try:
            self._process.__enter__()
            if self._stopped.is_set():
                # `stop` came before there was a process to end.
                self._process.kill()
            self.version = self._process.describe().runtime_version
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._process:
            self._process.close()
            self._process = None
