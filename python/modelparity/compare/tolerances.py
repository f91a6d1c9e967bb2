"""How far apart two values of an output may be."""

import dataclasses
from collections.abc import Callable, Mapping


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """|candidate - reference| <= atol + rtol * |reference|; 0 and 0 is exact."""

    atol: float = 0.0
    rtol: float = 0.0


DEFAULT_TOLERANCES = {
    "float64": Tolerance(1e-10, 1e-9),
    "float32": Tolerance(1e-5, 1e-4),
    "float16": Tolerance(2e-3, 2e-3),
    "bfloat16": Tolerance(2e-2, 2e-2),
}
"""By dtype; the dtypes that are not here are exact."""


def default_tolerance(dtype: str) -> Tolerance:
    """Returns the tolerance of a dtype by name: exact unless it is a float."""
    return DEFAULT_TOLERANCES.get(dtype, Tolerance())


def tolerance_from(
    case_tolerances: Mapping[str, object], atol: float | None = None, rtol: float | None = None
) -> Callable[[str, str], Tolerance]:
    """Returns the `tolerance_of` of one case.

    Args:
        case_tolerances: By output name, case_pb2.Tolerance; they go before the defaults.
        atol: Replaces every float's atol, whatever the case says; None: it does not.
        rtol: Replaces every float's rtol.
    """

    def tolerance_of(name: str, dtype: str) -> Tolerance:
        given = case_tolerances[name] if name in case_tolerances else default_tolerance(dtype)
        if dtype not in DEFAULT_TOLERANCES:
            return Tolerance(given.atol, given.rtol)
        return Tolerance(given.atol if atol is None else atol, given.rtol if rtol is None else rtol)

    return tolerance_of
