import os

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
