"""One call of each TensorFlow operator, small enough to be converted and run by every runtime.

    for sample in samples():
        function, arrays = sample.build("float32", fixed=False)

An operator whose inputs are all alike is called by `_alike`; any other has a line in `_CALLS`. An
operator without a call is not measured, and what is not measured is not known. To add one: a line
in `_CALLS`.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.framework import op_def_registry

DTYPES = ("float32", "int32", "int64", "bool", "string", "float64", "float16", "uint8", "int8")
"""What is measured; of other dtypes nothing is known."""

_NUMBERS = tuple(dtype for dtype in DTYPES if dtype != "string")

# No operator of a model that is served: datasets, training, debugging, other devices, files.
_LEFT_OUT = re.compile(
    "Anonymous|Bessel|Block|Batch(Cholesky|FFT|IFFT|Matrix|Self|Svd)|CTC|Checkpoint|Collective|Copy"
    "|Cross|Cudnn|Dataset|Debug|Decode|Draw|Encode|Experimental|FakeQuant|FileSystem|Files"
    "|Fractional|Generate|Grad|Inplace|Iterator|KMC|Kmeans|Outfeed|Infeed|Matching|Nearest(?!N)"
    "|NonDeterministic|Prelinearize|PrintV2|Quantize|Read|Requantiz|Sampl|Sdca|Serialize|Session"
    "|Sharded|Sobol|Sparse(Dense|Slice|Soft|Sparse|TensorTo|Reduce)|Summary|TensorArray|Unbatch"
    "|Worker|Write|JSON|IgammaGrad|Fingerprint|SwitchN|Exit|NextIteration|LoopCond|Switch"
)


class In:
    """An input of the dtype that is measured. Its first dimension is left open."""

    def __init__(self, *shape: int, positive: bool = False):
        self.shape = shape
        self.positive = positive

    def array(self, dtype: str) -> np.ndarray:
        count = int(np.prod(self.shape))
        if dtype == "string":
            return np.array([b"a b", b"7", b"c"] * count, object)[:count].reshape(self.shape)
        numbers = np.arange(count) % 3 + 1 if self.positive else np.arange(count) - count // 2
        if dtype == "bool":
            return (numbers % 2 == 0).reshape(self.shape)
        if dtype.startswith("uint"):
            numbers = np.abs(numbers)
        elif not dtype.startswith("int") and not self.positive:
            numbers = numbers * 0.75
        return numbers.reshape(self.shape).astype(tf.as_dtype(dtype).as_numpy_dtype)


class Given:
    """An input of a dtype of its own, known only when the model runs."""

    def __init__(self, values: object, dtype: str = "int32"):
        self.values = np.array(values, object if dtype == "string" else dtype)
        self.shape = self.values.shape

    def array(self, dtype: str) -> np.ndarray:
        return self.values


class Fixed(In):
    """A constant of the measured dtype, as weights are."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """A call of one operator."""

    operator: str
    attribute: str
    """The attribute that says the dtype of its values; empty: it has one dtype only."""
    dtypes: tuple[str, ...]
    """Those that TensorFlow takes there; of a cast, pairs."""
    arguments: Mapping[str, object]
    """Of the function in tf.raw_ops: In, Given, lists of them, constants, attributes."""

    def build(self, dtype: str, fixed: bool) -> tuple[Callable, list[np.ndarray]]:
        """Returns a tf.function of one call, and its inputs.

        Args:
            dtype: Of the values; of a cast "float32>int32".
            fixed: Every dimension is known, the first as well.
        """
        source, _, target = dtype.partition(">")
        arrays = [place.array(source) for place in _inputs(self.arguments)]
        specs = [
            tf.TensorSpec(
                array.shape if fixed or not array.shape else [None, *array.shape[1:]],
                array.dtype if array.dtype != object else tf.string,
                name=f"x{number}",
            )
            for number, array in enumerate(arrays)
        ]
        call = getattr(tf.raw_ops, self.operator)

        def function(*tensors):
            left = iter(tensors)
            arguments = {
                name: _filled(value, left, target or source)
                for name, value in self.arguments.items()
            }
            result = call(**arguments)
            results = list(result) if isinstance(result, tuple | list) else [result]
            if self.operator.startswith("FusedBatchNorm"):
                # The others are for training.
                results = results[:1]
            return {f"y{number}": tensor for number, tensor in enumerate(results)}

        return tf.function(function, input_signature=specs, autograph=False), arrays


def samples() -> Iterator[Sample]:
    """Yields a sample for each operator that has one, in the order of their names."""
    for name, definition in sorted(definitions().items()):
        arguments = _CALLS.get(name) or _alike(definition)
        if arguments is None:
            continue
        attribute = _dtype_attribute(definition, arguments)
        yield Sample(name, attribute, _dtypes(definition, attribute, arguments), arguments)


def definitions() -> dict[str, op_def_pb2.OpDef]:
    """Returns the operators of TensorFlow that can be called."""
    names = [name for name in dir(tf.raw_ops) if name[0].isupper()]
    found = {name: op_def_registry.get(name) for name in names}
    return {name: definition for name, definition in found.items() if definition}


def dtype_of(number: int) -> str:
    """Returns a DataType's name as modelparity has it."""
    return "string" if number == tf.string.as_datatype_enum else tf.as_dtype(number).name


