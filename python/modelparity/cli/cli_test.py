"""The command as a user calls it, with stub runners for runtimes."""

import json
import logging
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest

from modelparity import cli, runtimes
from modelparity.bundle import Bundle
from modelparity.check.testing import node, saved_model
from modelparity.cli.app import COMMANDS
from modelparity.cli.console import stdout
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness import matrix
from modelparity.harness.options import Options
from modelparity.harness.saved_answers import AnswerWriter
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.harness.testing.stub_server import StubServer, echo
from modelparity.runtimes import Runtime

_REAL_RUNTIMES = runtimes.RUNTIMES


def _unavailable():
    raise RuntimeUnavailableError("the moon is not installed; `fly there`")


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    """A table of runtimes that are all stubs."""
    moon = Runtime("moon", ("frozen_graph",), ("float32",), _unavailable)
    stubs = [stub_runtime("honest", "honest"), stub_runtime("wrong_value", "wrong"), moon]
    monkeypatch.setattr(runtimes, "RUNTIMES", tuple(stubs))
    monkeypatch.setattr(runtimes, "REFERENCE", "honest")


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The user's, of which there is none before a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "modelparity"


@pytest.fixture
def bundle(tmp_path):
    return str(stub_bundle(tmp_path / "half.bundle").path)


@pytest.fixture
def call(capsys):
    """Runs the command; returns its exit status, standard output and standard error."""

    def run(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return status, captured.out, captured.err

    return run


def test_all_match(call, bundle):
    status, out, err = call("verify", bundle, "--runtime", "honest")
    assert (status, err) == (cli.OK, "")
    assert out.splitlines()[-1] == "OK; 4 cells: 4 match; reference stub, its recorded answers"


def test_a_second_run_says_that_it_ran_nothing(call, bundle, cache):
    verify = ("verify", bundle, "--runtime", "honest")
    first, second = call(*verify), call(*verify)
    assert (first[0], second[0]) == (cli.OK, cli.OK)
    known = "; all known from an earlier run with nothing changed since"
    assert known not in first[1] and known in second[1]
    assert first[1] == second[1].replace(known, "")
    assert known not in call(*verify, "--no-cache")[1]


def test_saved_outputs_are_judged_again(call, bundle, tmp_path):
    answers, report = tmp_path / "answers", tmp_path / "report.json"
    verify = ("verify", bundle, "--runtime", "h*", "--runtime", "wrong")
    # What is known from before has no answers.
    assert call(*verify)[0] == cli.DIFFERENT
    first = call(*verify, "--save-outputs", answers)
    assert call("compare", answers) == first
    assert call("compare", answers, "--runtime", "honest")[0] == cli.OK
    assert call("compare", answers, "--case", "t/*", "--atol", "9e9", "--json", report)[0] == cli.OK
    cells = json.loads(report.read_text())["cells"]
    assert {(cell["runtime"], cell["signature"]) for cell in cells} == {
        ("honest", "t"),
        ("wrong", "t"),
    }
    assert call("compare", answers, "--runtime", "nothing")[0] == cli.NOTHING_VERIFIED
    status, _, err = call("compare", bundle)
    assert (status, "holds no saved answers" in err) == (cli.WRONG_CALL, True)


def test_without_a_pattern_no_version_is_left_out(call, bundle, tmp_path):
    writer = AnswerWriter(tmp_path / "answers")
    options = Options(runtimes=[stub_runtime("honest", "honest@2")], answered=writer.add)
    with writer:
        writer.finish(matrix.verify(Bundle.open(bundle), options))
    assert call("compare", tmp_path / "answers")[0] == cli.OK
    assert call("compare", tmp_path / "answers", "--runtime", "*@*")[0] == cli.OK


def test_where_outputs_cannot_be_saved_nothing_is_run(call, bundle, tmp_path):
    status, out, err = call("verify", bundle, "--save-outputs", tmp_path / "no" / "answers")
    assert (status, out) == (cli.WRONG_CALL, "") and "cannot be made" in err


def test_a_contract_is_kept_and_checked(call, bundle, tmp_path):
    kept = tmp_path / "contract.txt"
    assert call("contract", "write", bundle, "-o", kept) == (cli.OK, "", "")
    assert call("contract", "check", bundle, kept) == (cli.OK, "", "")
    kept.write_text(kept.read_text().replace("out y:", "out z:", 1))
    status, out, err = call("contract", "check", bundle, kept)
    assert (status, err) == (cli.DIFFERENT, "")
    assert out.splitlines()[:2] == [f"--- {kept}", f"+++ {bundle}"]
    assert "-  out z: float32 [?]\n+  out y: float32 [?]\n" in out
    kept.write_text("no contract")
    status, out, err = call("contract", "check", bundle, kept)
    assert (status, out) == (cli.WRONG_CALL, "") and "is no contract" in err
    status, _, err = call("contract", "write", bundle, "-o", tmp_path / "no" / "contract.txt")
    assert status == cli.WRONG_CALL and "choose a folder that exists" in err


def test_no_cache_keeps_nothing(call, bundle, cache):
    assert call("verify", bundle, "--runtime", "honest", "--no-cache")[0] == cli.OK
    assert not cache.exists()


def test_a_cell_differs(call, bundle):
    status, out, _ = call("verify", bundle, "--runtime", "h*", "--runtime", "wrong")
    assert status == cli.DIFFERENT
    assert "- wrong: frozen_graph of s: mismatch" in out


def test_nothing_can_be_verified(call, bundle):
    status, out, err = call("verify", bundle, "--runtime", "moon")
    assert status == cli.NOTHING_VERIFIED
    assert "the moon is not installed" in out
    assert err.startswith(
        "modelparity: nothing was verified: none of the runtimes can run this here"
    )
    status, _, err = call("verify", bundle, "--case", "nothing/*")
    assert status == cli.NOTHING_VERIFIED
    assert "no case is left to run" in err


def test_a_signature_without_cases_is_no_success(call, tmp_path):
    bundle = stub_bundle(tmp_path / "b", without_cases="u").path
    known = tmp_path / "known.txt"
    assert call("verify", bundle, "--runtime", "honest")[0] == cli.DIFFERENT
    status, out, err = call("verify", bundle, "--runtime", "honest", "--case", "u/*")
    assert status == cli.NOTHING_VERIFIED
    assert "signature 'u' was not verified, since it has no case" in out
    assert "no signature has a case that the reference answers" in err
    call("verify", bundle, "--runtime", "honest", "--expectations", known, "--fix")
    arguments = ["verify", bundle, "--runtime", "honest", "--expectations", known]
    # The line about `u` is not stale where `u` was left out.
    assert [call(*arguments, "--case", case)[0] for case in ("*", "s/*", "u/*")] == [cli.OK] * 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify"], "Missing argument 'BUNDLE_OR_SOURCE'"),
        (["verify", "BUNDLE", "--novel"], "No such option: --novel"),
        (["verify", "BUNDLE", "--atol", "-1"], "--atol"),
        (["verify", "BUNDLE", "--atol", "nan"], "got nan, wants a number that is finite"),
        (["compare", "BUNDLE", "--rtol", "inf"], "got inf, wants a number that is finite"),
        (
            ["verify", "BUNDLE", "--runtime", "tf*"],
            "--runtime 'tf*' fits no runtime; there are honest",
        ),
        (["verify", "BUNDLE", "--reference", "tf"], "'tf' is no runtime; choose from honest"),
        (["verify", "BUNDLE", "--reference", "moon"], "the reference moon cannot be run: the moon"),
        (["verify", "BUNDLE", "--runtime", "tf@2"], "--runtime 'tf@2' fits no runtime; there are"),
        (["verify", "BUNDLE", "--runtime", "honest@2"], "'honest@2': got a version of a runtime"),
        (["verify", "BUNDLE", "--reference", "honest@2"], "'honest@2': got a version of a runtime"),
        (["verify", "BUNDLE", "--fix"], "--fix rewrites the file of --expectations"),
        (["verify", "BUNDLE", "--expectations", "/none.txt"], "'/none.txt' cannot be read"),
        (
            ["verify", "BUNDLE", "--endpoint", "host:8001"],
            "'host:8001' is no endpoint; give grpc://",
        ),
        (["verify", "BUNDLE", "--endpoint-ca", __file__], "--endpoint-ca is for an --endpoint"),
        (
            ["verify", "BUNDLE", "--endpoint", "grpc://h:1", "--endpoint-ca", __file__],
            "'grpc://h:1' does not use certificates",
        ),
        (["verify", "BUNDLE", "--endpoint", "grpcs://h:1", "--endpoint-ca", "/x"], "'/x' does not"),
        (["verify", "BUNDLE", "--output", "x"], "is a bundle already; --output is for a source"),
        (
            ["verify", "BUNDLE", "--runtime", "honest", "--json", "/no/x"],
            "'/no/x' cannot be written",
        ),
        (["inspect", "/none"], "'/none' is not there"),
        (["inspect"], "Missing argument 'PATH'"),
        (["export", "x"], "Missing option '--output'"),
        (["novel"], "No such command 'novel'"),
    ],
)
def test_a_wrong_call_is_one_sentence(call, bundle, arguments, message):
    status, out, err = call(*(bundle if word == "BUNDLE" else word for word in arguments))
    assert (status, out) == (cli.WRONG_CALL, "")
    assert err.startswith("modelparity: ") and err.count("\n") == 1
    assert message in err


