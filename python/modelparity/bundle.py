"""Reads and writes bundles: a folder with a manifest, artifacts and golden cases (manifest.proto).

    bundle = Bundle.open("my_model.bundle")
    for artifact in bundle.manifest.artifacts:
        print(artifact.format, bundle.path_of(artifact))

    with BundleWriter("my_model.bundle") as writer:
        writer.manifest.name = "my_model"
        ...  # signatures, artifacts; write the files below writer.path
        writer.add_case(case)

A reader trusts nothing: paths stay inside the bundle, files have the size and SHA-256 of the
manifest, and what the manifest says of signatures, artifacts and cases fits together. A writer
works in a folder beside its target and renames it at the end, so that a bundle is whole or absent.
"""

import bisect
import errno
import json
import os
import pathlib
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from google.protobuf import json_format
from google.protobuf.message import DecodeError

import modelparity
from modelparity import atomic
from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import (
    ArtifactTooLargeError,
    BundleInvalidError,
    ChecksumMismatchError,
    FileMissingError,
    SignatureNotFoundError,
    one_line,
)
from modelparity.files import files_below, sha256_of
from modelparity.specs import REGION

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
PROTOBUF_LIMIT = (1 << 31) - 1
"""Most bytes of a protobuf file, such as a GraphDef; no runtime reads a larger one."""

# The disk or a quota is full, a file may not become so large, or all is read-only.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_MANIFEST_LIMIT = 16 << 20
# Each becomes a message, which takes some 20 microseconds.
_MOST_OBJECTS = 250_000
_LONGEST_PATH = 1024
_PROTOBUF_SUFFIXES = (".pb", ".onnx")


def is_bundle(path: str | os.PathLike) -> bool:
    """Says whether `path` is a folder with a manifest, which need not be a valid one."""
    return os.path.isfile(os.path.join(path, MANIFEST))


def file_name(name: str) -> str:
    """Returns a file name for a signature or a case: percent-encoded where it is not plain."""
    encoded = urllib.parse.quote(name, safe="")
    return encoded.replace(".", "%2E") if encoded.strip(".") == "" else encoded


def check_protobuf_size(path: str | os.PathLike) -> None:
    """Refuses a protobuf file that nothing can parse, before a byte of it is read.

    Raises:
        ArtifactTooLargeError: It has more than 2^31 - 1 bytes.
        FileMissingError: It is not there.
    """
    try:
        size = os.stat(path).st_size
    except OSError as error:
        raise FileMissingError(f"'{path}' cannot be read: {error.strerror}") from error
    if size > PROTOBUF_LIMIT:
        raise ArtifactTooLargeError(
            f"'{path}' has {size} bytes, and a protobuf file can have {PROTOBUF_LIMIT}; keep the weights"
            " out of the graph, as a SavedModel does in variables/"
        )


def check_path(path: str) -> None:
    """Refuses a path that is not plainly inside of a bundle, on any system.

    Raises:
        BundleInvalidError: It is absolute, has `..` in it, or may mean something else elsewhere.
    """
    if len(path) > _LONGEST_PATH:
        raise BundleInvalidError(
            f"the path {path[:60]!r}... has {len(path)} characters, and can have {_LONGEST_PATH}"
        )
    odd = "\\" in path or "\0" in path or ":" in path.split("/")[0]
    if odd or any(part in ("", ".", "..") for part in path.split("/")):
        raise BundleInvalidError(
            f"the path {path!r} may lead out of the bundle; paths are relative, with forward slashes and"
            " without '..'"
        )


