"""The causes of failure, the same kinds as ErrorKind in proto/modelparity/v1/runner.proto.

    ModelParityError               anything that we can explain
    ├── BundleInvalidError         the folder is no bundle
    ├── FileMissingError           a file that the manifest or the format demands is not there
    ├── ChecksumMismatchError      a file has another size or SHA-256 than the manifest says
    ├── ArtifactInvalidError       the artifact cannot be read
    ├── ArtifactTooLargeError      the artifact is larger than its format or runtime can take
    ├── SignatureNotFoundError     the model has no signature of that name
    ├── InputNameError             an input is missing, unknown, or given twice
    ├── InputDtypeError            an input has another dtype than the signature wants
    ├── InputShapeError            an input has another shape than the signature wants
    ├── UnsupportedError           the runtime lacks something that the model needs
    ├── ConversionFailedError      a converter failed, or wrote a file that does not run
    ├── RunFailedError             the runtime failed while it ran the model
    ├── ProtocolError              a frame or message is not of the protocol
    └── RuntimeUnavailableError    the runtime is not on this machine

`str(error)` is one line that says subject, got, expected, and the next step:

    raise InputDtypeError(
        "input 'x': got float64, signature 'serving_default' wants float32;"
        " cast it with .astype('float32')"
    )
"""

import re

_MESSAGE_LIMIT = 600
# Lines that only announce the line that says something.
_PREAMBLE = re.compile(
    r".*:$|<.*>$|Node: '.*'$|File \".*\", line \d+.*|\^+$|\d+ derived errors? ignored"
    r"|Exception encountered when calling .*\(\)\.$"
)
_COLOURS = re.compile(r"\x1b\[[\d;]*m")


class ModelParityError(Exception):
    """A failure with a cause that a caller can tell from others by `kind` or by class."""

    kind = "ERROR_KIND_UNSPECIFIED"
    """The name of the same cause in the protocol."""


class BundleInvalidError(ModelParityError):
    kind = "ERROR_KIND_BUNDLE_INVALID"


class FileMissingError(ModelParityError):
    kind = "ERROR_KIND_FILE_MISSING"


class ChecksumMismatchError(ModelParityError):
    kind = "ERROR_KIND_CHECKSUM_MISMATCH"


class ArtifactInvalidError(ModelParityError):
    kind = "ERROR_KIND_ARTIFACT_INVALID"


class ArtifactTooLargeError(ModelParityError):
    kind = "ERROR_KIND_ARTIFACT_TOO_LARGE"


class SignatureNotFoundError(ModelParityError):
    kind = "ERROR_KIND_SIGNATURE_NOT_FOUND"


class InputNameError(ModelParityError):
    kind = "ERROR_KIND_INPUT_NAME"


class InputDtypeError(ModelParityError):
    kind = "ERROR_KIND_INPUT_DTYPE"


class InputShapeError(ModelParityError):
    kind = "ERROR_KIND_INPUT_SHAPE"


class UnsupportedError(ModelParityError):
    kind = "ERROR_KIND_UNSUPPORTED"


class ConversionFailedError(ModelParityError):
    kind = "ERROR_KIND_CONVERSION_FAILED"


class RunFailedError(ModelParityError):
    kind = "ERROR_KIND_RUN_FAILED"


class ProtocolError(ModelParityError):
    kind = "ERROR_KIND_PROTOCOL"


class RuntimeUnavailableError(ModelParityError):
    kind = "ERROR_KIND_RUNTIME_UNAVAILABLE"


def error_of(kind: int, message: str) -> ModelParityError:
    """Returns the error of a kind that came as a number, from a runner or a converter.

    A kind that this version does not know gives a ProtocolError that says so.
    """
    # Only here, since protobuf takes longer to import than `--help` to print.
    from modelparity.contract.runner_pb2 import ErrorKind

    by_kind = {ErrorKind.Value(error.kind): error for error in ModelParityError.__subclasses__()}
    if kind not in by_kind:
        return ProtocolError(f"error of the unknown kind {kind}: {one_line(message)}")
    return by_kind[kind](one_line(message))


def one_line(text: object) -> str:
    """Returns the first line of `text` that says something, at most 600 characters.

    Of a traceback that is its last line; of TensorFlow's and Keras' errors, the line after "Graph execution
    error:" and its like.
    """
    plain = _COLOURS.sub("", str(text))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback (most recent call last)"):
        lines = [lines[-1]]
    line = next(
        (line for line in lines if not _PREAMBLE.fullmatch(line)), lines[0] if lines else ""
    )
    return line if len(line) <= _MESSAGE_LIMIT else line[: _MESSAGE_LIMIT - 3] + "..."


def printable_lines(text: str) -> str:
    """Returns a text of several lines as printable does each of them."""
    return "\n".join(map(printable, text.split("\n")))


def printable(text: str) -> str:
    """Returns a text without line breaks, and escapes in place of what does not show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
