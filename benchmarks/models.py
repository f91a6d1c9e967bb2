"""The models of the benchmarks: layers relu(x @ w + b), float32.

Nothing is trained, and every weight is the same in every run.
"""

import itertools
import os
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from modelparity.contract import tensorflow_graph_pb2

LAYER = (8, 8)
DENSE = (784, 128, 10)
HUNDRED_MEGABYTES = (2560,) * 5
LARGE = (8192,) * 5
"""Four matrices of 256 MiB."""

_FLOAT = tensorflow_graph_pb2.AttrValue(type=tensorflow_graph_pb2.DT_FLOAT)


def weights(sizes: Sequence[int]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields the matrix and the bias of each layer."""
    random = np.random.default_rng(0)
    for rows, columns in itertools.pairwise(sizes):
        matrix = random.random((rows, columns), dtype=np.float32)
        matrix /= rows
        yield matrix, np.zeros(columns, np.float32)


def write_frozen_graph(path: pathlib.Path, sizes: Sequence[int]) -> None:
    """Writes a GraphDef from "x" to "y", node by node, so that a large one needs no memory."""
    with path.open("wb") as file:

        def write(name: str, op: str, inputs: Sequence[str] = (), **attributes) -> str:
            node = tensorflow_graph_pb2.NodeDef(name=name, op=op, input=inputs)
            for key, value in attributes.items():
                node.attr[key].CopyFrom(value)
            # Messages that are joined are the message of their fields.
            file.write(tensorflow_graph_pb2.GraphDef(node=[node]).SerializeToString())
            return name

        def constant(name: str, array: np.ndarray) -> str:
            value = tensorflow_graph_pb2.AttrValue()
            value.tensor.dtype = _FLOAT.type
            value.tensor.tensor_shape.CopyFrom(_shape(array.shape))
            value.tensor.tensor_content = array.tobytes()
            return write(name, "Const", dtype=_FLOAT, value=value)

        shape = tensorflow_graph_pb2.AttrValue(shape=_shape((-1, sizes[0])))
        layer = write("x", "Placeholder", dtype=_FLOAT, shape=shape)
        last = len(sizes) - 2
        for i, (matrix, bias) in enumerate(weights(sizes)):
            product = write(f"product{i}", "MatMul", [layer, constant(f"w{i}", matrix)], T=_FLOAT)
            total = write(f"sum{i}", "BiasAdd", [product, constant(f"b{i}", bias)], T=_FLOAT)
            layer = write("y" if i == last else f"layer{i}", "Relu", [total], T=_FLOAT)
        # What is still to be written would slow down whoever reads the file first.
        file.flush()
        os.fsync(file.fileno())


def _shape(sizes: Sequence[int]) -> tensorflow_graph_pb2.TensorShapeProto:
    dimension = tensorflow_graph_pb2.TensorShapeProto.Dim
    return tensorflow_graph_pb2.TensorShapeProto(dim=[dimension(size=size) for size in sizes])
