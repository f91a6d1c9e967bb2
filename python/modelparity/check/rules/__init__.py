"""The rules: from what is known of a model to what stands in its way.

A rule is a function from a Model to Obstacles. `operators` and `tfjs` ask tables for each operator;
what is more than a name has a rule of its own, or a line in `quirks`. To add one: write it, and put
it into the rules of the kinds of models that it is about.
"""

from collections.abc import Callable, Iterator

from modelparity.check.facts import Kind, Model
from modelparity.check.obstacles import Obstacle
from modelparity.check.rules import (
    files,
    keras_layers,
    loops,
    not_numbers,
    openvino,
    operators,
    quirks,
    signatures,
    sizes,
    state,
    tables,
    tfjs,
)

Rule = Callable[[Model], Iterator[Obstacle]]

_ALL: tuple[Rule, ...] = (files.kinds, files.bundle_failures, signatures.dtypes)
_OF_TENSORFLOW: tuple[Rule, ...] = (
    *_ALL,
    sizes.too_large,
    state.custom_operators,
    state.random_numbers,
    state.assignments,
    tables.left_behind,
    tables.other_resources,
    tables.in_onnx,
    tables.in_litert,
    loops.lists_in_litert,
    loops.lists_in_onnx,
    loops.openvino_in_onnx,
    loops.steps_in_onnx_reference,
    operators.in_onnx,
    operators.in_litert,
    operators.in_readers,
    tfjs.operators,
    tfjs.dtypes,
    tfjs.constants,
    quirks.known,
    signatures.integers,
    signatures.texts,
    signatures.empty_texts,
    signatures.ranks,
    openvino.ranks,
    openvino.bfloat16,
    openvino.constant_outputs,
    openvino.constants,
    openvino.float64_inside,
    # Last: of several reasons the first is shown.
    not_numbers.lost,
)
_OF_A_FILE: tuple[Rule, ...] = (*_ALL, operators.unheard_of, signatures.integers)
_BY_KIND: dict[Kind, tuple[Rule, ...]] = {
    Kind.SAVED_MODEL: _OF_TENSORFLOW,
    Kind.FROZEN_GRAPH: _OF_TENSORFLOW,
    Kind.BUNDLE: _OF_TENSORFLOW,
    Kind.KERAS: (*_ALL, sizes.too_large, keras_layers.known),
    Kind.ONNX: (*_OF_A_FILE, files.onnx_operators, signatures.texts, quirks.known),
    Kind.LITERT: (*_OF_A_FILE, files.litert_operators, openvino.first_graph),
}


def obstacles_of(model: Model) -> list[Obstacle]:
    """Returns what stands in the way of a model, wherever it may be run."""
    return [obstacle for rule in _BY_KIND[model.kind] for obstacle in rule(model)]
