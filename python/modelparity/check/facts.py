"""What is known of a model before it runs: its signatures, and the operators that answer them.

A reader (`tensorflow_reader`, `onnx_reader`...) makes these of a file, and judges nothing; the rules
(`rules`) look at nothing else.
"""

import dataclasses
import enum
from collections.abc import Mapping, Sequence

from modelparity.contract import manifest_pb2

FLOATS = ("float16", "bfloat16", "float32", "float64")


class Kind(enum.StrEnum):
    """What a file or folder is."""

    SAVED_MODEL = "SavedModel"
    FROZEN_GRAPH = "frozen graph"
    KERAS = "Keras model"
    ONNX = "ONNX model"
    LITERT = "LiteRT model"
    BUNDLE = "bundle"


@dataclasses.dataclass(frozen=True)
class Place:
    """Where in a model something stands."""

    node: str
    """A node, a layer, or an input."""
    function: str = ""
    """The function of the graph that the node is in; empty: the graph itself."""
    line: str = ""
    """"model.py:12", the line of Python that made it; empty: the file does not say."""


@dataclasses.dataclass(eq=False)
class Node:
    """One operator of a graph."""

    place: Place
    op: str
    dtypes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """By attribute: "float32", "complex64", "resource"..."""
    inputs: Sequence["Node | None"] = ()
    """The nodes whose values it takes; None: a value from outside."""
    constant: bool = False
    """Its values are known before the model runs: a converter computes it."""
    in_loop: bool = False
    """It stands in the condition or the body of a loop."""
    shapes: Sequence[tuple[int, ...] | None] = ()
    """Of its outputs, -1 for a size that is known only when it runs; None: not even the rank. Empty: not recorded."""
    attributes: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """Numbers, strings (bytes), and lists of them; dtypes are above."""
    value: Sequence[object] | None = None
    """Of a small constant, in order."""


@dataclasses.dataclass(frozen=True)
class Signature:
    """One entry of the model, and what answers it."""

    spec: manifest_pb2.Signature
    nodes: Sequence[Node]
    """Those that its outputs need."""
    side_effects: Sequence[Node] = ()
    """Those that only have to have run: assertions, assignments."""
    constant_outputs: Sequence[Node] = ()
    """What gives the outputs that are the same for all inputs."""
    graph: int = 0
    """Of a LiteRT file: which of its graphs it is."""

    @property
    def name(self) -> str:
        return self.spec.name


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a Keras configuration, whose operators are not known."""

    place: Place
    class_name: str
    """Of Keras, or "package>Class" of the user's own."""
    settings: Mapping[str, object]
    input_shape: Sequence[int | None] = ()
    """None: a size that is known only when it runs. Empty: not recorded."""


@dataclasses.dataclass(frozen=True)
class Model:
    """What a file or folder holds."""

    kind: Kind
    path: str
    formats: Sequence[str]
    """The formats that it is in, or can be made into, if nothing stands in the way."""
    size: int
    """Bytes of its weights, near enough."""
    signatures: Sequence[Signature] = ()
    layers: Sequence[Layer] = ()
    tables_from_files: bool = False
    """Its lookup tables, or some of them, are filled from files beside the graph."""
    version_2: bool = True
    """Written by TensorFlow 2, whose freezing leaves tables behind."""
    not_made: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    """Of a bundle: by format and signature (empty: all), why it has none."""
    made: Sequence[str] = ()
    """Of a bundle: the formats that it has, which were run when it was made."""
