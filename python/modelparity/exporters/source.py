"""What can be exported, found out without TensorFlow.

A source is one of
- a SavedModel's folder, or the folder above it with numbered versions, as TensorFlow Serving has
  them: the highest version is taken,
- a `.keras` or `.h5` file,
- a frozen graph, `.pb`,
- an `.onnx` or `.tflite` file, of which there is no other form,
- a folder with one such file in it,
- `package.module:function`. The function takes no argument, or one: a folder where it may write. It
  returns
  - a built `keras.Model`; its signature is serving_default,
  - `(object, {signature: function})`, the arguments of `tf.saved_model.save`,
  - or the path of one of the files and folders above.
  When the module has a function `cases` as well, that returns inputs worth keeping as golden cases:
  {signature: {case name: {input name: array}}}.
"""

import dataclasses
import pathlib
import re

from modelparity.bundle import check_protobuf_size
from modelparity.errors import ArtifactInvalidError, FileMissingError
from modelparity.graphs import (
    SAVED_MODEL_FILES,
    find_saved_model,
    is_checkpoint,
    lone_file,
    saved_model_file,
)

# What model_from_source leaves in its folder beside the model.
SIGNATURE_FILE = "signature.pb"
NOTES_FILE = "notes.txt"
CASES_FOLDER = "cases"

CONVERTED = ("onnx", "litert")
"""Kinds of sources that are an end: nothing else is made of such a file."""

NOT_KERAS = "the source is no Keras model with serving_default alone"
"""Why there is no `.keras` file of a source that never could have one."""

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_SUFFIXES = {
    ".keras": "keras",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".pb": "frozen_graph",
    ".onnx": "onnx",
    ".tflite": "litert",
}


@dataclasses.dataclass(frozen=True)
class Choice:
    """What a user says where a source alone does not say enough."""

    tags: tuple[str, ...] = ()
    """Of the graph to take from a SavedModel. Empty: `serve`, or the only one."""
    feeds: tuple[str, ...] = ()
    """Inputs of a frozen graph, see graph_cut. Empty: its placeholders."""
    fetches: tuple[str, ...] = ()
    """Outputs of a frozen graph. Empty: the nodes that no other reads."""
    checkpoint: str = ""
    """Prefix of a checkpoint whose values the model that a function builds is to have; or none."""

    def check(self, source: "Source") -> None:
        """Refuses what a source has no use for.

        Raises:
            ArtifactInvalidError: It would change nothing.
        """
        for option, given, kinds in (
            ("--tag", self.tags, ("saved_model", "function")),
            ("--feed", self.feeds, ("frozen_graph", "function")),
            ("--fetch", self.fetches, ("frozen_graph", "function")),
            ("--checkpoint", self.checkpoint, ("function",)),
        ):
            if given and source.kind not in kinds:
                raise ArtifactInvalidError(
                    f"source '{source.label}': {option} is for a {kinds[0]}, and this is a {source.kind}"
                )


DEFAULT_CHOICE = Choice()


@dataclasses.dataclass(frozen=True)
class Source:
    """Something to export."""

    kind: str
    """`function`, or the format of a file or folder: `saved_model`, `keras`, `onnx`..."""
    location: str
    """Absolute path, or `package.module:function`."""
    label: str
    """As the user named it, without folders."""
    name: str
    """What people will call the model."""


def find(source: str) -> Source:
    """Says what a source is.

    Raises:
        FileMissingError: There is nothing at that path.
        ArtifactInvalidError: What is there is nothing that can be exported.
        ArtifactTooLargeError: It is a graph of over 2 GB, which nothing can read.
    """
    if _FUNCTION.fullmatch(source):
        return Source("function", source, source, source.partition(":")[0].rpartition(".")[-1])
    path = pathlib.Path(source).absolute()
    if not path.exists():
        if is_checkpoint(path):
            raise ArtifactInvalidError(_lone_checkpoint(path))
        raise FileMissingError(
            f"source '{source}': got nothing at that path, wants a SavedModel, {', '.join(_SUFFIXES)} or"
            " package.module:function"
        )
    if path.is_dir() and (file := lone_file(path, _SUFFIXES)):
        return find(str(file))
    if is_checkpoint(path):
        raise ArtifactInvalidError(_lone_checkpoint(path))
    if path.is_dir():
        folder = find_saved_model(path)
        check_protobuf_size(saved_model_file(folder))
        # A version says nothing of what the model is.
        named = folder.parent if folder.name.isdigit() else folder
        return Source("saved_model", str(folder), path.name, named.name)
    if path.name in SAVED_MODEL_FILES:
        return find(str(path.parent))
    if path.suffix not in _SUFFIXES:
        raise ArtifactInvalidError(
            f"source '{source}': got a file '{path.suffix}', wants a SavedModel's folder,"
            f" {', '.join(_SUFFIXES)} or package.module:function"
        )
    if path.suffix == ".pb":
        check_protobuf_size(path)
    return Source(_SUFFIXES[path.suffix], str(path), path.name, path.stem)


def _lone_checkpoint(path: pathlib.Path) -> str:
    return (
        f"source '{path}': a checkpoint holds values only, and not the model that computes with them; give"
        f" the function that builds it: package.module:function --checkpoint {path}"
    )
