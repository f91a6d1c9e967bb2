"""A runner without a runtime, and one without a process, so that an input costs no more than its reading."""

import io
import pathlib

import numpy as np

from modelparity.contract import inference_pb2, manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.harness.options import Limits
from modelparity.harness.runner_process import RunnerProcess
from modelparity.runners import base
from modelparity.runtimes import RUNTIMES
from modelparity.tensors import encode_inputs


class EchoRunner(base.Runner):
    """Answers with its inputs; it has a model from the beginning."""

    runtime = "echo"
    concurrent = True

    def __init__(self, signature: manifest_pb2.Signature):
        super().__init__()
        self._model = _Echo()
        self._signatures[signature.name] = signature
        self._bindings[signature.name] = manifest_pb2.Binding(signature=signature.name)

    def version(self) -> str:
        return "1"

    def load_model(self, path, artifact, signatures) -> base.Model:
        return _Echo()

    def explain(self, error: Exception, otherwise: type[ModelParityError]) -> ModelParityError:
        raise error

    @staticmethod
    def request() -> inference_pb2.ModelInferRequest:
        return encode_inputs(
            {"x": np.zeros((1, 1), np.float32)}, model_name="m", signature="serving_default"
        )


class _Echo(base.Model):
    def run(self, binding, arrays):
        return dict(arrays)


class StreamedRunner(RunnerProcess):
    """A runner whose answers are known beforehand."""

    def __init__(self, answers: bytes, scratch: pathlib.Path):
        super().__init__(RUNTIMES[0], Limits(seconds=1))
        self._scratch = str(scratch)
        self._channel = _Stream(answers)


class _Stream(io.BytesIO):
    """What a RunnerProcess wants of its channel."""

    deadline = 0.0

    def write(self, data: bytes) -> int:
        return len(data)

    def kill(self) -> None:
        pass

    def last_words(self) -> str:
        return ""

    def obituary(self) -> str:
        return "the stream ended"
