"""What the tests of the runners that read one file do alike: the call of a model `y = x`, and more.

write_onnx(tmp_path / "model.onnx", "int8")
runner = load(OnnxruntimeRunner(), tmp_path / "model.onnx", "int8")
check_returned(runner, x)
"""

import pathlib
from collections.abc import Sequence

import numpy as np

from modelparity.contract import manifest_pb2, runner_pb2
from modelparity.runners.base import Runner
from modelparity.tensors import numpy_dtype

FORMS = ("vector", "scalar", "empty")
_FORMATS = {".onnx": "onnx", ".tflite": "litert"}


def load(
    runner: Runner,
    path: pathlib.Path,
    dtype: str = "float32",
    rank: int | None = 1,
    *,
    input: str = "x",
    outputs: Sequence[str] = ("y",),
) -> Runner:
    """Loads a file under the signature `serving_default`, and returns the runner.

    Args:
        runner: Holds it then.
        path: Its ending says the format.
        dtype: Of the input and the outputs.
        rank: Of the same, with sizes that are not known; None: nor is the rank.
        input: Its name in the file; in the signature it is `in`.
        outputs: Likewise; `out` is the first, and the others have their own names.
    """
    spec = {"dtype": dtype, "shape": [-1] * (rank or 0), "unknown_rank": rank is None}
    artifact = manifest_pb2.Artifact(format=_FORMATS[path.suffix], path=path.name)
    binding = artifact.bindings.add(signature="serving_default")
    signature = manifest_pb2.Signature(name="serving_default")
    binding.inputs.add(name="in", tensor=input)
    signature.inputs.add(name="in", **spec)
    for name, tensor in zip(("out", *outputs[1:]), outputs, strict=True):
        binding.outputs.add(name=name, tensor=tensor)
        signature.outputs.add(name=name, **spec)
    bundle = str(path.parent)
    runner.load(runner_pb2.Load(bundle=bundle, artifact=artifact, signatures=[signature]))
    return runner


def run(runner: Runner, x: np.ndarray) -> np.ndarray:
    """Returns `out`."""
    return runner.run("serving_default", {"in": x})["out"]


def example(dtype: str, form: str, strings: Sequence[bytes] = ()) -> np.ndarray:
    """Returns a vector of what is special in a dtype, or an element or none of it.

    Args:
        dtype: Any.
        form: One of FORMS.
        strings: The texts that a runtime takes.
    """
    values: Sequence[object] = strings
    if dtype == "bool":
        values = [True, False]
    elif "float" in dtype:
        values = [-2.5, 0.0, np.inf, np.nan]
    elif dtype != "string":
        values = [np.iinfo(dtype).min, 0, np.iinfo(dtype).max]
    vector = np.array(values, numpy_dtype(dtype))
    return {"vector": vector, "scalar": vector[:1].reshape(()), "empty": vector[:0]}[form]


def check_returned(runner: Runner, x: np.ndarray) -> None:
    """Asserts that each call of `y = x` gives back every bit."""
    for _ in range(2):
        y = run(runner, x)
        assert (y.dtype, y.shape) == (x.dtype, x.shape)
        if x.dtype == object:
            assert y.tolist() == x.tolist()
        else:
            assert y.tobytes() == x.tobytes(), f"got {y}, wants {x}"
