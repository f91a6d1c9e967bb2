"""What a source is, found out without TensorFlow."""

import pytest

from modelparity.errors import ArtifactInvalidError, ArtifactTooLargeError, FileMissingError
from modelparity.exporters.source import find


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
    [("m.keras", "keras"), ("m.h5", "hdf5"), ("m.hdf5", "hdf5"), ("m.pb", "frozen_graph")],
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
