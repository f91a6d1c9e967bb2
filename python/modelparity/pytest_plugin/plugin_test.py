"""The plugin in pytest sessions of its own, with stub runners for runtimes."""

import re

import pytest

from modelparity import runtimes
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness.player import Player
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.pytest_plugin import players
from modelparity.runtimes import Runtime

pytest_plugins = ["pytester"]

_CHECK = """
import pytest

@pytest.mark.modelparity("half.bundle", {arguments})
def test_half(modelparity_case):
    modelparity_case.check()
"""


def _unavailable():
    raise RuntimeUnavailableError("the moon is not installed; `fly there`")


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    """A table of runtimes that are all stubs."""
    modes = ("honest", "wrong_value", "exit_in_run", "exit_in_start", "refuse_in_load")
    moon = Runtime("moon", ("frozen_graph",), ("float32",), _unavailable)
    onnx = stub_runtime("honest", "onnx", ("onnx",))
    table = (*(stub_runtime(mode, mode) for mode in modes), moon, onnx)
    monkeypatch.setattr(runtimes, "RUNTIMES", table)
    monkeypatch.setattr(runtimes, "REFERENCE", "honest")


@pytest.fixture
def bundle(pytester):
    return stub_bundle(pytester.path / "half.bundle")


@pytest.fixture
def session(pytester, bundle, monkeypatch):
    """Runs a test module, by default one that checks, with the plugin alone."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(arguments="", *options, module=_CHECK):
        pytester.makepyfile(module.replace("{arguments}", arguments))
        return pytester.runpytest("-p", "modelparity.pytest_plugin", "-rA", *options)

    return run


def _failures(result):
    """Returns what the failed tests say, by id."""
    lines = re.findall(r"^FAILED \S+?\[(.*?)\] - (.*)$", result.stdout.str(), re.MULTILINE)
    return dict(lines)


def test_each_cell_is_a_test(session):
    result = session('runtimes=["honest"]')
    result.assert_outcomes(passed=4)
    for cell in ("s/lucky", "s/unlucky", "s/zeros", "t/lucky"):
        result.stdout.fnmatch_lines(f"PASSED *::test_half[[]honest:frozen_graph:{cell}[]]")


def test_cases_are_chosen_and_so_are_tests(session):
    session('runtimes=["honest"], cases=["s/*lucky"]').assert_outcomes(passed=2)
    chosen = session('runtimes=["honest", "moon"]', "-k", "honest:frozen_graph:s/zeros")
    chosen.assert_outcomes(passed=1, deselected=4)


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        ("moon:*:*/*", "unsupported: not available here: the moon is not installed; `fly there`"),
        (
            "onnx:*:*/*",
            "unsupported: it reads onnx, and the bundle has frozen_graph; export the TensorFlow model"
            " with --format onnx",
        ),
        ("wrong_value:frozen_graph:s/unlucky", "mismatch: output 'y' at [1]: got 4, wants 3"),
        ("exit_in_run:frozen_graph:s/unlucky", "crashed: run: the runner ended with exit status 3"),
        ("exit_in_start:frozen_graph:s/lucky", "crashed: start: the runner ended with exit"),
        ("refuse_in_load:frozen_graph:s/zeros", "load_failed: "),
    ],
)
def test_what_goes_wrong_fails_with_its_reason(session, runtime, message, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    name = runtime.partition(":")[0]
    case = 'cases=["s/unlucky"]' if runtime.endswith("/unlucky") else ""
    result = session(f'runtimes=["{name}"], {case}')
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert _failures(result)[runtime].startswith(f"AssertionError: {runtime}: {message}")
    # It points at the user's line, and not into the plugin.
    assert "modelparity_case.check()" in result.stdout.str()
    assert "pytest_plugin/case.py" not in result.stdout.str()


def test_a_crash_costs_one_test(session):
    session('runtimes=["exit_in_run"]').assert_outcomes(passed=3, failed=1)


def test_a_tolerance_is_the_marks(session):
    session('runtimes=["wrong_value"]').assert_outcomes(passed=3, failed=1)
    session('runtimes=["wrong_value"], atol=2').assert_outcomes(passed=4)
    session('runtimes=["wrong_value"], rtol=0.5').assert_outcomes(passed=4)


def test_runners_of_untrusted_models_are_confined(session, monkeypatch):
    mode = "wrong_where_it_sees_a_secret"
    monkeypatch.setattr(runtimes, "RUNTIMES", (*runtimes.RUNTIMES, stub_runtime(mode, mode)))
    monkeypatch.setenv("SECRET_TOKEN", "t0ken")
    session(f'runtimes=["{mode}"]').assert_outcomes(passed=3, failed=1)
    session(f'runtimes=["{mode}"], sandbox=True').assert_outcomes(passed=4)


def test_without_a_sandbox_nothing_untrusted_is_run(session, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    result = session('runtimes=["honest"], sandbox=True')
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*wants bubblewrap*")


def test_known_failures_are_a_ratchet(session, pytester):
    pytester.path.joinpath("known.txt").write_text(
        "moon * */* unsupported *not installed*\n"
        "wrong_value frozen_graph s/unlucky mismatch output 'y'*\n"
    )
    known = 'runtimes=["wrong_value", "moon"], expectations="known.txt"'
    result = session(known)
    result.assert_outcomes(passed=3, xfailed=2)
    result.stdout.fnmatch_lines("XFAIL *moon* - known: unsupported: not available here: *")
    result = session(known + ", atol=2")
    result.assert_outcomes(passed=3, xfailed=1, failed=1)
    assert "matches now; remove its line" in result.stdout.str()
    # What is left out is not judged, what names nothing is.
    session('runtimes=["honest"], expectations="known.txt"').assert_outcomes(passed=4)
    pytester.path.joinpath("known.txt").write_text("honest frozen_graph u/* mismatch *\n")
    result = session('runtimes=["honest"], expectations="known.txt"')
    result.assert_outcomes(errors=1)
    assert "the line 'honest frozen_graph u/* mismatch *' of the expectations" in str(result.stdout)


def test_a_test_may_look_for_itself(session):
    result = session(
        module="""
        import pytest

        pytestmark = pytest.mark.modelparity("half.bundle", runtimes=["honest"], cases=["s/lucky"])

        def test_half(modelparity_case):
            assert modelparity_case.inputs["x"].tolist() == [1, 2]
            assert modelparity_case.expected["y"].tolist() == [2.5, 3]
            assert modelparity_case.answer["y"].tolist() == [2.5, 3]
            assert modelparity_case.result.run_seconds == 0.5
            assert modelparity_case.result.load_seconds == 0.25
            assert modelparity_case.result.runtime_version == "1"
            where = modelparity_case.runtime, modelparity_case.format
            assert where == ("honest", "frozen_graph")
            assert (modelparity_case.signature, modelparity_case.name) == ("s", "lucky")

        def test_without_a_case():
            pass
        """
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("what", ["inputs", "expected", "answer"])
def test_what_is_not_there_fails_with_the_reason(session, what):
    result = session(
        module=f"""
        import pytest

        @pytest.mark.modelparity("half.bundle", runtimes=["moon"])
        def test_half(modelparity_case):
            modelparity_case.{what}
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("E *the moon is not installed*")


