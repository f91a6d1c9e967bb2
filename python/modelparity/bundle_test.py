"""Every way in which a bundle can be wrong, and the exact error of each."""

import json
import os
import resource
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelparity import errors
from modelparity.bundle import MANIFEST, Bundle, BundleWriter, file_name
from modelparity.contract import case_pb2, manifest_pb2


def _fill(writer):
    manifest = writer.manifest
    manifest.name = "half"
    manifest.producer.source = "half.py"
    specs = [manifest_pb2.TensorSpec(name=name, dtype="float32", shape=[-1]) for name in ("z", "a")]
    manifest.signatures.add(name="s", inputs=specs, outputs=specs[:1])
    artifact = manifest.artifacts.add(format="frozen_graph", path="frozen_graph/s.pb")
    binding = artifact.bindings.add(signature="s")
    for name in ("z", "a"):
        binding.inputs.add(name=name, tensor=f"{name}:0")
    binding.outputs.add(name="z", tensor="y:0")
    (writer.path / "frozen_graph").mkdir()
    (writer.path / "frozen_graph" / "s.pb").write_bytes(b"graph")
    writer.add_case(case_pb2.Case(signature="s", name="one/1"))


@pytest.fixture
def bundle(tmp_path):
    target = tmp_path / "half.bundle"
    with BundleWriter(target) as writer:
        _fill(writer)
    return target


def test_what_was_written_is_read(bundle):
    opened = Bundle.open(bundle)
    manifest = opened.manifest
    assert [spec.name for spec in manifest.signatures[0].inputs] == ["a", "z"]
    assert [entry.name for entry in manifest.artifacts[0].bindings[0].inputs] == ["a", "z"]
    assert [file.path for file in manifest.files] == ["cases/s/one%2F1.pb", "frozen_graph/s.pb"]
    assert opened.path_of(manifest.artifacts[0]).read_bytes() == b"graph"
    assert [case.name for case in opened.cases()] == ["one/1"]
    assert [case.name for case in opened.cases("other")] == []
    assert opened.signature("s").name == "s"


def test_writing_the_same_twice_gives_the_same_bytes(bundle, tmp_path):
    with BundleWriter(tmp_path / "again") as writer:
        _fill(writer)
    assert (tmp_path / "again" / MANIFEST).read_bytes() == (bundle / MANIFEST).read_bytes()


def test_a_bundle_can_be_moved_and_linked(bundle, tmp_path):
    moved = bundle.rename(tmp_path / "moved")
    (tmp_path / "link").symlink_to(moved)
    assert Bundle.open(tmp_path / "link").path == moved
    # Bazel's sandbox: a folder of links, one for each file.
    sandbox = tmp_path / "sandbox"
    sandbox.mkdir()
    (sandbox / MANIFEST).symlink_to(moved / MANIFEST)
    assert Bundle.open(sandbox).path == moved


def test_an_unknown_signature_is_named(bundle):
    with pytest.raises(errors.SignatureNotFoundError, match=r"signature 't': .* has s; choose"):
        Bundle.open(bundle).signature("t")


def _edit(change):
    """Returns a function that applies `change` to the manifest's JSON."""

    def apply(folder):
        manifest = json.loads((folder / MANIFEST).read_text())
        change(manifest)
        (folder / MANIFEST).write_text(json.dumps(manifest))

    return apply


def _text(text):
    return lambda folder: (folder / MANIFEST).write_text(text)


def _link_out(folder):
    outside = folder.parent / "outside.pb"
    outside.write_bytes(b"graph")
    (folder / "frozen_graph/s.pb").unlink()
    (folder / "frozen_graph/s.pb").symlink_to(outside)


def _link_loop(folder):
    (folder / "frozen_graph/s.pb").unlink()
    (folder / "frozen_graph/s.pb").symlink_to("s.pb")


def _sparse(folder):
    os.truncate(folder / "frozen_graph/s.pb", 3 << 30)
    _edit(lambda m: m["files"][1].update(size=str(3 << 30)))(folder)


def _path(field, index, path):
    return _edit(lambda m: m[field][index].update(path=path))


