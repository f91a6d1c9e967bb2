"""The table of runtimes against what they do: what it lists works, what it does not list is refused.

The bundle `dtypes` has a signature for each dtype that hands its input back.
"""

import os

import pytest

from modelparity import runtimes
from modelparity.bundle import Bundle
from modelparity.contract import report_pb2
from modelparity.harness import matrix
from modelparity.harness.options import Options
from modelparity.harness.reports import ALL
from modelparity.patterns import without_backend
from modelparity.specs import DTYPES

_MATCH, _REFUSED = report_pb2.Cell.match, report_pb2.Cell.unsupported
_NOT_MADE = report_pb2.Cell.conversion_failed


@pytest.fixture(scope="module")
def report():
    bundle = Bundle.open(os.environ["DTYPES_BUNDLE"])
    return matrix.verify(bundle, Options(runtimes=runtimes.RUNTIMES))


def _verdicts(report, runtime, signature):
    return [
        cell.verdict
        for cell in report.cells
        if cell.runtime == runtime and cell.signature in (signature, ALL)
    ]


@pytest.mark.parametrize("dtype", [row.name for row in DTYPES])
@pytest.mark.parametrize("runtime", runtimes.RUNTIMES, ids=lambda runtime: runtime.name)
def test_a_dtype_works_exactly_where_the_table_lists_it(report, runtime, dtype):
    verdicts = _verdicts(report, runtime.name, dtype)
    assert verdicts
    if dtype in runtime.dtypes:
        # Single values may lie outside of what the runtime can hold, and are refused then. Of a runtime that
        # reads several formats, one may be without the dtype.
        assert _MATCH in verdicts
        assert set(verdicts) <= {_MATCH, _REFUSED, _NOT_MADE}
    else:
        assert set(verdicts) <= {_REFUSED, _NOT_MADE}


def test_portability_test_knows_every_runtime():
    names = {without_backend(runtime.name) for runtime in runtimes.RUNTIMES}
    assert os.environ["RUNTIMES"].split() == sorted(names)