def test_a_test_that_never_looks_at_the_answer_fails(session):
    result = session(
        module="""
        import pytest

        @pytest.mark.modelparity("half.bundle", runtimes=["honest"], cases=["s/lucky"])
        def test_half(modelparity_case):
            assert modelparity_case.inputs
        """
    )
    result.assert_outcomes(failed=1)
    assert "it never looked at the answer, so it proves nothing" in result.stdout.str()


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('"none.bundle"', "none.bundle' is no bundle: it has no manifest.json; make one with"),
        ('"half.bundle", runtimes=["sun"]', "'sun' fits no runtime; there are honest, "),
        ('"half.bundle", runtimes="honest"', "got the text 'honest', wants a list"),
        ('"half.bundle", cases=["v/*"]', "has no case that ['v/*'] fits"),
        ('"half.bundle", expectations="none.txt"', "none.txt' cannot be read"),
        ('"half.bundle", runtime=["honest"]', "unexpected keyword argument 'runtime'"),
        ("", "missing 1 required positional argument: 'bundle'"),
    ],
)
def test_a_wrong_mark_is_told_before_anything_runs(session, mark, message):
    result = session(module=_CHECK.replace('"half.bundle", {arguments}', mark))
    result.assert_outcomes(errors=1)
    assert message in re.sub(r"\s+", " ", result.stdout.str())


