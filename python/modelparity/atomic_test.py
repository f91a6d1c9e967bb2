import os
import signal

import pytest

from modelparity import atomic
from modelparity.errors import FileMissingError


def test_the_file_is_replaced_and_readable_by_all(tmp_path):
    path = tmp_path / "report.json"
    for text in ("first", "zweiter ß"):
        atomic.write_text(path, text)
        assert path.read_text(encoding="utf-8") == text
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        atomic.write_text(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_plain_file_is_not_replaced(tmp_path):
    file, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    link.symlink_to(file)
    atomic.write_text(link, "through the link")
    assert link.is_symlink() and file.read_text() == "through the link"
    os.mkfifo(pipe)
    atomic.check_folder(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    atomic.write_text(pipe, "through the pipe")
    assert os.read(reader, 100) == b"through the pipe"
    os.close(reader)
    with pytest.raises(FileMissingError, match="Is a directory"):
        atomic.write_text(tmp_path, "text")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileMissingError, match=r"no/report.json' cannot be written: No such file"):
        atomic.write_text(tmp_path / "no" / "report.json", "text")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "a[b].bundle"


def _write(folder, text):
    (folder.path / "file").write_text(text)


def test_a_folder_is_placed_whole_and_for_all(target):
    with atomic.Folder(target) as folder:
        _write(folder, "first")
        assert not target.exists()
        folder.place(replace=False)
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o777 & ~umask
    assert (target / "file").read_text() == "first"
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_that_is_there_is_replaced_only_when_asked(target):
    target.mkdir()
    (target / "old").touch()
    with atomic.Folder(target) as folder:
        _write(folder, "new")
        with pytest.raises(OSError, match="not empty"):
            folder.place(replace=False)
        assert [path.name for path in target.iterdir()] == ["old"]
        folder.place(replace=True)
    assert [path.name for path in target.iterdir()] == ["file"]
    assert list(target.parent.iterdir()) == [target]


def test_without_place_nothing_is_left(target):
    with pytest.raises(KeyError), atomic.Folder(target) as folder:
        _write(folder, "half")
        raise KeyError
    assert not list(target.parent.iterdir())


def _leave(target):
    """Leaves what a killed writer does, and returns where."""
    pid = os.fork()
    if not pid:
        with atomic.Folder(target) as folder:
            _write(folder, "half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    [left] = target.parent.glob(".*")
    return left


def test_what_a_killed_writer_left_goes_with_the_next(target):
    _leave(target)
    with atomic.Folder(target) as folder:
        assert list(target.parent.iterdir()) == [folder.path]


def test_what_another_writer_works_in_stays(target):
    with atomic.Folder(target) as one, atomic.Folder(target) as other:
        _write(one, "one")
        _write(other, "other")
        one.place(replace=False)
        other.place(replace=True)
    assert (target / "file").read_text() == "other"
    assert list(target.parent.iterdir()) == [target]


def test_the_folder_that_a_killed_writer_was_replacing_stays_while_it_is_the_only_one(target):
    left = _leave(target)
    replaced = left.rename(left.with_name(left.name + ".replaced"))
    with atomic.Folder(target) as folder:
        assert replaced.exists()
        folder.place(replace=False)
    with atomic.Folder(target):
        assert not replaced.exists()


def test_what_only_looks_alike_is_not_touched(target, tmp_path):
    mine = tmp_path / ".a[b].bundle.notpart1"
    mine.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / ".a[b].bundle.partial-12345678"
    link.symlink_to(elsewhere)
    with atomic.Folder(target):
        pass
    assert mine.exists() and link.exists() and elsewhere.exists()
