"""What a source is, found out without TensorFlow."""

import pytest

from modelparity.errors import ArtifactInvalidError, ArtifactTooLargeError, FileMissingError
from modelparity.exporters.source import DEFAULT_CHOICE, Choice, find


def test_a_function():
    source = find("my_package.models:build")
    assert (source.kind, source.label, source.name) == (
        "function",
        "my_package.models:build",
        "models",
    )


def test_a_saved_model_and_the_highest_of_its_versions(tmp_path):
    for version in ("2", "10", "notes"):
        (tmp_path / "half" / version).mkdir(parents=True)
        (tmp_path / "half" / version / "saved_model.pb").touch()
    for path in (tmp_path / "half", tmp_path / "half/10", tmp_path / "half/10/saved_model.pb"):
        source = find(str(path))
        assert source.kind == "saved_model"
        assert source.location == str(tmp_path / "half/10")
        assert source.name == "half"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("m.keras", "keras"),
        ("m.h5", "hdf5"),
        ("m.hdf5", "hdf5"),
        ("m.pb", "frozen_graph"),
        ("m.onnx", "onnx"),
        ("m.tflite", "litert"),
    ],
)
def test_files(tmp_path, file, kind):
    (tmp_path / file).touch()
    source = find(str(tmp_path / file))
    assert (source.kind, source.label, source.name) == (kind, file, "m")


def test_a_folder_with_one_model_file(tmp_path):
    (tmp_path / "frozen.pb").touch()
    (tmp_path / "README.md").touch()
    source = find(str(tmp_path))
    assert (source.kind, source.location) == ("frozen_graph", str(tmp_path / "frozen.pb"))

    (tmp_path / "other.keras").touch()
    with pytest.raises(FileMissingError, match=r"saved_model\.pb"):
        find(str(tmp_path))


def test_a_saved_model_as_text(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m/saved_model.pbtxt").touch()
    for path in (tmp_path / "m", tmp_path / "m/saved_model.pbtxt"):
        source = find(str(path))
        assert (source.kind, source.location) == ("saved_model", str(tmp_path / "m"))


@pytest.mark.parametrize("path", ["ckpt-1", "ckpt-1.index", ""])
def test_a_checkpoint_alone_says_what_it_lacks(tmp_path, path):
    for file in ("checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"):
        (tmp_path / file).touch()
    with pytest.raises(ArtifactInvalidError, match=r"give the function .* --checkpoint"):
        find(str(tmp_path / path))


@pytest.mark.parametrize(
    ("file", "choice", "message"),
    [
        ("m.pb", Choice(tags=("serve",)), "--tag is for a saved_model, and this is a frozen_graph"),
        ("m.keras", Choice(feeds=("x",)), "--feed is for a frozen_graph, and this is a keras"),
        ("m.onnx", Choice(fetches=("x",)), "--fetch is for a frozen_graph, and this is a onnx"),
        ("m.h5", Choice(checkpoint="c"), "--checkpoint is for a function, and this is a hdf5"),
    ],
)
def test_a_choice_that_would_change_nothing_is_refused(tmp_path, file, choice, message):
    (tmp_path / file).touch()
    source = find(str(tmp_path / file))
    DEFAULT_CHOICE.check(source)
    with pytest.raises(ArtifactInvalidError, match=message):
        choice.check(source)


def test_nothing_there(tmp_path):
    with pytest.raises(FileMissingError, match="nothing at that path"):
        find(str(tmp_path / "m.keras"))
    with pytest.raises(FileMissingError, match=r"saved_model\.pb"):
        find(str(tmp_path))


def test_a_file_of_no_format(tmp_path):
    (tmp_path / "m.txt").touch()
    with pytest.raises(ArtifactInvalidError, match=r"'\.txt'"):
        find(str(tmp_path / "m.txt"))


@pytest.mark.parametrize("file", ["frozen.pb", "saved_model.pb"])
def test_a_graph_over_2_gb_is_refused_by_its_size(tmp_path, file):
    with open(tmp_path / file, "wb") as sparse:
        sparse.truncate(1 << 31)
    with pytest.raises(ArtifactTooLargeError):
        find(str(tmp_path / file))