class Bundle:
    """An opened bundle. `path` is its real folder; `manifest` is not to be changed."""

    def __init__(self, path: pathlib.Path, manifest: manifest_pb2.Manifest):
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | os.PathLike, verify_checksums: bool = True) -> "Bundle":
        """Opens and checks a bundle.

        Args:
            path: The folder. Its manifest may be a symbolic link, as in Bazel's sandbox; the bundle
                is then where the manifest really is.
            verify_checksums: False: sizes are compared, contents are not read.

        Raises:
            BundleInvalidError: The manifest is missing, unreadable, of an unknown version,
                contradicts itself, or leads out of the bundle.
            FileMissingError: A file of the manifest is not there.
            ArtifactTooLargeError: A GraphDef or ONNX file is over 2 GB.
            ChecksumMismatchError: A file has another size or SHA-256.
        """
        if not is_bundle(path):
            raise BundleInvalidError(
                f"'{path}' is no bundle: it has no {MANIFEST}; make one with `modelparity export`"
            )
        manifest_file = pathlib.Path(os.path.realpath(os.path.join(path, MANIFEST)))
        bundle = cls(manifest_file.parent, _read_manifest(manifest_file))
        try:
            _check_manifest(bundle.manifest)
        except BundleInvalidError as error:
            raise BundleInvalidError(f"'{path}': {error}") from error
        bundle._check_files(verify_checksums)
        return bundle

    def path_of(self, artifact: manifest_pb2.Artifact) -> pathlib.Path:
        """Returns the absolute path of an artifact's file or folder."""
        return self.path / artifact.path

    def signature(self, name: str) -> manifest_pb2.Signature:
        """Returns a signature by name.

        Raises:
            SignatureNotFoundError: The bundle has none of that name.
        """
        for signature in self.manifest.signatures:
            if signature.name == name:
                return signature
        names = ", ".join(signature.name for signature in self.manifest.signatures)
        raise SignatureNotFoundError(
            f"signature '{name}': '{self.path}' has {names}; choose one of these"
        )

    def artifact(self, format_name: str, signature: str) -> manifest_pb2.Artifact | None:
        """Returns a copy of the artifact that answers a signature, with its binding only; None: there is none."""
        for artifact in self.manifest.artifacts:
            bound = [each for each in artifact.bindings if each.signature == signature]
            if artifact.format == format_name and bound:
                copy = manifest_pb2.Artifact()
                copy.CopyFrom(artifact)
                del copy.bindings[:]
                copy.bindings.extend(bound)
                return copy
        return None

    def cases(self, signature: str | None = None) -> Iterator[case_pb2.Case]:
        """Yields the golden cases, of one signature or of all, in the manifest's order.

        Raises:
            BundleInvalidError: A file is no Case, or another one than the manifest says.
        """
        for entry in self.manifest.cases:
            if signature not in (None, entry.signature):
                continue
            try:
                case = case_pb2.Case.FromString((self.path / entry.path).read_bytes())
            except DecodeError as error:
                raise BundleInvalidError(
                    f"'{self.path / entry.path}' is no case: {error}"
                ) from error
            if (case.signature, case.name) != (entry.signature, entry.name):
                raise BundleInvalidError(
                    f"'{self.path / entry.path}' holds case '{case.signature}/{case.name}', the manifest"
                    f" says '{entry.signature}/{entry.name}'"
                )
            for tensors in (case.request.inputs, case.expected.outputs, case.oracle.outputs):
                for tensor in tensors:
                    if REGION in tensor.parameters:
                        raise BundleInvalidError(
                            f"'{self.path / entry.path}' has the data of '{tensor.name}' in another file, and"
                            " a case has all of it"
                        )
            yield case

    def _check_files(self, verify_checksums: bool) -> None:
        """Checks the status of all files before it reads any."""
        for file in self.manifest.files:
            path = self.path / file.path
            real = pathlib.Path(os.path.realpath(path))
            if not real.is_relative_to(self.path):
                raise BundleInvalidError(f"'{path}' leads out of the bundle, to '{real}'")
            # Path.is_file raises where a name is too long.
            if not os.path.isfile(real):
                raise FileMissingError(
                    f"'{path}' is not there, and {MANIFEST} names it; export again"
                )
            if file.path.endswith(_PROTOBUF_SUFFIXES):
                check_protobuf_size(path)
            size = real.stat().st_size
            if size != file.size:
                raise ChecksumMismatchError(
                    f"'{path}' has {size} bytes, {MANIFEST} says {file.size}; export again"
                )
        self._check_artifacts()
        if verify_checksums:
            for file in self.manifest.files:
                digest = sha256_of(self.path / file.path)
                if digest != file.sha256:
                    raise ChecksumMismatchError(
                        f"'{self.path / file.path}' has the SHA-256 {digest}, {MANIFEST} says"
                        f" {file.sha256}; export again"
                    )

    def _check_artifacts(self) -> None:
        """Refuses what nobody checked and a loader may prefer: TensorFlow reads saved_model.cpb first."""
        listed = {file.path for file in self.manifest.files}
        for top in {self.path_of(artifact) for artifact in self.manifest.artifacts}:
            for parent, folders, files in os.walk(top):
                below = pathlib.Path(parent)
                links = (name for name in folders if (below / name).is_symlink())
                for path in (below / name for name in (*files, *links)):
                    if path.relative_to(self.path).as_posix() not in listed:
                        raise BundleInvalidError(
                            f"'{path}' is in an artifact, and {MANIFEST} does not name it; remove it, or"
                            " export again"
                        )


