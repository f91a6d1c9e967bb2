"""What tensors are, without their values: dtypes, shapes, and how both are written for people.

    format_spec(TensorSpec(name="x", dtype="float32", shape=[-1, 784]))  # "float32 [?,784]"

Numpy is not needed here, and takes longer to import than a command such as `inspect` to run.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from modelparity.contract import manifest_pb2, tensorflow_graph_pb2

DEFAULT_SIGNATURE = "serving_default"

REGION = "shared_memory_region"
"""The parameter of a tensor whose data is in a file of that name."""


class Dtype(NamedTuple):
    """One element type under its three names."""

    name: str
    """As in TensorSpec.dtype."""
    datatype: str
    """The protocol's word."""
    tensorflow: int
    """modelparity.tensorflow.DataType."""
    contents: str
    """The field of InferTensorContents that holds it; empty: it has none."""

    @property
    def size(self) -> int:
        """Bytes of an element; 0: they differ."""
        bits = self.name.lstrip("abcdefghijklmnopqrstuvwxyz")
        return int(bits) // 8 if bits else int(self.name == "bool")


def _row(name: str, datatype: str, tensorflow: str, contents: str) -> Dtype:
    return Dtype(name, datatype, tensorflow_graph_pb2.DataType.Value(tensorflow), contents)


DTYPES = (
    _row("bool", "BOOL", "DT_BOOL", "bool_contents"),
    _row("uint8", "UINT8", "DT_UINT8", "uint_contents"),
    _row("uint16", "UINT16", "DT_UINT16", "uint_contents"),
    _row("uint32", "UINT32", "DT_UINT32", "uint_contents"),
    _row("uint64", "UINT64", "DT_UINT64", "uint64_contents"),
    _row("int8", "INT8", "DT_INT8", "int_contents"),
    _row("int16", "INT16", "DT_INT16", "int_contents"),
    _row("int32", "INT32", "DT_INT32", "int_contents"),
    _row("int64", "INT64", "DT_INT64", "int64_contents"),
    _row("float16", "FP16", "DT_HALF", ""),
    _row("bfloat16", "BF16", "DT_BFLOAT16", ""),
    _row("float32", "FP32", "DT_FLOAT", "fp32_contents"),
    _row("float64", "FP64", "DT_DOUBLE", "fp64_contents"),
    _row("string", "BYTES", "DT_STRING", "bytes_contents"),
)
"""Every dtype that the protocol has a word for, and so every dtype that can be run."""

BY_NAME = {row.name: row for row in DTYPES}
BY_DATATYPE = {row.datatype: row for row in DTYPES}


def dtype_of_datatype(datatype: str) -> str:
    """Returns the dtype name of a word of the protocol; a word that it has not stays as it is."""
    return BY_DATATYPE[datatype].name if datatype in BY_DATATYPE else datatype


def is_runnable(dtype: str) -> bool:
    """Says whether the protocol has a word for a manifest's dtype name."""
    return dtype in BY_NAME


def format_shape(shape: Iterable[int]) -> str:
    """Returns a shape as people write it, `?` where it is known only at run time: "[?,784]"."""
    return "[" + ",".join("?" if size < 0 else str(size) for size in shape) + "]"


def format_spec(spec: manifest_pb2.TensorSpec) -> str:
    """Returns dtype and shape of a spec, such as "float32 [?,784]" or "float32 of any rank"."""
    return f"{spec.dtype} {'of any rank' if spec.unknown_rank else format_shape(spec.shape)}"


def shape_fits(shape: Sequence[int], spec: manifest_pb2.TensorSpec) -> bool:
    """Says whether an array of that shape is one that the spec describes."""
    if spec.unknown_rank:
        return True
    return len(shape) == len(spec.shape) and all(
        want in (-1, got) for got, want in zip(shape, spec.shape, strict=True)
    )
