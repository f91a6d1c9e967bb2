"""Inputs for a signature: made from a seed, or read from a user's file.

    for name, arrays in make_cases(signature, seed=7):
        ...  # "batch-1", {"x": array of [1, 784]}

The same seed and signature give the same inputs everywhere. What a model makes of them is not known
here: an input that the reference refuses is recorded as such by whoever runs it.
"""

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from modelparity.contract import manifest_pb2
from modelparity.errors import InputNameError, ModelParityError, SignatureNotFoundError, one_line
from modelparity.graphs import Feature
from modelparity.tensors import check_inputs, dtype_name, numpy_dtype

Arrays = dict[str, np.ndarray]


class GivenCase(NamedTuple):
    """A case from a user's file."""

    signature: str
    name: str
    arrays: Arrays


class _Sizes(NamedTuple):
    """What the dimensions known only at run time are in one case.

    The first such dimension of every input is the batch; the second, third... are `length`, so that
    inputs which have to agree do.
    """

    batch: int
    length: int


_SIZES = (_Sizes(1, 4), _Sizes(2, 1), _Sizes(5, 7))
_PROBE_SIZES = _Sizes(3, 4)
_TEXTS = ("a", "the quick brown fox", "", "7", "Zürich", "日本語", "a b\tc", "yes")
# Small enough to be an index or a token of most models.
_SMALL = 5


def make_cases(
    signature: manifest_pb2.Signature,
    seed: int,
    hints: Mapping[str, Sequence[Feature]] | None = None,
) -> list[tuple[str, Arrays]]:
    """Returns named inputs for a signature, in a fixed order.

    Several batch sizes and lengths of ordinary values (normal floats, integers below 5, short
    texts), then probes: negative, large, and zero or empty values, and ones. An input of unknown rank is a
    scalar in some cases and a vector of the batch in others.

    Args:
        signature: Its dtypes have to be words of the protocol.
        seed: Of the values.
        hints: For inputs that are serialized tf.Examples, the features that they have to have.

    Raises:
        UnsupportedError: The protocol has no word for the dtype of an input.
    """
    hints = hints or {}
    ranks = (0, 1) if any(_needs_rank(spec, hints) for spec in signature.inputs) else (0,)
    sizes = _SIZES if any(_is_dynamic(spec) for spec in signature.inputs) else _SIZES[:1]
    plans = [(f"batch-{size.batch}", "ordinary", size) for size in sizes]
    if len(sizes) == 1:
        plans = [("ordinary", "ordinary", sizes[0])]
    if signature.inputs:
        plans += [(kind, kind, _PROBE_SIZES) for kind in _kinds(signature, hints)]
    cases = []
    for rank in ranks:
        for name, kind, size in plans:
            name = f"{name}-vector" if rank else name
            random = np.random.default_rng([seed, zlib.crc32(f"{signature.name}/{name}".encode())])
            arrays = {
                spec.name: _array(spec, kind, size, rank, random, hints.get(spec.name))
                for spec in signature.inputs
            }
            cases.append((name, arrays))
    return cases


def read_cases(
    path: str | os.PathLike, signatures: Iterable[manifest_pb2.Signature]
) -> list[GivenCase]:
    """Reads a user's inputs from an .npz file.

    Its keys are `input` (one case, of the only signature) or `signature/case/input`.

    Raises:
        InputNameError: It is no .npz file, or a key is of neither form; and as check_inputs.
        InputDtypeError, InputShapeError: As check_inputs.
        SignatureNotFoundError: A key names an unknown signature.
    """
    by_name = {signature.name: signature for signature in signatures}
    given: dict[tuple[str, str], Arrays] = {}
    for key, array in _read_npz(path).items():
        # An input's name may hold slashes, a signature's and a case's may not.
        parts = key.split("/", 2)
        if len(parts) == 1 and len(by_name) == 1:
            parts = [next(iter(by_name)), "given", key]
        if len(parts) != 3:
            raise InputNameError(
                f"'{path}': got the key '{key}', wants `signature/case/input`, or `input` when the model"
                f" has one signature; it has {', '.join(by_name)}"
            )
        given.setdefault((parts[0], parts[1]), {})[parts[2]] = array
    cases = []
    for (signature, name), arrays in given.items():
        if signature not in by_name:
            raise SignatureNotFoundError(
                f"'{path}': got the signature '{signature}', the model has {', '.join(by_name)}"
            )
        try:
            check_inputs(arrays, by_name[signature])
        except ModelParityError as error:
            raise type(error)(f"'{path}': case '{signature}/{name}': {error}") from error
        cases.append(GivenCase(signature, name, arrays))
    return cases


