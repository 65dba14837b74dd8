"""Processes that can be recognised again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from casapilot.steps.control import Home, read_process, this_process, write_process


def test_a_process_is_known_again_by_its_file(tmp_path: Path) -> None:
    write_process(tmp_path / "worker.json", eb="X1")
    process = read_process(tmp_path / "worker.json")
    assert process == this_process() and process.is_alive()


def test_the_file_of_a_copied_folder_speaks_of_nobody_here(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    write_process(tmp_path / "live" / "worker.json")
    shutil.copytree(tmp_path / "live", tmp_path / "copy")
    assert read_process(tmp_path / "live" / "worker.json") is not None
    assert read_process(tmp_path / "copy" / "worker.json") is None


def test_a_folder_reached_through_a_link_is_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "link").symlink_to("live")
    write_process(tmp_path / "link" / "worker.json")
    assert read_process(tmp_path / "live" / "worker.json") == this_process()


def test_another_host_may_know_the_folder_by_another_path(tmp_path: Path) -> None:
    path = tmp_path / "worker.json"
    path.write_text(
        json.dumps({"pid": 1, "start_ticks": 1, "host": "node17", "path": "/elsewhere/worker.json"})
    )
    process = read_process(path)
    assert process is not None and process.host == "node17"


def test_a_file_that_is_no_process_file_is_passed_over(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"pid": "x"}', "null"):
        (tmp_path / "worker.json").write_text(text)
        assert read_process(tmp_path / "worker.json") is None


@pytest.mark.parametrize("gone", [".git", ".casapilot/live", "."])
def test_a_removed_folder_is_noticed_also_when_something_of_it_is_left(tmp_path: Path, gone: str) -> None:
    live = tmp_path / "mous" / ".casapilot" / "live"
    live.mkdir(parents=True)
    head = tmp_path / "mous" / ".git" / "HEAD"
    head.parent.mkdir()
    head.write_text("ref: refs/heads/main\n")
    home = Home(str(live))
    assert home.is_there()
    shutil.rmtree(tmp_path / "mous" / gone)
    assert not home.is_there()


def test_a_folder_without_a_history_is_there_as_long_as_it_is(tmp_path: Path) -> None:
    home = Home(str(tmp_path))
    assert home.is_there()