def _inputs(arguments: Mapping[str, object]) -> Iterator[In | Given]:
    for value in arguments.values():
        for place in value if isinstance(value, list) else [value]:
            if isinstance(place, In | Given) and not isinstance(place, Fixed):
                yield place


def _filled(value: object, tensors: Iterator[tf.Tensor], dtype: str) -> object:
    if isinstance(value, Fixed):
        return tf.constant(value.array(dtype))
    if isinstance(value, In | Given):
        return next(tensors)
    if isinstance(value, list) and value and isinstance(value[0], In | Given):
        return [next(tensors) for _ in value]
    if value is Sample:
        return tf.as_dtype(dtype)
    return value


def _alike(definition: op_def_pb2.OpDef) -> dict[str, object] | None:
    """Returns arguments for an operator whose inputs all have the measured dtype, or one of their own."""
    if definition.is_stateful or not definition.output_arg or _LEFT_OUT.search(definition.name):
        return None
    arguments = {}
    for arg in definition.input_arg:
        if arg.number_attr or arg.type_list_attr or arg.is_ref:
            return None
        if not arg.type_attr:
            name = tf.as_dtype(arg.type).name
            if name not in (*DTYPES, "complex64"):
                return None
            arguments[arg.name] = Given(In(2, 3).array(name), name)
        else:
            arguments[arg.name] = In(2, 3, positive=bool(arguments))
    type_attributes = {arg.type_attr for arg in definition.input_arg if arg.type_attr}
    for attribute in definition.attr:
        if not attribute.HasField("default_value") and attribute.name not in type_attributes:
            return None
    return arguments if arguments and len(type_attributes) <= 1 else None


def _dtype_attribute(definition: op_def_pb2.OpDef, arguments: Mapping[str, object]) -> str:
    for arg in definition.input_arg:
        value = arguments.get(arg.name)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, In):
            return arg.type_attr
    return next((name for name, value in arguments.items() if value is Sample), "")


def _dtypes(
    definition: op_def_pb2.OpDef, attribute: str, arguments: Mapping[str, object]
) -> tuple[str, ...]:
    if not attribute:
        return ("",)
    if definition.name == "Cast":
        return tuple(f"{source}>{target}" for source in _NUMBERS for target in _NUMBERS)
    allowed = next(a for a in definition.attr if a.name == attribute).allowed_values.list.type
    names = {tf.as_dtype(number).name for number in allowed} or set(DTYPES)
    return tuple(dtype for dtype in DTYPES if dtype in names)


