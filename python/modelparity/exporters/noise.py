"""How steady the reference is: the same model and inputs, its own optimisations on and off, and in float64.

No other runtime can be held to more than the reference keeps to by itself. What its answers are apart is
recorded with each case, and widens the tolerance of an output where that is smaller. So does what rounding makes of
the frozen graph, which is compared with itself in float64: a graph that was frozen wrongly widens nothing by that.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from modelparity.compare import (
    DEFAULT_TOLERANCES,
    Tolerance,
    compare_arrays,
    default_tolerance,
    largest_error,
)
from modelparity.contract import case_pb2, inference_pb2, manifest_pb2
from modelparity.errors import ModelParityError
from modelparity.exporters.origin import Origin
from modelparity.harness.options import Limits
from modelparity.harness.player import Player
from modelparity.runtimes import GRAPH_OPTIMIZER_VARIABLE, REFERENCE, Runtime
from modelparity.specs import dtype_of_datatype
from modelparity.tensors import decode_outputs

PROBE = "noise"
"""The name by which it can be left out."""

SETTINGS = {
    "oneDNN and the graph optimizer off": {
        "TF_ENABLE_ONEDNN_OPTS": "0",
        GRAPH_OPTIMIZER_VARIABLE: "0",
    },
    "one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
}
"""Environment variables of the reference's runner, by what they mean; without any, everything is on."""

FLOAT64 = "float64"
"""What the answer in float64 is called among the settings."""

TIMES = 4.0
"""A runtime may be so many times as far from the reference as that is from itself: its settings show some of
the orders in which a sum can be added up, and other runtimes have others."""

Answers = list[case_pb2.Case]
"""Cases, each with the answer that it got in one setting; without one: it failed."""


def answers(
    runtime: Runtime, setting: str, limits: Limits, origin: Origin, cases: Iterable[case_pb2.Case]
) -> Answers:
    """Runs cases in one of SETTINGS; none are returned for a runtime that has no settings.

    Raises:
        ModelParityError: The reference cannot be started or loaded so.
    """
    if runtime.name != REFERENCE:
        return []
    answered = []
    with Player(_with(runtime, SETTINGS[setting]), limits) as player:
        player.load(origin.folder, origin.artifact, origin.signatures)
        for case in cases:
            copy = case_pb2.Case(signature=case.signature, name=case.name)
            # That the reference fails in a setting says nothing of its answer.
            with contextlib.suppress(ModelParityError):
                copy.expected.CopyFrom(player.run(case.request)[0])
            answered.append(copy)
    return answered


def record(
    cases: list[case_pb2.Case], answers_by_setting: Mapping[str, Answers]
) -> tuple[list[case_pb2.Case], list[manifest_pb2.RefusedCase]]:
    """Writes the noise into the cases, and returns those that have a right answer and those that have none.

    There is none where the reference's own settings differ in what is compared exactly: in integers, bools
    or strings, or in the places of NaN and infinities.
    """

    def reason(place: int, case: case_pb2.Case) -> str:
        others = {
            setting: answered[place].expected
            for setting, answered in answers_by_setting.items()
            if answered and answered[place].HasField("expected")
        }
        return _record(case, others)

    return _parted(cases, [reason(*each) for each in enumerate(cases)])


def _parted(
    cases: list[case_pb2.Case], reasons: list[str]
) -> tuple[list[case_pb2.Case], list[manifest_pb2.RefusedCase]]:
    """Returns the cases without a reason to refuse them, and the others."""
    kept, refused = [], []
    for case, reason in zip(cases, reasons, strict=True):
        if reason:
            refused.append(
                manifest_pb2.RefusedCase(signature=case.signature, name=case.name, message=reason)
            )
        else:
            kept.append(case)
    return kept, refused


def _record(case: case_pb2.Case, others: Mapping[str, inference_pb2.ModelInferResponse]) -> str:
    """Fills `noise` and `tolerances` of a case in; returns why it has no right answer, or nothing."""
    expected = decode_outputs(case.expected)
    for setting, response in others.items():
        other = decode_outputs(response)
        for output in case.expected.outputs:
            name, dtype = output.name, dtype_of_datatype(output.datatype)
            if not _add(case, name, dtype, setting, expected[name], other.get(name)):
                return f"with {setting} the reference itself gives another '{name}', so there is no right answer"
    return ""


