"""Writes the seeds of the fuzz targets anew, `corpora/<kind>/<name>`, from bundles of the reference models.

    ./bazelw build //tests:all
    ./bazelw run //tests/fuzz:make_corpora -- $PWD/bazel-bin/tests $PWD/tests/fuzz/corpora

A kind is a format, and every language that reads it has a target for it. Files called `found-...` are inputs that
broke a reader, or that were written by hand because they might; they stay.
"""

import io
import pathlib
import struct
import sys

import numpy as np
from onnx import numpy_helper

from modelparity.bundle import MANIFEST, Bundle
from modelparity.contract import runner_pb2, tensorflow_serving_pb2
from modelparity.frames import write_frame
from modelparity.report.testing import sample_reports
from modelparity.tensor_protos import of_array
from modelparity.tensors import decode_inputs, encode_inputs

# Small ones that differ: dense layers, every dtype, several signatures, a lookup table, loops, v1 control flow.
_BUNDLES = (
    "linear_regression",
    "dtypes",
    "multiple_signatures",
    "vocabulary_lookup",
    "lstm",
    "frozen_v1",
)
_CASES = ("batch-2", "empty", "no-words", "words", "values")
_KINDS = {
    "frozen_graph": "graph",
    "keras": "keras",
    "saved_model": "saved_model",
    "onnx": "onnx",
    "litert": "litert",
}
_LARGEST = 30_000
"""Bytes: mutations of a larger seed seldom hit what matters."""


class _Corpora:
    def __init__(self, folder: pathlib.Path):
        self._folder = folder
        for old in folder.glob("*/*"):
            if not old.name.startswith("found-"):
                old.unlink()

    def add(self, kind: str, name: str, data: bytes) -> None:
        if len(data) <= _LARGEST:
            (self._folder / kind).mkdir(parents=True, exist_ok=True)
            (self._folder / kind / name).write_bytes(data)


def _add_bundle(corpora: _Corpora, bundle: Bundle, name: str) -> None:
    corpora.add("manifest", name, (bundle.path / MANIFEST).read_bytes())
    for case in bundle.cases():
        if case.name in _CASES:
            corpora.add(
                "case", f"{name}-{case.signature}-{case.name}", case.SerializeToString(True)
            )
    for artifact in bundle.manifest.artifacts:
        path = bundle.path_of(artifact)
        path = path / "saved_model.pb" if path.is_dir() else path
        # Every dtype has the same graph.
        if artifact.format in _KINDS and (name != "dtypes" or "string" in path.stem):
            corpora.add(_KINDS[artifact.format], f"{name}-{path.stem}", path.read_bytes())


def _half_plus_two():
    x = np.array([0, 1, 2], np.float32)
    return encode_inputs({"x": x}, model_name="m", signature="serving_default")


def _add_frames(corpora: _Corpora, bundle: Bundle) -> None:
    """What the harness says to a runner of a bundle's frozen graph, and what the runner may answer."""
    case = next(bundle.cases())
    artifact = bundle.artifact("frozen_graph", case.signature)
    load = runner_pb2.Load(
        bundle="bundle",
        artifact=artifact,
        signatures=bundle.manifest.signatures,
        inline_limit=1 << 20,
    )
    requests = [
        runner_pb2.RunnerRequest(id=1, describe=runner_pb2.Describe()),
        runner_pb2.RunnerRequest(id=2, load=load),
        runner_pb2.RunnerRequest(id=3, run=runner_pb2.Run(request=case.request)),
        runner_pb2.RunnerRequest(id=4, run=runner_pb2.Run(request=case.request, threads=2)),
        # Of the model that the target of C++ has.
        runner_pb2.RunnerRequest(id=5, run=runner_pb2.Run(request=_half_plus_two())),
        runner_pb2.RunnerRequest(id=6, close=runner_pb2.Close()),
    ]
    description = runner_pb2.Description(
        runtime="tensorflow-c", runtime_version="2.21.0", signatures=bundle.manifest.signatures
    )
    result = runner_pb2.RunResult(response=case.expected, others=[case.expected], seconds=0.5)
    failure = runner_pb2.Error(kind=runner_pb2.ERROR_KIND_UNSUPPORTED, message="no kernel")
    responses = [
        runner_pb2.RunnerResponse(id=1, description=description),
        runner_pb2.RunnerResponse(id=1, loaded=runner_pb2.Loaded(seconds=0.25)),
        runner_pb2.RunnerResponse(id=1, run_result=result),
        runner_pb2.RunnerResponse(id=1, error=failure),
    ]
    for kind, messages in (("request", requests), ("response", responses)):
        stream = io.BytesIO()
        for message in messages:
            write_frame(stream, message.SerializeToString(deterministic=True), peer="fuzz")
            word = message.WhichOneof("verb" if kind == "request" else "result")
            corpora.add(kind, f"{word}-{message.id}", message.SerializeToString(deterministic=True))
        corpora.add("frames", f"{kind}s", stream.getvalue())


def _add_given(corpora: _Corpora, bundle: Bundle) -> None:
    """A case in the forms in which users bring their own."""
    case = next(bundle.cases())
    arrays = decode_inputs(case.request)
    request = tensorflow_serving_pb2.PredictRequest()
    request.model_spec.signature_name = case.signature
    for name, array in arrays.items():
        request.inputs[name].CopyFrom(of_array(array))
        tensor = numpy_helper.from_array(array, name)
        corpora.add("onnx_tensor", name, tensor.SerializeToString(deterministic=True))
    log = tensorflow_serving_pb2.PredictionLog()
    log.predict_log.request.CopyFrom(request)
    record = log.SerializeToString(deterministic=True)
    corpora.add("warmup", "predict", struct.pack("<QI", len(record), 0) + record + bytes(4))
    for name, strings in (("plain", {}), ("with-strings", {"s": np.array(["a", "bc"])})):
        file = io.BytesIO()
        np.savez(file, **arrays, **strings)
        corpora.add("npz", name, file.getvalue())


def _add_reports(corpora: _Corpora) -> None:
    for name in ("typical", "hostile"):
        report = getattr(sample_reports, name)()
        corpora.add("report", name, report.SerializeToString(deterministic=True))


def main(bundles: str, target: str) -> None:
    corpora = _Corpora(pathlib.Path(target))
    for name in _BUNDLES:
        _add_bundle(corpora, Bundle.open(pathlib.Path(bundles, f"{name}.bundle")), name)
    linear = Bundle.open(pathlib.Path(bundles, "linear_regression.bundle"))
    _add_frames(corpora, linear)
    _add_given(corpora, linear)
    _add_reports(corpora)


if __name__ == "__main__":
    main(*sys.argv[1:])
