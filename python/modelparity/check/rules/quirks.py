"""What is more than an operator's name: kept by hand, each seen in a run of `modelparity verify`."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from modelparity.check.facts import FLOATS, Model, Node
from modelparity.check.obstacles import ALL, Obstacle
from modelparity.check.rules import frozen
from modelparity.check.rules.grouping import nodes_by

_WEBGPU = ("onnxruntime-web-*/webgpu",)
_WASM = ("tfjs-*/wasm",)
_LITERT = ("litert*",)
_OPENVINO = ("openvino-python",)


@dataclasses.dataclass(frozen=True)
class _Quirk:
    """One thing to know about an operator."""

    what: str
    ops: Sequence[str]
    """"*": any."""
    formats: Sequence[str]
    dtypes: Sequence[str] = ALL
    runtimes: Sequence[str] = ALL
    stops: bool = False
    way: str = ""
    when: Callable[[Node], bool] = lambda _: True
    """Is asked of nodes of these operators and dtypes."""


def _source(node: Node, place: int = 0) -> Node | None:
    """Returns what gives an input; None: there is no such input, or its value is from outside."""
    return node.inputs[place] if place < len(node.inputs) else None


def _shape(node: Node, place: int = 0) -> tuple[int, ...] | None:
    """Returns the shape of an input, -1 for a size that is not known; None: nor is it recorded."""
    source = _source(node, place)
    return source.shapes[0] if source is not None and source.shapes else None


def _value(node: Node, place: int) -> Sequence:
    """Returns the values of a small constant that is an input; empty: it is none."""
    source = _source(node, place)
    return (source.value if source is not None else None) or ()


def is_gelu(node: Node) -> bool:
    """Says whether an Erfc is that of exact GELU, 0.5 * x * erfc(-x / sqrt(2)), which LiteRT has as one operator."""
    scaled = _source(node) if node.op == "Erfc" else None
    sources = scaled.inputs if scaled is not None and scaled.op == "Mul" else ()
    return any(source is not None and source.op == "Neg" for source in sources)


def is_offset(node: Node) -> bool:
    """Says whether something constant was added to what a node takes: an epsilon, as in normalizations."""
    source = _source(node)
    if source is None or source.op not in ("Add", "AddV2"):
        return False
    return any(part is not None and part.constant for part in source.inputs)


def _has_no_free_axis(node: Node) -> bool:
    """Says whether an Einsum sums up every axis of both operands that they do not share."""
    equation = node.attributes.get("equation", b"").decode().replace(" ", "")
    operands, _, result = equation.partition("->")
    parts = operands.split(",")
    if len(parts) != 2 or not result:
        return False
    return not any(set(result) & (set(mine) - set(other)) for mine, other in (parts, parts[::-1]))


def _adds_a_last_axis(node: Node) -> bool:
    """Says whether a slice is x[..., None], or x[:, :, None]."""
    count = len(_value(node, 1))
    return bool(count and int(node.attributes.get("new_axis_mask", 0)) >> (count - 1) & 1)


def _unknown_sizes(node: Node) -> int | None:
    """Counts the sizes of what a node takes that are not known; None: nor is it recorded."""
    shape = _shape(node)
    return None if shape is None else shape.count(-1)


def _has_constant(node: Node, place: int) -> bool:
    source = _source(node, place)
    return source is not None and source.constant


def _turns_many_axes(node: Node) -> bool:
    return len(_value(node, 1)) > 6


def _is_in_groups(node: Node) -> bool:
    """Says whether a convolution's kernel is for fewer channels than its input has."""
    image, kernel = _shape(node, 0), _shape(node, 1)
    if image is None or kernel is None:
        return False
    channels = image[1 if node.attributes.get("data_format", b"").startswith(b"NC") else -1]
    return -1 not in (channels, kernel[-2]) and channels != kernel[-2]


def _is_of_integers(node: Node) -> bool:
    return node.dtypes.get("T", ("float32",))[0].startswith(("int", "uint"))


def _steps(node: Node) -> bool:
    """Says whether a slice takes every second element, goes backwards, or may do so."""
    strides = _value(node, 3)
    return not strides or any(step != 1 for step in strides)


def _has_a_negative_axis(node: Node) -> bool:
    return any(value < 0 for value in _value(node, 1))


def _is_oblong(node: Node) -> bool:
    """Says whether the matrices that a node takes are known to have other rows than columns."""
    matrix = (_shape(node) or ())[-2:]
    return -1 not in matrix and len(set(matrix)) > 1


def _takes_what_was_transposed(node: Node) -> bool:
    source = _source(node)
    return source is not None and source.op == "Transpose"


