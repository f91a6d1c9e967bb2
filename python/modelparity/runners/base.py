"""What every Python runner does the same: it checks a call before the runtime sees it.

A runtime is a subclass of Runner with three hooks (`version`, `load_model`, `explain`) and a Model
with one (`run`). The harness judges; a runner only loads and runs.

    class Doubler(Runner):
        runtime = "doubler"
        def version(self): return "1"
        def load_model(self, path, artifact, signatures): return DoublerModel()
        def explain(self, error, otherwise): return otherwise(one_line(error))
"""

import abc
import pathlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    FileMissingError,
    ModelParityError,
    ProtocolError,
    RunFailedError,
    SignatureNotFoundError,
)
from modelparity.tensors import check_inputs, numpy_dtype

Arrays = Mapping[str, np.ndarray]


class Model(abc.ABC):
    """A loaded artifact."""

    @abc.abstractmethod
    def run(self, binding: manifest_pb2.Binding, arrays: Arrays) -> dict[str, np.ndarray]:
        """Runs one signature with arrays that fit it; inputs and outputs are by its keys."""


def check_dtypes(
    word: str, specs: Iterable[manifest_pb2.TensorSpec], found: Mapping[str, str], place: str
) -> None:
    """Holds the dtypes that a converted model has against the signature: a converter may change them.

    Args:
        word: "input" or "output".
        specs: As the signature has them.
        found: The dtypes of the converted model's tensors, by the names of `specs`.
        place: What was converted, as people call it: "the ONNX file".

    Raises:
        ArtifactInvalidError: One is another, or missing.
    """
    for spec in specs:
        dtype = found.get(spec.name, "nothing")
        if dtype != spec.dtype:
            raise ArtifactInvalidError(
                f"{word} '{spec.name}': got {dtype} in {place}, the signature wants {spec.dtype}; the"
                " conversion changed the model"
            )


class Runner(abc.ABC):
    """One runtime, holding at most one model."""

    runtime: str
    """As in the table of runtimes."""
    concurrent = False
    """Whether the runtime says that one model may be run from several threads at once."""

    def __init__(self):
        self._model: Model | None = None
        self._signatures: dict[str, manifest_pb2.Signature] = {}
        self._bindings: dict[str, manifest_pb2.Binding] = {}

    @abc.abstractmethod
    def version(self) -> str:
        """The version that the library itself reports."""

    @abc.abstractmethod
    def load_model(
        self,
        path: pathlib.Path,
        artifact: manifest_pb2.Artifact,
        signatures: Sequence[manifest_pb2.Signature],
    ) -> Model:
        """Loads the artifact that is at `path`."""

    @abc.abstractmethod
    def explain(self, error: Exception, otherwise: type[ModelParityError]) -> ModelParityError:
        """Turns an exception of the runtime into ours; `otherwise` when nothing tells its cause."""

    def load(self, request: runner_pb2.Load) -> None:
        """Loads an artifact; the one that was loaded before is closed first.

        Raises:
            FileMissingError: The artifact's file or folder is not there.
            ModelParityError: As `explain` says; ArtifactInvalidError when it does not know.
        """
        self.close()
        path = pathlib.Path(request.bundle, request.artifact.path)
        if not path.exists():
            raise FileMissingError(f"'{path}' is not there; export the bundle again")
        try:
            self._model = self.load_model(path, request.artifact, request.signatures)
        except ModelParityError:
            raise
        except Exception as error:
            raise self.explain(error, ArtifactInvalidError) from error
        self._signatures = {signature.name: signature for signature in request.signatures}
        self._bindings = {binding.signature: binding for binding in request.artifact.bindings}

    def run(self, signature: str, arrays: Arrays) -> dict[str, np.ndarray]:
        """Runs a signature of the loaded artifact.

        Raises:
            ProtocolError: Nothing is loaded.
            SignatureNotFoundError: The artifact has no such signature.
            InputNameError, InputDtypeError, InputShapeError: The arrays do not fit it.
            UnsupportedError: A dtype of the signature cannot be carried.
            ModelParityError: As `explain` says; RunFailedError when it does not know.
        """
        if self._model is None:
            raise ProtocolError("run: no model is loaded; send `load` first")
        if signature not in self._bindings:
            names = ", ".join(sorted(self._bindings))
            raise SignatureNotFoundError(f"signature '{signature}': the artifact has {names}")
        spec = self._signatures[signature]
        for tensor in (*spec.inputs, *spec.outputs):
            numpy_dtype(tensor.dtype)
        check_inputs(arrays, spec)
        try:
            return self._model.run(self._bindings[signature], arrays)
        except ModelParityError:
            raise
        except Exception as error:
            raise self.explain(error, RunFailedError) from error

    def describe(self) -> runner_pb2.Description:
        """Says what the runtime is and what is loaded."""
        return runner_pb2.Description(
            runtime=self.runtime,
            runtime_version=self.version(),
            signatures=self._signatures.values(),
        )

    def close(self) -> None:
        """Lets go of the loaded model."""
        self._model = None
        self._signatures = {}
        self._bindings = {}
