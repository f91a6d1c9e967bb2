"""What every runtime answered, in a folder, to be judged again without running anything.

    writer = AnswerWriter("answers")
    options = dataclasses.replace(options, answered=writer.add)
    with writer:
        writer.finish(verify(bundle, options))
    report = judge("answers", Options(runtimes=(), rtol=1e-3))

    answers/
      report.pb                                       modelparity.v1.Report, as the run found it
      cases/<signature>/<case>.pb                     modelparity.v1.Case, with the answer that is right
      answers/<runtime>/<format>/<signature>/<case>.pb   inference.ModelInferResponse

Names are percent-encoded, as in a bundle. The folder is complete or absent.
"""

import os
import pathlib
import threading
from collections.abc import Callable

from google.protobuf.message import DecodeError, Message

from modelparity import atomic
from modelparity.bundle import file_name
from modelparity.contract import case_pb2, inference_pb2, report_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.harness import judging
from modelparity.harness.options import Options
from modelparity.harness.reports import finish

_REPORT = "report.pb"
_Cell = report_pb2.Cell
_ANSWERED = (_Cell.match, _Cell.mismatch, _Cell.contract_mismatch)


class AnswerWriter:
    """Writes the folder as a context manager: renamed into place by `finish`, gone without it."""

    def __init__(self, target: str | os.PathLike):
        """Prepares a folder at `target`.

        Raises:
            FileMissingError: Something is there that is no empty folder, or it cannot be made.
        """
        self._target = pathlib.Path(os.path.abspath(target))
        self._lock = threading.Lock()
        if self._target.exists() and not _is_replaceable(self._target):
            raise FileMissingError(
                f"'{target}' exists and holds no saved answers; choose a folder that does not exist"
            )
        if not self._target.parent.is_dir() or not os.access(self._target.parent, os.W_OK):
            raise FileMissingError(
                f"'{target}' cannot be made in its folder; choose one that exists and can be written to"
            )

    def __enter__(self) -> "AnswerWriter":
        self._partial = atomic.Folder(self._target).__enter__()
        self._folder = self._partial.path
        return self

    def __exit__(self, *_: object) -> None:
        self._partial.__exit__()

    def add(
        self, cell: report_pb2.Cell, case: case_pb2.Case, response: inference_pb2.ModelInferResponse
    ) -> None:
        """Writes an answer once it is judged, in place of the one before; may be called from any thread."""
        if cell.verdict in _ANSWERED:
            # Every runtime is asked the same case.
            with self._lock:
                if not (self._folder / _path_of_case(cell)).exists():
                    _write(self._folder / _path_of_case(cell), case)
            _write(self._folder / _path_of_answer(cell), response)

    def finish(self, report: report_pb2.Report) -> None:
        """Adds what is to be said of the run, and puts the folder in its place."""
        _write(self._folder / _REPORT, report)
        self._partial.place(replace=True)


def judge(
    path: str | os.PathLike,
    options: Options,
    wanted: Callable[[report_pb2.Cell], bool] = lambda cell: True,
) -> report_pb2.Report:
    """Judges saved answers again.

    Args:
        path: The folder.
        options: Their tolerances are used, and nothing else.
        wanted: Which cells to keep.

    Returns:
        A report as of the run; cells without an answer are as they were.

    Raises:
        FileMissingError: It is no such folder, or a file of it is not there.
        ArtifactInvalidError: A file of it cannot be read.
    """
    folder = pathlib.Path(path)
    if not (folder / _REPORT).is_file():
        raise FileMissingError(
            f"'{path}' holds no saved answers: it has no {_REPORT}; make them with `modelparity verify"
            " --save-outputs`"
        )
    report = _read(folder / _REPORT, report_pb2.Report)
    cells = [cell for cell in report.cells if wanted(cell)]
    for cell in cells:
        if cell.verdict in _ANSWERED:
            case = _read(folder / _path_of_case(cell), case_pb2.Case)
            response = _read(folder / _path_of_answer(cell), inference_pb2.ModelInferResponse)
            del cell.outputs[:]
            judging.judge(cell, case, response, options)
    del report.cells[:]
    report.cells.extend(cells)
    finish(report)
    return report


def _path_of_case(cell: report_pb2.Cell) -> str:
    return f"cases/{file_name(cell.signature)}/{file_name(cell.case)}.pb"


def _path_of_answer(cell: report_pb2.Cell) -> str:
    names = (cell.runtime, cell.format, cell.signature, cell.case)
    return f"answers/{'/'.join(map(file_name, names))}.pb"


def _is_replaceable(path: pathlib.Path) -> bool:
    """An empty folder, or one of ours."""
    return path.is_dir() and ((path / _REPORT).is_file() or not any(path.iterdir()))


def _write(path: pathlib.Path, message: Message) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(message.SerializeToString(deterministic=True))


def _read(path: pathlib.Path, kind: type[Message]) -> Message:
    try:
        return kind.FromString(path.read_bytes())
    except OSError as error:
        raise FileMissingError(
            f"'{path}' cannot be read: {error.strerror}; save the answers again"
        ) from error
    except DecodeError as error:
        raise ArtifactInvalidError(
            f"'{path}' is no {kind.DESCRIPTOR.name}: {error}; save the answers again"
        ) from error
