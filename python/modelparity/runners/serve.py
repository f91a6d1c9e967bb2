"""Serves a runner over stdin and stdout: one frame in, one frame out, until stdin ends.

A runtime that prints must not break the frames, so the real standard output is kept for them and
file descriptor 1 becomes standard error; hence the runner is made, and its runtime imported, only
then:

    def _runner():
        from modelparity.runners.tensorflow_runner import TensorflowRunner
        return TensorflowRunner()

    if __name__ == "__main__":
        serve(_runner)
"""

import os
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from google.protobuf.message import DecodeError

from modelparity.contract import runner_pb2
from modelparity.errors import ModelParityError, ProtocolError, RunFailedError, one_line
from modelparity.frames import read_frame, write_frame
from modelparity.runners.base import Runner
from modelparity.tensors import decode_inputs, encode_outputs, signature_of

_PEER = "harness"
_MOST_THREADS = 64


def serve(make_runner: Callable[[], Runner]) -> None:
    """Answers the process's stdin on its stdout until stdin ends, and the process with it."""
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve_frames(make_runner(), sys.stdin.buffer, frames)
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: to take an interpreter apart that has TensorFlow in it takes a good part of a second.
    os._exit(0)


def serve_frames(runner: Runner, requests: BinaryIO, responses: BinaryIO) -> None:
    """Answers every frame of `requests` in `responses`.

    Raises:
        ProtocolError: The stream is no longer at the beginning of a frame; nobody can answer that.
    """
    dispatcher = Dispatcher(runner)
    while (payload := read_frame(requests, peer=_PEER)) is not None:
        response = dispatcher.answer(payload)
        try:
            write_frame(responses, response.SerializeToString(), peer=_PEER)
        except ProtocolError as error:
            write_frame(responses, _failure(response.id, error).SerializeToString(), peer=_PEER)


class Dispatcher:
    """Turns the bytes of a request into a response; no exception leaves it."""

    def __init__(self, runner: Runner):
        self._runner = runner
        self._scratch = ""
        self._inline_limit = 0

    def answer(self, payload: bytes) -> runner_pb2.RunnerResponse:
        """Returns the response, an Error when anything failed; its traceback goes to stderr."""
        request = runner_pb2.RunnerRequest()
        try:
            request.ParseFromString(payload)
            return self._dispatch(request)
        except ModelParityError as error:
            return _failure(request.id, error)
        except DecodeError as error:
            return _failure(
                0, ProtocolError(f"the frame holds no RunnerRequest: {one_line(error)}")
            )
        except Exception as error:
            traceback.print_exc()
            kind = type(error).__name__
            return _failure(request.id, RunFailedError(f"{kind}: {one_line(error)}"))

    def _dispatch(self, request: runner_pb2.RunnerRequest) -> runner_pb2.RunnerResponse:
        response = runner_pb2.RunnerResponse(id=request.id)
        match request.WhichOneof("verb"):
            case "load":
                self._scratch = request.load.scratch
                self._inline_limit = request.load.inline_limit
                start = time.perf_counter()
                self._runner.load(request.load)
                response.loaded.seconds = time.perf_counter() - start
            case "describe":
                response.description.CopyFrom(self._runner.describe())
            case "run":
                response.run_result.CopyFrom(self._run(request.run))
            case "close":
                self._runner.close()
                response.closed.SetInParent()
            case _:
                raise ProtocolError("the request has no verb that this runner knows")
        return response

    def _run(self, run: runner_pb2.Run) -> runner_pb2.RunResult:
        request = run.request
        if run.threads > _MOST_THREADS:
            raise ProtocolError(
                f"run: got {run.threads} threads, at most {_MOST_THREADS} may be asked for"
            )
        arrays = decode_inputs(request, self._scratch)
        start = time.perf_counter()
        if run.threads > 1 and self._runner.concurrent:
            with ThreadPoolExecutor(run.threads) as pool:
                calls = [
                    pool.submit(self._runner.run, signature_of(request), arrays)
                    for _ in range(run.threads)
                ]
            answers = [call.result() for call in calls]
        else:
            answers = [self._runner.run(signature_of(request), arrays)]
        seconds = time.perf_counter() - start
        first, *others = (
            encode_outputs(outputs, request, scratch=self._scratch, inline_limit=self._inline_limit)
            for outputs in answers
        )
        return runner_pb2.RunResult(response=first, seconds=seconds, others=others)


def _failure(request_id: int, error: ModelParityError) -> runner_pb2.RunnerResponse:
    told = runner_pb2.Error(kind=error.kind, message=str(error))
    return runner_pb2.RunnerResponse(id=request_id, error=told)
