"""The matrix against stub runners: each verdict, and that no other cell is touched."""

import dataclasses
import re
import threading
import time

import numpy as np
import pytest

from modelparity import errors
from modelparity.bundle import Bundle
from modelparity.contract import manifest_pb2
from modelparity.errors import RuntimeUnavailableError
from modelparity.harness.matrix import verify
from modelparity.harness.options import Limits, Options, Progress, readers
from modelparity.harness.player import Player
from modelparity.harness.reports import verdict_name
from modelparity.harness.testing import stub_bundle, stub_runtime
from modelparity.runtimes import SERVED, Runtime
from modelparity.tensors import encode_outputs


@pytest.fixture
def bundle(tmp_path):
    return stub_bundle(tmp_path / "half.bundle")


def _verify(bundle, *modes, **options):
    options = {"limits": Limits(30.0, 400 << 20)} | options
    rows = [stub_runtime(mode, name=mode) for mode in modes]
    return verify(bundle, Options(runtimes=rows, **options))


def _verdicts(report):
    return {
        f"{cell.runtime} {cell.format} {cell.signature}/{cell.case}": verdict_name(cell.verdict)
        for cell in report.cells
    }


def test_an_honest_runner_matches_everywhere(bundle):
    report = _verify(bundle, "honest")
    assert _verdicts(report) == {
        "honest frozen_graph s/lucky": "match",
        "honest frozen_graph s/unlucky": "match",
        "honest frozen_graph s/zeros": "match",
        "honest frozen_graph t/lucky": "match",
    }
    assert report.ok and dict(report.summary) == {"match": 4}
    assert (report.reference, report.reference_is_recorded) == ("stub", True)
    cell = report.cells[0]
    assert (cell.runtime_version, cell.load_seconds, cell.run_seconds) == ("1", 0.25, 0.5)
    assert cell.outputs[0].name == "y" and cell.outputs[0].match


@pytest.mark.parametrize(
    ("mode", "verdict", "message"),
    [
        ("wrong_value", "mismatch", r"output 'y' at \[1\]: got 4, wants 3 within .*; 2 of 2 "),
        (
            "wrong_shape",
            "contract_mismatch",
            r"output 'y': got float32 \[1,2\], wants float32 \[2\]",
        ),
        ("shape_unlike_its_bytes", "contract_mismatch", r"got float32 \[3\], wants float32 \[2\]"),
        (
            "bytes_unlike_its_shape",
            "crashed",
            r"broke the protocol: output 'y': got 12 bytes, .* has 8",
        ),
        ("wrong_dtype", "contract_mismatch", r"output 'y': got float64 \[2\], wants float32 \[2\]"),
        ("wrong_name", "contract_mismatch", r"got the outputs \['z'\], wants \['y'\]"),
        ("missing_output", "contract_mismatch", r"got the outputs \[\], wants \['y'\]"),
        ("additional_output", "contract_mismatch", r"got the outputs \['y', 'z'\], wants \['y'\]"),
        ("output_twice", "contract_mismatch", r"got the outputs \['y', 'y'\], wants \['y'\]"),
        (
            "file_that_is_not_there",
            "crashed",
            r"broke the protocol: output 'y': its data is in the file",
        ),
        ("fail_in_run", "run_failed", r"^index 7 is out of bounds$"),
        ("segfault_in_run", "crashed", r"run: the runner was killed by SIGSEGV"),
        ("exit_in_run", "crashed", r"run: the runner ended with exit status 3"),
        ("close_stdout", "crashed", r"run: the runner closed its standard output"),
        ("flood_stdout", "crashed", r"broke the protocol: .* begins with b'I pr'"),
        ("flood_stderr", "match", r"^$"),
        ("truncated_frame", "crashed", r"ended after 5 bytes of a frame of 1000"),
        ("truncated_length", "crashed", r"ended inside a frame's length"),
        ("oversize_frame", "crashed", r"at most 268435456 are allowed"),
        ("no_message", "crashed", r"is no RunnerResponse"),
        ("wrong_id", "crashed", r"got an answer to request"),
        ("eat_memory", "crashed", r"uses .* MiB of memory and may use 400 MiB"),
    ],
)
def test_what_goes_wrong_in_a_run_costs_one_cell(bundle, mode, verdict, message):
    report = _verify(bundle, mode)
    cell = next(cell for cell in report.cells if cell.case == "unlucky")
    assert verdict_name(cell.verdict) == verdict
    assert re.search(message, cell.message)
    assert cell.ok == report.ok == (verdict == "match")
    others = [cell for cell in report.cells if cell.case != "unlucky"]
    assert len(others) == 3 and all(cell.ok and cell.verdict == cell.match for cell in others)