class BundleWriter:
    """Writes a bundle as a context manager: renamed into place at the end, gone after an exception.

    Write artifacts below `path` and describe them in `manifest`. format_version, modelparity's
    version, `cases`, `files` and the order of tensors are filled in by the writer.
    """

    def __init__(self, target: str | os.PathLike, *, overwrite: bool = False):
        """Prepares a bundle at `target`.

        Args:
            target: The folder that will be the bundle.
            overwrite: Replace a bundle that is there; anything else that is there is never touched.

        Raises:
            BundleInvalidError: `target` exists and may not be replaced, or has no parent folder; at the end
            also: there is no room for it, or another process writes it at the same time.
        """
        self.target = pathlib.Path(os.path.abspath(target))
        self.manifest = manifest_pb2.Manifest(format_version=FORMAT_VERSION)
        self.manifest.producer.modelparity_version = modelparity.__version__
        self._overwrite = overwrite
        self._check_target()

    @property
    def path(self) -> pathlib.Path:
        """The folder to write into, until the bundle is renamed."""
        return self._folder.path

    def __enter__(self) -> "BundleWriter":
        try:
            self._folder = atomic.Folder(self.target).__enter__()
        except OSError as error:
            raise BundleInvalidError(
                f"'{self.target}' cannot be written: {error.strerror}; choose a folder that exists"
            ) from error
        return self

    def add_case(self, case: case_pb2.Case) -> None:
        """Writes a golden case below cases/ and lists it."""
        relative = f"cases/{file_name(case.signature)}/{file_name(case.name)}.pb"
        path = self.path / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.SerializeToString(deterministic=True))
        self.manifest.cases.add(signature=case.signature, name=case.name, path=relative)

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._finish()
            elif isinstance(error, OSError) and error.errno in _NO_ROOM:
                raise error
        except OSError as failure:
            raise BundleInvalidError(
                f"'{self.target}' cannot be written: {failure.strerror}; make room, choose another path, or"
                " wait for whoever else writes it"
            ) from failure
        finally:
            self._folder.__exit__()

    def _check_target(self) -> None:
        """Raises BundleInvalidError unless nothing is there that must stay.

        An empty folder may be replaced: build systems make the folder of an output beforehand.
        """
        if _is_free(self.target):
            return
        if not is_bundle(self.target):
            raise BundleInvalidError(
                f"'{self.target}' exists and is no bundle; choose another path"
            )
        if not self._overwrite:
            raise BundleInvalidError(f"'{self.target}' exists; remove it, or choose another path")

    def _finish(self) -> None:
        _sort_tensors(self.manifest)
        del self.manifest.files[:]
        for path in sorted(files_below(self.path)):
            if path.name.endswith(_PROTOBUF_SUFFIXES):
                check_protobuf_size(path)
            relative = path.relative_to(self.path).as_posix()
            self.manifest.files.add(path=relative, size=path.stat().st_size, sha256=sha256_of(path))
        _check_manifest(self.manifest)
        text = json_format.MessageToJson(self.manifest, preserving_proto_field_name=True, indent=2)
        (self.path / MANIFEST).write_text(text + "\n", encoding="utf-8")
        self._check_target()
        self._folder.place(replace=self._overwrite)


def _read_manifest(path: pathlib.Path) -> manifest_pb2.Manifest:
    if path.stat().st_size > _MANIFEST_LIMIT:
        raise BundleInvalidError(
            f"'{path}' has more than {_MANIFEST_LIMIT} bytes; it is no manifest"
        )
    try:
        text = path.read_text(encoding="utf-8")
        # The version first: a newer manifest may have fields that we do not know.
        version = json.loads(text).get("format_version")
        if version != FORMAT_VERSION:
            raise BundleInvalidError(
                f"'{path}': got format_version {version!r}, this modelparity"
                f" ({modelparity.__version__}) reads {FORMAT_VERSION}; upgrade it, or export again"
            )
        objects = text.count("{")
        if objects > _MOST_OBJECTS:
            raise BundleInvalidError(
                f"'{path}' has {objects} objects, and a manifest can have {_MOST_OBJECTS}; export fewer"
                " signatures or cases"
            )
        return json_format.Parse(text, manifest_pb2.Manifest())
    except (ValueError, AttributeError, RecursionError, json_format.ParseError) as error:
        raise BundleInvalidError(f"'{path}' is no manifest: {one_line(error)}") from error


