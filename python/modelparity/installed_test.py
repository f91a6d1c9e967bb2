import importlib.metadata

from modelparity import installed


def test_it_says_what_importlib_says():
    for package in ("numpy", "ml-dtypes", "ML_DTypes"):
        assert installed.version_of(package) == importlib.metadata.version(package)
    assert installed.version_of("not-installed") == ""


def test_the_first_folder_counts(tmp_path):
    for entry in (
        "a/my_runtime-2.0.dist-info",
        "b/my_runtime-1.0.dist-info",
        "b/other.one-3.1-py3.11.egg-info",
        "b/my_runtime",
        "b/nothing.dist-info",
    ):
        (tmp_path / entry).mkdir(parents=True)
    folders = [str(tmp_path / name) for name in ("missing", "a", "b")]
    assert installed.version_of("my-runtime", folders) == "2.0"
    assert installed.version_of("other-one", folders) == "3.1"
    assert installed.version_of("nothing", folders) == ""


def test_entries_are_those_of_the_path(monkeypatch, tmp_path):
    before = installed.entries()
    (tmp_path / "mine-1.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert set(installed.entries()) - set(before) == {"mine-1.dist-info"}
