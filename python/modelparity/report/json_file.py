"""Reports as JSON files: what `--json` writes, and what `report merge` reads."""

import os
import pathlib

from google.protobuf import json_format

from modelparity import atomic
from modelparity.contract import report_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError, one_line


def write(path: str | os.PathLike, report: report_pb2.Report) -> None:
    """Writes a report as proto JSON with original field names, whole or not at all.

    Raises:
        FileMissingError: It cannot be written.
    """
    text = json_format.MessageToJson(
        report,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
        indent=2,
    )
    atomic.write_text(path, text + "\n")


def read(path: str | os.PathLike) -> report_pb2.Report:
    """Reads a report; fields that a later modelparity has added are passed over.

    Raises:
        FileMissingError: It cannot be read.
        ArtifactInvalidError: It holds no report.
    """
    try:
        text = pathlib.Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileMissingError(
            f"report '{path}' cannot be read: {one_line(error)}; `verify --json` writes one"
        ) from error
    try:
        return json_format.Parse(text, report_pb2.Report(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise ArtifactInvalidError(
            f"'{path}' is no report: {one_line(error)}; `verify --json` writes one"
        ) from error
