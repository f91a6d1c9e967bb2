"""From obstacles to one verdict for each runtime, format and signature."""

import dataclasses
import enum
from collections.abc import Iterable, Sequence

from modelparity.check.facts import Model
from modelparity.check.obstacles import ALL, Obstacle
from modelparity.check.rules import obstacles_of
from modelparity.patterns import matches_any
from modelparity.runtimes import Runtime

# Other runtimes may be in the table: of them nothing is known, which is not the same as no obstacle.
_KNOWN = (
    *("tensorflow-python", "tensorflow-c", "onnxruntime-python", "litert-python"),
    *("openvino-python", "onnx-reference"),
    *("tfjs-*/*", "onnxruntime-web-*/*", "litertjs-chromium"),
)


class Verdict(enum.StrEnum):
    """Ordered from good to bad."""

    WORKS = "works"
    NOT_KNOWN = "not known"
    MAY_DIFFER = "may differ"
    WILL_NOT = "will not"


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What is to be expected of one signature, in one format, in one runtime."""

    runtime: str
    format: str
    """Empty: the runtime reads none that the model is in, or can be made into."""
    signature: str
    """Empty: all of them."""
    verdict: Verdict
    obstacles: Sequence[Obstacle] = ()

    @property
    def reason(self) -> str:
        """Says the worst of its obstacles; empty: there is none."""
        if self.verdict is Verdict.NOT_KNOWN:
            return "no rules cover this runtime"
        worst = [obstacle for obstacle in self.obstacles if obstacle.stops] or self.obstacles
        return worst[0].what if worst else ""


def predict(model: Model, runtimes: Iterable[Runtime]) -> list[Prediction]:
    """Returns predictions in the order of the runtimes, their formats, and the signatures."""
    obstacles = obstacles_of(model)
    names = [signature.name for signature in model.signatures] or [""]
    return [
        _prediction(model, runtime.name, format_name, signature, obstacles)
        for runtime in runtimes
        for format_name in [name for name in runtime.formats if name in model.formats] or [""]
        for signature in names
    ]


def _prediction(
    model: Model, runtime: str, format_name: str, signature: str, obstacles: Sequence[Obstacle]
) -> Prediction:
    if not matches_any(runtime, _KNOWN):
        return Prediction(runtime, format_name, signature, Verdict.NOT_KNOWN)
    found = [
        obstacle
        for obstacle in obstacles
        if obstacle.signature in ("", signature)
        and (obstacle.formats == ALL or format_name in obstacle.formats)
        and matches_any(runtime, obstacle.runtimes)
        and not _is_disproved(obstacle, model, format_name)
    ]
    verdict = Verdict.WORKS
    if found:
        stops = any(obstacle.stops for obstacle in found)
        verdict = Verdict.WILL_NOT if stops else Verdict.MAY_DIFFER
    return Prediction(runtime, format_name, signature, verdict, found)


def _is_disproved(obstacle: Obstacle, model: Model, format_name: str) -> bool:
    """A bundle that has a format has been converted to it, and that was run."""
    concerns_conversion = obstacle.formats != ALL and obstacle.runtimes == ALL
    return obstacle.stops and concerns_conversion and format_name in model.made
