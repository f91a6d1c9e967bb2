"""The contract of a model as a text that people keep in version control.

    text = of_model("saved_model")
    difference(text, of_model("saved_model"), "contract.txt", "saved_model")  # empty

It holds what a caller of the model depends on, the keys, dtypes and shapes of every signature, and
nothing else, so that it changes when a caller has to:

    # modelparity contract 1
    serving_default
      in  image: float32 [?,784]
      out probabilities: float32 [?,10]
"""

import difflib
import os
import pathlib
from collections.abc import Iterator, Sequence

from modelparity.contract import manifest_pb2
from modelparity.errors import ArtifactInvalidError, FileMissingError, UnsupportedError, printable
from modelparity.inspection import inspect
from modelparity.specs import format_spec

_HEADING = "# modelparity contract 1"


def of_model(path: str | os.PathLike) -> str:
    """Returns the contract of a bundle or any artifact that `inspect` reads.

    Raises:
        UnsupportedError: No signature is stored in it.
        ModelParityError: As inspect.
    """
    parts = [part for part in inspect(path).parts if part.signatures]
    if not parts:
        raise UnsupportedError(
            f"'{path}': no signature is stored in it, so there is nothing to keep; export the model, and"
            " give the SavedModel or the bundle"
        )
    blocks = []
    for part in parts:
        # Of one graph alone it does not matter how it is called.
        title = [f"# {part.title}"] if len(parts) > 1 else []
        blocks.append([*title, *_lines(part.signatures)])
    blocks.sort()
    return "".join(
        line + "\n" for line in (_HEADING, *(line for lines in blocks for line in lines))
    )


def read(path: str | os.PathLike) -> str:
    """Returns a contract that was kept.

    Raises:
        FileMissingError: It cannot be read.
        ArtifactInvalidError: It is no contract of this version.
    """
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise FileMissingError(
            f"contract '{path}' cannot be read: {error.strerror}; `modelparity contract write` makes one"
        ) from error
    except UnicodeDecodeError as error:
        raise ArtifactInvalidError(f"'{path}' is no contract: it is no text") from error
    first = text.partition("\n")[0]
    if first != _HEADING:
        raise ArtifactInvalidError(
            f"'{path}' is no contract: got the first line {first[:60]!r}, wants '{_HEADING}';"
            " `modelparity contract write` makes one"
        )
    return text


def difference(kept: str, now: str, kept_name: str, now_name: str) -> str:
    """Returns a unified diff of two contracts, empty when they are the same."""
    return "".join(
        difflib.unified_diff(
            kept.splitlines(keepends=True), now.splitlines(keepends=True), kept_name, now_name, n=9
        )
    )


def _lines(signatures: Sequence[manifest_pb2.Signature]) -> Iterator[str]:
    for signature in sorted(signatures, key=lambda signature: signature.name):
        yield printable(signature.name)
        for word, specs in (("in ", signature.inputs), ("out", signature.outputs)):
            if not specs:
                yield f"  {word} none is stored"
            for spec in sorted(specs, key=lambda spec: spec.name):
                yield f"  {word} {printable(spec.name)}: {format_spec(spec).strip()}"