def _check_manifest(manifest: manifest_pb2.Manifest) -> None:
    """Checks what the manifest says against itself.

    Raises:
        BundleInvalidError: A part contradicts another, or a path leads out of the bundle.
    """
    for field in ("signatures", "artifacts", "files"):
        if not getattr(manifest, field):
            raise BundleInvalidError(f"the manifest's `{field}` are empty, and never may be")
    for path in [
        entry.path
        for field in ("artifacts", "cases", "files")
        for entry in getattr(manifest, field)
    ]:
        check_path(path)
    _check_unique("signature", (signature.name for signature in manifest.signatures))
    for signature in manifest.signatures:
        for word, specs in (("input", signature.inputs), ("output", signature.outputs)):
            _check_unique(f"{word} of signature '{signature.name}'", (spec.name for spec in specs))
    _check_unique("file", (file.path for file in manifest.files))
    _check_unique("case", (f"{case.signature}/{case.name}" for case in manifest.cases))
    signatures = {signature.name: signature for signature in manifest.signatures}
    files = sorted(file.path for file in manifest.files)
    for artifact in manifest.artifacts:
        _check_artifact(artifact, signatures, files)
    _check_unique(
        "artifact for format and signature",
        (
            f"{artifact.format}/{binding.signature}"
            for artifact in manifest.artifacts
            for binding in artifact.bindings
        ),
    )
    listed = set(files)
    for case in manifest.cases:
        if case.signature not in signatures:
            raise BundleInvalidError(
                f"case '{case.name}' names the unknown signature '{case.signature}'"
            )
        if case.path not in listed:
            raise BundleInvalidError(
                f"case '{case.name}': its file '{case.path}' is not among the files"
            )


def _check_artifact(
    artifact: manifest_pb2.Artifact,
    signatures: dict[str, manifest_pb2.Signature],
    files: Sequence[str],
) -> None:
    subject = f"artifact '{artifact.path}'"
    if not _is_listed(artifact.path, files):
        raise BundleInvalidError(f"{subject}: none of the manifest's files is in it")
    if not artifact.bindings:
        raise BundleInvalidError(f"{subject}: its bindings are empty, and never may be")
    for binding in artifact.bindings:
        if binding.signature not in signatures:
            raise BundleInvalidError(f"{subject} binds the unknown signature '{binding.signature}'")
        signature = signatures[binding.signature]
        for bound, specs in (
            (binding.inputs, signature.inputs),
            (binding.outputs, signature.outputs),
        ):
            got, want = sorted(entry.name for entry in bound), sorted(spec.name for spec in specs)
            if got != want:
                raise BundleInvalidError(
                    f"{subject} binds {got} in signature '{signature.name}', which has {want}"
                )


def _is_listed(path: str, files: Sequence[str]) -> bool:
    """Says whether a path is one of the sorted `files`, or a folder above one."""

    def first_from(beginning: str) -> str:
        place = bisect.bisect_left(files, beginning)
        return files[place] if place < len(files) else ""

    return first_from(path) == path or first_from(f"{path}/").startswith(f"{path}/")


def _check_unique(what: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise BundleInvalidError(f"{what} '{name}' stands {count} times in the manifest")


def _sort_tensors(manifest: manifest_pb2.Manifest) -> None:
    bindings = [binding for artifact in manifest.artifacts for binding in artifact.bindings]
    for owner in (*manifest.signatures, *bindings):
        owner.inputs.sort(key=lambda tensor: tensor.name)
        owner.outputs.sort(key=lambda tensor: tensor.name)


def _is_free(path: pathlib.Path) -> bool:
    """Says whether nothing is there but an empty folder, perhaps; another writer may move it away at any moment."""
    try:
        return not os.listdir(path)
    except OSError:
        return not os.path.lexists(path)
