"""pytest's side of modelparity: a mark that makes a test for each cell of the matrix, and a fixture.

    @pytest.mark.modelparity("digits.bundle", runtimes=["onnxruntime-python", "litert-python"])
    def test_digits(modelparity_case):
        modelparity_case.check()

pytest loads this module in every session, so it imports the rest only where a test has the mark.
docs/pytest.md is for users.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from modelparity.pytest_plugin.case import ModelparityCase
    from modelparity.pytest_plugin.players import Players

_MARK = "modelparity"
_FIXTURE = "modelparity_case"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARK}(bundle, runtimes=None, cases=None, atol=None, rtol=None, expectations=None,"
        " timeout=120, modules=(), sandbox=False): run the test on every cell of a bundle's matrix; the path is"
        " relative to the test's file.",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test of each cell; whatever is wrong with the mark is an error of the collection."""
    test = metafunc.definition
    mark = test.get_closest_marker(_MARK)
    if _FIXTURE not in metafunc.fixturenames:
        if any(own.name == _MARK for own in test.own_markers):
            pytest.fail(
                f"{test.nodeid}: it is marked {_MARK} and does not take the fixture {_FIXTURE}; add"
                " it as an argument",
                pytrace=False,
            )
        return
    if mark is None:
        pytest.fail(
            f"{test.nodeid}: it takes {_FIXTURE} and has no mark; add"
            f' @pytest.mark.{_MARK}("my.bundle")',
            pytrace=False,
        )
    from modelparity.errors import ModelParityError
    from modelparity.pytest_plugin.planning import plan

    try:
        planned = plan(test.path.parent, *mark.args, **mark.kwargs)
    except (ModelParityError, TypeError) as error:
        pytest.fail(f"{test.nodeid}: @pytest.mark.{_MARK}: {error}", pytrace=False)
    metafunc.parametrize(_FIXTURE, planned, indirect=True, ids=str)


@pytest.fixture(scope="session")
def _modelparity_players() -> Iterator["Players"]:
    from modelparity.pytest_plugin.players import Players

    with Players() as players:
        yield players


@pytest.fixture
def modelparity_case(
    request: pytest.FixtureRequest, _modelparity_players: "Players"
) -> "ModelparityCase":
    """One case of a model in one runtime: `check()` it, or look at its `answer` yourself."""
    from modelparity.pytest_plugin.case import ModelparityCase

    return ModelparityCase(request.param, _modelparity_players)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Fails a test that passes whatever the runtime answers."""
    result = yield
    cell = pyfuncitem.funcargs.get(_FIXTURE)
    if cell is not None and not cell.asked:
        pytest.fail(
            f"{pyfuncitem.nodeid}: it never looked at the answer, so it proves nothing; call"
            f" {_FIXTURE}.check()",
            pytrace=False,
        )
    return result