@pytest.mark.parametrize(
    ("mode", "probe", "message"),
    [
        (
            "wrong_the_second_time",
            "again",
            r"^asked again after the other cases, from 4 threads at once: output 'y' at",
        ),
        (
            "wrong_in_one_of_several_threads",
            "threads",
            r"from 4 threads at once: output 'y'",
        ),
    ],
)
def test_calls_that_part_from_the_first(bundle, mode, probe, message):
    """A signature's first case is the one that is asked more than once."""
    report = _verify(bundle, mode, case_patterns=["s/unlucky", "t/*"])
    cell, other = report.cells
    assert verdict_name(cell.verdict) == "mismatch" and not report.ok
    assert re.search(message, cell.message) and not cell.outputs[0].match
    assert other.ok
    assert _verify(bundle, mode, case_patterns=["s/unlucky"], without=[probe, "threads"]).ok


def test_probes_are_left_out_by_name(bundle):
    report = _verify(bundle, "honest", without=["z*", "un*"])
    assert {cell.case for cell in report.cells} == {"lucky"}


def test_a_probe_that_is_no_question_to_a_runtime_is_a_note(tmp_path):
    def seeded(case):
        case.seed = 0

    row = dataclasses.replace(stub_runtime("honest"), unasked={"lucky": "trusts in luck"})
    options = Options(runtimes=[row, stub_runtime("honest", name="other")])
    report = verify(stub_bundle(tmp_path / "made_up.bundle", change=seeded), options)
    ids = {f"{cell.runtime} {cell.signature}/{cell.case}" for cell in report.cells}
    assert "stub s/lucky" not in ids and "other s/lucky" in ids and report.ok
    assert list(report.notes) == ["not run: s/lucky, in what trusts in luck: stub"]
    # In another format it is one.
    for key, ran in (("frozen_graph/lucky", False), ("onnx/lucky", True)):
        options.runtimes[0] = dataclasses.replace(row, unasked={key: "trusts in luck"})
        report = verify(Bundle.open(tmp_path / "made_up.bundle"), options)
        ids = {f"{cell.runtime} {cell.signature}/{cell.case}" for cell in report.cells}
        assert ("stub s/lucky" in ids) == ran
        notes = [] if ran else ["not run: s/lucky, in what trusts in luck: stub frozen_graph"]
        assert list(report.notes) == notes
    # One that is a user's own is run.
    report = verify(stub_bundle(tmp_path / "given.bundle"), options)
    assert "lucky" in {cell.case for cell in report.cells} and not report.notes


def test_a_hang_costs_what_could_not_be_run_and_nothing_else(bundle):
    # Long enough for an honest answer on a busy machine.
    limits = Limits(10.0)
    modes = ("hang_in_run", "hang_with_children", "hang_in_load", "hang_in_start", "honest")
    verdicts = _verdicts(_verify(bundle, *modes, limits=limits))
    hung = {where for where, verdict in verdicts.items() if verdict == "timed_out"}
    assert hung == {
        "hang_in_run frozen_graph s/unlucky",
        "hang_with_children frozen_graph s/unlucky",
        "hang_in_load frozen_graph s/*",
        "hang_in_load frozen_graph t/*",
        "hang_in_start * */*",
    }
    matches = [where for where, verdict in verdicts.items() if verdict == "match"]
    assert len(matches) == 3 + 3 + 4 and len(verdicts) == len(matches) + len(hung)


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        ("segfault_in_load", "crashed"),
        ("wrong_answer_in_load", "crashed"),
        ("refuse_in_load", "load_failed"),
        ("unsupported_in_load", "unsupported"),
    ],
)
def test_what_goes_wrong_in_a_load_costs_the_artifact(bundle, mode, verdict):
    report = _verify(bundle, mode)
    assert _verdicts(report) == {
        f"{mode} frozen_graph s/*": verdict,
        f"{mode} frozen_graph t/*": verdict,
    }