def _over(axis: str, **attributes) -> dict[str, object]:
    return {"input": In(2, 3), axis: [1], **attributes}


_IMAGE = In(2, 4, 4, 2)
_POOL = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "VALID"}
_IDS = [0, 2, 0]
# The second is as good as the first, and is not kept.
_OVERLAPPING = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [2.0, 2.0, 3.0, 3.0]]
_NORM = {name: np.array([1.0, 2.0], np.float32) for name in ("scale", "offset", "mean", "variance")}

_CALLS: dict[str, dict[str, object]] = {
    "AddN": {"inputs": [In(2, 3), In(2, 3)]},
    "All": {"input": Given([[True, False]], "bool"), "axis": [1]},
    "Any": {"input": Given([[True, False]], "bool"), "axis": [1]},
    "ArgMax": {"input": In(2, 3), "dimension": 1},
    "ArgMin": {"input": In(2, 3), "dimension": 1},
    "AsString": {"input": In(2, 3)},
    "AvgPool": {"value": _IMAGE, **_POOL},
    "AvgPool3D": {
        "input": In(1, 4, 4, 4, 2),
        "ksize": [1, 2, 2, 2, 1],
        "strides": [1, 2, 2, 2, 1],
        "padding": "VALID",
    },
    "BatchMatMul": {"x": In(2, 2, 3), "y": In(2, 3, 2)},
    "BatchMatMulV2": {"x": In(2, 2, 3), "y": In(2, 3, 2)},
    "BatchToSpaceND": {"input": In(4, 2, 2, 1), "block_shape": [2, 2], "crops": [[0, 0], [0, 0]]},
    "BiasAdd": {"value": In(2, 3), "bias": In(3)},
    "Bincount": {"arr": Given([0, 1, 1]), "size": 3, "weights": np.array([], np.float32)},
    "Bitcast": {"input": In(2, 4), "type": tf.uint8},
    "BitwiseAnd": {"x": In(2, 3), "y": In(2, 3)},
    "BroadcastArgs": {"s0": Given([2, 1]), "s1": Given([1, 3])},
    "BroadcastTo": {"input": In(2, 1), "shape": [2, 3]},
    "Bucketize": {"input": In(2, 3), "boundaries": [0.0, 2.0]},
    "Cast": {"x": In(2, 3), "DstT": Sample},
    "CheckNumerics": {"tensor": In(2, 3), "message": "odd"},
    "ClipByValue": {
        "t": In(2, 3),
        "clip_value_min": In(positive=True),
        "clip_value_max": In(positive=True),
    },
    "CombinedNonMaxSuppression": {
        "boxes": Given(np.ones([1, 3, 1, 4]), "float32"),
        "scores": Given(np.ones([1, 3, 2]), "float32"),
        "max_output_size_per_class": 2,
        "max_total_size": 2,
        "iou_threshold": 0.5,
        "score_threshold": 0.1,
    },
    "Concat": {"concat_dim": 0, "values": [In(2, 3), In(2, 3)]},
    "ConcatV2": {"values": [In(2, 3), In(2, 3)], "axis": 1},
    "Conv2D": {
        "input": _IMAGE,
        "filter": Fixed(2, 2, 2, 3),
        "strides": [1, 1, 1, 1],
        "padding": "SAME",
    },
    "Conv2DBackpropInput": {
        "input_sizes": [2, 4, 4, 2],
        "filter": Fixed(2, 2, 2, 3),
        "out_backprop": In(2, 2, 2, 3),
        "strides": [1, 2, 2, 1],
        "padding": "SAME",
    },
    "Conv3D": {
        "input": In(1, 4, 4, 4, 2),
        "filter": Fixed(2, 2, 2, 2, 3),
        "strides": [1] * 5,
        "padding": "SAME",
    },
    "Conv3DBackpropInputV2": {
        "input_sizes": [1, 4, 4, 4, 2],
        "filter": Fixed(2, 2, 2, 2, 3),
        "out_backprop": In(1, 2, 2, 2, 3),
        "strides": [1, 2, 2, 2, 1],
        "padding": "SAME",
    },
    "CropAndResize": {
        "image": In(2, 4, 4, 2),
        "boxes": Given([[0.0, 0.0, 1.0, 1.0]], "float32"),
        "box_ind": Given([0]),
        "crop_size": [2, 2],
    },
    "Cross": {"a": In(2, 3), "b": In(2, 3)},
    "Cumprod": {"x": In(2, 3), "axis": 1},
    "Cumsum": {"x": In(2, 3), "axis": 1},
    "CumulativeLogsumexp": {"x": In(2, 3), "axis": 1},
    "DenseBincount": {"input": Given([0, 1, 1]), "size": 3, "weights": np.array([], np.float32)},
    "DepthToSpace": {"input": In(1, 2, 2, 4), "block_size": 2},
    "DepthwiseConv2dNative": {
        "input": _IMAGE,
        "filter": Fixed(2, 2, 2, 1),
        "strides": [1, 1, 1, 1],
        "padding": "SAME",
    },
    "Dilation2D": {
        "input": _IMAGE,
        "filter": Fixed(2, 2, 2),
        "strides": [1] * 4,
        "rates": [1] * 4,
        "padding": "SAME",
    },
    "DynamicPartition": {"data": In(3, 2), "partitions": Given([0, 1, 0]), "num_partitions": 2},
    "DynamicStitch": {"indices": [Given([0, 2]), Given([1])], "data": [In(2, 2), In(1, 2)]},
    "Einsum": {"inputs": [In(2, 3), In(3, 2)], "equation": "ij,jk->ik"},
    "Empty": {"shape": Given([2, 3]), "dtype": Sample, "init": True},
    "EnsureShape": {"input": In(2, 3), "shape": [None, 3]},
    "Equal": {"x": In(2, 3), "y": In(2, 3, positive=True)},
    "EuclideanNorm": _over("axis"),
    "ExpandDims": {"input": In(2, 3), "axis": 1},
    "ExtractImagePatches": {
        "images": _IMAGE,
        "ksizes": [1, 2, 2, 1],
        "strides": [1, 2, 2, 1],
        "rates": [1, 1, 1, 1],
        "padding": "VALID",
    },
    "FFT": {"input": Given(np.ones([2, 4]), "complex64")},
    "FFT2D": {"input": Given(np.ones([2, 4, 4]), "complex64")},
    "Fill": {"dims": Given([2, 3]), "value": In()},
    "FusedBatchNorm": {"x": _IMAGE, **_NORM, "is_training": False},
    "FusedBatchNormV3": {"x": _IMAGE, **_NORM, "is_training": False},
    "Gather": {"params": In(3, 2), "indices": Given([0, 2])},
    "GatherNd": {"params": In(3, 2), "indices": Given([[0, 1], [2, 0]])},
    "GatherV2": {"params": In(3, 2), "indices": Given([0, 2]), "axis": 0},
    "Greater": {"x": In(2, 3), "y": In(2, 3, positive=True)},
    "HistogramFixedWidth": {"values": In(6), "value_range": In(2), "nbins": 3},
    "IFFT": {"input": Given(np.ones([2, 4]), "complex64")},
    "IRFFT": {"input": Given(np.ones([2, 3]), "complex64"), "fft_length": [4]},
    "IRFFT2D": {"input": Given(np.ones([2, 4, 3]), "complex64"), "fft_length": [4, 4]},
    "IdentityN": {"input": [Given([[1.5]], "float32")]},
    "InTopKV2": {"predictions": Given([[1.0, 2.0]], "float32"), "targets": Given([1]), "k": 1},
    "InvertPermutation": {"x": Given([1, 0, 2])},
    "LRN": {"input": _IMAGE},
    "LeakyRelu": {"features": In(2, 3)},
    "LinSpace": {"start": In(), "stop": In(positive=True), "num": 4},
    "ListDiff": {"x": In(4), "y": In(2, positive=True)},
    "LowerBound": {"sorted_inputs": In(1, 4), "values": In(1, 2, positive=True)},
    "UpperBound": {"sorted_inputs": In(1, 4), "values": In(1, 2, positive=True)},
    "MatMul": {"a": In(2, 3), "b": In(3, 2)},
    "MatrixBandPart": {"input": In(2, 3, 3), "num_lower": 1, "num_upper": 0},
    "MatrixDiag": {"diagonal": In(2, 3)},
    "MatrixDiagPart": {"input": In(2, 3, 3)},
    "MatrixDiagPartV2": {"input": In(2, 3, 3), "k": 0, "padding_value": In()},
    "MatrixDiagPartV3": {"input": In(2, 3, 3), "k": 0, "padding_value": In()},
    "MatrixDiagV2": {
        "diagonal": In(2, 3),
        "k": 0,
        "num_rows": -1,
        "num_cols": -1,
        "padding_value": In(),
    },
    "MatrixDiagV3": {
        "diagonal": In(2, 3),
        "k": 0,
        "num_rows": -1,
        "num_cols": -1,
        "padding_value": In(),
    },
    "MatrixSetDiag": {"input": In(2, 3, 3), "diagonal": In(2, 3)},
    "MatrixSetDiagV2": {"input": In(2, 3, 3), "diagonal": In(2, 3), "k": 0},
    "MatrixSetDiagV3": {"input": In(2, 3, 3), "diagonal": In(2, 3), "k": 0},
    "Max": _over("axis"),
    "MaxPool": {"input": _IMAGE, **_POOL},
    "MaxPool3D": {
        "input": In(1, 4, 4, 4, 2),
        "ksize": [1, 2, 2, 2, 1],
        "strides": [1, 2, 2, 2, 1],
        "padding": "VALID",
    },
    "MaxPoolV2": {"input": _IMAGE, **_POOL},
    "MaxPoolWithArgmax": {"input": _IMAGE, **_POOL},
    "Mean": _over("axis"),
    "Min": _over("axis"),
    "MirrorPad": {"input": In(2, 3), "paddings": [[0, 0], [1, 1]], "mode": "REFLECT"},
    "NonMaxSuppressionV3": {
        "boxes": Given(_OVERLAPPING, "float32"),
        "scores": In(3, positive=True),
        "max_output_size": 3,
        "iou_threshold": 0.5,
        "score_threshold": 0.0,
    },
    "NonMaxSuppressionV4": {
        "boxes": Given(_OVERLAPPING, "float32"),
        "scores": In(3, positive=True),
        "max_output_size": 3,
        "iou_threshold": 0.5,
        "score_threshold": 0.0,
    },
    "NonMaxSuppressionV5": {
        "boxes": Given(_OVERLAPPING, "float32"),
        "scores": In(3, positive=True),
        "max_output_size": 3,
        "iou_threshold": 0.5,
        "score_threshold": 0.0,
        "soft_nms_sigma": 0.0,
    },
    "NthElement": {"input": In(2, 3), "n": 1},
    "OneHot": {"indices": Given([0, 2]), "depth": 3, "on_value": In(), "off_value": In()},
    "Pack": {"values": [In(2, 3), In(2, 3)], "axis": 1},
    "Pad": {"input": In(2, 3), "paddings": [[0, 0], [1, 1]]},
    "PadV2": {"input": In(2, 3), "paddings": [[0, 0], [1, 1]], "constant_values": In()},
    "ParallelDynamicStitch": {"indices": [Given([0, 2]), Given([1])], "data": [In(2, 2), In(1, 2)]},
    "PreventGradient": {"input": In(2, 3)},
    "Prod": _over("axis"),
    "QuantizeAndDequantizeV2": {"input": In(2, 3), "input_min": In(), "input_max": In()},
    "RFFT": {"input": Given(np.ones([2, 4]), "float32"), "fft_length": [4]},
    "RFFT2D": {"input": Given(np.ones([2, 4, 4]), "float32"), "fft_length": [4, 4]},
    "Range": {"start": In(), "limit": In(positive=True), "delta": In(positive=True)},
    "RegexFullMatch": {"input": Given([b"ab"], "string"), "pattern": "a."},
    "RegexReplace": {"input": Given([b"ab"], "string"), "pattern": "a", "rewrite": "b"},
    "Reshape": {"tensor": In(2, 3), "shape": [-1, 2]},
    "ResizeArea": {"images": _IMAGE, "size": [7, 9]},
    "ResizeBicubic": {"images": _IMAGE, "size": [7, 9], "half_pixel_centers": True},
    "ResizeBilinear": {"images": _IMAGE, "size": [7, 9], "half_pixel_centers": True},
    "ResizeNearestNeighbor": {"images": _IMAGE, "size": [7, 9], "half_pixel_centers": True},
    "Reverse": {"tensor": In(2, 3), "dims": [False, True]},
    "ReverseSequence": {"input": In(2, 3), "seq_lengths": Given([1, 3]), "seq_dim": 1},
    "ReverseV2": {"tensor": In(2, 3), "axis": [1]},
    "Roll": {"input": In(2, 3), "shift": 1, "axis": 1},
    "ScatterNd": {"indices": Given([[0], [2]]), "updates": In(2, 3), "shape": [4, 3]},
    "SegmentMax": {"data": In(3, 2), "segment_ids": Given([0, 0, 1])},
    "SegmentMean": {"data": In(3, 2), "segment_ids": Given([0, 0, 1])},
    "SegmentMin": {"data": In(3, 2), "segment_ids": Given([0, 0, 1])},
    "SegmentProd": {"data": In(3, 2), "segment_ids": Given([0, 0, 1])},
    "SegmentSum": {"data": In(3, 2), "segment_ids": Given([0, 0, 1])},
    "Select": {"condition": Given([[True, False]], "bool"), "t": In(1, 2), "e": In(1, 2)},
    "SelectV2": {"condition": Given([[True, False]], "bool"), "t": In(1, 2), "e": In(1, 2)},
    "Shape": {"input": In(2, 3)},
    "ShapeN": {"input": [In(2, 3), In(2, 3)]},
    "Size": {"input": In(2, 3)},
    "Slice": {"input": In(2, 3), "begin": [0, 1], "size": [-1, 2]},
    "SpaceToBatchND": {
        "input": In(1, 4, 4, 1),
        "block_shape": [2, 2],
        "paddings": [[0, 0], [0, 0]],
    },
    "SpaceToDepth": {"input": In(1, 4, 4, 1), "block_size": 2},
    "SparseTensorDenseMatMul": {
        "a_indices": Given([[0, 1]], "int64"),
        "a_values": In(1),
        "a_shape": np.array([2, 2]),
        "b": In(2, 2),
    },
    "SparseToDense": {
        "sparse_indices": Given([[0, 1]]),
        "output_shape": [2, 2],
        "sparse_values": In(1),
        "default_value": In(),
    },
    "SparseReorder": {
        "input_indices": Given([[0, 1]], "int64"),
        "input_values": In(1),
        "input_shape": np.array([2, 2]),
    },
    "Split": {"axis": 1, "value": In(2, 4), "num_split": 2},
    "SplitV": {"value": In(2, 3), "size_splits": [1, 2], "axis": 1, "num_split": 2},
    "Squeeze": {"input": In(2, 1, 3), "axis": [1]},
    "StaticRegexFullMatch": {"input": Given([b"ab"], "string"), "pattern": "a."},
    "StaticRegexReplace": {"input": Given([b"ab"], "string"), "pattern": "a", "rewrite": "b"},
    "StridedSlice": {
        "input": In(2, 3),
        "begin": [0, 1],
        "end": [2, 3],
        "strides": [1, 1],
        "begin_mask": 1,
        "end_mask": 1,
    },
    "StringJoin": {"inputs": [Given([b"a"], "string"), Given([b"b"], "string")]},
    "StringSplitV2": {"input": Given([b"a b"], "string"), "sep": " "},
    "StringToHashBucket": {"string_tensor": Given([b"ab"], "string"), "num_buckets": 7},
    "StringToHashBucketFast": {"input": Given([b"ab"], "string"), "num_buckets": 7},
    "StringToHashBucketStrong": {
        "input": Given([b"ab"], "string"),
        "num_buckets": 7,
        "key": [1, 2],
    },
    "StringToNumber": {"string_tensor": Given([b"1.5"], "string")},
    "Substr": {"input": Given([b"abc"], "string"), "pos": 1, "len": 1},
    "Sum": _over("axis"),
    "TensorScatterAdd": {"tensor": In(3, 2), "indices": Given([[1]]), "updates": In(1, 2)},
    "TensorScatterMax": {"tensor": In(3, 2), "indices": Given([[1]]), "updates": In(1, 2)},
    "TensorScatterMin": {"tensor": In(3, 2), "indices": Given([[1]]), "updates": In(1, 2)},
    "TensorScatterSub": {"tensor": In(3, 2), "indices": Given([[1]]), "updates": In(1, 2)},
    "TensorScatterUpdate": {"tensor": In(3, 2), "indices": Given([[1]]), "updates": In(1, 2)},
    "Tile": {"input": In(2, 3), "multiples": [1, 2]},
    "TopKV2": {"input": In(2, 3), "k": 2},
    "Transpose": {"x": In(2, 3), "perm": [1, 0]},
    "TridiagonalSolve": {"diagonals": In(2, 3, 3, positive=True), "rhs": In(2, 3, 1)},
    "Unique": {"x": In(4, positive=True)},
    "UniqueV2": {"x": In(4, positive=True), "axis": [0]},
    "UniqueWithCounts": {"x": In(4, positive=True)},
    "Unpack": {"value": In(2, 3), "num": 3, "axis": 1},
    "UnravelIndex": {"indices": Given([1, 4]), "dims": [2, 3]},
    "UnsortedSegmentMax": {"data": In(3, 2), "segment_ids": Given(_IDS), "num_segments": 3},
    "UnsortedSegmentMin": {"data": In(3, 2), "segment_ids": Given(_IDS), "num_segments": 3},
    "UnsortedSegmentProd": {"data": In(3, 2), "segment_ids": Given(_IDS), "num_segments": 3},
    "UnsortedSegmentSum": {"data": In(3, 2), "segment_ids": Given(_IDS), "num_segments": 3},
    "Where": {"condition": Given([[True, False]], "bool")},
    "Cholesky": {"input": In(2, 1, 1, positive=True)},
    "MatrixInverse": {"input": In(2, 1, 1, positive=True)},
    "MatrixDeterminant": {"input": In(2, 2, 2)},
    "MatrixSolve": {"matrix": In(2, 1, 1, positive=True), "rhs": In(2, 1, 1)},
    "MatrixTriangularSolve": {"matrix": In(2, 1, 1, positive=True), "rhs": In(2, 1, 1)},
    "Svd": {"input": In(2, 2, 2)},
    "Qr": {"input": In(2, 2, 2)},
    "SelfAdjointEigV2": {"input": In(2, 1, 1)},
    "DecodeRaw": {"input_bytes": Given([b"abcd"], "string"), "out_type": tf.uint8},
    "DecodeBase64": {"input": Given([b"YQ"], "string")},
    "UnicodeDecode": {"input": Given([b"ab"], "string"), "input_encoding": "UTF-8"},
    "StringSplit": {"input": Given([b"a b"], "string"), "delimiter": " "},
    "ReduceJoin": {"inputs": Given([[b"a", b"b"]], "string"), "reduction_indices": [1]},
}
