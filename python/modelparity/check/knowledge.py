"""What runtimes and converters can do, operator by operator: data that `tools/operators` measured.

Each file in `knowledge/` says of which versions it holds. Files are read when they are first asked for.
"""

import dataclasses
import functools
import json
import pathlib
from collections.abc import Mapping, Sequence, Set

_FOLDER = pathlib.Path(__file__).parent / "knowledge"


@dataclasses.dataclass(frozen=True)
class TensorFlow:
    """TensorFlow's own operators."""

    versions: Mapping[str, str]
    operators: Set[str]
    default_dtypes: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By operator and attribute; files leave out what is the default."""
    outputs: Mapping[str, Sequence[str]]
    """Of operators with several."""
    stateful: Set[str]
    """Called twice, they may answer differently."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """What came of a call of each operator, converted and run."""

    versions: Mapping[str, str]
    operators: Mapping[str, Mapping[str, str]]
    """By operator: `attribute`, which says the dtype of its values (empty: it has one), and the dtypes, separated by
    blanks, with which it `works`; works only when all sizes are `fixed`; `differs` from TensorFlow; `lacks`
    an answer. A dtype that is in none of them was not measured. "-" stands for the only dtype."""
    handlers: Set[str] = frozenset()
    """The operators that the converter says that it knows; empty: it does not say."""
    lacks: Set[str] = frozenset()
    """Operators of the format itself that a runtime which only reads it has not heard of."""
    is_complete: bool = True
    """False: it has only what such a runtime does less well than the one that the format was measured with."""

    def verdict(self, op: str, dtype: str) -> str:
        """Returns works, fixed, differs, lacks, or "" when nobody measured it."""
        row = self.operators.get(op, {})
        word = dtype if row.get("attribute") else "-"
        return next((key for key in VERDICTS if word in row.get(key, "").split()), "")


@dataclasses.dataclass(frozen=True)
class TensorFlowJs:
    """TensorFlow.js, as this project's engine uses it."""

    versions: Mapping[str, str]
    operators: Set[str]
    kernels: Mapping[str, Set[str]]
    """By backend."""
    value_keeping: Set[str]
    """Operators that are exact with dtypes which TensorFlow.js only carries."""
    index_attributes: Set[str]

    def has(self, op: str, backend: str) -> bool:
        """What no backend registers a kernel for needs none; the CPU's has them all."""
        needs_kernel = op in self.kernels["cpu"]
        return op in self.operators and (op in self.kernels[backend] or not needs_kernel)


VERDICTS = ("works", "fixed", "differs", "lacks")
"""From good to bad."""


@functools.cache
def tensorflow() -> TensorFlow:
    read = _read("tensorflow")
    rows = read["operators"]
    return TensorFlow(
        read["versions"],
        frozenset(rows),
        {
            op: {name: (dtype,) for name, dtype in row["dtypes"].items()}
            for op, row in rows.items()
            if "dtypes" in row
        },
        {op: row["outputs"] for op, row in rows.items() if "outputs" in row},
        frozenset(op for op, row in rows.items() if row.get("stateful")),
    )


@functools.cache
def onnx() -> Measured:
    return _measured("onnx")


@functools.cache
def litert() -> Measured:
    return _measured("litert")


@functools.cache
def onnx_reference() -> Mapping[str, Measured]:
    """Returns what ONNX's evaluator does, by format."""
    return _of_reader("onnx_reference", ("onnx",))


@functools.cache
def openvino() -> Mapping[str, Measured]:
    """Returns what OpenVINO does, by format; a SavedModel it converts itself."""
    return _of_reader("openvino", ("saved_model", "onnx", "litert"))


@functools.cache
def onnxruntime() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Returns the operators that ONNX Runtime has kernels of, by domain ("" is ONNX's own)."""
    return _read("onnxruntime")["operators"]


@functools.cache
def tensorflow_js() -> TensorFlowJs:
    read = _read("tfjs")
    return TensorFlowJs(
        read["versions"],
        frozenset(read["operators"]) - frozenset(read["wrong_operators"]),
        {backend: frozenset(names) for backend, names in read["kernels"].items()},
        frozenset(read["value_keeping"]),
        frozenset(read["index_attributes"]),
    )


def versions() -> dict[str, str]:
    """Returns what was measured: package to version."""
    return {
        package: version
        for name in ("tensorflow", "onnx", "litert", "tfjs", "openvino")
        for package, version in _read(name)["versions"].items()
    }


def _measured(name: str) -> Measured:
    read = _read(name)
    return Measured(read["versions"], read["operators"], frozenset(read["handlers"]))


def _of_reader(name: str, formats: Sequence[str]) -> Mapping[str, Measured]:
    read = _read(name)
    return {
        format_name: Measured(
            read["versions"],
            read[format_name],
            frozenset(read["handlers"] if format_name == "saved_model" else ()),
            frozenset(read["lacks"].get(format_name, ())),
            is_complete=format_name == "saved_model",
        )
        for format_name in formats
    }


def _read(name: str) -> dict:
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
