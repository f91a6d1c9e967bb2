"""Reads ONNX files with the package onnx, which is imported when the first one is read.

model = read("model.onnx")
signature = signature_of(model.graph)
"""

import importlib.util
import os
import pathlib
import shutil

from modelparity.bundle import PROTOBUF_LIMIT, check_protobuf_size
from modelparity.contract import manifest_pb2
from modelparity.errors import (
    ArtifactInvalidError,
    ArtifactTooLargeError,
    UnsupportedError,
    one_line,
)
from modelparity.specs import DEFAULT_SIGNATURE


def read(path: str | os.PathLike):
    """Returns the file's ModelProto; weights that lie in other files are not read.

    Raises:
        FileMissingError: It is not there.
        ArtifactTooLargeError: It is over 2 GB; nothing was read.
        ArtifactInvalidError: It is no ONNX model.
        UnsupportedError: The package onnx is not installed.
    """
    check_protobuf_size(path)
    if importlib.util.find_spec("onnx") is None:
        raise UnsupportedError(f"'{path}': reading ONNX needs the package onnx; `pip install onnx`")
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise ArtifactInvalidError(f"'{path}' is no ONNX model: {one_line(error)}") from error
    if not model.graph.node:
        raise ArtifactInvalidError(f"'{path}' is no ONNX model: its graph has no nodes")
    if not _is_text(model):
        raise ArtifactInvalidError(f"'{path}' is no ONNX model: it has a name that is no UTF-8")
    return model


def signature_of(graph) -> manifest_pb2.Signature:
    """Returns a GraphProto's inputs and outputs, in the order of the file.

    An initializer may stand among the inputs, as its own default: that is no input. What is no
    dense tensor has its kind for a dtype: "sequence", "map", "optional" or "sparse_tensor".
    """
    constants = {tensor.name for tensor in graph.initializer}
    constants |= {tensor.values.name for tensor in graph.sparse_initializer}
    return manifest_pb2.Signature(
        name=DEFAULT_SIGNATURE,
        inputs=[_spec(value) for value in graph.input if value.name not in constants],
        outputs=[_spec(value) for value in graph.output],
    )


def dtype_name(data_type: int) -> str:
    """Returns the manifest's name of a TensorProto.DataType; of an unknown one, its number."""
    from onnx import TensorProto

    if data_type not in TensorProto.DataType.values():
        return str(data_type)
    name = TensorProto.DataType.Name(data_type).lower()
    # ONNX names its types as the manifest does, but for these.
    return {"float": "float32", "double": "float64"}.get(name, name)


def write_whole(source: str | os.PathLike, target: str | os.PathLike) -> None:
    """Copies a model; weights that lie in files of their own come into the copy.

    So a runtime can be handed the bytes of one file.

    Raises:
        ArtifactInvalidError: A file of weights is missing, too short, or not below the model's folder.
        ArtifactTooLargeError: The whole would be over 2 GB.
        ModelParityError: As `read`.
    """
    from onnx import checker, external_data_helper

    model = read(source)
    outside = [tensor for tensor in model.graph.initializer if tensor.external_data]
    size = os.stat(source).st_size + sum(map(_outside_bytes, outside))
    if size > PROTOBUF_LIMIT:
        raise ArtifactTooLargeError(
            f"'{source}' and its weights have {size} bytes, and a bundle's ONNX file can have"
            f" {PROTOBUF_LIMIT}"
        )
    try:
        external_data_helper.load_external_data_for_model(model, os.path.dirname(source))
    except (OSError, ValueError, checker.ValidationError) as error:
        raise ArtifactInvalidError(
            f"'{source}': its weights lie in another file, which cannot be read: {one_line(error)}; put"
            " that file where it was when the model was saved"
        ) from error
    if outside:
        pathlib.Path(target).write_bytes(model.SerializeToString())
    else:
        # Byte for byte the user's own.
        shutil.copyfile(source, target)


def _is_text(message) -> bool:
    """Says whether every string in a message is one: in files of version 2, protobuf gives others as bytes."""
    for field, value in message.ListFields():
        if field.type not in (field.TYPE_STRING, field.TYPE_MESSAGE):
            continue
        for each in value if field.is_repeated else [value]:
            good = isinstance(each, str) if field.type == field.TYPE_STRING else _is_text(each)
            if not good:
                return False
    return True


def _outside_bytes(tensor) -> int:
    lengths = [entry.value for entry in tensor.external_data if entry.key == "length"]
    return int(lengths[0]) if lengths and lengths[0].isdecimal() else 0


def _spec(value) -> manifest_pb2.TensorSpec:
    kind = value.type.WhichOneof("value") or "tensor_type"
    if kind != "tensor_type":
        return manifest_pb2.TensorSpec(
            name=value.name, dtype=kind.removesuffix("_type"), unknown_rank=True
        )
    tensor = value.type.tensor_type
    shape = [dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim]
    return manifest_pb2.TensorSpec(
        name=value.name,
        dtype=dtype_name(tensor.elem_type),
        shape=shape,
        unknown_rank=not tensor.HasField("shape"),
    )