def test_a_crash_in_the_start_costs_the_runtime(bundle):
    verdicts = _verdicts(_verify(bundle, "exit_in_start", "honest"))
    assert verdicts.pop("exit_in_start * */*") == "crashed"
    assert set(verdicts.values()) == {"match"} and len(verdicts) == 4


def test_an_artifact_that_cannot_be_loaded_leaves_the_others(tmp_path):
    bundle = stub_bundle(tmp_path / "b", second="unloadable")
    assert _verdicts(_verify(bundle, "honest")) == {
        "honest frozen_graph s/lucky": "match",
        "honest frozen_graph s/unlucky": "match",
        "honest frozen_graph s/zeros": "match",
        "honest frozen_graph t/*": "load_failed",
    }


def test_runners_work_side_by_side_and_cells_keep_their_order(bundle, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    both = threading.Barrier(2, timeout=60)

    def meeting(name):
        row = stub_runtime("honest", name=name)

        def launch():
            # Plans are made one after the other; only runners can meet.
            if threading.current_thread() is not threading.main_thread():
                both.wait()
            return row.launch()

        return dataclasses.replace(row, launch=launch)

    report = verify(bundle, Options(runtimes=[meeting("b"), meeting("a")]))
    assert report.ok
    assert [cell.runtime for cell in report.cells] == ["b"] * 4 + ["a"] * 4


def _unavailable():
    raise RuntimeUnavailableError("the moon is not installed; `fly there`")


def test_a_runtime_that_is_not_here_is_a_cell(bundle):
    row = Runtime("moon", ("frozen_graph",), (), _unavailable)
    report = verify(bundle, Options(runtimes=[row]))
    assert _verdicts(report) == {"moon * */*": "unsupported"}
    assert report.cells[0].message == "not available here: the moon is not installed; `fly there`"


def test_a_format_that_is_not_in_the_bundle_is_a_cell(bundle):
    report = verify(bundle, Options(runtimes=[stub_runtime("honest", formats=("onnx", "litert"))]))
    assert _verdicts(report) == {"stub * */*": "unsupported"}
    assert report.cells[0].message == (
        "it reads onnx, litert, and the bundle has frozen_graph; export the TensorFlow model with --format onnx"
    )


def test_runtimes_that_read_other_formats_may_be_left_out_and_are_noted(bundle):
    reader, other = stub_runtime("honest"), stub_runtime("honest", "other/a", formats=("onnx",))
    served = stub_runtime("honest", "endpoint", formats=(SERVED,))
    note = "not run, since the bundle has frozen_graph, and they read others: other"
    assert readers([reader, other, served], bundle.manifest) == ([reader, served], [note])
    assert readers([reader], bundle.manifest) == ([reader], [])
    # Of an empty matrix nobody could see why.
    assert readers([other], bundle.manifest) == ([other], [])


def test_only_the_signatures_that_are_run_are_loaded(tmp_path, monkeypatch):
    bundle = stub_bundle(tmp_path / "half.bundle", without_cases="sparse")
    loaded = []
    load = Player.load

    def spy(player, path, artifact, signatures):
        loaded.append([binding.signature for binding in artifact.bindings])
        return load(player, path, artifact, signatures)

    monkeypatch.setattr(Player, "load", spy)
    _verify(bundle, "honest")
    assert loaded == [["s"], ["t"]]


def test_a_conversion_that_failed_is_a_cell(tmp_path):
    failures = [
        manifest_pb2.ConversionFailure(format="onnx", signature="s", message="operator Frobnicate"),
        manifest_pb2.ConversionFailure(format="keras", message="no Keras model"),
        manifest_pb2.ConversionFailure(format="hdf5", message="not read by the stub"),
    ]
    bundle = stub_bundle(tmp_path / "b", failures=failures)
    row = stub_runtime("honest", formats=("keras", "frozen_graph", "onnx"))
    report = verify(bundle, Options(runtimes=[row], case_patterns=["s/z*", "t/*"]))
    assert _verdicts(report) == {
        "stub keras s/*": "conversion_failed",
        "stub keras t/*": "conversion_failed",
        "stub frozen_graph s/zeros": "match",
        "stub frozen_graph t/lucky": "match",
        "stub onnx s/*": "conversion_failed",
    }
    assert [cell.message for cell in report.cells][-1] == "operator Frobnicate"


def test_cases_are_chosen(bundle):
    verdicts = _verdicts(_verify(bundle, "honest", case_patterns=["*/unl*", "t/*"]))
    assert list(verdicts) == ["honest frozen_graph s/unlucky", "honest frozen_graph t/lucky"]
    report = _verify(bundle, "honest", case_patterns=["nothing"])
    assert (len(report.cells), report.ok) == (0, False)


def test_a_refused_case_is_noted(tmp_path):
    refused = [manifest_pb2.RefusedCase(signature="s", name="large", message="too large")]
    bundle = stub_bundle(tmp_path / "b", refused=refused)
    report = _verify(bundle, "honest")
    assert list(report.notes) == ["not run, since the reference refused it: s/large: too large"]
    assert report.ok
    assert list(_verify(bundle, "honest", case_patterns=["t/*"]).notes) == []


@pytest.mark.parametrize(
    ("refused", "why"),
    [([], "it has no case"), (["too large"], "the reference refused every case: too large")],
)
def test_a_signature_without_an_answer_is_a_cell_that_fails(tmp_path, refused, why):
    refused = [manifest_pb2.RefusedCase(signature="u", name="large", message=m) for m in refused]
    bundle = stub_bundle(tmp_path / "b", refused=refused, without_cases="u")
    report = _verify(bundle, "honest")
    verdicts = _verdicts(report)
    assert verdicts.pop("honest * u/*") == "unsupported"
    assert set(verdicts.values()) == {"match"} and not report.ok and not report.notes
    (cell,) = (cell for cell in report.cells if cell.signature == "u")
    assert cell.message == f"signature 'u' was not verified, since {why}"
    assert list(_verdicts(_verify(bundle, "honest", case_patterns=["u/*"]))) == ["honest * u/*"]
    assert _verify(bundle, "honest", case_patterns=["s/*"]).ok


def _with_context(case):
    """y = [2.5, 3]; in float64 it would be a little more, and the reference is not steady."""
    case.noise["y"].max_abs = 0.25
    case.tolerances["y"].atol, case.tolerances["y"].noise_atol = 2.0, 1.5
    case.oracle.CopyFrom(encode_outputs({"y": np.array([2.625, 3])}, case.request))


def test_noise_and_the_answer_in_float64_are_told_of_each_output(tmp_path):
    bundle = stub_bundle(tmp_path / "half.bundle", change=_with_context)
    told = _verify(bundle, "honest", case_patterns=["s/lucky"]).cells[0].outputs[0]
    assert (told.noise_abs, told.atol, told.noise_atol) == (0.25, 2.0, 1.5)
    assert (told.oracle_abs, told.reference_oracle_abs) == (0.125, 0.125)
    # A tolerance of the command line has no share of noise.
    told = _verify(bundle, "honest", case_patterns=["s/lucky"], atol=1.0).cells[0].outputs[0]
    assert (told.atol, told.noise_atol) == (1.0, 0.0)
    other = _verify(bundle, "honest", case_patterns=["s/zeros"]).cells[0].outputs[0]
    assert not other.HasField("noise_abs") and not other.HasField("oracle_abs")


@pytest.mark.parametrize(
    ("mode", "name", "told"),
    [
        ("wrong_value", "stub", ["s"]),
        ("wrong_shape", "stub", ["s"]),
        ("honest", "stub", []),
        ("exit_in_run", "stub", []),
        # Another runtime, or another version, may be wrong itself.
        ("wrong_value", "stub@1.0", []),
    ],
)
def test_it_is_told_when_the_export_of_a_keras_model_changed_it(bundle, mode, name, told):
    for artifact in bundle.manifest.artifacts:
        artifact.format = "keras"
    report = verify(bundle, Options([stub_runtime(mode, name, ("keras",))]))
    notes = [note for note in report.notes if "the .keras file and the SavedModel" in note]
    assert [note.split("'")[1] for note in notes] == told


@pytest.mark.parametrize(("atol", "is_told"), [(2.9, False), (3.0, True)])
def test_a_tolerance_that_noise_made_as_large_as_the_answer_is_told(tmp_path, atol, is_told):
    def unsteady(case):
        # The largest answer is 3.
        case.tolerances["y"].atol, case.tolerances["y"].noise_atol = atol, 2.5

    bundle = stub_bundle(tmp_path / "half.bundle", change=unsteady)
    report = _verify(bundle, "honest")
    told = [note for note in report.notes if "says little of output 'y' of 's' in lucky" in note]
    assert len(told) == is_told and report.ok
    report = _verify(bundle, "honest", atol=1.0)
    assert not report.notes


def test_tolerances_are_replaced(bundle):
    assert _verify(bundle, "wrong_value", atol=2.0).ok
    assert not _verify(bundle, "wrong_value", atol=0.5).ok
    assert _verify(bundle, "wrong_value", rtol=0.5).ok


def test_a_live_reference(bundle):
    wrong = stub_runtime("wrong_value", name="wrong")
    report = _verify(bundle, "honest", reference=wrong)
    assert (report.reference, report.reference_is_recorded) == ("wrong", False)
    assert _verdicts(report)["honest frozen_graph s/unlucky"] == "mismatch"
    assert _verdicts(report)["honest frozen_graph s/lucky"] == "match"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("fail_in_run", "index 7 is out of bounds"),
        ("random_value", "it answers differently when it is asked again, so there is no right ans"),
        ("segfault_in_run", "run: the runner was killed by SIGSEGV"),
    ],
)
def test_what_a_live_reference_refuses_is_noted(bundle, mode, reason):
    report = _verify(bundle, "honest", reference=stub_runtime(mode))
    (note,) = report.notes
    assert note.startswith(f"not run, since the reference refused it: s/unlucky: {reason}")
    assert len(report.cells) == 3 and report.ok