def _repeat(field):
    return _edit(lambda m: m[field].append(m[field][0]))


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (
            lambda folder: (folder / MANIFEST).unlink(),
            errors.BundleInvalidError,
            "has no manifest.json",
        ),
        (_text("{"), errors.BundleInvalidError, "is no manifest"),
        (_text("[]"), errors.BundleInvalidError, "is no manifest"),
        (_text("[" * 100_000), errors.BundleInvalidError, "is no manifest"),
        (_text('{"format_version": 1, "novel": 1}'), errors.BundleInvalidError, "no field named"),
        (_text("{}"), errors.BundleInvalidError, "got format_version None"),
        (
            _edit(lambda m: m.update(format_version=2, novel=1)),
            errors.BundleInvalidError,
            "got format_version 2, .* reads 1; upgrade",
        ),
        (
            lambda folder: (folder / MANIFEST).write_bytes(b"\xff"),
            errors.BundleInvalidError,
            "is no manifest",
        ),
        (
            _edit(lambda m: m.update(signatures=[])),
            errors.BundleInvalidError,
            "`signatures` are empty",
        ),
        (
            _edit(lambda m: m.update(artifacts=[])),
            errors.BundleInvalidError,
            "`artifacts` are empty",
        ),
        (_edit(lambda m: m.update(files=[])), errors.BundleInvalidError, "`files` are empty"),
        (
            _path("files", 1, "../outside.pb"),
            errors.BundleInvalidError,
            "may lead out of the bundle",
        ),
        (_path("files", 1, "/etc/passwd"), errors.BundleInvalidError, "may lead out of the bundle"),
        (_path("files", 1, "C:/x"), errors.BundleInvalidError, "may lead out of the bundle"),
        (_path("files", 1, "a\\b"), errors.BundleInvalidError, "may lead out of the bundle"),
        (
            _path("artifacts", 0, "a/../../b"),
            errors.BundleInvalidError,
            "may lead out of the bundle",
        ),
        (_path("cases", 0, "cases//x"), errors.BundleInvalidError, "may lead out of the bundle"),
        (_link_out, errors.BundleInvalidError, "leads out of the bundle, to '.*outside.pb'"),
        (_link_loop, errors.FileMissingError, "is not there"),
        (_repeat("signatures"), errors.BundleInvalidError, "signature 's' stands 2 times"),
        (_repeat("files"), errors.BundleInvalidError, "file '.*' stands 2 times"),
        (_repeat("cases"), errors.BundleInvalidError, "case 's/one/1' stands 2 times"),
        (_repeat("artifacts"), errors.BundleInvalidError, "'frozen_graph/s' stands 2 times"),
        (
            _edit(lambda m: m["signatures"][0]["inputs"].append(m["signatures"][0]["inputs"][0])),
            errors.BundleInvalidError,
            "input of signature 's' 'a' stands 2 times",
        ),
        (
            _edit(lambda m: m["artifacts"][0]["bindings"][0].update(signature="t")),
            errors.BundleInvalidError,
            "artifact 'frozen_graph/s.pb' binds the unknown signature 't'",
        ),
        (
            _edit(lambda m: m["artifacts"][0]["bindings"][0]["inputs"].pop()),
            errors.BundleInvalidError,
            r"binds \['a'\] in signature 's', which has \['a', 'z'\]",
        ),
        (
            _edit(lambda m: m["artifacts"][0].update(bindings=[])),
            errors.BundleInvalidError,
            "its bindings are empty",
        ),
        (
            _path("artifacts", 0, "elsewhere"),
            errors.BundleInvalidError,
            "none of the manifest's files",
        ),
        (
            _edit(lambda m: m["cases"][0].update(signature="t")),
            errors.BundleInvalidError,
            "case 'one/1' names the unknown signature 't'",
        ),
        (_path("cases", 0, "cases/t.pb"), errors.BundleInvalidError, "is not among the files"),
        (
            lambda folder: (folder / "frozen_graph/s.pb").unlink(),
            errors.FileMissingError,
            "s.pb' is not there",
        ),
        (
            lambda folder: (folder / "frozen_graph/s.pb").write_bytes(b"longer"),
            errors.ChecksumMismatchError,
            "has 6 bytes, manifest.json says 5",
        ),
        (
            lambda folder: (folder / "frozen_graph/s.pb").write_bytes(b"grapH"),
            errors.ChecksumMismatchError,
            "has the SHA-256 [0-9a-f]{64}, manifest.json says [0-9a-f]{64}",
        ),
        (
            _sparse,
            errors.ArtifactTooLargeError,
            "has 3221225472 bytes, and a protobuf file can have",
        ),
    ],
)
def test_a_damaged_bundle_is_refused(bundle, damage, error, message):
    damage(bundle)
    with pytest.raises(errors.ModelParityError, match=message) as caught:
        Bundle.open(bundle)
    assert type(caught.value) is error


def test_a_huge_graph_is_refused_without_a_read(bundle, monkeypatch):
    _sparse(bundle)
    monkeypatch.setattr("modelparity.bundle.sha256_of", lambda path: pytest.fail(f"read {path}"))
    with pytest.raises(errors.ArtifactTooLargeError):
        Bundle.open(bundle)


