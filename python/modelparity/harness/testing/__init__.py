"""Runners and bundles that the harness is tested with."""

import os
import sys
from collections.abc import Callable, Sequence

import numpy as np

from modelparity.bundle import Bundle, BundleWriter
from modelparity.contract import case_pb2, inference_pb2, manifest_pb2
from modelparity.runtimes import Launch, Runtime, python_environment
from modelparity.tensors import encode_inputs, encode_outputs


def stub_runtime(
    mode: str, name: str = "stub", formats: tuple[str, ...] = ("frozen_graph",)
) -> Runtime:
    """Returns a row for the stub runner in one of its modes, see stub_runner.py."""
    command = (sys.executable, "-m", "modelparity.harness.testing.stub_runner", mode)
    return Runtime(name, formats, ("float32",), lambda: Launch(command, "1", python_environment()))


def stub_bundle(
    path: str | os.PathLike,
    *,
    second: str = "t",
    failures: Sequence[manifest_pb2.ConversionFailure] = (),
    refused: Sequence[manifest_pb2.RefusedCase] = (),
    without_cases: str = "",
    change: Callable[[case_pb2.Case], None] = lambda case: None,
) -> Bundle:
    """Writes the bundle of the stub runner's model, y = x / 2 + 2, with signatures `s` and `t`.

    Args:
        path: Where.
        second: File name, without its ending, of the artifact for `t`.
        failures: For the manifest.
        refused: For the manifest.
        without_cases: A further signature, which only the first artifact has; empty: none.
        change: Applied to case s/lucky before it is written.
    """
    names = ["s", "t", *([without_cases] if without_cases else [])]
    with BundleWriter(path) as writer:
        writer.manifest.name = "half"
        writer.manifest.producer.source = "half.py"
        writer.manifest.conversion_failures.extend(failures)
        writer.manifest.refused_cases.extend(refused)
        (writer.path / "frozen_graph").mkdir()
        for name in names:
            signature = writer.manifest.signatures.add(name=name)
            signature.inputs.add(name="x", dtype="float32", shape=[-1])
            signature.outputs.add(name="y", dtype="float32", shape=[-1])
        for stem, bound in (("s", [name for name in names if name != "t"]), (second, ["t"])):
            artifact = writer.manifest.artifacts.add(
                format="frozen_graph", path=f"frozen_graph/{stem}.pb"
            )
            for name in bound:
                binding = artifact.bindings.add(signature=name)
                binding.inputs.add(name="x", tensor="x:0")
                binding.outputs.add(name="y", tensor="y:0")
            (writer.path / artifact.path).write_bytes(b"y = x / 2 + 2")
        for signature, name, x in (
            ("s", "lucky", [1.0, 2.0]),
            # The first element is where the stub's modes strike.
            ("s", "unlucky", [13.0, 2.0]),
            ("s", "zeros", [0.0]),
            ("t", "lucky", [1.0]),
        ):
            case = _case(signature, name, np.array(x, np.float32))
            if (signature, name) == ("s", "lucky"):
                change(case)
            writer.add_case(case)
    return Bundle.open(path)


def _case(signature: str, name: str, x: np.ndarray) -> case_pb2.Case:
    request = encode_inputs({"x": x}, model_name="half", signature=signature)
    expected = encode_outputs({"y": x / 2 + 2}, inference_pb2.ModelInferRequest(model_name="half"))
    return case_pb2.Case(
        signature=signature,
        name=name,
        request=request,
        expected=expected,
        reference="stub",
        reference_version="1",
    )
