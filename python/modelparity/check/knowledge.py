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
    handlers: Set[str]
    """The operators that the converter says that it knows."""

    def verdict(self, op: str, dtype: str) -> str:
        """Returns works, fixed, differs, lacks, or "" when nobody measured it."""
        row = self.operators.get(op, {})
        word = dtype if row.get("attribute") else "-"
        return next((key for key in _VERDICTS if word in row.get(key, "").split()), "")


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


_VERDICTS = ("works", "fixed", "differs", "lacks")


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
        for name in ("tensorflow", "onnx", "litert", "tfjs")
        for package, version in _read(name)["versions"].items()
    }


def _measured(name: str) -> Measured:
    read = _read(name)
    return Measured(read["versions"], read["operators"], frozenset(read["handlers"]))


def _read(name: str) -> dict:
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
