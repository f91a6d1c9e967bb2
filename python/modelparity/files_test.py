import hashlib

import pytest

from modelparity.files import files_below, sha256_of, size_of, user_cache


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "deep").write_bytes(b"123")
    (tmp_path / "a" / "flat").write_bytes(b"45")
    return tmp_path / "a"


def test_files_of_a_folder_and_of_a_file(folder):
    assert {file.name for file in files_below(folder)} == {"deep", "flat"}
    assert list(files_below(folder / "flat")) == [folder / "flat"]
    assert (size_of(folder), size_of(folder / "flat")) == (5, 2)


def test_the_sha256_of_a_file(folder):
    assert sha256_of(folder / "flat") == hashlib.sha256(b"45").hexdigest()


def test_where_the_users_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/somebody")
    for base, expected in (
        (str(tmp_path), tmp_path),
        ("relative", "/somebody/.cache"),
        ("", "/somebody/.cache"),
    ):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        assert str(user_cache()) == f"{expected}/modelparity"
