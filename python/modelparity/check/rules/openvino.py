"""What OpenVINO's CPU plugin does in its own way, as this project's runner finds it (runners/openvino_runner.py)."""

from collections.abc import Iterator

from modelparity.check.facts import Model, Node, Place
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules.grouping import nodes_by

_RUNTIME = {"runtimes": ("openvino-python",)}
_NARROWED = ("int64", "uint64", "uint32")
# They may end beyond int32.
_SLICES = ("Slice", "StridedSlice")


def ranks(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        found = [spec for spec in signature.spec.inputs if spec.unknown_rank]
        if found:
            yield Obstacle(
                "OpenVINO has to know the rank of an input",
                stops=True,
                way="say how many dimensions the input has, as in tf.TensorSpec([None, None])",
                signature=signature.name,
                places=[Place(spec.name) for spec in found],
                **_RUNTIME,
            )


def bfloat16(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        specs = (*signature.spec.inputs, *signature.spec.outputs)
        found = [spec for spec in specs if spec.dtype == "bfloat16"]
        if found:
            yield Obstacle(
                "OpenVINO takes bfloat16 from a SavedModel only",
                stops=True,
                way="give it the SavedModel",
                formats=("onnx", "litert"),
                signature=signature.name,
                places=[Place(spec.name) for spec in found],
                **_RUNTIME,
            )


def constant_outputs(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        if signature.constant_outputs:
            yield Obstacle(
                "OpenVINO drops an output that is the same for all inputs",
                stops=True,
                way="keep it beside the model, or read the ONNX file",
                formats=("saved_model", "litert"),
                signature=signature.name,
                places=[node.place for node in signature.constant_outputs],
                **_RUNTIME,
            )


def constants(model: Model) -> Iterator[Obstacle]:
    for signature in model.signatures:
        read = {
            id(source)
            for node in signature.nodes
            if node.op not in _SLICES
            for source in node.inputs
            if source is not None
        }
        found = [node.place for node in signature.nodes if id(node) in read and _is_large(node)]
        if found:
            yield Obstacle(
                "a constant is beyond int32, and OpenVINO has int32 only",
                stops=True,
                way="use a smaller number, or float32",
                signature=signature.name,
                places=found,
                **_RUNTIME,
            )


def float64_inside(model: Model) -> Iterator[Obstacle]:
    def computes(node: Node) -> bool | None:
        in_float64 = any("float64" in dtypes for dtypes in node.dtypes.values())
        return True if in_float64 and not node.constant else None

    for _, signature, places in nodes_by(model, computes):
        yield Obstacle(
            "OpenVINO computes float64 in float32",
            stops=False,
            way="compute in float32, so that it is the same everywhere",
            signature=signature,
            places=places,
            **_RUNTIME,
        )


def first_graph(model: Model) -> Iterator[Obstacle]:
    """Of a LiteRT file."""
    for signature in model.signatures:
        if signature.graph > 0:
            yield Obstacle(
                "OpenVINO reads the first graph of a LiteRT file, and this signature is another one",
                stops=True,
                way="convert it to a file of its own",
                formats=("litert",),
                signature=signature.name,
                **_RUNTIME,
            )


def _is_large(node: Node) -> bool:
    is_narrowed = node.op == "Const" and node.dtypes.get("dtype", ("",))[0] in _NARROWED
    return is_narrowed and any(not -(2**31) <= value < 2**31 for value in node.value or ())