def test_checksums_can_be_left_unread(bundle):
    (bundle / "frozen_graph/s.pb").write_bytes(b"grapH")
    assert Bundle.open(bundle, verify_checksums=False).manifest.name == "half"


def test_a_case_file_holds_the_case_of_the_manifest(bundle):
    opened = Bundle.open(bundle)
    path = bundle / "cases/s/one%2F1.pb"
    path.write_bytes(case_pb2.Case(signature="s", name="other").SerializeToString())
    with pytest.raises(
        errors.BundleInvalidError, match="holds case 's/other', the manifest says 's/one/1'"
    ):
        list(opened.cases())
    path.write_bytes(b"\xff\xff")
    with pytest.raises(errors.BundleInvalidError, match="is no case"):
        list(opened.cases())


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), BundleWriter(tmp_path / "b") as writer:
        _fill(writer)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_a_reader_would_refuse_is_not_written(tmp_path):
    with (
        pytest.raises(errors.BundleInvalidError, match="unknown signature 't'"),
        BundleWriter(tmp_path / "b") as writer,
    ):
        _fill(writer)
        writer.manifest.artifacts[0].bindings[0].signature = "t"
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_is_too_large_is_not_written(tmp_path):
    with (
        pytest.raises(errors.ArtifactTooLargeError, match="has 3221225472 bytes"),
        BundleWriter(tmp_path / "b") as writer,
    ):
        _fill(writer)
        os.truncate(writer.path / "frozen_graph/s.pb", 3 << 30)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_there_before_the_end(tmp_path):
    with BundleWriter(tmp_path / "b") as writer:
        _fill(writer)
        assert not (tmp_path / "b").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_only_a_bundle_is_replaced_and_only_when_asked(bundle, tmp_path):
    with pytest.raises(errors.BundleInvalidError, match=r"half.bundle' exists; remove it"):
        BundleWriter(bundle)
    with BundleWriter(bundle, overwrite=True) as writer:
        _fill(writer)
        writer.manifest.name = "new"
    assert Bundle.open(bundle).manifest.name == "new"
    (tmp_path / "precious" / "folder").mkdir(parents=True)
    for existing in ("precious", "file"):
        (tmp_path / "file").touch()
        with pytest.raises(errors.BundleInvalidError, match="exists and is no bundle"):
            BundleWriter(tmp_path / existing, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "half.bundle", "precious"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "b").mkdir()
    with BundleWriter(tmp_path / "b") as writer:
        _fill(writer)
    assert Bundle.open(tmp_path / "b").manifest.name == "half"


def test_a_failure_leaves_the_old_bundle(bundle):
    with pytest.raises(ZeroDivisionError), BundleWriter(bundle, overwrite=True):
        raise ZeroDivisionError
    assert Bundle.open(bundle).manifest.name == "half"


def test_a_target_without_a_parent_folder(tmp_path):
    with (
        pytest.raises(errors.BundleInvalidError, match="choose a folder that exists"),
        BundleWriter(tmp_path / "no" / "b"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "file"), [("serving_default", "serving_default"), ("a/b", "a%2Fb"), ("..", "%2E%2E")]
)
def test_file_names_are_plain(name, file):
    assert file_name(name) == file


def test_without_room_it_says_so_and_leaves_nothing(tmp_path):
    for size in (1, 20, 100):  # fails in an artifact, in a case, in the manifest
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            with (
                pytest.raises(errors.BundleInvalidError, match="cannot be written: File too large"),
                BundleWriter(tmp_path / "b") as writer,
            ):
                _fill(writer)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("overwrite", [False, True])
def test_of_writers_at_once_each_makes_a_whole_bundle_or_says_why_not(tmp_path, overwrite):
    target = tmp_path / "target"

    def write(_):
        try:
            with BundleWriter(target, overwrite=overwrite) as writer:
                _fill(writer)
        except errors.BundleInvalidError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(write, range(40)))
    assert "" in said
    assert all("exists" in each or "cannot be written" in each for each in said if each)
    Bundle.open(target)
    assert {path.name for path in tmp_path.iterdir()} == {"target"}


def test_a_target_that_another_writer_moves_away_meanwhile_is_free(tmp_path, monkeypatch):
    target = tmp_path / "target"
    target.mkdir()
    list_folder = os.listdir

    def move_first(path):
        if path == target and target.exists():
            target.rename(tmp_path / "moved")
        return list_folder(path)

    monkeypatch.setattr(os, "listdir", move_first)
    with BundleWriter(target) as writer:
        monkeypatch.undo()
        _fill(writer)
    Bundle.open(target)