@pytest.mark.parametrize(
    ("reference", "error", "message"),
    [
        (stub_runtime("refuse_in_load"), errors.ArtifactInvalidError, "the graph has no end"),
        (stub_runtime("exit_in_start"), errors.RunFailedError, "ended with exit status 3"),
        (
            Runtime("moon", ("frozen_graph",), (), _unavailable),
            errors.RuntimeUnavailableError,
            "the moon",
        ),
        (
            stub_runtime("honest", formats=("onnx",)),
            errors.RuntimeUnavailableError,
            "it reads onnx, and the bundle has none of these for s, t",
        ),
    ],
)
def test_a_reference_that_cannot_be_run(bundle, reference, error, message):
    with pytest.raises(error, match=f"the reference {reference.name} cannot be run: .*{message}"):
        _verify(bundle, "honest", reference=reference)


def test_a_case_that_contradicts_itself_is_no_fault_of_a_runner(tmp_path):
    def damage(case):
        case.expected.raw_output_contents[0] += b"more"

    bundle = stub_bundle(tmp_path / "b", change=damage)
    with pytest.raises(
        errors.BundleInvalidError, match="case 's/lucky' contradicts itself: output 'y'"
    ):
        _verify(bundle, "honest")


@pytest.mark.parametrize(("atol", "rtol"), [(float("nan"), 0.0), (0.0, -1.0)])
def test_a_tolerance_that_is_none_is_refused(tmp_path, atol, rtol):
    def damage(case):
        case.tolerances["y"].atol, case.tolerances["y"].rtol = atol, rtol

    bundle = stub_bundle(tmp_path / "b", change=damage)
    with pytest.raises(errors.BundleInvalidError, match=r"case 's/lucky': got the tolerance .*'y'"):
        _verify(bundle, "honest")


def test_a_signature_without_outputs_does_not_match(bundle):
    del bundle.manifest.signatures[1].outputs[:]
    verdicts = _verdicts(_verify(bundle, "honest", case_patterns=["t/*"]))
    assert verdicts == {"honest * t/*": "unsupported"}


def test_progress_counts_every_cell(bundle):
    seen: list[Progress] = []
    options = Options(runtimes=[stub_runtime("honest", name="a"), stub_runtime("honest", name="b")])
    verify(bundle, options, seen.append)
    assert [(event.done, event.total) for event in seen] == [(i, 8) for i in range(1, 9)]


def test_an_interrupt_ends_the_runners(bundle):
    def interrupt(event):
        raise KeyboardInterrupt

    start = time.monotonic()
    rows = [stub_runtime("honest", name="a"), stub_runtime("hang_in_start", name="b")]
    with pytest.raises(KeyboardInterrupt):
        verify(bundle, Options(runtimes=rows, limits=Limits(300.0)), interrupt)
    assert time.monotonic() - start < 100