def test_mark_and_fixture_belong_together(session):
    result = session(module="def test_half(modelparity_case): pass")
    result.assert_outcomes(errors=1)
    assert "it takes modelparity_case and has no mark" in result.stdout.str()
    result = session(
        module="""
        import pytest

        @pytest.mark.modelparity("half.bundle")
        def test_half():
            pass
        """
    )
    result.assert_outcomes(errors=1)
    assert "does not take the fixture modelparity_case" in result.stdout.str()


def test_a_damaged_bundle_fails_every_test(session, bundle):
    (bundle.path / "frozen_graph/s.pb").write_bytes(b"y = x / 2 + 3")
    result = session('runtimes=["honest"]')
    result.assert_outcomes(failed=4)
    assert result.stdout.str().count("has the SHA-256") >= 4


def test_a_runner_is_started_once_and_ended(session, monkeypatch):
    events = []

    class Counted(Player):
        def __enter__(self):
            events.append(("start", self.runtime.name))
            return super().__enter__()

        def load(self, *arguments):
            events.append(("load", self.runtime.name))
            return super().load(*arguments)

        def __exit__(self, *arguments):
            events.append(("end", self.runtime.name))
            super().__exit__(*arguments)

    monkeypatch.setattr(players, "Player", Counted)
    twice = _CHECK + _CHECK.replace("test_half", "test_again").replace("import pytest", "")
    names = '["honest", "wrong_value", "exit_in_start", "refuse_in_load"]'
    session(f"runtimes={names}", module=twice).assert_outcomes(passed=14, failed=18)
    # Two artifacts, in two test functions; a failure is remembered.
    assert events.count(("load", "honest")) == 4
    assert [name for event, name in events if event == "start"] == [
        "honest",
        "wrong_value",
        "exit_in_start",
        "refuse_in_load",
    ]
    assert {name for event, name in events if event == "end"} == {
        "honest",
        "wrong_value",
        "refuse_in_load",
    }


@pytest.mark.parametrize(
    ("module", "free_of"),
    [
        ("def test_nothing(): pass", ["modelparity.bundle", "google.protobuf", "tensorflow"]),
        (_CHECK.replace("{arguments}", 'runtimes=["honest"]'), ["tensorflow", "onnxruntime"]),
    ],
)
def test_pytests_process_stays_free_of_frameworks(pytester, bundle, monkeypatch, module, free_of):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name, value in runtimes.python_environment().items():
        monkeypatch.setenv(name, value)
    pytester.makeconftest(
        f"""
        import sys

        def pytest_collection(session):
            if {"modelparity" in module}:
                from modelparity import runtimes
                from modelparity.harness.testing import stub_runtime
                runtimes.RUNTIMES = (stub_runtime("honest", "honest"),)

        def pytest_unconfigure(config):
            print("imported:", [name for name in {free_of} if name in sys.modules])
        """
    )
    pytester.makepyfile(module)
    result = pytester.runpytest_subprocess("-p", "modelparity.pytest_plugin")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines("imported: [[][]]")


def test_the_mark_is_known(session):
    session('runtimes=["honest"]', "--strict-markers").assert_outcomes(passed=4)
