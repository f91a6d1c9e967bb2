"""Predictions as text for people, and as JSON for programs."""

import itertools
import json
from collections.abc import Iterator, Sequence

from modelparity.check import knowledge
from modelparity.check.facts import Model, Place
from modelparity.check.obstacles import ALL, Obstacle
from modelparity.check.predictions import Prediction, Verdict
from modelparity.columns import aligned
from modelparity.patterns import without_backend

_MOST_PLACES = 3
_ORDER = list(Verdict)


def to_text(model: Model, predictions: Sequence[Prediction]) -> str:
    """Returns a line for each runtime and format, then what stands in the way, with its places."""
    lines = [_title(model), ""]
    rows = [("runtime", "format", "")]
    for (runtime, format_name), group in _by_line(predictions):
        rows.append((runtime, format_name or "none", _summary(list(group))))
    lines += aligned(rows)
    found = _distinct(predictions)
    if found:
        lines += ["", "What stands in the way"]
        for (what, way), obstacles in found.items():
            lines += _described(what, way, obstacles)
    return "\n".join(lines) + "\n"


def to_json(model: Model, predictions: Sequence[Prediction]) -> str:
    """Returns {"model", "kind", "knowledge", "predictions": [{"runtime", "format", "signature", "verdict",
    "obstacles": [{"what", "stops", "way", "places": [{"node", "function", "line"}]}]}]}."""
    read = {
        "model": model.path,
        "kind": model.kind,
        "knowledge": knowledge.versions(),
        "predictions": [
            {
                "runtime": prediction.runtime,
                "format": prediction.format,
                "signature": prediction.signature,
                "verdict": prediction.verdict.value.replace(" ", "_"),
                "obstacles": [
                    {
                        "what": obstacle.what,
                        "stops": obstacle.stops,
                        "way": obstacle.way,
                        "places": [vars(place) for place in obstacle.places],
                    }
                    for obstacle in prediction.obstacles
                ],
            }
            for prediction in predictions
        ],
    }
    return json.dumps(read, indent=1) + "\n"


def _title(model: Model) -> str:
    nodes = sum(len(signature.nodes) for signature in model.signatures)
    if model.layers:
        return f"{model.path}: {model.kind}, {len(model.layers)} layers"
    count = len(model.signatures)
    return f"{model.path}: {model.kind}, {count} signature{'s' * (count != 1)}, {nodes} operators"


def _by_line(predictions: Sequence[Prediction]):
    return itertools.groupby(
        predictions, lambda prediction: (prediction.runtime, prediction.format)
    )


def _summary(group: Sequence[Prediction]) -> str:
    """Returns the worst verdict of the signatures, and which of them have it."""
    worst = max(group, key=lambda prediction: _ORDER.index(prediction.verdict))
    if worst.verdict is Verdict.WORKS:
        return str(worst.verdict)
    same = [prediction for prediction in group if prediction.verdict is worst.verdict]
    where = ""
    if len(same) < len(group):
        names = ", ".join(prediction.signature for prediction in same)
        where = (
            f"{len(same)} of {len(group)} signatures ({names}): " if len(same) > 1 else f"{names}: "
        )
    return f"{worst.verdict}: {where}{worst.reason}"


def _distinct(predictions: Sequence[Prediction]) -> dict[tuple[str, str], list[Obstacle]]:
    """Returns the obstacles by what they are, those that stop first."""
    found: dict[tuple[str, str], dict[int, Obstacle]] = {}
    obstacles = [obstacle for prediction in predictions for obstacle in prediction.obstacles]
    for obstacle in sorted(obstacles, key=lambda obstacle: not obstacle.stops):
        found.setdefault((obstacle.what, obstacle.way), {})[id(obstacle)] = obstacle
    return {key: list(values.values()) for key, values in found.items()}


def _described(what: str, way: str, obstacles: Sequence[Obstacle]) -> Iterator[str]:
    yield f"- {what}{_concerned(obstacles)}"
    places = list(dict.fromkeys(place for obstacle in obstacles for place in obstacle.places))
    if places:
        more = f", and {len(places) - _MOST_PLACES} more" * (len(places) > _MOST_PLACES)
        yield f"  at {', '.join(map(_place, places[:_MOST_PLACES]))}{more}"
    if way:
        yield f"  way round: {way}"


def _concerned(obstacles: Sequence[Obstacle]) -> str:
    """Names the runtimes, when it is not simply all who read a format."""
    named = dict.fromkeys(name for obstacle in obstacles for name in obstacle.runtimes)
    names = [name for name in named if name not in ALL]
    if len(names) > _MOST_PLACES:
        names = list(dict.fromkeys(without_backend(name) for name in names))
    return f" [{', '.join(names)}]" if names else ""


def _place(place: Place) -> str:
    return f"{place.node} ({place.line})" if place.line else place.node
