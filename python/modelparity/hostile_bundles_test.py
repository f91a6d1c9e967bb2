"""Bundles that were made to do harm: each is refused with an error of ours, soon, and nothing outside is touched.

To add one, write a function that damages the folder of a good bundle, and give it to the table below.
Archives are not here, since no part of modelparity unpacks any: a bundle is a folder.
"""

import hashlib
import json
import os
import resource
import time

import pytest

from modelparity import errors
from modelparity.bundle import MANIFEST, Bundle, BundleWriter
from modelparity.cli import WRONG_CALL, main
from modelparity.contract import case_pb2
from modelparity.harness import matrix
from modelparity.harness.options import Options
from modelparity.harness.testing import stub_bundle, stub_runtime

_SECONDS = 30.0  # on a busy machine; each takes a moment
_BYTES = 1 << 30


@pytest.fixture
def folder(tmp_path):
    """A good bundle, with a secret beside it."""
    (tmp_path / "secret.txt").write_text("the secret")
    return stub_bundle(tmp_path / "model.bundle").path


def _manifest(change):
    """Returns what applies `change` to the manifest's JSON."""

    def apply(folder):
        manifest = json.loads((folder / MANIFEST).read_text())
        change(manifest)
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return apply


def _path(field, path):
    return _manifest(lambda manifest: manifest[field][0].update(path=path))


def _linked(name, target):
    """Returns what replaces a file by a link to something else."""

    def apply(folder):
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return apply


def _linked_folder(folder):
    outside = folder.parent / "outside"
    (folder / "frozen_graph").rename(outside)
    (folder / "frozen_graph").symlink_to(outside)


def _swapped(folder):
    """Another file of the same name and the same size."""
    path = folder / "frozen_graph" / "s.pb"
    path.write_bytes(path.read_bytes()[::-1])


def _renamed(folder):
    """Two artifacts that change places; here they are made different first."""
    first, second = folder / "frozen_graph" / "s.pb", folder / "frozen_graph" / "t.pb"
    second.write_bytes(b"y = x / 3 + 2")
    first.rename(folder / "x")
    second.rename(first)
    (folder / "x").rename(second)


def _pipe(folder):
    (folder / "frozen_graph" / "s.pb").unlink()
    os.mkfifo(folder / "frozen_graph" / "s.pb")


def _saved_model(*more):
    """Returns what makes the first artifact a folder of one file, and adds others that are not listed."""

    def apply(folder):
        (folder / "saved").mkdir()
        (folder / "saved" / "saved_model.pb").write_bytes(b"")
        empty = {
            "path": "saved/saved_model.pb",
            "size": "0",
            "sha256": hashlib.sha256().hexdigest(),
        }
        for name in more:
            (folder / "saved" / name).symlink_to(folder.parent)

        def change(manifest):
            manifest["artifacts"][0].update(path="saved")
            manifest["files"].append(empty)

        _manifest(change)(folder)

    return apply


