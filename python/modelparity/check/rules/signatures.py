"""What goes in and out: dtypes that a runtime carries in part, or has no word for."""

from collections.abc import Iterator

from modelparity import runtimes
from modelparity.check.facts import Model, Place
from modelparity.check.obstacles import Obstacle
from modelparity.contract import manifest_pb2
from modelparity.specs import DTYPES

_WORDS = frozenset(row.name for row in DTYPES)
_BEYOND_INT32 = ("int64", "uint32", "uint64")
_BEYOND_FLOAT32 = ("int32", *_BEYOND_INT32)


def dtypes(model: Model) -> Iterator[Obstacle]:
    """Complex, quantized, sparse and ragged values, and dtypes that a runtime refuses."""
    for signature in model.signatures:
        for spec in _specs(signature.spec):
            at = {"signature": signature.name, "places": [Place(spec.name)]}
            if spec.dtype and spec.dtype not in _WORDS:
                yield Obstacle(
                    f"'{spec.name}' is {spec.dtype}, which the protocol between runtimes has no word for",
                    stops=True,
                    way=_way(spec.dtype),
                    **at,
                )
                continue
            refusing = [
                runtime.name
                for runtime in runtimes.RUNTIMES
                if spec.dtype and spec.dtype not in runtime.dtypes
            ]
            if refusing:
                yield Obstacle(
                    f"'{spec.name}' is {spec.dtype}, which this runtime does not take",
                    stops=True,
                    way=_way(spec.dtype),
                    runtimes=refusing,
                    **at,
                )


def integers(model: Model) -> Iterator[Obstacle]:
    """TensorFlow.js and OpenVINO have int32, and webgl keeps integers in float32."""
    for signature in model.signatures:
        for beyond, names, limit in (
            (_BEYOND_INT32, ("tfjs-*/*", "openvino-python"), "int32 (2147483647)"),
            (_BEYOND_FLOAT32, ("tfjs-*/webgl",), "16777216"),
        ):
            found = [spec for spec in _specs(signature.spec) if spec.dtype in beyond]
            if found:
                yield Obstacle(
                    f"{found[0].dtype} values beyond {limit} are refused",
                    stops=False,
                    way="nothing is wrong while the values stay within; else take them as float32 or string",
                    runtimes=names,
                    signature=signature.name,
                    places=[Place(spec.name) for spec in found],
                )


def texts(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        found = [spec for spec in _specs(signature.spec) if spec.dtype == "string"]
        if found:
            yield Obstacle(
                "strings that are no UTF-8, such as serialized messages, are refused",
                stops=False,
                way="nothing is wrong while they are texts",
                runtimes=("onnxruntime-*",),
                formats=("onnx",),
                signature=signature.name,
                places=[Place(spec.name) for spec in found],
            )


def empty_texts(model: Model) -> Iterator[Obstacle]:
    """LiteRT has no sign for the end of a text that would tell an empty one from a NUL."""
    for signature in model.signatures:
        found = [
            spec
            for spec in signature.spec.inputs
            if spec.dtype == "string" and not spec.shape and not spec.unknown_rank
        ]
        if found:
            yield Obstacle(
                "an empty text for a scalar is refused, which LiteRT takes for a NUL",
                stops=False,
                way="take a vector of one text",
                formats=("litert",),
                signature=signature.name,
                places=[Place(spec.name) for spec in found],
            )


def ranks(model: Model) -> Iterator[Obstacle]:
    """tf2onnx makes a scalar of what has no rank."""
    for signature in model.signatures:
        found = [spec for spec in signature.spec.inputs if spec.unknown_rank]
        if found:
            yield Obstacle(
                "an input of unknown rank becomes a scalar in ONNX, and other ranks are refused",
                stops=False,
                way="say how many dimensions the input has, as in tf.TensorSpec([None, None])",
                formats=("onnx",),
                signature=signature.name,
                places=[Place(spec.name) for spec in found],
            )


def _way(dtype: str) -> str:
    if dtype.startswith(("sparse", "composite")):
        return "take and give the dense parts: indices, values and shape, or values and row lengths"
    if dtype.startswith("complex"):
        return "take and give the real and the imaginary part"
    if dtype == "string":
        return "leave texts to the caller, and export a signature that takes numbers"
    return "cast at the border of the model, to float32 or int32"


def _specs(signature: manifest_pb2.Signature) -> list[manifest_pb2.TensorSpec]:
    return [*signature.inputs, *signature.outputs]
