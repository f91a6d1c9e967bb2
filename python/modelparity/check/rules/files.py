"""What the file itself says: its kind, what a bundle could not be made into, and operators that are in it."""

from collections.abc import Iterator

from modelparity import runtimes
from modelparity.check import knowledge
from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_ORIGIN = "give the SavedModel that it was made from"


def kinds(model: Model) -> Iterator[Obstacle]:
    """Runtimes that read none of the formats that this can be made into."""
    concerned: dict[tuple[str, ...], list[str]] = {}
    for runtime in runtimes.RUNTIMES:
        if not set(runtime.formats) & set(model.formats):
            concerned.setdefault(runtime.formats, []).append(runtime.name)
    for formats, names in concerned.items():
        yield Obstacle(
            f"it reads {' or '.join(formats)}, and none is made of a {model.kind}",
            stops=True,
            way=_ORIGIN,
            runtimes=names,
        )


def bundle_failures(model: Model) -> Iterator[Obstacle]:
    """A bundle knows what its model could not be converted to."""
    for (format_name, signature), message in model.not_made.items():
        yield Obstacle(
            message,
            stops=True,
            way="see `modelparity inspect`",
            formats=(format_name,),
            signature=signature,
        )


def onnx_operators(model: Model) -> Iterator[Obstacle]:
    """Of an ONNX file: operators without a kernel in ONNX Runtime."""
    known = knowledge.onnxruntime()

    def lacking(node: Node) -> tuple[str, str] | None:
        domain = str(node.attributes.get("domain", ""))
        kernels = known.get("" if domain == "ai.onnx" else domain, {})
        if node.attributes.get("is_function"):
            return None
        if node.op not in kernels:
            return (node.op, "")
        dtype = (node.dtypes.get("T") or ("",))[0]
        # ONNX Runtime computes in float32 where it has no kernel of float16.
        known_types = kernels[node.op]
        narrow = dtype in ("", "float16")
        return None if narrow or not known_types or dtype in known_types else (node.op, dtype)

    for (op, dtype), signature, places in nodes_by(model, lacking):
        of_dtype = f" of {dtype}" if dtype else ""
        yield Obstacle(
            f"ONNX Runtime has no kernel of {op}{of_dtype}",
            stops=not dtype,
            way="convert the model again, see `modelparity check` of its SavedModel",
            formats=("onnx",),
            runtimes=("onnxruntime-*",),
            signature=signature,
            places=places,
        )
    for op, signature, places in nodes_by(
        model, lambda node: node.op if node.attributes.get("domain") == "ai.onnx.ml" else None
    ):
        yield Obstacle(
            f"ONNX Runtime Web has no {op} in its build for WebGPU",
            stops=True,
            way="use its wasm backend",
            formats=("onnx",),
            runtimes=("onnxruntime-web-*/webgpu",),
            signature=signature,
            places=places,
        )


def litert_operators(model: Model) -> Iterator[Obstacle]:
    """Of a LiteRT file: operators that are left to TensorFlow, or somebody else."""

    def custom(node: Node) -> str | None:
        return node.op if node.attributes.get("custom") else None

    for op, signature, places in nodes_by(model, custom):
        of_tensorflow = op.startswith("Flex")
        yield Obstacle(
            f"{op} is left to TensorFlow (Flex), which the runtime does not have"
            if of_tensorflow
            else f"the custom operator {op} is not LiteRT's",
            stops=True,
            way="convert with LiteRT's own operators only; `modelparity check` of the SavedModel says which lack",
            formats=("litert",),
            signature=signature,
            places=places,
        )
