"""A runtime that answers requests for the exporter, also after its process has died."""

import os
from collections.abc import Sequence

from modelparity import runtimes
from modelparity.contract import inference_pb2, manifest_pb2
from modelparity.harness.runner_process import (
    Limits,
    RunnerCrashedError,
    RunnerProcess,
    RunnerTimedOutError,
)


class Player:
    """One runtime with one artifact at a time; a context manager.

    A request that kills the runner, or that it does not answer in time, fails alone: the next one gets a
    new process with the same artifact.
    """

    def __init__(self, runtime: str, limits: Limits):
        self.runtime = runtime
        self._limits = limits
        self._process: RunnerProcess | None = None
        self._loaded: tuple | None = None

    def __enter__(self) -> "Player":
        """Starts the process, so that its runtime is imported while others work."""
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def version(self) -> str:
        """Returns the version of the runtime."""
        return self._process.describe().runtime_version

    def load(
        self,
        folder: os.PathLike,
        artifact: manifest_pb2.Artifact,
        signatures: Sequence[manifest_pb2.Signature],
    ) -> None:
        """Loads `artifact` of `folder`; `signatures` are the model's, and may be more than it binds."""
        bound = {binding.signature for binding in artifact.bindings}
        wanted = [signature for signature in signatures if signature.name in bound]
        self._loaded = None
        self._guard(RunnerProcess.load, folder, artifact, wanted)
        self._loaded = (folder, artifact, wanted)

    def run(self, request: inference_pb2.ModelInferRequest) -> inference_pb2.ModelInferResponse:
        """Runs the loaded artifact once."""
        response, _ = self._guard(RunnerProcess.run, request)
        return response

    def _guard(self, call, *arguments):
        if self._process is None:
            self._start()
            if self._loaded:
                self._process.load(*self._loaded)
        try:
            return call(self._process, *arguments)
        except (RunnerCrashedError, RunnerTimedOutError):
            self._stop()
            raise

    def _start(self) -> None:
        self._process = RunnerProcess(runtimes.find(self.runtime), self._limits).__enter__()

    def _stop(self) -> None:
        if self._process:
            self._process.close()
            self._process = None
