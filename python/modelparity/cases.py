"""Inputs for a signature, made from a seed: ordinary ones, and probes.

    for name, arrays in make_cases(signature, seed=7):
        ...  # "batch-1", {"x": array of [1, 784]}

The same seed and signature give the same inputs everywhere. What a model makes of them is not known
here: an input that the reference refuses is recorded as such by whoever runs it.
"""

import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ml_dtypes
import numpy as np

from modelparity.contract import case_pb2, manifest_pb2
from modelparity.graphs import Feature
from modelparity.patterns import matches_any
from modelparity.tensors import encode_inputs, numpy_dtype, objects

Arrays = dict[str, np.ndarray]


class _Sizes(NamedTuple):
    """What the dimensions known only at run time are in one case.

    The first such dimension of every input is the batch; the second, third... are `length`, so that
    inputs which have to agree do.
    """

    batch: int
    length: int


_SIZES = {"batch-1": _Sizes(1, 4), "batch-2": _Sizes(2, 1), "batch-5": _Sizes(5, 7)}
_PROBE_SIZES = _Sizes(3, 4)
_EMPTY = _Sizes(0, 4)
# Each with the kinds of dtype (numpy's letters) that have such values.
_PROBES = {
    "negative": "ifV",
    "boundary": "iu",
    "large": "iufV",
    "halves": "fV",
    "tiny": "fV",
    "denormal": "fV",
    "nan": "fV",
    "infinite": "fV",
    # With all ones the dropout of many old graphs, fed with a probability to keep, is off.
    "ones": "biufV",
    "zeros": "biufVO",
}
_TEXTS = ("a", "the quick brown fox", "", "7", "Zürich", "日本語", "a b\tc", "yes")
# Small enough to be an index or a token of most models.
_SMALL = 5
# The smallest step of what has to be rounded is 1 / 2^4.
_FINEST = 4
# Where integers are narrowed on the way, or carried by floats.
_EDGES = (31, 32, 53)


def make_cases(
    signature: manifest_pb2.Signature,
    seed: int,
    hints: Mapping[str, Sequence[Feature]] | None = None,
    without: Sequence[str] = (),
) -> list[tuple[str, Arrays]]:
    """Returns named inputs for a signature, in a fixed order.

    Ordinary values (normal floats, integers below 5, short texts) in several batch sizes and lengths come first,
    then probes, each with values that are known to part runtimes, for the inputs whose dtypes have such values.
    An input of unknown rank is a scalar in some cases and a vector of the batch in others.

    Args:
        signature: Its dtypes have to be words of the protocol.
        seed: Of the values.
        hints: For inputs that are serialized tf.Examples, the features that they have to have.
        without: Patterns of names to leave out, such as "nan".

    Raises:
        UnsupportedError: The protocol has no word for the dtype of an input.
    """
    hints = hints or {}
    ranks = (0, 1) if any(_needs_rank(spec, hints) for spec in signature.inputs) else (0,)
    cases = []
    for rank in ranks:
        for probe, size in _plans(signature, hints):
            if matches_any(probe, without):
                continue
            name = f"{probe}-vector" if rank else probe
            random = np.random.default_rng([seed, zlib.crc32(f"{signature.name}/{name}".encode())])
            arrays = {
                spec.name: _array(spec, probe, size, rank, random, hints.get(spec.name))
                for spec in signature.inputs
            }
            if probe != "empty" or any(array.size == 0 for array in arrays.values()):
                cases.append((name, arrays))
    return cases


def case_of(
    signature: str, name: str, arrays: Mapping[str, np.ndarray], seed: int | None = None
) -> case_pb2.Case:
    """Returns a case without an answer."""
    request = encode_inputs(arrays, model_name="", signature=signature)
    return case_pb2.Case(signature=signature, name=name, request=request, seed=seed)


def _is_dynamic(spec: manifest_pb2.TensorSpec) -> bool:
    return spec.unknown_rank or any(size < 0 for size in spec.shape)


def _needs_rank(spec: manifest_pb2.TensorSpec, hints: Mapping[str, object]) -> bool:
    """Says whether an input may be a scalar or not; serialized tf.Examples are always a vector."""
    return spec.unknown_rank and spec.name not in hints


