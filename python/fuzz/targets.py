"""A target for each kind of input: it reads `data` in an empty folder, and raises what should not have happened."""

import contextlib
import io
import pathlib
from collections.abc import Callable

from google.protobuf.message import DecodeError
from rich.console import Console

from fuzz.stubs import EchoRunner, StreamedRunner
from modelparity import check, given_cases, inspection, signature_file
from modelparity.bundle import MANIFEST, Bundle
from modelparity.check import rendering
from modelparity.contract import case_pb2, manifest_pb2, report_pb2, runner_pb2
from modelparity.errors import ModelParityError
from modelparity.frames import write_frame
from modelparity.harness import judging, saved_answers
from modelparity.harness.options import Options
from modelparity.report.html import to_html
from modelparity.report.junit import to_junit
from modelparity.report.markdown import to_markdown
from modelparity.report.table import print_report
from modelparity.runners.serve import Dispatcher, serve_frames
from modelparity.runtimes import RUNTIMES
from modelparity.testing import signature_of

Target = Callable[[bytes, pathlib.Path], None]

_SIGNATURE = signature_of(("x", "float32", (-1, -1)))
_refused = contextlib.suppress(ModelParityError)


def manifest(data: bytes, folder: pathlib.Path) -> None:
    """A bundle without the files that its manifest names."""
    (folder / MANIFEST).write_bytes(data)
    with _refused:
        Bundle.open(folder)


def case(data: bytes, folder: pathlib.Path) -> None:
    """A case, and its expected answer held against itself."""
    (folder / "case.pb").write_bytes(data)
    entry = manifest_pb2.CaseFile(path="case.pb")
    with contextlib.suppress(DecodeError):
        told = case_pb2.Case.FromString(data)
        entry.signature, entry.name = told.signature, told.name
    with _refused:
        for found in Bundle(folder, manifest_pb2.Manifest(cases=[entry])).cases():
            judging.check_case(found)
            judging.judge(report_pb2.Cell(), found, found.expected, Options(runtimes=()))


def request(data: bytes, folder: pathlib.Path) -> None:
    """A request to a runner, which answers whatever it is asked, and writes where the target looks."""
    with contextlib.suppress(DecodeError):
        told = runner_pb2.RunnerRequest.FromString(data)
        if told.HasField("load"):
            told.load.bundle = told.load.scratch = str(folder)
            data = told.SerializeToString()
    dispatcher = Dispatcher(EchoRunner(_SIGNATURE))
    dispatcher.answer(data).SerializeToString()


def response(data: bytes, folder: pathlib.Path) -> None:
    """What a runner answers to each request of the harness."""
    stream = io.BytesIO()
    write_frame(stream, data, peer="fuzz")
    frames(stream.getvalue(), folder)


def frames(data: bytes, folder: pathlib.Path) -> None:
    """A stream of frames, from a runner and to one."""
    load = manifest_pb2.Artifact()
    for call in (
        lambda runner: runner.describe(),
        lambda runner: runner.load(folder, load, [_SIGNATURE]),
        lambda runner: runner.run_at_once(EchoRunner.request(), 2),
    ):
        with _refused:
            call(StreamedRunner(data, folder))
    with _refused:
        serve_frames(EchoRunner(_SIGNATURE), io.BytesIO(data), io.BytesIO())


def saved_model(data: bytes, folder: pathlib.Path) -> None:
    (folder / "saved_model.pb").write_bytes(data)
    _read_model(folder)


def graph(data: bytes, folder: pathlib.Path) -> None:
    _read_file(data, folder / "graph.pb")


def keras(data: bytes, folder: pathlib.Path) -> None:
    _read_file(data, folder / "model.keras")


def litert(data: bytes, folder: pathlib.Path) -> None:
    _read_file(data, folder / "model.tflite")


def onnx(data: bytes, folder: pathlib.Path) -> None:
    _read_file(data, folder / "model.onnx")


def npz(data: bytes, folder: pathlib.Path) -> None:
    path = folder / "inputs.npz"
    path.write_bytes(data)
    with _refused:
        given_cases.read_cases(path, [_SIGNATURE])


def onnx_tensor(data: bytes, folder: pathlib.Path) -> None:
    (folder / "input_0.pb").write_bytes(data)
    with _refused:
        given_cases.read_cases(folder, [_SIGNATURE])


def warmup(data: bytes, folder: pathlib.Path) -> None:
    path = folder / given_cases.WARMUP
    path.parent.mkdir()
    path.write_bytes(data)
    with _refused:
        given_cases.read_warmup(folder, [_SIGNATURE])


def report(data: bytes, folder: pathlib.Path) -> None:
    """A report among saved answers, in every form that it is written in."""
    (folder / "report.pb").write_bytes(data)
    with _refused:
        found = saved_answers.judge(folder, Options(runtimes=()))
        print_report(found, Console(file=io.StringIO(), width=80), verbose=True)
        to_markdown(found, "fuzz")
        to_html(found, "fuzz")
        to_junit(found)


def _read_file(data: bytes, path: pathlib.Path) -> None:
    path.write_bytes(data)
    _read_model(path)


def _read_model(path: pathlib.Path) -> None:
    """Does what `check`, `inspect` and `contract write` do."""
    with _refused:
        model = check.read(path)
        predictions = check.predict(model, RUNTIMES)
        rendering.to_text(model, predictions)
        rendering.to_json(model, predictions)
    with _refused:
        inspection.render(inspection.inspect(path))
    with _refused:
        signature_file.of_model(path)


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        case,
        frames,
        graph,
        keras,
        litert,
        manifest,
        npz,
        onnx,
        onnx_tensor,
        report,
        request,
        response,
        saved_model,
        warmup,
    )
}
"""By the name of the folder that has its corpus."""