def record_frozen(
    player: Player,
    bundle: pathlib.Path,
    artifact: manifest_pb2.Artifact,
    signatures: Iterable[manifest_pb2.Signature],
    cases: list[case_pb2.Case],
) -> tuple[list[case_pb2.Case], list[manifest_pb2.RefusedCase]]:
    """Does what `record` does with the answers of the frozen graph, as it is and in float64.

    They are held against each other, where a case has an `oracle`, and so is the recorded answer for as long as
    rounding explains what they are apart. Where the frozen graph has NaN or infinities in other places, a case that was
    made up has no right answer: once variables are constants, the reference fuses operators that it leaves apart
    otherwise.

    Args:
        player: Of the reference; another artifact is loaded in it afterwards.
        bundle: Where `artifact.path` lies.
        artifact: A frozen graph.
        signatures: Of the model.
        cases: With their answers, those of other signatures too.
    """
    names = {binding.signature for binding in artifact.bindings}
    player.load(bundle, artifact, signatures)
    reasons = [_record_frozen(player, case) if case.signature in names else "" for case in cases]
    return _parted(cases, reasons)


def _record_frozen(player: Player, case: case_pb2.Case) -> str:
    """Returns why a case has no right answer, or nothing."""
    try:
        plain = decode_outputs(player.run(case.request)[0])
    except ModelParityError:
        return ""
    expected, wide = decode_outputs(case.expected), decode_outputs(case.oracle)
    is_made_up = case.HasField("seed")
    for output in case.expected.outputs:
        name, dtype = output.name, dtype_of_datatype(output.datatype)
        if is_made_up and name in plain and not _finite_alike(expected[name], plain[name]):
            return (
                "frozen, the reference itself has NaN or infinities in other places of"
                f" '{name}', so there is no right answer"
            )
        if name not in wide or name not in plain or wide[name].shape != plain[name].shape:
            continue
        frozen, recorded = (a[name].astype(np.float64) for a in (plain, expected))
        _add(case, name, dtype, FLOAT64, wide[name], frozen)
        # What is farther from it than rounding explains, was frozen wrongly perhaps.
        rounding, apart = (largest_error(wide[name], answer) for answer in (frozen, recorded))
        if apart <= TIMES * rounding:
            _add(case, name, dtype, FLOAT64, wide[name], recorded)
    return ""


def _finite_alike(one: np.ndarray, other: np.ndarray) -> bool:
    if one.dtype.kind not in "fcV" or one.shape != other.shape:
        return True
    # ml_dtypes' bfloat16 is of kind "V" to numpy.
    one, other = (a.astype(np.float32) if a.dtype.kind == "V" else a for a in (one, other))
    places = (np.isnan, np.isposinf, np.isneginf) if one.dtype.kind == "f" else (np.isnan, np.isinf)
    return all(np.array_equal(at(one), at(other)) for at in places)


def _add(
    case: case_pb2.Case,
    name: str,
    dtype: str,
    setting: str,
    expected: np.ndarray,
    other: np.ndarray | None,
) -> bool:
    """Records how far two answers are apart in an output; returns False where no tolerance is for that."""
    difference = _difference(expected, other, default_tolerance(dtype))
    if difference is None:
        return False
    if dtype in DEFAULT_TOLERANCES:
        noise = case.noise[name]
        noise.max_abs = max(noise.max_abs, difference.max_abs)
        if setting not in noise.settings:
            noise.settings.append(setting)
        _widen(case.tolerances, name, dtype, difference.missing)
    return True


class _Difference(NamedTuple):
    max_abs: float
    missing: float
    """What atol lacks for TIMES the difference to be within the tolerance, at the worst element; 0 or less: nothing."""


def _difference(
    expected: np.ndarray, other: np.ndarray | None, tolerance: Tolerance
) -> _Difference | None:
    """Returns how far two answers are apart; None: in something that no tolerance is for."""
    if other is None or (expected.shape, expected.dtype) != (other.shape, other.dtype):
        return None
    shares = Tolerance(tolerance.atol / TIMES, tolerance.rtol / TIMES)
    found = compare_arrays(expected, other, shares)
    if found.match:
        return _Difference(found.max_abs, 0.0)
    if tolerance == Tolerance() or not np.isfinite(found.max_abs):
        return None
    r, c = found.reference_value.number_value, found.candidate_value.number_value
    return _Difference(
        found.max_abs, TIMES * abs(c - r) - (tolerance.atol + tolerance.rtol * abs(r))
    )


def _widen(tolerances, name: str, dtype: str, missing: float) -> None:
    if missing <= (tolerances[name].noise_atol if name in tolerances else 0.0):
        return
    plain = default_tolerance(dtype)
    tolerances[name].atol = plain.atol + missing
    tolerances[name].rtol = plain.rtol
    tolerances[name].noise_atol = missing


def _with(runtime: Runtime, variables: dict[str, str]) -> Runtime:
    def launch():
        plain = runtime.launch()
        return dataclasses.replace(plain, environment=plain.environment | variables)

    return dataclasses.replace(runtime, launch=launch)
