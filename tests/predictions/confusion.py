"""Holds what `modelparity check` says of models against what `modelparity verify` found.

    python confusion.py MODEL=REPORT.json ...

MODEL is what was verified (of a bundle: its SavedModel or frozen graph, since a bundle knows what it could not be made
into), REPORT.json what `modelparity verify MODEL --json` wrote. Prints the table of predictions against outcomes,
and each pair that is wrong. Exit status 1: something was said to work that does not.
"""

import collections
import enum
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from modelparity import check, runtimes

_ALL = "*"


class Outcome(enum.StrEnum):
    """Of the cases of one signature in one runtime and format."""

    ALL = "all match"
    SOME = "some match"
    NONE = "none matches"


class Held(NamedTuple):
    """A prediction, and what came of it."""

    model: str
    prediction: check.Prediction
    outcome: Outcome
    message: str
    """The first failure; empty: there is none."""

    @property
    def is_wrong(self) -> bool:
        """Says whether it was a promise that is not kept, or a refusal of what works."""
        verdict = self.prediction.verdict
        if verdict is check.Verdict.WORKS:
            return self.outcome is not Outcome.ALL
        return verdict is check.Verdict.WILL_NOT and self.outcome is not Outcome.NONE


def held(model: str, report: Mapping) -> Iterator[Held]:
    """Yields each prediction of a model with its outcome in the report of `verify`."""
    ran = {cell["runtime"] for cell in report["cells"]}
    chosen = [runtime for runtime in runtimes.RUNTIMES if runtime.name in ran]
    for prediction in check.predict(check.read(model), chosen):
        cells = [
            cell
            for cell in report["cells"]
            if cell["runtime"] == prediction.runtime
            and cell["format"] in (prediction.format, _ALL)
            and cell["signature"] in (prediction.signature, _ALL)
        ]
        # A signature that the reference does not answer, or that the source did not keep, has no cells.
        if cells:
            wrong = [cell for cell in cells if cell["verdict"] != "match"]
            outcome = Outcome.SOME if wrong else Outcome.ALL
            if len(wrong) == len(cells):
                outcome = Outcome.NONE
            message = f"{wrong[0]['verdict']}: {wrong[0]['message']}" if wrong else ""
            yield Held(model, prediction, outcome, message)


def table(pairs: Iterable[Held]) -> str:
    counts = collections.Counter((pair.prediction.verdict, pair.outcome) for pair in pairs)
    lines = ["".join(f"{text:>14}" for text in ("", *Outcome))]
    for verdict in check.Verdict:
        numbers = (counts[verdict, outcome] for outcome in Outcome)
        lines.append("".join(f"{text:>14}" for text in (verdict, *numbers)))
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    pairs = []
    for argument in arguments:
        model, _, path = argument.partition("=")
        with open(path, encoding="utf-8") as file:
            pairs += held(model, json.load(file))
    print(table(pairs))
    for pair in pairs:
        if pair.is_wrong:
            said = pair.prediction
            print(
                f"{pair.model} {said.runtime} {said.format} {said.signature}: said '{said.verdict}"
                f" {said.reason}', and {pair.outcome}: {pair.message}"
            )
    broken = any(pair.is_wrong and pair.prediction.verdict is check.Verdict.WORKS for pair in pairs)
    return 1 if broken or not pairs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
