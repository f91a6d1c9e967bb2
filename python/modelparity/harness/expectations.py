"""The failures that are known, as a ratchet: a list that is wrong fails the run.

    expectations = Expectations.read("known_failures.txt")
    scope = left_out(bundle, options)
    expectations.apply(report, scope)
    expectations.fixed(report, scope).write("known_failures.txt")  # what --fix does

A line names cells and how they fail. Every field but the verdict is a pattern (`*` and `?`), and
the message is the rest of the line; a line that begins with `#` is a comment. A runtime without a
slash is all its backends, and one without an `@` is the installed version:

    # TensorFlow.js has no 64-bit integers.
    tfjs-node frozen_graph predict/* unsupported *int64*

A cell that a line names has to fail as one of its lines says. A line that no cell bears out is
stale, unless it speaks of something that was left out of the run.
"""

import dataclasses
import os
import pathlib
import re
from collections.abc import Collection

from modelparity import runtimes
from modelparity.atomic import write_text
from modelparity.bundle import Bundle
from modelparity.contract import report_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.harness.options import Options, is_selected
from modelparity.harness.reports import ALL, finish, verdict_name
from modelparity.patterns import matches, names_runtime

_FAILURES = tuple(report_pb2.Cell.Verdict.keys())[2:]
# What differs from run to run and from machine to machine in a message.
_VOLATILE = re.compile(r"(?<=')/[^']*(?=')| at \[.*|\d+(\.\d+)?(e[-+]?\d+)? (s|MiB)\b")


@dataclasses.dataclass(frozen=True)
class Scope:
    """What was left out of a run, and so cannot be judged."""

    runtimes: Collection[str] = ()
    cases: Collection[str] = ()
    """As `signature/case`."""


def left_out(bundle: Bundle, options: Options) -> Scope:
    """Returns what the options leave out of a bundle's matrix."""
    chosen = {runtime.name for runtime in options.runtimes}
    with_cases = {case.signature for case in bundle.manifest.cases}
    cases = [f"{case.signature}/{case.name}" for case in bundle.manifest.cases]
    # A signature without a case is one cell.
    cases += [
        f"{signature.name}/{ALL}"
        for signature in bundle.manifest.signatures
        if signature.name not in with_cases
    ]
    return Scope(
        runtimes={runtimes.ENDPOINT, *(runtime.name for runtime in runtimes.RUNTIMES)} - chosen,
        cases=[case for case in cases if not is_selected(case, options)],
    )


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of the file; a comment or a blank line has no verdict."""

    text: str
    runtime: str = ""
    format: str = ""
    case: str = ""
    verdict: str = ""
    message: str = ""

    def names(self, cell: report_pb2.Cell) -> bool:
        """Says whether the line is about this cell."""
        return (
            bool(self.verdict)
            and names_runtime(self.runtime, cell.runtime)
            and matches(cell.format, self.format)
            and matches(f"{cell.signature}/{cell.case}", self.case)
        )

    def explains(self, cell: report_pb2.Cell) -> bool:
        """Says whether the line is about this cell, which fails as it says."""
        return (
            self.names(cell)
            and verdict_name(cell.verdict) == self.verdict
            and matches(cell.message, self.message)
        )

    def is_in(self, scope: Scope) -> bool:
        """Says whether the line speaks of something that was left out."""
        return any(names_runtime(self.runtime, name) for name in scope.runtimes) or any(
            matches(name, self.case) for name in scope.cases
        )


@dataclasses.dataclass(frozen=True)
class Expectations:
    """The lines of a file, in its order."""

    lines: tuple[Line, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Expectations":
        """Reads a file.

        Raises:
            FileMissingError: It cannot be read.
            ArtifactInvalidError: A line is none of ours.
        """
        try:
            texts = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise FileMissingError(
                f"expectations '{path}' cannot be read: {error}; --fix writes a new file"
            ) from error
        return cls(tuple(_parse(f"'{path}' line {i}", text) for i, text in enumerate(texts, 1)))

    def write(self, path: str | os.PathLike) -> None:
        """Writes the file, whole or not at all."""
        write_text(path, "".join(line.text + "\n" for line in self.lines))

    def apply(self, report: report_pb2.Report, scope: Scope = Scope()) -> None:
        """Sets `ok` of every cell and of the report, and the stale lines."""
        for cell in report.cells:
            lines = [line for line in self.lines if line.names(cell)]
            matched = cell.verdict == report_pb2.Cell.match
            cell.ok = any(line.explains(cell) for line in lines) if lines else matched
        del report.stale_expectations[:]
        report.stale_expectations.extend(
            line.text for line in self.lines if line.verdict and self._is_stale(line, report, scope)
        )
        finish(report)

    def fixed(self, report: report_pb2.Report, scope: Scope = Scope()) -> "Expectations":
        """Returns the expectations that the report bears out: comments and right lines stay."""
        self.apply(report, scope)
        wrong = [cell for cell in report.cells if not cell.ok]
        kept = tuple(
            line
            for line in self.lines
            if not line.verdict
            or not (self._is_stale(line, report, scope) or any(line.names(cell) for cell in wrong))
        )
        added = tuple(
            _line_for(cell)
            for cell in report.cells
            if cell.verdict != report_pb2.Cell.match
            and not any(line.explains(cell) for line in kept)
        )
        return Expectations(kept + tuple(dict.fromkeys(added)))

    def _is_stale(self, line: Line, report: report_pb2.Report, scope: Scope) -> bool:
        # There is no end of versions: those that did not run were left out.
        if "@" in line.runtime and all(line.runtime != cell.runtime for cell in report.cells):
            return False
        return not line.is_in(scope) and not any(line.explains(cell) for cell in report.cells)


def _parse(where: str, text: str) -> Line:
    if not text.strip() or text.lstrip().startswith("#"):
        return Line(text)
    fields = text.split(maxsplit=4)
    if len(fields) < 5 or fields[3] not in _FAILURES:
        raise ArtifactInvalidError(
            f"{where}: got '{text.strip()}', wants `runtime format signature/case verdict message`,"
            f" where the verdict is one of {', '.join(_FAILURES)}"
        )
    return Line(text, *fields[:4], fields[4].strip())


def _line_for(cell: report_pb2.Cell) -> Line:
    # What shows nothing could end the line, and a space in a name its field.
    message = "".join(c if c.isprintable() else "?" for c in cell.message)
    message = _VOLATILE.sub("*", message) or "*"
    fields = [
        *(
            "".join(c if c.isprintable() and not c.isspace() else "?" for c in name)
            for name in (cell.runtime, cell.format, f"{cell.signature}/{cell.case}")
        ),
        verdict_name(cell.verdict),
        message,
    ]
    return Line(" ".join(fields), *fields)
