"""What a test is given: one case of a model in one runtime."""

import functools
from typing import NoReturn

import numpy as np
import pytest

from modelparity.contract import inference_pb2, report_pb2
from modelparity.errors import ModelParityError
from modelparity.harness import matrix
from modelparity.harness.reports import verdict_name
from modelparity.pytest_plugin.planning import Planned
from modelparity.pytest_plugin.players import Players
from modelparity.tensors import decode_inputs, decode_outputs

Arrays = dict[str, np.ndarray]


class ModelparityCase:
    """The value of the fixture `modelparity_case`. The model is run when its answer is first asked for.

    A failure that the expectations list ends the test as `xfail`, any other as AssertionError.
    """

    def __init__(self, planned: Planned, players: Players):
        self._planned = planned
        self._players = players
        self.runtime: str = planned.cell.runtime
        self.format: str = planned.cell.format
        self.signature: str = planned.cell.signature
        self.name: str = planned.cell.case
        """`*`: there is nothing to run, as `result.message` explains, and so no tensors either."""

    def __repr__(self) -> str:
        return f"<modelparity_case {self._planned}>"

    @property
    def asked(self) -> bool:
        """Whether the answer, or what became of it, was looked at."""
        return "_outcome" in self.__dict__

    def check(self) -> None:
        """Raises AssertionError unless the answer agrees with the expected one."""
        __tracebackhide__ = True
        if self.result.verdict != report_pb2.Cell.match or not self.result.ok:
            self._fail()

    @property
    def result(self) -> report_pb2.Cell:
        """The cell as in the report: verdict, message, times, and how far each output is off."""
        return self._outcome[0]

    @property
    def answer(self) -> Arrays:
        """What the runtime answered, by output; AssertionError when it gave no answer."""
        __tracebackhide__ = True
        response = self._outcome[1]
        if response is None:
            self._fail()
        return decode_outputs(response)

    @property
    def expected(self) -> Arrays:
        """What the reference answered where the bundle was made, by output."""
        __tracebackhide__ = True
        if self._planned.case is None:
            self._fail()
        return decode_outputs(self._planned.case.expected)

    @property
    def inputs(self) -> Arrays:
        """What the model is asked, by input."""
        __tracebackhide__ = True
        if self._planned.case is None:
            self._fail()
        return decode_inputs(self._planned.case.request)

    @functools.cached_property
    def _outcome(self) -> tuple[report_pb2.Cell, inference_pb2.ModelInferResponse | None]:
        cell, response = self._run()
        report = report_pb2.Report(cells=[cell])
        self._planned.mark.expectations.apply(report)
        return report.cells[0], response

    def _run(self) -> tuple[report_pb2.Cell, inference_pb2.ModelInferResponse | None]:
        planned, mark = self._planned, self._planned.mark
        if planned.case is None:
            return planned.cell, None
        try:
            player = self._players.start(planned.runtime, mark.bundle.path, mark.options.limits)
        except ModelParityError as error:
            return matrix.cell_of_start(planned.runtime, error), None
        try:
            load_seconds = self._players.load(player, mark.bundle, planned.artifact)
        except ModelParityError as error:
            signature = planned.case.signature
            return matrix.cell_of_load(planned.runtime, planned.artifact, signature, error), None
        cell, response = matrix.run_case(player, planned.artifact, planned.case, mark.options)
        cell.load_seconds = load_seconds
        return cell, response

    def _fail(self) -> NoReturn:
        __tracebackhide__ = True
        cell = self.result
        verdict = verdict_name(cell.verdict)
        if cell.ok:
            pytest.xfail(f"known: {verdict}: {cell.message}")
        message = (
            cell.message or "it is listed in the expectations, and matches now; remove its line"
        )
        raise AssertionError(f"{self._planned}: {verdict}: {message}")
