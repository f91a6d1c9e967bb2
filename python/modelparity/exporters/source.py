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
from modelparity.graphs import SAVED_MODEL_FILE, find_saved_model, lone_file

# What model_from_source leaves in its folder beside the model.
SIGNATURE_FILE = "signature.pb"
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
        raise FileMissingError(
            f"source '{source}': got nothing at that path, wants a SavedModel, .keras, .h5, .pb or"
            " package.module:function"
        )
    if path.is_dir():
        file = lone_file(path, _SUFFIXES)
        if file:
            return find(str(file))
        folder = find_saved_model(path)
        check_protobuf_size(folder / SAVED_MODEL_FILE)
        # A version says nothing of what the model is.
        named = folder.parent if folder.name.isdigit() else folder
        return Source("saved_model", str(folder), path.name, named.name)
    if path.name == SAVED_MODEL_FILE:
        return find(str(path.parent))
    if path.suffix not in _SUFFIXES:
        raise ArtifactInvalidError(
            f"source '{source}': got a file '{path.suffix}', wants a SavedModel's folder,"
            f" {', '.join(_SUFFIXES)} or package.module:function"
        )
    if path.suffix == ".pb":
        check_protobuf_size(path)
    return Source(_SUFFIXES[path.suffix], str(path), path.name, path.stem)
