"""What TensorFlow.js lacks, as this project's engine finds it (js_demo/src/engines/tfjs/support.ts)."""

from collections.abc import Iterator

from modelparity.check import knowledge, ways
from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules import frozen, state, tables
from modelparity.check.rules.grouping import nodes_by

_NATIVE = ("bool", "int32", "float32", "string")
_CARRIED = (
    *("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int64"),
    *("float16", "bfloat16"),
)
_OBJECTS = ("variant", "resource")
_INTEGERS = {
    "bool": (0, 1),
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    # Floats: the integers that they hold without a gap.
    **{"float16": (-(2**11), 2**11), "bfloat16": (-(2**8), 2**8)},
}
_MOST_BUCKETS = 2**31
_FORMAT = {"formats": ("frozen_graph",)}


def operators(model: Model) -> Iterator[Obstacle]:
    known = knowledge.tensorflow_js()

    def lacking(node: Node) -> tuple[str, tuple[str, ...]] | None:
        if tables.is_table(node) or state.is_custom(node) or state.is_assignment(node):
            return None
        op, _ = frozen.as_frozen(node)
        backends = tuple(backend for backend in known.kernels if not known.has(op, backend))
        return (op, backends) if backends else None

    for (op, backends), signature, places in nodes_by(model, lacking):
        every = len(backends) == len(known.kernels)
        yield Obstacle(
            f"TensorFlow.js has no operator {op}"
            if every
            else f"TensorFlow.js has no kernel of {op} in its backend {' and '.join(backends)}",
            stops=True,
            way=ways.around(op, "", "tfjs", "lacks"),
            runtimes=[f"tfjs-*/{backend}" for backend in backends],
            signature=signature,
            places=places,
            **_FORMAT,
        )


def dtypes(model: Model) -> Iterator[Obstacle]:
    """Arithmetic in a dtype that is only carried could leave its carrier, with nobody to notice."""

    def lacking(node: Node) -> str | None:
        op, by_attribute = frozen.as_frozen(node)
        if op not in knowledge.tensorflow_js().operators:
            return None
        if op == "Cast":
            source, target = by_attribute["SrcT"][0], by_attribute["DstT"][0]
            return None if _is_exact_cast(source, target) else f"Cast of {source} to {target}"
        for name, found in by_attribute.items():
            for dtype in found:
                if not _is_exact(op, name, dtype):
                    return f"{op} of {dtype}"
        return _lacking_values(op, node)

    for what, signature, places in nodes_by(model, lacking):
        yield Obstacle(
            f"TensorFlow.js has no {what}",
            stops=True,
            way="compute in float32 or int32",
            runtimes=("tfjs-*/*",),
            signature=signature,
            places=places,
            **_FORMAT,
        )


def constants(model: Model) -> Iterator[Obstacle]:
    def too_large(node: Node) -> bool | None:
        if node.op != "Const" or node.dtypes.get("dtype") != ("int64",) or not node.value:
            return None
        return True if any(not -(2**31) <= value < 2**31 for value in node.value) else None

    for _, signature, places in nodes_by(model, too_large):
        yield Obstacle(
            "a constant of int64 is beyond int32, and TensorFlow.js has int32 only",
            stops=True,
            way="use a smaller number, or float32",
            runtimes=("tfjs-*/*",),
            signature=signature,
            places=places,
            **_FORMAT,
        )


def _is_exact(op: str, attribute: str, dtype: str) -> bool:
    known = knowledge.tensorflow_js()
    if dtype in (*_OBJECTS, *_NATIVE):
        return True
    if dtype not in _CARRIED:
        return False
    return attribute in known.index_attributes or op in known.value_keeping


def _is_exact_cast(source: str, target: str) -> bool:
    if source not in (*_NATIVE, *_CARRIED) or target not in (*_NATIVE, *_CARRIED):
        return False
    if source == target or target in _NATIVE:
        return True
    if source not in _INTEGERS or source in ("float16", "bfloat16"):
        return False
    (low, high), (lowest, highest) = _INTEGERS[source], _INTEGERS[target]
    return lowest <= low and high <= highest


def _lacking_values(op: str, node: Node) -> str | None:
    """Attributes that TensorFlow.js takes for other ones."""
    if op == "StringToHashBucketFast" and node.attributes.get("num_buckets", 0) > _MOST_BUCKETS:
        return f"{op} of int64"
    if op == "Einsum":
        letters = {
            letter for letter in node.attributes.get("equation", b"").decode() if letter.isalpha()
        }
        # It reads the equation in lower case.
        if len({letter.lower() for letter in letters}) < len(letters):
            return f"{op} of axes in both cases"
    return None