def _read_npz(path: str | os.PathLike) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: _as_bytes(file[key]) for key in file.files}
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise InputNameError(
            f"'{path}' cannot be read as .npz: {one_line(error)}; write it with numpy.savez (strings as"
            " an array of dtype S or U)"
        ) from error


def _as_bytes(array: np.ndarray) -> np.ndarray:
    if dtype_name(array.dtype) != "string":
        return array
    texts = [text.encode() if isinstance(text, str) else text for text in array.ravel().tolist()]
    return _objects(texts, array.shape)


def _is_dynamic(spec: manifest_pb2.TensorSpec) -> bool:
    return spec.unknown_rank or any(size < 0 for size in spec.shape)


def _needs_rank(spec: manifest_pb2.TensorSpec, hints: Mapping[str, object]) -> bool:
    """Says whether an input may be a scalar or not; serialized tf.Examples are always a vector."""
    return spec.unknown_rank and spec.name not in hints


def _kinds(signature: manifest_pb2.Signature, hints: Mapping[str, Sequence[Feature]]) -> list[str]:
    """Returns the probes that make a difference for the dtypes of a signature."""
    dtypes = {spec.dtype for spec in signature.inputs if spec.name not in hints}
    dtypes |= {feature.dtype for features in hints.values() for feature in features}
    # With all ones the dropout of many old graphs, fed with a probability to keep, is off.
    kinds = ["ones", "zeros"] if dtypes - {"string"} else ["zeros"]
    if any(dtype.startswith(("float", "bfloat", "int")) for dtype in dtypes):
        kinds.insert(0, "negative")
    if dtypes - {"bool", "string"}:
        kinds.insert(-2, "large")
    return kinds


def _array(spec, kind, sizes, rank, random, features) -> np.ndarray:
    """Returns one input's array; every number in it comes from `random`."""
    shape = _shape(spec, sizes, 1 if features else rank)
    if features:
        examples = [_example(features, kind, random) for _ in range(math.prod(shape))]
        return _objects(examples, shape)
    return _values(spec.dtype, kind, shape, random)


def _shape(spec: manifest_pb2.TensorSpec, sizes: _Sizes, rank: int) -> tuple[int, ...]:
    dims = [-1] * rank if spec.unknown_rank else list(spec.shape)
    unknown = [i for i, size in enumerate(dims) if size < 0]
    for nth, i in enumerate(unknown):
        dims[i] = sizes.length if nth else sizes.batch
    return tuple(dims)


def _values(dtype: str, kind: str, shape: tuple[int, ...], random) -> np.ndarray:
    numpy = numpy_dtype(dtype)
    if dtype == "string":
        pool = ("",) if kind == "zeros" else _TEXTS
        texts = [pool[i].encode() for i in random.integers(0, len(pool), math.prod(shape))]
        return _objects(texts, shape)
    if kind in ("zeros", "ones"):
        return np.full(shape, kind == "ones").astype(numpy)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if numpy.kind in "iu":
        limit = np.iinfo(numpy).max
        low, high = {
            "large": (limit // 4, limit // 2),
            "negative": (-_SMALL if numpy.kind == "i" else 0, 0 if numpy.kind == "i" else _SMALL),
        }.get(kind, (0, _SMALL))
        return random.integers(low, high, shape, np.int64 if numpy.itemsize < 8 else numpy).astype(
            numpy
        )
    values = random.standard_normal(shape)
    values = {"negative": -np.abs(values), "large": 1000 * values}.get(kind, values)
    return np.asarray(values).astype(numpy)


def _objects(elements: Sequence[bytes], shape: tuple[int, ...]) -> np.ndarray:
    array = np.empty(len(elements), object)
    array[:] = elements
    return array.reshape(shape)


def _example(features: Sequence[Feature], kind: str, random) -> bytes:
    """Returns a serialized tf.Example (tensorflow/core/example/example.proto and feature.proto)."""
    entries = b""
    for feature in features:
        shape = tuple(_PROBE_SIZES.length if size < 0 else size for size in feature.shape)
        values = _values(feature.dtype, kind, shape, random).ravel()
        if feature.dtype == "string":
            data = b"".join(_field(1, value) for value in values.tolist())
        elif feature.dtype == "float32":
            data = _field(1, values.tobytes())
        else:
            data = _field(1, b"".join(_varint(value) for value in values.tolist()))
        # Feature is one of bytes_list = 1, float_list = 2 and int64_list = 3.
        number = {"string": 1, "float32": 2, "int64": 3}[feature.dtype]
        entries += _field(1, _field(1, feature.key.encode()) + _field(2, _field(number, data)))
    return _field(1, entries)


def _field(number: int, data: bytes) -> bytes:
    """Encodes a length-delimited protobuf field."""
    return struct.pack("B", number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