@pytest.mark.parametrize("option", ["--json", "--junit", "--html", "--markdown", "--expectations"])
def test_a_file_that_cannot_be_written_is_told_before_anything_runs(
    call, bundle, monkeypatch, option
):
    monkeypatch.setattr("modelparity.harness.matrix.verify", lambda *_: 1 / 0)
    fix = ["--fix"] if option == "--expectations" else []
    status, _, err = call("verify", bundle, option, "/no/x", *fix)
    assert status == cli.WRONG_CALL
    assert "'/no/x' cannot be written: there is no such folder" in err


def test_a_damaged_bundle_is_one_sentence(call, bundle):
    pathlib.Path(bundle, "frozen_graph/s.pb").write_bytes(b"damaged")
    status, _, err = call("verify", bundle)
    assert status == cli.WRONG_CALL and err.count("\n") == 1
    assert "has 7 bytes, manifest.json says 13; export again" in err


def test_even_a_bug_is_one_sentence(call, bundle, monkeypatch):
    monkeypatch.setattr("modelparity.harness.matrix.verify", lambda *_: 1 / 0)
    status, _, err = call("verify", bundle)
    assert status == cli.WRONG_CALL and err.count("\n") == 1
    assert "ZeroDivisionError: division by zero; this is a bug of modelparity" in err


