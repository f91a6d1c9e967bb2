"""A model with one fault, and the bundle that it is planted in."""

import os
import shutil
from typing import NamedTuple

from google.protobuf.message import Message

from modelparity.bundle import MANIFEST, Bundle, BundleWriter
from modelparity.contract import manifest_pb2


class Mutant(NamedTuple):
    """What was planted, and where."""

    kind: str
    planted: str
    """The tensor that the changed node gives."""
    model: Message
    """A ModelProto or a GraphDef."""


def bundle_with(
    mutant: Message, bundle: Bundle, artifact: manifest_pb2.Artifact, target: str | os.PathLike
) -> Bundle:
    """Copies a bundle, with a mutant in the place of one artifact's file."""
    with BundleWriter(target) as writer:
        everything_else = shutil.ignore_patterns(MANIFEST)
        shutil.copytree(bundle.path, writer.path, dirs_exist_ok=True, ignore=everything_else)
        writer.manifest.CopyFrom(bundle.manifest)
        (writer.path / artifact.path).write_bytes(mutant.SerializeToString())
    return Bundle.open(target)
