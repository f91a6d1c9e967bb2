"""Operators that a converter has none for, as they were measured one by one."""

from collections.abc import Iterator, Sequence

from modelparity.check import knowledge, ways
from modelparity.check.facts import Model, Node
from modelparity.check.obstacles import ALL, Obstacle
from modelparity.check.rules import frozen, loops, quirks, state, tables
from modelparity.check.rules.grouping import nodes_by

# Of tf.Examples and the like, which no runtime but TensorFlow reads.
_PARSERS = ("Parse", "Decode", "Encode", "Serialize", "Deserialize", "ReadFile")
# Runtimes that read what others define, each in its own way.
_READERS = (
    ("openvino-python", "OpenVINO", knowledge.openvino),
    ("onnx-reference", "ONNX's evaluator", knowledge.onnx_reference),
)
# ONNX's own.
_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
_LITERT_FIXED = "only when every size is known, and here some are not"


def in_onnx(model: Model) -> Iterator[Obstacle]:
    yield from _in_format(model, "onnx", "ONNX (tf2onnx)", knowledge.onnx())


def in_litert(model: Model) -> Iterator[Obstacle]:
    yield from _in_format(model, "litert", "LiteRT", knowledge.litert())


def in_readers(model: Model) -> Iterator[Obstacle]:
    for runtime, title, known in _READERS:
        for format_name, measured in known().items():
            title_here = f"{title} ({format_name})"
            yield from _in_format(model, format_name, title_here, measured, (runtime,))


def unheard_of(model: Model) -> Iterator[Obstacle]:
    """Of an ONNX or LiteRT file: operators that a runtime which only reads it does not know."""
    for runtime, title, known in _READERS:
        for format_name in set(model.formats) & set(known()):
            lacks = known()[format_name].lacks

            def judged(node: Node, lacks=lacks) -> tuple[str, str] | None:
                domain = str(node.attributes.get("domain", ""))
                is_foreign = domain not in _DOMAINS
                return (node.op, domain) if node.op in lacks or is_foreign else None

            for (op, domain), signature, places in nodes_by(model, judged):
                is_known_to_lack = op in lacks
                yield Obstacle(
                    f"{title} has no operator {op}"
                    if is_known_to_lack
                    else f"nobody asked {title} for {domain}'s operator {op}",
                    stops=is_known_to_lack,
                    formats=(format_name,),
                    runtimes=(runtime,),
                    signature=signature,
                    places=places,
                )


def _in_format(
    model: Model,
    format_name: str,
    title: str,
    measured: knowledge.Measured,
    runtimes: Sequence[str] = ALL,
) -> Iterator[Obstacle]:
    def judged(node: Node):
        # Who reads a SavedModel converts what is constant as well.
        is_left = node.constant and (format_name != "saved_model" or node.op in measured.handlers)
        if is_left or _is_judged_elsewhere(node):
            return None
        if measured.is_complete and _is_a_quirk(node, format_name):
            return None
        op, dtypes = frozen.as_frozen(node)
        dtype = _dtype(op, dtypes, measured)
        verdict = measured.verdict(op, dtype)
        if verdict == "works" or (verdict == "fixed" and _is_fixed(node)):
            return None
        if not verdict and measured.is_complete:
            verdict = "lacks" if _is_unheard_of(op, measured) else "unknown"
        return (op, dtype, verdict) if verdict else None

    for (op, dtype, verdict), signature, places in nodes_by(model, judged):
        of_dtype = f" of {dtype}" if dtype else ""
        texts = {
            "lacks": f"{title} has no operator {op}{of_dtype}",
            "fixed": f"{title} has the operator {op}{of_dtype} {_LITERT_FIXED}",
            "differs": f"{title} computes {op}{of_dtype} in another way than TensorFlow",
            "unknown": f"nobody measured the operator {op}{of_dtype} in {title}",
        }
        yield Obstacle(
            texts[verdict],
            stops=verdict in ("lacks", "fixed"),
            way=ways.around(op, dtype, format_name, verdict),
            formats=(format_name,),
            runtimes=runtimes,
            signature=signature,
            places=places,
        )


def _is_judged_elsewhere(node: Node) -> bool:
    return (
        node.op in frozen.STRUCTURE
        or node.op.startswith("_")
        or loops.is_list(node)
        or tables.is_table(node)
        or state.is_custom(node)
        or state.is_assignment(node)
        or node.op in ("VarHandleOp", "VariableV2", "Variable", "ReadVariableOp")
    )


def _is_a_quirk(node: Node, format_name: str) -> bool:
    """Says whether an operator depends on more than its name, so that a quirk has the last word."""
    if format_name == "litert":
        names = ("Rsqrt", "Softplus", "NonMaxSuppression")
        return node.op.startswith(names) or quirks.is_gelu(node)
    return node.op in ("RFFT", "RFFT2D", "FFT", "ComplexAbs")


def _is_unheard_of(op: str, measured: knowledge.Measured) -> bool:
    """Says whether an operator that was not measured is known to be lacking all the same."""
    return op.startswith(_PARSERS) or bool(measured.handlers and op not in measured.handlers)


def _dtype(op: str, dtypes, measured: knowledge.Measured) -> str:
    if op == "Cast":
        return f"{dtypes['SrcT'][0]}>{dtypes['DstT'][0]}"
    attribute = measured.operators.get(op, {}).get("attribute") or next(
        (name for name in ("T", "dtype", "Tparams", "SrcT") if name in dtypes), ""
    )
    return (dtypes.get(attribute) or ("",))[0]


def _is_fixed(node: Node) -> bool:
    sources = [source for source in node.inputs if source is not None]
    shapes = [shape for source in sources for shape in source.shapes]
    return all(source.shapes or source.constant for source in sources) and all(
        shape is not None and -1 not in shape for shape in shapes
    )