def _unlisted(folder):
    _saved_model()(folder)
    # TensorFlow prefers it to saved_model.pb.
    (folder / "saved" / "saved_model.cpb").write_bytes(b"another model")


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        *(
            (_path(field, path), errors.BundleInvalidError, "may lead out of the bundle")
            for field in ("artifacts", "cases", "files")
            for path in (
                "../secret.txt",
                "/etc/passwd",
                "a/../../x",
                "a//b",
                "C:/x",
                "a\\..\\x",
                "x\0",
            )
        ),
        (_path("files", "x" * 5000), errors.BundleInvalidError, "has 5000 characters, and can"),
        (
            _manifest(lambda manifest: manifest["files"].append({"path": "x" * 300})),
            errors.FileMissingError,
            "is not there",
        ),
        (_path("files", "\ud800"), errors.BundleInvalidError, "is no manifest"),
        *(
            (_linked(name, target), errors.BundleInvalidError, "leads out of the bundle")
            for name, target in (
                ("frozen_graph/s.pb", "../../secret.txt"),
                ("cases/s/lucky.pb", "../../../secret.txt"),
            )
        ),
        (_linked("frozen_graph/s.pb", "/dev/zero"), errors.BundleInvalidError, "leads out of"),
        (_linked(MANIFEST, "/dev/zero"), errors.BundleInvalidError, "is no bundle"),
        (_linked(MANIFEST, "../secret.txt"), errors.BundleInvalidError, "is no manifest"),
        (_linked_folder, errors.BundleInvalidError, "leads out of the bundle"),
        (_saved_model("variables"), errors.BundleInvalidError, "does not name it"),
        (_unlisted, errors.BundleInvalidError, r"saved_model.cpb' is in an artifact, and manifest"),
        (_swapped, errors.ChecksumMismatchError, "has the SHA-256"),
        (_renamed, errors.ChecksumMismatchError, "has the SHA-256"),
        (_pipe, errors.FileMissingError, "is not there"),
        (
            lambda folder: (folder / MANIFEST).write_text('{"a":' * 50_000),
            errors.BundleInvalidError,
            "is no manifest",
        ),
        (
            lambda folder: os.truncate(folder / MANIFEST, 1 << 40),
            errors.BundleInvalidError,
            "has more than",
        ),
        *(
            (
                _manifest(lambda manifest, field=field: manifest[field].extend([{}] * 1_000_000)),
                errors.BundleInvalidError,
                r"has \d+ objects, and a manifest can have",
            )
            for field in ("signatures", "artifacts", "files", "cases")
        ),
        (
            _manifest(
                lambda manifest: manifest["signatures"].extend(
                    {"name": f"signature-{number}"} for number in range(1_000_000)
                )
            ),
            errors.BundleInvalidError,
            "has more than 16777216 bytes",
        ),
        (
            # Each artifact against each file would take hours.
            _manifest(
                lambda manifest: (
                    manifest["files"].extend(
                        {"path": f"f/{number}", "sha256": ""} for number in range(100_000)
                    ),
                    manifest["artifacts"].extend(
                        {"path": f"f/{number}"} for number in range(100_000)
                    ),
                )
            ),
            errors.BundleInvalidError,
            "its bindings are empty",
        ),
    ],
)
def test_it_is_refused_soon_and_nothing_outside_changes(folder, damage, error, message):
    damage(folder)
    before = _outside(folder)
    start, peak = time.monotonic(), _peak()
    with pytest.raises(error, match=message) as caught:
        Bundle.open(folder)
    assert type(caught.value) is error
    assert time.monotonic() - start < _SECONDS
    assert _peak() - peak < _BYTES
    assert _outside(folder) == before
    assert "the secret" not in str(caught.value)


def _outside(folder):
    return sorted((path.name, path.lstat().st_mtime_ns) for path in folder.parent.iterdir())


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _with_case(folder, change):
    """Opens the bundle after a case was changed, with the right checksum."""
    path = folder / "cases" / "s" / "lucky.pb"
    case = case_pb2.Case.FromString(path.read_bytes())
    change(case)
    content = case.SerializeToString()
    path.write_bytes(content)

    def list_it(manifest):
        (file,) = (each for each in manifest["files"] if each["path"] == "cases/s/lucky.pb")
        file.update(size=str(len(content)), sha256=hashlib.sha256(content).hexdigest())

    _manifest(list_it)(folder)
    return Bundle.open(folder)


def _reshape(*shape):
    def change(case):
        case.request.inputs[0].ClearField("shape")
        case.request.inputs[0].shape.extend(shape)

    return change


def _empty(case):
    _reshape(0, 1 << 62, 1 << 62)(case)
    case.request.raw_input_contents[0] = b""


