"""Each number of the catalogue of known issues is met by lines in their real form, of several versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from casapilot.steps.watch.known import USUAL, KnownIssue
from casapilot.steps.watch.known_read import load_known
from casapilot.steps.watch.lines import parse
from casapilot.steps.watch.patterns import LONGEST_TEXT
from casapilot.steps.watch.watch import Watcher
from hypothesis import given, settings
from hypothesis import strategies as st

OURS = load_known()
#: Number in the catalogue, line. Wording: CASA 6.7's own text, sources of older ones, public issue reports.
LINES = [
    (int(number), line)
    for number, _, line in (
        each.partition("\t") for each in (Path(__file__).parent / "known-lines.txt").read_text().splitlines()
    )
]
#: Shown by a call or by a check, not by a line.
BY_CALL_OR_CHECK = {33, 42, 56, 58, 62, 63, 88, 103, 104, 105, 107, 108, 109, 110, 114}
#: Nothing that is read shows them: told on demand.
IN_WORDS = {57, 60, 61, 64, 65, 82, 97, 98, 106, 123, 124}
#: Not a line of its own: the names that old scripts lack.
WITH_ANOTHER = {68: 67}


def met(line: str) -> dict[str, int]:
    watcher = Watcher(OURS)
    watcher.feed("log", line)
    return dict(watcher.known_counts)


def test_each_number_of_the_catalogue_has_a_line_or_says_why_not() -> None:
    spoken = {number for number, _ in LINES}
    assert spoken | BY_CALL_OR_CHECK | IN_WORDS | set(WITH_ANOTHER) == set(range(1, 125))
    assert not spoken & (BY_CALL_OR_CHECK | IN_WORDS)


def test_what_is_told_in_words_only_is_shown_by_nothing() -> None:
    for issue in OURS.issues:
        for number in issue.ki:
            assert issue.can_be_met != (number in IN_WORDS), issue.id
            if number in BY_CALL_OR_CHECK:
                assert issue.call or issue.metric, issue.id


@pytest.mark.parametrize("number", sorted({number for number, _ in LINES}))
def test_a_line_is_met_once_however_it_was_copied(number: int) -> None:
    for line in (line for other, line in LINES if other == number):
        _is_met_once(number, line)


def _is_met_once(number: int, line: str) -> None:
    copies = [line, line + "\r"]
    if parse(line):
        blanks = line.replace("\t", "    ")
        copies += [blanks, f"# {blanks}", f"meerkathi - 2019-06-16 12:06:05,876 INFO - {line}"]
    for copy in copies:
        found = met(copy)
        assert list(found.values()) == [1], copy
        issue = OURS.get(next(iter(found)))
        assert issue is not None and number in issue.ki, copy


def test_lines_of_the_log_are_of_several_versions() -> None:
    years = {line[:4] for _, line in LINES if parse(line)}
    assert min(years) <= "2014" and max(years) >= "2024" and len(years) > 6


@pytest.mark.parametrize(
    "line",
    [
        "Killed by the user before the step",
        "2024-03-12 10:11:12\tWARN\texportuvfits::MSFitsOutput\tCORRECTED_DATA does not exist, writing DATA",
        "2024-03-12 10:11:12\tWARN\tstatwt::StatWt\tCORRECTED_DATA is not present. Updating the SIGMA values",
        "2024-03-12 10:11:12\tINFO\tgaincal::::casa\tNB: gaincal automatically excludes auto-correlations.",
        "2024-03-12 10:11:12\tINFO\t::casa\tTelemetry initialized. Telemetry will send statistics.",
        "2024-03-12 10:11:12\tINFO\timportasdm::::casa\tFound Antenna.xml in SDM",
        "2024-03-12 10:11:12\tINFO\ttclean::::casa\tReached global stopping criterion : threshold",
        "The table has 37 rows and 4 spws",
        "tableLock: acquired read-lock on file x.ms/table.lock in 1 attempts",
        "NameError: name 'my_variable' is not defined",
        "ModuleNotFoundError: No module named 'recipes_of_mine'",
        "md5sum: x.tar: OK",
        "Found a suitable reference antenna: DV18",
    ],
)
def test_what_only_looks_alike_is_not_met(line: str) -> None:
    assert not met(line)


def first_of_all(text: str) -> KnownIssue | None:
    """What `find` has to say, without looking for words first."""
    said = (each for each in OURS.issues if each.pattern and "TERMINAL" in (each.level or USUAL))
    return next((each for each in said if re.search(each.pattern, text[:LONGEST_TEXT])), None)


@settings(max_examples=60)
@given(
    st.sampled_from(LINES), st.integers(1, 300), st.sampled_from(["", " ", "1", "a1 "]), st.text(max_size=40)
)
def test_looking_for_words_first_changes_nothing(
    line: tuple[int, str], length: int, between: str, more: str
) -> None:
    piece = line[1][:length] + between
    text = more + piece * (LONGEST_TEXT // len(piece) + 1)
    assert OURS.find(text, "TERMINAL") is first_of_all(text)
    assert OURS.find(more + line[1], "TERMINAL") is first_of_all(more + line[1])
