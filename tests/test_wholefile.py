"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from casapilot.steps import wholefile
from casapilot.steps.wholefile import write_whole


def test_what_is_written_is_there_with_its_folder_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_whole(path, "ä\r\n")
    assert path.read_bytes() == "ä\r\n".encode() and os.listdir(path.parent) == ["a.txt"]


def test_a_file_keeps_its_mode_and_a_new_one_has_that_of_any_new_file(tmp_path: Path) -> None:
    path, new, plain = tmp_path / "script.py", tmp_path / "new", tmp_path / "plain"
    path.write_text("old")
    path.chmod(0o750)
    write_whole(path, b"new")
    write_whole(new, "")
    plain.write_text("")
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o7777 == 0o750
    assert new.stat().st_mode == plain.stat().st_mode


def test_a_link_goes_on_to_lead_to_the_file(tmp_path: Path) -> None:
    real, link = tmp_path / "there" / "a", tmp_path / "a"
    real.parent.mkdir()
    real.write_text("old")
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink() and real.read_text() == "new"


def test_when_the_disk_is_full_the_file_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(wholefile.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a"]
