"""Files that grow, are cut, come late, are replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from casapilot.steps.watch.follow import LogFollower
from hypothesis import given, settings
from hypothesis import strategies as st


def texts(follower: LogFollower, max_bytes: int = 1 << 20) -> list[str]:
    return [line.decode() for _, line in follower.poll(max_bytes)]


def append(path: Path, text: str) -> None:
    with path.open("a", newline="") as file:
        file.write(text)


def test_only_whole_lines_come_and_each_once(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "one\ntw")
    follower = LogFollower([(path, "log")])
    assert follower.poll() == [("log", b"one")]
    assert follower.tails() == [("log", b"tw")]
    append(path, "o\n")
    assert follower.poll() == [("log", b"two")]
    assert follower.poll() == []


def test_the_last_line_without_an_end_comes_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "one\ntwo")
    follower = LogFollower([(path, "log")])
    follower.poll()
    assert follower.finish() == [("log", b"two")]
    assert follower.finish() == []


def test_a_file_that_comes_late_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "late" / "a.log"
    follower = LogFollower([(path, "terminal")])
    assert follower.poll() == [] and follower.behind == 0
    path.parent.mkdir()
    append(path, "one\n")
    assert follower.poll() == [("terminal", b"one")]


@pytest.mark.parametrize("new", ["new\n", "new and longer than it was\n"])
def test_a_file_cut_and_written_anew_is_read_anew(tmp_path: Path, new: str) -> None:
    path = tmp_path / "a.log"
    append(path, "one\ntwo")
    follower = LogFollower([(path, "log")])
    follower.poll()
    path.write_text(new)
    assert texts(follower) == [new.strip()]


def test_a_renamed_file_is_read_to_its_end_and_then_its_successor(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "one\n")
    follower = LogFollower([(path, "log")])
    follower.poll()
    append(path, "two\nlast")
    path.rename(tmp_path / "a.log.1")
    append(path, "three\n")
    assert texts(follower) == ["two", "last", "three"]


def test_a_removed_file_keeps_what_was_read_and_waits(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "one\n")
    follower = LogFollower([(path, "log")])
    follower.poll()
    path.unlink()
    assert follower.poll() == []
    append(path, "two\n")
    assert texts(follower) == ["two"]


def test_a_file_added_later_or_twice_is_followed_once_from_the_offset(tmp_path: Path) -> None:
    path = tmp_path / "X.ms.wvrgcal"
    append(path, "old\n")
    follower = LogFollower()
    follower.add(path, "log", offset=os.path.getsize(path))
    follower.add(path, "log")
    append(path, "new\n")
    assert texts(follower) == ["new"]


def test_the_offsets_let_another_follower_go_on(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "one\ntwo\nthr")
    first = LogFollower([(path, "log")])
    first.poll()
    ((name, offset),) = first.offsets.items()
    append(path, "ee\n")
    second = LogFollower()
    second.add(name, "log", offset)
    assert texts(second) == ["three"]


def test_one_poll_reads_no_more_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "x" * 9 + "\n" + "y" * 9 + "\n" + "z" * 9 + "\n")
    follower = LogFollower([(path, "log")])
    assert texts(follower, 20) == ["x" * 9, "y" * 9]
    assert follower.behind == 10
    assert texts(follower, 20) == ["z" * 9]


def test_a_busy_file_does_not_hide_the_other(tmp_path: Path) -> None:
    busy, quiet = tmp_path / "busy", tmp_path / "quiet"
    append(busy, "b\n" * 500_000)
    append(quiet, "q\n")
    follower = LogFollower([(busy, "log"), (quiet, "terminal")])
    kinds = {kind for _ in range(2) for kind, _ in follower.poll(300_000)}
    assert kinds == {"log", "terminal"}


def test_a_line_without_an_end_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    append(path, "x" * (5 << 20))
    follower = LogFollower([(path, "log")])
    lines = follower.poll(8 << 20)
    assert (
        sum(len(line) for _, line in lines) + len(follower.finish()[0][1] if follower.tails() else b"")
        == 5 << 20
    )
    assert max(len(line) for _, line in lines) < 2 << 20


def test_what_cannot_be_read_gives_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    follower = LogFollower([(tmp_path, "log"), (tmp_path / "fifo", "log"), ("/dev/null", "log")])
    assert follower.poll() == []
    follower.close()


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([b"a", b"bc\n", b"\n", b"\xc3", b"\xbc\r\n", b"long line\nnext"])),
    st.integers(1, 20),
)
def test_lines_are_the_same_however_the_file_grows(tmp_path_factory, pieces: list[bytes], step: int) -> None:
    path = tmp_path_factory.mktemp("grow") / "a.log"
    path.touch()
    follower = LogFollower([(path, "log")])
    found = []
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        found += [line for _, line in follower.poll(step)]
    while lines := follower.poll(step) or follower.behind:
        found += [] if isinstance(lines, int) else [line for _, line in lines]
    found += [line for _, line in follower.finish()]
    whole = b"".join(pieces).split(b"\n")
    assert found == (whole if whole[-1] else whole[:-1])
    follower.close()
