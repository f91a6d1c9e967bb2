import os
import time

import pytest

from modelparity.cache import Cache, digest, digest_of_files
from modelparity.files import files_below


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache", max_bytes=1000)


def _age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_was_written_is_read(cache):
    assert cache.read("verdicts", "a") is None
    cache.write("verdicts", "a", b"data")
    assert cache.read("verdicts", "a") == b"data"
    cache.write("verdicts", "a", b"")
    assert cache.read("verdicts", "a") == b""
    assert cache.read("bundles", "a") is None


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 100])
def test_a_damaged_entry_is_none(cache, damage):
    cache.write("verdicts", "a", b"data")
    (cache.folder / "verdicts" / "a").write_bytes(damage)
    assert cache.read("verdicts", "a") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file")
    cache.write("verdicts", "a", b"data")
    assert cache.read("verdicts", "a") is None
    assert cache.entry("bundles", "b") is None


def test_the_least_recently_used_go_first(cache):
    for name, age in (("old", 9000), ("used", 10000), ("new", 4000)):
        cache.write("verdicts", name, b"x" * 300)
        _age(cache.folder / "verdicts" / name, age)
    folder = cache.entry("bundles", "folder")
    folder.mkdir()
    (folder / "weights").write_bytes(b"x" * 300)
    _age(folder, 8000)
    assert cache.read("verdicts", "used") == b"x" * 300
    cache.write("verdicts", "newest", b"x" * 300)
    cache.trim()
    assert {path.name for path in cache.folder.glob("*/*")} == {"used", "new", "newest"}


def test_what_may_be_in_use_stays(cache):
    for name in "abcd":
        cache.write("verdicts", name, b"x" * 500)
    cache.trim()
    assert all(cache.read("verdicts", name) for name in "abcd")


def test_what_was_used_while_the_clock_was_wrong_goes_first(cache):
    for name, age in (("future", -10 * 365 * 86400), ("skewed", -60), ("old", 9000), ("new", 0)):
        cache.write("verdicts", name, b"x" * 500)
        _age(cache.folder / "verdicts" / name, age)
    assert cache.read("verdicts", "none") is None
    cache.trim()
    assert {path.name for path in cache.folder.glob("*/*")} == {"skewed", "new"}


def test_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Cache.of_user().folder == tmp_path / "modelparity" / "results"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/somebody")
    assert str(Cache.of_user().folder) == "/somebody/.cache/modelparity/results"


def test_a_digest_tells_parts_apart():
    assert digest("ab", "c") != digest("a", "bc") != digest("a", "b", "c")
    assert digest("a") == digest(b"a")


def test_files_are_known_by_place_and_content(tmp_path):
    def digest_of(**contents):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, content in contents.items():
            (folder / name).mkdir(parents=True)
            (folder / name / "file").write_text(content)
        return digest_of_files(files_below(folder), folder)

    assert digest_of(a="x", b="y") == digest_of(b="y", a="x")
    assert len({digest_of(a="x"), digest_of(a="y"), digest_of(b="x"), digest_of(a="x", b="")}) == 4
