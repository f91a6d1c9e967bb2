"""Holds cases and answers against each other.

Brings numpy, which takes as long to import as a small runner to start: whoever drives runners imports
this when they are under way.
"""

import numpy as np

from modelparity.compare import compare_responses, largest_error, tolerance_from
from modelparity.contract import case_pb2, inference_pb2, report_pb2
from modelparity.errors import BundleInvalidError, ModelParityError, ProtocolError
from modelparity.harness.options import Options
from modelparity.harness.reports import case_id
from modelparity.harness.runner_process import RunnerCrashedError
from modelparity.tensors import decode_inputs, decode_outputs


def check_case(case: case_pb2.Case) -> None:
    """Raises BundleInvalidError when a case contradicts itself."""
    try:
        decode_inputs(case.request)
        decode_outputs(case.expected)
    except ModelParityError as error:
        raise BundleInvalidError(f"case '{case_id(case)}' contradicts itself: {error}") from error
    for name, tolerance in case.tolerances.items():
        # NaN, with which everything would agree, is not 0 or more, either.
        if not (tolerance.atol >= 0 and tolerance.rtol >= 0):
            raise BundleInvalidError(
                f"case '{case_id(case)}': got the tolerance {tolerance.atol:g} + {tolerance.rtol:g} *"
                f" |r| for output '{name}', wants numbers that are 0 or more"
            )


def drowned_outputs(case: case_pb2.Case) -> list[str]:
    """Returns the outputs with a tolerance that noise has made as large as their largest finite number."""
    widened = [name for name, tolerance in case.tolerances.items() if tolerance.noise_atol > 0]
    if not widened:
        return []
    expected = decode_outputs(case.expected)
    sizes = {name: np.abs(expected[name][np.isfinite(expected[name])]) for name in widened}
    return [
        name
        for name in sorted(widened)
        if sizes[name].size and case.tolerances[name].atol >= sizes[name].max()
    ]


def judge(
    cell: report_pb2.Cell,
    case: case_pb2.Case,
    response: inference_pb2.ModelInferResponse,
    options: Options,
) -> None:
    """Fills in what a cell says of an answer to a case that was checked.

    Raises:
        RunnerCrashedError: The answer contradicts itself.
    """
    tolerance_of = tolerance_from(case.tolerances, options.atol, options.rtol)
    try:
        judgement = compare_responses(case.expected, response, tolerance_of)
    except ProtocolError as error:
        raise RunnerCrashedError(f"broke the protocol: {error}") from error
    cell.verdict, cell.message = judgement.verdict, judgement.message
    del cell.outputs[:]
    cell.outputs.extend(judgement.outputs)
    cell.ok = cell.verdict == report_pb2.Cell.match
    if cell.verdict != report_pb2.Cell.contract_mismatch:
        _add_context(cell, case, response, options)


def _add_context(
    cell: report_pb2.Cell,
    case: case_pb2.Case,
    response: inference_pb2.ModelInferResponse,
    options: Options,
) -> None:
    """Adds to each output how steady the reference is, and how far both are from the answer in float64."""
    oracle = decode_outputs(case.oracle)
    expected, got = decode_outputs(case.expected), decode_outputs(response)
    for output in cell.outputs:
        name = output.name
        if name in case.noise:
            output.noise_abs = case.noise[name].max_abs
        if name in case.tolerances and options.atol is None:
            output.noise_atol = case.tolerances[name].noise_atol
        if name in oracle:
            output.oracle_abs = largest_error(oracle[name], got[name])
            output.reference_oracle_abs = largest_error(oracle[name], expected[name])
