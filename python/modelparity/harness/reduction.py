"""Reduces what fails: from a made-up case to the smallest input found that fails as well.

    report.notes.extend(reduced(report, bundle, options))

A batch of one row, with zeros wherever they make no difference, says more of what is wrong than a batch of
normal numbers. The reference has to answer each smaller input anew, so that it is run here.
"""

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.cases import case_of
from modelparity.contract import case_pb2, manifest_pb2, report_pb2
from modelparity.errors import ModelParityError
from modelparity.harness.judging import judge
from modelparity.harness.matrix import artifact_to_load
from modelparity.harness.options import Options
from modelparity.harness.player import Player
from modelparity.specs import format_shape
from modelparity.tensors import decode_inputs, dtype_name

Arrays = dict[str, np.ndarray]

_REDUCIBLE = (
    report_pb2.Cell.mismatch,
    report_pb2.Cell.contract_mismatch,
    report_pb2.Cell.run_failed,
    report_pb2.Cell.crashed,
)
_CELLS = 4
_SECONDS = 20.0  # for each of them
_SHOWN = 8  # elements


def reduced(report: report_pb2.Report, bundle: Bundle, options: Options) -> Iterator[str]:
    """Yields a line for cells that fail unexpectedly, the first of each artifact and signature, a few at most.

    Cases that are a user's own are left as they are. What cannot be run again yields nothing.
    """
    seen = set()
    for cell in report.cells:
        place = (cell.runtime, cell.format, cell.signature)
        if cell.ok or cell.verdict not in _REDUCIBLE or place in seen:
            continue
        case = next(
            (
                case
                for case in bundle.cases(cell.signature)
                if case.name == cell.case and case.HasField("seed")
            ),
            None,
        )
        if case is None or len(seen) == _CELLS:
            continue
        seen.add(place)
        try:
            yield from _line(cell, case, bundle, options)
        except ModelParityError:
            # The runtime or the reference is no longer there to be asked.
            continue


def _line(
    cell: report_pb2.Cell, case: case_pb2.Case, bundle: Bundle, options: Options
) -> Iterator[str]:
    runtime = next(each for each in options.runtimes if each.name == cell.runtime)
    reference = options.reference or runtimes.find(case.reference)
    with Player(runtime, options.limits) as player, Player(reference, options.limits) as truth:
        for each, formats in ((player, (cell.format,)), (truth, reference.formats)):
            found = (bundle.artifact(name, cell.signature) for name in formats)
            artifact = next(filter(None, found), None)
            if artifact is None:
                return
            each.load(bundle.path, artifact_to_load(artifact, options), bundle.manifest.signatures)

        def failure(arrays: Arrays) -> str:
            return _failure(player, truth, case, arrays, options)

        arrays = decode_inputs(case.request)
        if failure(arrays):
            signature = bundle.signature(cell.signature)
            arrays = smallest(arrays, _batched(signature), lambda tried: bool(failure(tried)))
            inputs = ", ".join(f"{name} = {_text(array)}" for name, array in arrays.items())
            yield (
                f"smallest input found that fails in {cell.runtime}, {cell.format} of"
                f" {cell.signature} (from {cell.case}): {inputs}: {failure(arrays)}"
            )


def _failure(
    player: Player, truth: Player, case: case_pb2.Case, arrays: Arrays, options: Options
) -> str:
    """Returns why a runtime fails with an input that the reference answers; empty: it does not."""
    tried = case_of(case.signature, case.name, arrays)
    tried.request.model_name = case.request.model_name
    for name, tolerance in case.tolerances.items():
        tried.tolerances[name].CopyFrom(tolerance)
    try:
        tried.expected.CopyFrom(truth.answer(tried.request))
    except ModelParityError:
        return ""
    cell = report_pb2.Cell()
    try:
        judge(cell, tried, player.run(tried.request)[0], options)
    except ModelParityError as error:
        return str(error)
    return cell.message


def _batched(signature: manifest_pb2.Signature) -> set[str]:
    """Returns the inputs whose first dimension may have any size, which is taken for the batch."""
    return {spec.name for spec in signature.inputs if spec.shape and spec.shape[0] < 0}


def smallest(arrays: Arrays, batched: set[str], fails: Callable[[Arrays], bool]) -> Arrays:
    """Returns the smallest input found that fails: one row of the batch, and few elements that are not 0.

    Args:
        arrays: By input; they fail.
        batched: The inputs that have a batch, all of the same size.
        fails: Says whether others fail.
    """
    deadline = time.monotonic() + _SECONDS

    def try_them(candidates: Iterable[Arrays]) -> Arrays | None:
        for candidate in candidates:
            if time.monotonic() > deadline:
                return None
            if fails(candidate):
                return candidate
        return None

    arrays = try_them(_rows(arrays, batched)) or arrays
    for name in arrays:
        arrays = _fewest(arrays, name, try_them)
    return arrays


def _rows(arrays: Arrays, batched: set[str]) -> Iterator[Arrays]:
    """Yields each row of the batch alone."""
    sizes = {len(arrays[name]) for name in batched if arrays[name].ndim}
    if len(sizes) != 1 or max(sizes) < 2:
        return
    for row in range(sizes.pop()):
        yield {
            name: array[row : row + 1] if name in batched else array
            for name, array in arrays.items()
        }


def _fewest(
    arrays: Arrays, name: str, try_them: Callable[[Iterable[Arrays]], Arrays | None]
) -> Arrays:
    """Sets as many elements of an input to 0 as it can, in ever smaller parts (Zeller's ddmin, 2002)."""
    if arrays[name].dtype == object:
        return arrays
    parts = 1
    while (places := np.flatnonzero(arrays[name] != 0)).size:
        pieces = np.array_split(places, min(parts, places.size))
        found = try_them(arrays | {name: _without(arrays[name], piece)} for piece in pieces)
        if found is not None:
            arrays, parts = found, max(1, parts // 2)
        elif parts < places.size:
            parts *= 2
        else:
            break
    return arrays


def _without(array: np.ndarray, places: np.ndarray) -> np.ndarray:
    flat = array.reshape(-1).copy()
    flat[places] = 0
    return flat.reshape(array.shape)


def _text(array: np.ndarray) -> str:
    """Returns an array in one line: all of it, or the elements that are not 0."""
    kind = f"{dtype_name(array.dtype)} {format_shape(array.shape)}"
    if array.size <= _SHOWN:
        return f"{kind} {array.tolist()}"
    zeros = "empty strings" if array.dtype == object else "zeros"
    places = np.argwhere(array != 0)
    shown = [f"{place.tolist()}: {array[tuple(place)]!s}" for place in places[:_SHOWN]]
    if not len(places):
        return f"{kind} of {zeros}"
    more = f", and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{kind} of {zeros} but for {', '.join(shown)}{more}"