def test_an_interrupt_has_the_status_of_one(call, bundle, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("modelparity.harness.matrix.verify", interrupt)
    status, _, err = call("verify", bundle)
    assert (status, err) == (130, "")


def test_a_report_calls_the_model_as_it_is_told_to(call, bundle, tmp_path):
    files = tmp_path / "r.json", tmp_path / "r.md"
    named = ["--name", "zoo/half.onnx", "--json", files[0], "--markdown", files[1]]
    assert call("verify", bundle, "--runtime", "honest", *named)[0] == cli.OK
    assert json.loads(files[0].read_text())["model"] == "zoo/half.onnx"
    assert files[1].read_text().startswith("### zoo/half.onnx: OK")


def test_json_and_junit(call, bundle, tmp_path):
    files = tmp_path / "r.json", tmp_path / "r.xml"
    status, _, _ = call(
        "verify", bundle, "--runtime", "wrong", "--json", files[0], "--junit", files[1]
    )
    assert status == cli.DIFFERENT
    report = json.loads(files[0].read_text())
    assert (report["reference"], report["ok"]) == ("stub", False)
    assert report["model"] == Bundle.open(bundle).manifest.name
    assert report["summary"] == {"match": 3, "mismatch": 1}
    cell = next(cell for cell in report["cells"] if cell["case"] == "unlucky")
    assert (cell["verdict"], cell["run_seconds"], cell["ok"]) == ("mismatch", 0.5, False)
    assert cell["outputs"][0] == {
        "name": "y",
        "dtype": "float32",
        "shape": [2],
        "max_abs": 1.0,
        "max_rel": pytest.approx(1 / 3),
        "max_ulp": cell["outputs"][0]["max_ulp"],
        "mean_abs": 1.0,
        "p50_abs": 1.0,
        "p90_abs": 1.0,
        "p99_abs": 1.0,
        "worst_index": [1],
        "reference_value": 3.0,
        "candidate_value": 4.0,
        "atol": 1e-5,
        "rtol": 1e-4,
        "noise_atol": 0.0,
        "match": False,
        "failures": 2,
        "nan_disagreements": 0,
        "infinity_disagreements": 0,
        "cosine": pytest.approx(92.75 / (81.25 * 106.25) ** 0.5),
        "errors": [{"decade": 0, "count": 2}],
        "magnitudes": [{"decade": 0, "count": 2, "max_abs": 1.0}],
    }
    assert ET.parse(files[1]).getroot().get("failures") == "1"


def test_html_and_markdown(call, bundle, tmp_path):
    page, text = tmp_path / "r.html", tmp_path / "r.md"
    given = ("--runtime", "wrong", "--rtol", "1e-3", "--html", page, "--markdown", text)
    assert call("verify", bundle, *given)[0] == cli.DIFFERENT
    written = page.read_text("utf-8")
    assert "<h1>half</h1>" in written
    assert "atol: default of float32; rtol: given on the command line" in written
    assert text.read_text("utf-8").startswith("### half: FAILED: 1 cells\n")


def test_tolerances_and_cases(call, bundle):
    assert call("verify", bundle, "--runtime", "wrong", "--atol", "2")[0] == cli.OK
    assert call("verify", bundle, "--runtime", "wrong", "--rtol", "0.5")[0] == cli.OK
    assert call("verify", bundle, "--runtime", "wrong", "--case", "*/lucky")[0] == cli.OK


def test_a_live_reference(call, bundle):
    status, out, _ = call("verify", bundle, "--runtime", "honest", "--reference", "honest")
    assert status == cli.OK
    assert out.splitlines()[-1].endswith("reference honest, run live")


def test_expectations_are_a_ratchet(call, bundle, tmp_path):
    known = tmp_path / "known.txt"
    verify = ("verify", bundle, "--runtime", "wrong", "--expectations", known)
    assert call(*verify, "--fix")[0] == cli.OK
    assert known.read_text() == "wrong frozen_graph s/unlucky mismatch output 'y'*\n"
    assert call(*verify)[0] == cli.OK
    # Only what was run is judged.
    assert call("verify", bundle, "--runtime", "honest", "--expectations", known)[0] == cli.OK
    assert call(*verify, "--case", "t/*")[0] == cli.OK
    status, out, _ = call(*verify, "--atol", "2")
    assert status == cli.DIFFERENT
    assert "Stale lines of the expectations" in out
    assert call(*verify, "--atol", "2", "--fix")[0] == cli.OK
    assert known.read_text() == ""


def test_an_endpoint_alone_or_beside_runtimes(call, bundle):
    with StubServer() as server, StubServer({"ModelInfer": echo}) as wrong:
        status, out, err = call("verify", bundle, "--endpoint", server.url)
        assert (status, err) == (cli.OK, "")
        assert out.splitlines()[-1] == "OK; 4 cells: 4 match; reference stub, its recorded answers"
        both = ("--endpoint", wrong.url, "--endpoint", server.url)
        status, out, _ = call("verify", bundle, "--runtime", "honest", *both, "--case", "s/*")
        assert status == cli.DIFFERENT
        assert "9 cells: 6 match, 3 mismatch" in out.splitlines()[-1]
        assert [line for line in out.splitlines() if line.startswith("- ")] == [
            "- endpoint: served of s: mismatch"
        ]
    status, out, err = call("verify", bundle, "--endpoint", server.url)
    assert status == cli.NOTHING_VERIFIED
    assert f"- endpoint: unsupported\n  {server.url}: ServerMetadata failed with" in out
    assert err.startswith("modelparity: nothing was verified: ")


def test_expectations_of_an_endpoint_are_judged_where_there_is_one(call, bundle, tmp_path):
    known = tmp_path / "known.txt"
    with StubServer({"ModelInfer": echo}) as server:
        verify = ("verify", bundle, "--expectations", known)
        assert call(*verify, "--endpoint", server.url, "--fix")[0] == cli.OK
        assert known.read_text().startswith("endpoint served s/lucky mismatch output 'y'*\n")
        assert call(*verify, "--endpoint", server.url)[0] == cli.OK
        assert call(*verify, "--runtime", "honest")[0] == cli.OK


def test_limits_reach_the_runner(call, bundle, monkeypatch):
    monkeypatch.setattr(runtimes, "RUNTIMES", (stub_runtime("hang_in_run"),))
    status, out, _ = call("verify", bundle, "--timeout", "5")
    assert status == cli.DIFFERENT and "run: no answer in 5 s" in out
    monkeypatch.setattr(runtimes, "RUNTIMES", (stub_runtime("eat_memory"),))
    _, out, _ = call("verify", bundle, "--memory-limit", "300")
    assert "and may use 300 MiB" in out


def test_nothing_runs_without_the_sandbox_that_was_asked_for(call, bundle, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    status, out, err = call("verify", bundle, "--runtime", "honest", "--sandbox")
    assert (status, out) == (cli.WRONG_CALL, "")
    assert "got no program bwrap" in err and "apt-get install bubblewrap" in err


def test_a_report_that_cannot_be_written_is_shown(call, bundle):
    status, out, err = call("verify", bundle, "--runtime", "honest", "--json", "/dev/full")
    assert status == cli.WRONG_CALL
    assert "OK; 4 cells: 4 match" in out
    assert "'/dev/full' cannot be written: No space left on device" in err


def test_a_cache_that_cannot_be_written_is_done_without(call, bundle, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        status, out, err = call("verify", bundle, "--runtime", "honest")
        assert (status, err) == (cli.OK, "")
        assert "OK; 4 cells: 4 match" in out


def test_verbose_shows_every_cell(call, bundle):
    _, out, _ = call("verify", bundle, "--runtime", "honest", "--verbose")
    assert (
        "  honest 1 frozen_graph s/zeros: match, load 250.0 ms, run 500.00 ms" in out.splitlines()
    )


def test_a_source_is_made_into_a_bundle(call, tmp_path, monkeypatch):
    asked = []

    def export(source, path, cache, **options):
        asked.append((source, options["seed"], options["python_modules"], options["overwrite"]))
        options["progress"]("reading the model")
        return stub_bundle(path)

    exporters = type(sys)("exporters")
    exporters.known_bundles = SimpleNamespace(export=export)
    monkeypatch.setitem(sys.modules, "modelparity.exporters", exporters)
    monkeypatch.setattr("modelparity.cli.verify_command.Cache.of_user", lambda: None)
    monkeypatch.setattr("modelparity.cli.export_command.Cache.of_user", lambda: None)
    status, _, err = call(
        "verify", "model.keras", "--runtime", "honest", "--seed", "7", "--import", "m"
    )
    assert (status, err) == (cli.OK, "reading the model\n")
    kept = tmp_path / "kept.bundle"
    assert call("verify", "m:f", "-o", kept, "--overwrite", "--runtime", "honest")[0] == cli.OK
    assert Bundle.open(kept).manifest.name == "half"
    assert asked == [("model.keras", 7, ["m"], False), ("m:f", 0, (), True)]
    status, out, _ = call("export", "model.keras", "--output", tmp_path / "e.bundle")
    assert (status, out) == (cli.OK, f"{tmp_path}/e.bundle: frozen_graph; 4 cases\n")


@pytest.fixture
def versions(rows, monkeypatch, tmp_path):
    """A Python runtime in the table, whose environments cannot be made."""

    def fail(environment):
        logging.getLogger("modelparity.environments").info("making it")
        raise RuntimeUnavailableError(f"{environment.runtime}: got no wheel")

    row = Runtime("row", ("frozen_graph",), ("float32",), runtimes._python("row", "package"))
    monkeypatch.setattr(runtimes, "RUNTIMES", (row, *runtimes.RUNTIMES))
    monkeypatch.setattr("modelparity.environments.Environment.folder", fail)


def test_a_version_that_cannot_be_had_is_a_cell_and_the_others_run(
    call, bundle, versions, tmp_path
):
    report = tmp_path / "report.json"
    order = ["honest", "row@2", "row@1", "row@2"]
    asked = [argument for name in order for argument in ("--runtime", name)]
    status, _, err = call("verify", bundle, *asked, "--json", report)
    assert status == cli.DIFFERENT and err == "making it\nmaking it\n"
    cells = json.loads(report.read_text())["cells"]
    assert list(dict.fromkeys(cell["runtime"] for cell in cells)) == ["row@2", "row@1", "honest"]
    assert cells[0]["message"] == "not available here: row@2: got no wheel"
    known = tmp_path / "known.txt"
    fix = call("verify", bundle, *asked, "--expectations", known, "--fix")
    assert fix[0] == cli.OK
    assert known.read_text().splitlines() == [
        f"row@{version} * */* unsupported not available here: row@{version}: got no wheel"
        for version in (2, 1)
    ]
    # What is known of versions that did not run is not stale.
    assert call("verify", bundle, "--runtime", "honest", "--expectations", known)[0] == cli.OK


@pytest.mark.parametrize("option", ["--runtime", "--reference"])
def test_what_is_no_version_is_a_wrong_call(call, bundle, versions, option):
    status, out, err = call("verify", bundle, option, "row@latest;rm")
    assert (status, out) == (cli.WRONG_CALL, "") and err.count("\n") == 1
    assert err.startswith("modelparity: 'row@latest;rm': got 'latest;rm', wants a version such as")


def test_a_version_as_reference(call, bundle, versions):
    status, _, err = call("verify", bundle, "--runtime", "honest", "--reference", "row@1.2")
    assert status == cli.WRONG_CALL
    assert "the reference row@1.2 cannot be run: row@1.2: got no wheel" in err


def test_runtimes_lists_versions_that_have_an_environment(call, versions, monkeypatch, tmp_path):
    monkeypatch.setattr(runtimes, "cached_runtimes", lambda: ["row@1.2", "row@3.4"])
    monkeypatch.setattr(
        "modelparity.environments.Environment.is_ready", lambda self: self.runtime == "row@1.2"
    )
    lines = call("runtimes")[1].splitlines()
    assert lines[5].split() == ["row@1.2", "not", "here", "frozen_graph", "float32"]
    assert "not here: row@1.2: row@1.2: got no wheel" in lines and "3.4" not in "".join(lines)


def test_runtimes_says_once_what_several_lack(call, monkeypatch):
    moons = [stub_runtime("exit_in_start", name) for name in ("stub/a", "stub/b")]
    monkeypatch.setattr(runtimes, "RUNTIMES", tuple(moons))
    last = call("runtimes", "--start")[1].splitlines()[-1]
    assert last.startswith("not here: stub/a, stub/b: ")


@pytest.mark.parametrize("options", [[], ["--start"]])
def test_runtimes(call, options):
    status, out, _ = call("runtimes", *options)
    assert status == cli.OK
    assert [line.split() for line in out.splitlines()[:4]] == [
        ["runtime", "version", "formats", "dtypes"],
        ["honest", "1", "frozen_graph", "float32"],
        ["wrong", "1", "frozen_graph", "float32"],
        ["moon", "not", "here", "frozen_graph", "float32"],
    ]
    assert out.splitlines()[-1] == "not here: moon: the moon is not installed; `fly there`"


def test_inspect(call, bundle):
    status, out, _ = call("inspect", bundle)
    assert status == cli.OK
    assert out.startswith(f"{bundle}: bundle, ")


def test_paths_are_relative_to_where_bazel_was_called(call, bundle, monkeypatch, tmp_path):
    monkeypatch.chdir("/")
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    assert call("verify", "half.bundle", "--runtime", "honest", "--json", "r.json")[0] == cli.OK
    assert (tmp_path / "r.json").exists()


def test_a_broken_runtime_is_seen_when_it_is_started(call, monkeypatch):
    monkeypatch.setattr(runtimes, "RUNTIMES", (stub_runtime("exit_in_start"),))
    assert "not here: stub: " not in call("runtimes")[1]
    assert "not here: stub: " in call("runtimes", "--start")[1]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_has_an_example(call, command):
    status, out, err = call(*command, "--help")
    assert (status, err) == (cli.OK, "")
    if command:
        # As the list of commands has it.
        assert COMMANDS[command[0]] in " ".join(out.split())
    _, usage, example = out.partition("Usage: modelparity")
    assert (
        usage
        and "Examples:" in example
        and f"modelparity {' '.join(command) or 'verify'}" in example
    )


def test_what_is_printed_stays_as_it_is(capsys):
    stdout().print("input ':x:' of [bold] shape [2]")
    assert capsys.readouterr().out == "input ':x:' of [bold] shape [2]\n"


def test_version(call):
    assert call("--version")[1] == "modelparity 0.1.0\n"


_FRAMEWORKS = {"tensorflow", "keras", "onnx", "onnxruntime"}


@pytest.mark.parametrize(
    ("arguments", "not_needed"),
    [
        (["--help"], {"numpy", "rich", "google.protobuf"}),
        (["runtimes"], {"numpy"}),
        (["inspect", "BUNDLE"], {"numpy", "rich"}),
        (["verify", "BUNDLE", "--runtime", "litertjs-chromium"], set()),
    ],
)
def test_only_what_is_needed_is_imported(bundle, arguments, not_needed):
    arguments = [bundle if word == "BUNDLE" else word for word in arguments]
    code = f"import sys; from modelparity import cli; cli.main({arguments!r}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | runtimes.python_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert "modelparity.cli" in imported
    assert imported.isdisjoint(_FRAMEWORKS | not_needed)


def _saved_model(folder, op):
    nodes = [node("x", "Placeholder", dtype="float32"), node("y", op, "x", T="float32")]
    return saved_model(folder / op, nodes)


@pytest.fixture
def real_rows(monkeypatch):
    """The table that `check` has rules for."""
    moon = Runtime("moon", ("frozen_graph",), ("float32",), _unavailable)
    monkeypatch.setattr(runtimes, "RUNTIMES", (*_REAL_RUNTIMES, moon))


def test_check_says_what_works(call, tmp_path, real_rows):
    model = _saved_model(tmp_path, "Tanh")
    status, out, err = call("check", model, "--runtime", "tfjs-node")
    assert (status, err) == (cli.OK, "")
    assert [line.split()[2] for line in out.splitlines()[3:]] == ["works", "works"]


def test_check_of_what_will_not_work(call, tmp_path, real_rows):
    model = _saved_model(tmp_path, "Erfinv")
    status, out, err = call("check", model, "--json", tmp_path / "said.json")
    assert (status, err) == (cli.DIFFERENT, "")
    assert "onnxruntime-python                     onnx          will not: ONNX (tf2onnx)" in out
    assert "moon                                   frozen_graph  not known" in out
    said = json.loads((tmp_path / "said.json").read_text())["predictions"]
    assert {one["runtime"] for one in said} == {runtime.name for runtime in runtimes.RUNTIMES}
    # A runtime works when one of its formats does.
    assert call("check", model, "--runtime", "tensorflow-*")[0] == cli.OK


def test_check_of_what_nobody_knows(call, tmp_path, real_rows):
    status, out, _ = call("check", _saved_model(tmp_path, "Tanh"), "--runtime", "moon")
    assert status == cli.NOTHING_VERIFIED
    assert "moon     frozen_graph  not known: no rules cover this runtime" in out


def test_check_called_wrongly(call, tmp_path, real_rows):
    status, _, err = call("check", tmp_path / "missing")
    assert status == cli.WRONG_CALL and "is not there; give a model or a bundle" in err
    status, _, err = call("check", _saved_model(tmp_path, "Tanh"), "--runtime", "sun*")
    assert status == cli.WRONG_CALL and "--runtime 'sun*' fits no runtime; there are" in err


def test_check_imports_no_tensorflow(tmp_path):
    model = _saved_model(tmp_path, "Erfinv")
    code = (
        "import sys; from modelparity import cli; status = cli.main(['check', sys.argv[1]]);"
        "sys.exit(status if 'tensorflow' not in sys.modules else 99)"
    )
    environment = os.environ | runtimes.python_environment()
    command = [sys.executable, "-c", code, str(model)]
    assert subprocess.run(command, env=environment).returncode == cli.DIFFERENT
