"""Warnings put together, and twins told apart."""

from __future__ import annotations

import pytest
from casapilot.steps.watch.groups import LONGEST, Groups, Twins, normalise
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "one, other",
    [
        ("DV09 flagged in scan 3", "DA41 flagged in scan 12"),
        ("at 2024/01/01/05:32:59.1", "at 1995/04/13/10:00:00.0"),
        ("spw(s) 0, 1, 2, 3,", "spw(s) 7,"),
        ("minor axis 2.10879 arcsec", "minor axis 1e-3 arcsec"),
        ("renamed to X.old.1795358196", "renamed to X.old.1695358196"),
        ("object at 0x7fcd0", "object at 0x12ab"),
        ("antenna ea05@W12 x", "antenna ea21 x"),
    ],
)
def test_what_differs_by_number_antenna_or_time_is_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    "one, other",
    [("Table a.cal does not exist", "Table b.cal does not exist"), ("spw has no", "field has no")],
)
def test_what_differs_by_a_word_is_not(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_groups_keep_the_first_text_and_both_times() -> None:
    groups = Groups()
    for scan, time in ((1, "a"), (2, "b"), (3, "c")):
        groups.add(f"scan {scan} is bad", "x::y", "WARN", time)
    (group,) = groups.all()
    assert (group.text, group.count, group.first, group.last) == ("scan 1 is bad", 3, "a", "c")


def test_level_and_origin_keep_warnings_apart() -> None:
    groups = Groups()
    for origin, level in (("a", "WARN"), ("a", "SEVERE"), ("b", "WARN")):
        groups.add("x", origin, level, "")
    assert [(g.origin, g.level) for g in groups.all()] == [("a", "WARN"), ("a", "SEVERE"), ("b", "WARN")]


def test_beyond_the_most_groups_only_the_count_grows() -> None:
    groups = Groups(most=3)
    for word in "abcdefgh":
        groups.add(f"word {word} word", "o", "WARN", "")
    groups.add("word a word", "o", "WARN", "")
    counts = [(g.text, g.count) for g in groups.all()]
    assert counts == [("word a word", 2), ("word b word", 1), ("word c word", 1), ("(other warnings)", 5)]


def test_only_the_first_of_a_group_is_extended() -> None:
    groups = Groups()
    group = groups.add("a", "o", "WARN", "")
    group.extend("b" * 3 * LONGEST)
    assert len(group.text) == LONGEST
    groups.add("a", "o", "WARN", "").extend("c")
    assert "c" not in group.text


streams = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40)


@given(streams)
def test_each_line_counts_as_often_as_in_the_stream_that_has_more(lines: list[tuple[str, bool]]) -> None:
    twins = Twins()
    counted = [text for text, terminal in lines if not twins.is_second((text,), terminal)]
    for text in "abc":
        in_log = lines.count((text, False))
        on_terminal = lines.count((text, True))
        assert counted.count(text) == max(in_log, on_terminal)


def test_twins_remember_no_more_than_asked() -> None:
    twins = Twins(most=10)
    for number in range(1000):
        assert not twins.is_second((number,), terminal=False)
    assert twins.is_second((999,), terminal=True)
    assert not twins.is_second((5,), terminal=True)