def _plans(
    signature: manifest_pb2.Signature, hints: Mapping[str, Sequence[Feature]]
) -> list[tuple[str, _Sizes]]:
    """Returns the probes that make a difference for a signature, each with its sizes."""
    dtypes = {spec.dtype for spec in signature.inputs if spec.name not in hints}
    dtypes |= {feature.dtype for features in hints.values() for feature in features}
    is_dynamic = any(_is_dynamic(spec) for spec in signature.inputs)
    plans = list(_SIZES.items()) if is_dynamic else [("ordinary", _SIZES["batch-1"])]
    if signature.inputs:
        kinds = {numpy_dtype(dtype).kind for dtype in dtypes}
        probes = [probe for probe, able in _PROBES.items() if kinds.intersection(able)]
        plans += [(probe, _PROBE_SIZES) for probe in probes]
    return plans + ([("empty", _EMPTY)] if is_dynamic else [])


def _array(spec, probe, sizes, rank, random, features) -> np.ndarray:
    """Returns one input's array; every number in it comes from `random`."""
    shape = _shape(spec, sizes, 1 if features else rank)
    if features:
        examples = [_example(features, probe, random) for _ in range(math.prod(shape))]
        return objects(examples, shape)
    return _values(spec.dtype, probe, shape, random)


def _shape(spec: manifest_pb2.TensorSpec, sizes: _Sizes, rank: int) -> tuple[int, ...]:
    dims = [-1] * rank if spec.unknown_rank else list(spec.shape)
    unknown = [i for i, size in enumerate(dims) if size < 0]
    for nth, i in enumerate(unknown):
        dims[i] = sizes.length if nth else sizes.batch
    return tuple(dims)


def _values(dtype: str, probe: str, shape: tuple[int, ...], random) -> np.ndarray:
    """Returns values of a probe, ordinary ones where it has none for the dtype."""
    numpy = numpy_dtype(dtype)
    if dtype == "string":
        pool = ("",) if probe == "zeros" else _TEXTS
        texts = [pool[i].encode() for i in random.integers(0, len(pool), math.prod(shape))]
        return objects(texts, shape)
    if probe in ("zeros", "ones"):
        return np.full(shape, probe == "ones").astype(numpy)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    make = _integers if numpy.kind in "iu" else _floats
    return np.asarray(make(numpy, probe, shape, random)).astype(numpy)


def _integers(numpy: np.dtype, probe: str, shape: tuple[int, ...], random) -> np.ndarray:
    limits = np.iinfo(numpy)
    if probe == "boundary":
        edges = [
            sign * (1 << bits) + step for bits in _EDGES for sign in (1, -1) for step in (-1, 0, 1)
        ]
        pool = [limits.min, limits.min + 1, -1, 0, 1, limits.max - 1, limits.max, *edges]
        pool = sorted({value for value in pool if limits.min <= value <= limits.max})
        return np.array(pool, numpy)[random.integers(0, len(pool), shape)]
    low, high = 0, _SMALL
    if probe == "large":
        low, high = limits.max // 4, limits.max // 2
    if probe == "negative" and numpy.kind == "i":
        low, high = -_SMALL, 0
    return random.integers(low, high, shape, np.int64 if numpy.itemsize < 8 else numpy)


def _floats(numpy: np.dtype, probe: str, shape: tuple[int, ...], random) -> np.ndarray:
    """Returns values in float64, which hold those of `numpy`."""
    values = random.standard_normal(shape)
    limits = ml_dtypes.finfo(numpy)
    match probe:
        case "negative":
            return -np.abs(values)
        case "large":
            return 1000 * values
        case "halves":
            # What lies in the middle of two steps of a half, a quarter... is rounded up, down, or to the even one.
            odd = 2 * random.integers(-_SMALL, _SMALL, shape) + 1
            return odd / np.exp2(random.integers(1, _FINEST + 1, shape))
        case "tiny":
            return values * (1 << 10) * float(limits.smallest_normal)
        case "denormal":
            steps = random.integers(1, 1 << limits.nmant, shape)
            return np.copysign(steps * float(limits.smallest_subnormal), values)
        case "nan":
            return _sprinkled(values, (np.nan,), random)
        case "infinite":
            return _sprinkled(values, (np.inf, -np.inf), random)
    return values


def _sprinkled(values: np.ndarray, special: Sequence[float], random) -> np.ndarray:
    """Puts each special value in about one of eight places, and in one at least if there are as many."""
    flat = np.array(values).reshape(-1)
    places = random.permutation(flat.size)
    share = max(1, flat.size // 8)
    for nth, value in enumerate(special):
        flat[places[nth * share : (nth + 1) * share]] = value
    return flat.reshape(np.shape(values))


def _example(features: Sequence[Feature], probe: str, random) -> bytes:
    """Returns a serialized tf.Example (tensorflow/core/example/example.proto and feature.proto)."""
    entries = b""
    for feature in features:
        shape = tuple(_PROBE_SIZES.length if size < 0 else size for size in feature.shape)
        values = _values(feature.dtype, probe, shape, random).ravel()
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
