"""Logs of any size: lines found by offset equal those of a plain split, and the index stays small."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from casapilot.tui import logfile
from casapilot.tui.logfile import BLOCK, LogFile
from hypothesis import given, settings
from hypothesis import strategies as st

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"|")), max_size=60)


def opened(path: Path, content: bytes) -> LogFile:
    path.write_bytes(content)
    log = LogFile(path)
    log.poll()
    while log.count_some(1 << 20):
        pass
    return log


@settings(max_examples=150, deadline=None)
@given(lines=LINES, ended=st.booleans(), block=st.sampled_from([7, 16, 64]))
def test_walking_both_ways_meets_every_line_once(
    lines: list[bytes], ended: bool, block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    expected = [0, *(m.end() for m in re.finditer(b"\n", content))]
    expected = [offset for offset in expected if offset < len(content)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logfile, "BLOCK", block)
        log = opened(tmp_path_factory.mktemp("log") / "x.log", content)
        down, at = [], (0 if content else None)
        while at is not None:
            down.append(at)
            at = log.next_line(at)
        assert down == expected
        up, at = [], (log.last_line() if content else None)
        while at is not None:
            up.append(at)
            at = log.previous_line(at)
        assert up[::-1] == expected
        assert log.line_count == len(expected)
        assert [log.number_of(offset) for offset in expected] == list(range(1, len(expected) + 1))
        log.close()


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.binary(max_size=30), max_size=12))
def test_growing_by_any_pieces_counts_the_same(
    parts: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    path.write_bytes(b"")
    log = LogFile(path)
    with path.open("ab", buffering=0) as file:
        for part in parts:
            file.write(part)
            log.poll()
            log.count_some(11)
    log.poll()
    while log.count_some(11):
        pass
    content = b"".join(parts)
    whole = opened(path, content)
    assert (
        log.line_count
        == whole.line_count
        == content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    )
    assert list(log.warnings) == list(whole.warnings)


def test_index_of_a_large_log_stays_small(tmp_path: Path) -> None:
    line = b"2025-11-22 11:41:28\tINFO\tgaincal::::casa\tFound good G Jones solutions\n"
    small = opened(tmp_path / "small.log", line * 10_000)
    large = opened(tmp_path / "large.log", line * 1_000_000)
    assert large.line_count == 1_000_000
    assert large.index_bytes <= 8 * (large.size // BLOCK + 2)
    assert large.index_bytes < large.size / 5000
    offset = 777_776 * len(line)
    assert large.text(offset) == small.text(0)
    assert large.number_of(offset) == 777_777


def test_warnings_noted_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfile, "MAX_WARNINGS", 100)
    log = opened(tmp_path / "x.log", b"x\tWARN\ty\n" * 50_000)
    assert 100 <= len(log.warnings) < 100 + BLOCK // 9 + 2
    assert log.line_count == 50_000


def test_warning_lines_are_found_in_either_direction(tmp_path: Path) -> None:
    lines = [b"a\n", b"t\tWARN\tb\n", b"c\n", b"t\tSEVERE\td WARN ERROR\n", b"e\n"]
    log = opened(tmp_path / "x.log", b"".join(lines))
    first, second = 2, 2 + len(lines[1]) + 2
    assert list(log.warnings) == [first, second]
    assert log.next_warning(0) == first
    assert log.next_warning(first) == second
    assert log.next_warning(second) is None
    assert log.previous_warning(second) == first
    assert log.previous_warning(first) is None


def test_shortened_or_replaced_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    log = opened(path, b"one\ntwo\nthree\n")
    generation = log.generation
    path.write_bytes(b"new\n")
    assert log.poll()
    log.count_some()
    assert (log.line_count, log.text(0)) == (1, "new")
    other = tmp_path / "other.log"
    other.write_bytes(b"x\ny\n")
    os.replace(other, path)
    log.poll()
    log.count_some()
    assert (log.line_count, log.text(0)) == (2, "x")
    assert log.generation > generation


def test_very_long_line_is_cut_and_passed_over(tmp_path: Path) -> None:
    log = opened(tmp_path / "x.log", b"x" * 1_000_000 + b"\nend\n")
    assert len(log.text(0)) == logfile.MAX_SHOWN
    after = log.next_line(0)
    assert after == 1_000_001
    assert log.previous_line(after) == 0


def test_bytes_that_are_not_text_are_shown_as_replaced(tmp_path: Path) -> None:
    log = opened(tmp_path / "x.log", b"\xff\xfe ok\r\n")
    assert log.text(0) == "\ufffd\ufffd ok"


def search(log: LogFile, word: bytes, start: int, *, forward: bool, limit: int) -> int | None:
    pattern, ended, found = re.compile(word), False, None
    while found is None and not ended:
        found, start, ended = log.search(pattern, start, forward=forward, limit=limit)
    return found


@pytest.mark.parametrize("limit", [8, 50, 1 << 20])
def test_search_finds_the_nearest_in_pieces(limit: int, tmp_path: Path) -> None:
    content = (
        b"".join(b"line %d\n" % n for n in range(200)) + b"needle 1\nmore\n" + b"hay\n" * 99 + b"needle 2\n"
    )
    log = opened(tmp_path / "x.log", content)
    first, second = content.index(b"needle 1"), content.index(b"needle 2")
    if limit >= 50:
        assert search(log, b"needle", 0, forward=True, limit=limit) == first
        assert search(log, b"needle", first + 9, forward=True, limit=limit) == second
        assert search(log, b"nothing", 0, forward=True, limit=limit) is None
    assert search(log, b"needle", log.size, forward=False, limit=limit) == second
    assert search(log, b"needle", second, forward=False, limit=limit) == first
    assert search(log, b"needle", first, forward=False, limit=limit) is None