def _many(case):
    for number in range(200_000):
        case.request.inputs.add(name=f"x{number}", datatype="FP32", shape=[1 << 40])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_reshape(1 << 62, 1 << 62), "got 8 bytes"),
        (_reshape(-1), "no dimension may be negative"),
        (_reshape(*[1] * 1000, 2), "a shape of 1001 dimensions that no array has"),
        (_empty, "that no array has"),
        (_many, "got 1 raw contents for 200001 inputs"),
        (lambda case: case.request.ClearField("raw_input_contents"), "got 0 values"),
    ],
)
def test_absurd_tensors_of_a_case_are_refused_soon(folder, change, message):
    bundle = _with_case(folder, change)
    start = time.monotonic()
    with pytest.raises(errors.ModelParityError, match=message):
        matrix.verify(bundle, Options([stub_runtime("honest")]))
    assert time.monotonic() - start < _SECONDS


@pytest.mark.parametrize("where", ["request", "expected", "oracle"])
def test_no_case_names_a_file_for_its_data(folder, where):
    """Else the file of a user would be sent to a server, or stand in a report."""

    def change(case):
        case.oracle.outputs.add(name="y")
        message = getattr(case, where)
        tensor = (message.inputs if where == "request" else message.outputs)[0]
        tensor.parameters["shared_memory_region"].string_param = str(folder.parent / "secret.txt")
        tensor.parameters["shared_memory_byte_size"].int64_param = 8

    bundle = _with_case(folder, change)
    with pytest.raises(errors.BundleInvalidError, match=r"has the data of '.' in another file"):
        list(bundle.cases())


_NAME = "\x1b]0;owned\x07\x1b[31m<img src=x onerror=alert(1)>[a](javascript:b)|\r\n\"'&\u202egnp"


@pytest.fixture
def named(tmp_path):
    """A bundle whose names are control characters, terminal escapes, HTML and Markdown."""
    bundle = stub_bundle(tmp_path / "good")
    target = tmp_path / "named"
    with BundleWriter(target) as writer:
        writer.manifest.CopyFrom(bundle.manifest)
        writer.manifest.name = _NAME
        del writer.manifest.cases[:]
        for artifact in bundle.manifest.artifacts:
            path = writer.path / artifact.path
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((bundle.path / artifact.path).read_bytes())
        for owner in (*writer.manifest.signatures, *_bindings(writer.manifest)):
            for tensor in (*owner.inputs, *owner.outputs):
                tensor.name += _NAME
        for signature in writer.manifest.signatures:
            signature.name += _NAME
        for binding in _bindings(writer.manifest):
            binding.signature += _NAME
        writer.manifest.conversion_failures.add(format="onnx" + _NAME, message=_NAME)
        for case in bundle.cases():
            case.signature += _NAME
            case.name += _NAME
            writer.add_case(case)
    return target


def _bindings(manifest):
    return [binding for artifact in manifest.artifacts for binding in artifact.bindings]


def test_names_are_shown_and_never_obeyed(named, tmp_path, monkeypatch, capsys):
    from modelparity import runtimes

    rows = (stub_runtime("honest", "honest"),)
    monkeypatch.setattr(runtimes, "RUNTIMES", rows)
    files = {option: tmp_path / option for option in ("json", "junit", "html", "markdown")}
    arguments = [word for option, path in files.items() for word in (f"--{option}", str(path))]
    main(["verify", str(named), "--verbose", "--no-cache", "--no-reduction", *arguments])
    main(["inspect", str(named)])
    main(["contract", "write", str(named), "--output", str(tmp_path / "contract")])
    main(["contract", "check", str(named), str(tmp_path / "contract")])
    said = "".join(capsys.readouterr())
    assert "owned" in said
    _assert_harmless(said)
    for option in ("html", "markdown", "junit"):
        text = files[option].read_text()
        assert "<img" not in text, option
        _assert_harmless(text)
    assert "[a](" not in files["markdown"].read_text().replace("\\[a](", "")


def test_what_an_error_names_is_not_obeyed(named, capsys):
    (named / "frozen_graph" / "s.pb").unlink()
    _manifest(lambda manifest: manifest["files"][-1].update(path=f"{_NAME}"))(named)
    assert main(["verify", str(named)]) == WRONG_CALL
    _assert_harmless("".join(capsys.readouterr()))


def _assert_harmless(text):
    for character in "\x1b\x07\r\u202e":
        assert character not in text, ascii(text[max(0, text.index(character) - 80) :][:160])