_QUIRKS = (
    _Quirk(
        "TensorFlow.js gives the mean of integers as float32",
        ("Mean",),
        ("frozen_graph",),
        runtimes=("tfjs-*/*",),
        stops=True,
        way="cast to float32 before, or divide the sum by tf.size with //",
        when=_is_of_integers,
    ),
    _Quirk(
        "the wasm backend gives a slice of integers in steps (x[::2], x[::-1]) as float32",
        ("StridedSlice",),
        ("frozen_graph",),
        runtimes=_WASM,
        stops=True,
        way="use the cpu backend, or tf.reverse and tf.gather",
        when=lambda node: _is_of_integers(node) and _steps(node),
    ),
    _Quirk(
        "TensorFlow.js rounds the remainder of a number next to a multiple otherwise",
        ("FloorMod",),
        ("frozen_graph",),
        FLOATS,
        ("tfjs-*/cpu", "tfjs-*/wasm"),
        way="nothing is wrong but for tiny negative numbers, whose remainder is the divisor in TensorFlow",
    ),
    _Quirk(
        "a graphics card computes it less exactly, and otherwise where it has no value",
        ("Acosh", "Atanh", "Cos", "Log", "Pow", "Sin"),
        ("onnx",),
        FLOATS,
        _WEBGPU,
        way="use the wasm backend, or a wider tolerance",
    ),
    _Quirk(
        "a graphics card computes it less exactly, and otherwise where it has no value",
        ("Cos", "Log1p", "Sin"),
        ("frozen_graph",),
        FLOATS,
        ("tfjs-*/webgl",),
        way="use the wasm backend, or a wider tolerance",
    ),
    _Quirk(
        "ONNX counts a negative index of OneHot from the end, and TensorFlow leaves it out",
        ("OneHot",),
        ("onnx",),
        way="nothing is wrong while indices are not negative",
    ),
    _Quirk(
        "tf2onnx does not convert a Cumprod along an axis that is counted from the end",
        ("Cumprod",),
        ("onnx",),
        stops=True,
        way="count the axis from the start",
        when=_has_a_negative_axis,
    ),
    _Quirk(
        "OpenVINO hands integers on in float32, so that those beyond 16777216 are rounded",
        ("Mean", "ReverseV2"),
        ("saved_model", "onnx", "litert"),
        runtimes=_OPENVINO,
        way="nothing is wrong while the numbers are small; else use another runtime",
        when=_is_of_integers,
    ),
    _Quirk(
        "a product of integers that overflows is another one",
        ("Prod",),
        ("frozen_graph", "onnx"),
        runtimes=("tfjs-*/cpu", "onnxruntime-*"),
        way="nothing is wrong while the product is an int32",
        when=_is_of_integers,
    ),
    _Quirk(
        "tf2onnx takes the diagonal of square matrices only",
        ("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3"),
        ("onnx",),
        way="gather the diagonal: tf.gather_nd, or tf.reduce_sum(x * tf.eye(m, n), -1)",
        when=_is_oblong,
    ),
    _Quirk(
        "OpenVINO computes LogSoftmax along the last axis, whichever it was",
        ("LogSoftmax",),
        ("saved_model", "litert"),
        runtimes=_OPENVINO,
        stops=True,
        way="give it the ONNX file, or write tf.math.log(tf.nn.softmax(x, axis))",
        when=_takes_what_was_transposed,
    ),
    _Quirk(
        "TensorFlow.js has no convolution in groups",
        ("Conv2D", "Conv3D"),
        ("frozen_graph",),
        runtimes=("tfjs-*/*",),
        stops=True,
        way="with a group for each channel use keras.layers.DepthwiseConv2D, else convolve slices and join them",
        when=_is_in_groups,
    ),
    _Quirk(
        "the wasm backend transposes more than 6 axes wrongly",
        ("Transpose",),
        ("frozen_graph",),
        runtimes=_WASM,
        stops=True,
        way="use the cpu backend, or merge axes by tf.reshape before",
        when=_turns_many_axes,
    ),
    _Quirk(
        "the wasm backend divides integers in float32, so that results beyond 16777216 are rounded",
        ("FloorDiv",),
        ("frozen_graph",),
        ("int32", "int64"),
        _WASM,
        way="nothing is wrong while the numbers are small; else use the cpu backend",
    ),
    _Quirk(
        "OpenVINO divides integers in float32, so that results beyond 16777216 are rounded",
        ("FloorDiv", "FloorMod", "TruncateDiv", "Div"),
        ("saved_model", "onnx", "litert"),
        ("int32", "int64"),
        ("openvino-python",),
        way="nothing is wrong while the numbers are small; else use another runtime",
    ),
    _Quirk(
        "float16 on WebGPU needs a graphics card with shader-f16",
        ("*",),
        ("onnx",),
        ("float16",),
        _WEBGPU,
        way="use the wasm backend, or export the model in float32",
    ),
    _Quirk(
        "WebGPU has no float64",
        ("*",),
        ("onnx",),
        ("float64",),
        _WEBGPU,
        stops=True,
        way="use the wasm backend, or export the model in float32",
        # What only hands values on is left to the CPU.
        when=lambda node: node.op not in ("Placeholder", "Identity", "Const"),
    ),
    _Quirk(
        "an Einsum that leaves no axis of its operands free is converted wrongly",
        ("Einsum",),
        ("litert",),
        stops=True,
        way="write it as tf.reduce_sum(a * b, axis)",
        when=_has_no_free_axis,
    ),
    _Quirk(
        "an Einsum that leaves no axis of its operands free fails on WebGPU and in OpenVINO",
        ("Einsum",),
        ("onnx",),
        runtimes=(*_WEBGPU, *_OPENVINO),
        stops=True,
        way="write it as tf.reduce_sum(a * b, axis)",
        when=_has_no_free_axis,
    ),
    _Quirk(
        "LiteRT adds no last axis (x[..., None]) when two sizes or more are not known",
        ("StridedSlice",),
        ("litert",),
        stops=True,
        way="use tf.expand_dims(x, -1)",
        when=lambda node: _adds_a_last_axis(node) and (_unknown_sizes(node) or 0) > 1,
    ),
    _Quirk(
        "LiteRT adds no last axis (x[..., None]) when two sizes or more are not known, and the file says no sizes",
        ("StridedSlice",),
        ("litert",),
        way="use tf.expand_dims(x, -1)",
        when=lambda node: _adds_a_last_axis(node) and _unknown_sizes(node) is None,
    ),
    _Quirk(
        "LiteRT's Rsqrt of 0 is NaN, and TensorFlow's is infinite",
        ("Rsqrt",),
        ("litert",),
        runtimes=_LITERT,
        way="add a small number before: tf.math.rsqrt(x + 1e-12)",
        when=lambda node: not is_offset(node),
    ),
    _Quirk(
        "LiteRT's Softplus is infinite, or cut off, beyond 88",
        ("Softplus",),
        ("litert",),
        runtimes=_LITERT,
        way="clip what goes in, or use relu for large values",
    ),
    _Quirk(
        "LiteRT fills what NonMaxSuppression did not keep with zeros, up to its maximum",
        ("NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5"),
        ("litert",),
        way="return the number of boxes as well (tf.image.non_max_suppression_padded), and cut outside",
    ),
    _Quirk(
        "an Einsum of an operand with two sizes or more that are not known becomes LiteRT's"
        " UNSORTED_SEGMENT_PROD, which OpenVINO does not have",
        ("Einsum",),
        ("litert",),
        runtimes=_OPENVINO,
        stops=True,
        way="give OpenVINO the SavedModel, or fix the sizes of all dimensions but the batch",
        when=lambda node: (_unknown_sizes(node) or 0) > 1,
    ),
    _Quirk(
        "OpenVINO divides integers in float32, so that results beyond 16777216 are rounded",
        ("FloorDiv", "TruncateDiv", "Div", "RealDiv"),
        ("saved_model", "litert"),
        ("int32", "int64"),
        _OPENVINO,
        way="nothing is wrong while the numbers are small",
    ),
    _Quirk(
        # Of an ONNX file; of TensorFlow's graphs `loops` knows more.
        "OpenVINO does not convert the Loops that tf2onnx writes",
        ("Loop",),
        ("onnx",),
        runtimes=_OPENVINO,
        way="give it the SavedModel",
    ),
    _Quirk(
        "OpenVINO sorts wrongly when the number of values to sort is not known before",
        ("TopKV2", "TopK"),
        ("onnx",),
        runtimes=_OPENVINO,
        way="give it the SavedModel, or fix the sizes of the input",
        when=lambda node: not _has_constant(node, 1),
    ),
    _Quirk(
        "OpenVINO cannot load sums of segments that are known beforehand",
        ("UnsortedSegmentSum", "UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentProd"),
        ("onnx",),
        runtimes=_OPENVINO,
        stops=True,
        way="give it the SavedModel, or multiply by a matrix of zeros and ones",
        when=lambda node: _has_constant(node, 1),
    ),
    _Quirk(
        "OpenVINO has no IF when it reads LiteRT",
        ("If", "StatelessIf"),
        ("litert",),
        runtimes=_OPENVINO,
        stops=True,
        way="give it the SavedModel or the ONNX file, or use tf.where",
    ),
    _Quirk(
        "tf2onnx has a Fourier transform only when its absolute value is taken at once, of one or two axes",
        ("RFFT", "RFFT2D", "FFT"),
        ("onnx",),
        way="multiply by the matrix of the transform, which is constant for a fixed length",
    ),
)


def known(model: Model) -> Iterator[Obstacle]:
    for quirk in _QUIRKS:
        if set(quirk.formats) & set(model.formats):
            yield from _met(quirk, model)


def _met(quirk: _Quirk, model: Model) -> Iterator[Obstacle]:
    def meets(node: Node) -> bool | None:
        # TensorFlow.js computes what is constant as well, others do that when they convert.
        if node.constant and "frozen_graph" not in quirk.formats:
            return None
        op, dtypes = frozen.as_frozen(node)
        if quirk.ops != ALL and op not in quirk.ops:
            return None
        if quirk.dtypes != ALL and not any(
            set(found) & set(quirk.dtypes) for found in dtypes.values()
        ):
            return None
        return True if quirk.when(node) else None

    for _, signature, places in nodes_by(model, meets):
        yield Obstacle(
            quirk.what,
            quirk.stops,
            quirk.way,
            quirk.formats,
            quirk.runtimes,
            signature,
            places,
        )
