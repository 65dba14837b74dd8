"""The watcher: the same answer however the lines come, and small however many there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.watch.events import QuietFailure
from casapilot.steps.watch.known_read import load_known
from casapilot.steps.watch.watch import Watcher
from hypothesis import given
from hypothesis import strategies as st

KNOWN = load_known()
CLEAN = (Path(__file__).parent / "clean-run.txt").read_text().splitlines()
DUTC = "2026-01-01 00:00:00\tSEVERE\tMeasTable::dUTC(Double) (file M.cc, line 4290)"
LEAP = [
    f"{DUTC}\tLeap second table TAI_UTC seems out-of-date.",
    f"{DUTC}+\tUntil the table is updated,",
    f"{DUTC}+\ttimes could be wrong by 1s or more.",
]
SPWS = [
    "2026-01-01 00:00:01\tWARN\tCalibrater::solve\tSpectral window(s) 0, 1,",
    "2026-01-01 00:00:01\tWARN\tCalibrater::solve+\t  could not be solved due to missing (pre-)calibration",
    "2026-01-01 00:00:01\tWARN\tCalibrater::solve+\t    in one or more of the specified tables.",
]
INFO = "2026-01-01 00:00:01\tINFO\tCalibrater::solve\tFinished solving."
NO_TABLE = "2026-01-01 00:00:02\tINFO\tCalibrater::solve\tNo output calibration table written."
BEGIN = "2026-01-01 00:00:00\tINFO\tgaincal::::casa\t##### Begin Task: gaincal            #####"


def fed(*lines: str) -> Watcher:
    watcher = Watcher(KNOWN)
    for line in lines:
        watcher.feed("log", line)
    return watcher


def test_the_lines_of_one_warning_are_one_text_counted_once() -> None:
    (group,) = fed(*LEAP).warnings()
    assert group.text == (
        "Leap second table TAI_UTC seems out-of-date. Until the table is updated, "
        "times could be wrong by 1s or more."
    )
    assert (group.count, group.known, group.muted, group.level) == (1, "leap-second-table", True, "SEVERE")


def test_an_issue_in_a_later_line_of_a_warning_is_found_every_time() -> None:
    watcher = fed(*SPWS, INFO, *SPWS)
    (group,) = watcher.warnings()
    assert (group.count, group.known) == (2, "missing-pre-calibration")
    assert watcher.known_counts["missing-pre-calibration"] == 2


def test_a_warning_whose_first_line_is_empty_or_missing_still_counts() -> None:
    head = "2026-01-01 00:00:01\tWARN\ta::b"
    texts = [
        group.text for group in fed(f"{head}\t", f"{head}+\tfirst", INFO, f"{head[:-1]}c+\torphan").warnings()
    ]
    assert texts == ["first", "orphan"]


def test_a_quiet_failure_names_the_task_it_happened_in() -> None:
    watcher = fed(BEGIN, NO_TABLE)
    assert watcher.quiet_failures == (
        QuietFailure("no-table-written", "No output calibration table written.", "gaincal"),
    )
    assert [g.level for g in watcher.warnings()] == ["INFO"]


def test_an_exception_is_no_quiet_failure() -> None:
    raised = (
        "2026-01-01 00:00:02\tSEVERE\tgaincal::::casa\tTask gaincal raised an exception of class"
        " RuntimeError with the following message: Table a.cal does not exist."
    )
    watcher = fed(BEGIN, raised)
    assert watcher.quiet_failures == ()
    assert watcher.known_counts["file-missing"] == 1
    assert (watcher.tasks[0].ended, watcher.tasks[0].error[:12]) == ("failed", "RuntimeError")


def test_what_only_the_terminal_shows_is_grouped_and_counted() -> None:
    watcher = Watcher(KNOWN)
    for chan in range(3):
        watcher.feed("terminal", f"{chan} of 52 solutions flagged due to SNR < 3 in spw=3 (chan={chan})")
        watcher.feed(
            "terminal", f"Found no unflagged data at:   (time=2024/01/01/00:00:0{chan} field=0 spw=0 chan=0)"
        )
    watcher.feed("terminal", "CASA <2>: x")
    assert [(g.known, g.count, g.level) for g in watcher.warnings()] == [
        ("solutions-below-snr", 3, "TERMINAL"),
        ("no-unflagged-data", 3, "TERMINAL"),
    ]
    assert watcher.solutions_flagged == (3, 156)
    assert watcher.untyped == watcher.lines == 7


def test_information_on_the_terminal_is_the_logs_business() -> None:
    watcher = Watcher(KNOWN)
    watcher.feed("log", NO_TABLE)
    watcher.feed("terminal", NO_TABLE)
    assert watcher.known_counts["no-table-written"] == 1 and watcher.levels["INFO"] == 1


def test_an_exception_seen_first_on_the_terminal_still_fails_its_task() -> None:
    raised = (
        "2026-01-01 00:00:02\tSEVERE\tgaincal::::casa\tTask gaincal raised an exception of class E"
        " with the following message: m"
    )
    end = "2026-01-01 00:00:02\tINFO\tgaincal::::casa\t##### End Task: gaincal              #####"
    watcher = Watcher(KNOWN)
    watcher.feed("terminal", raised)
    for line in (BEGIN, raised, end):
        watcher.feed("log", line)
    assert [frame.ended for frame in watcher.tasks] == ["failed"]
    assert [group.count for group in watcher.warnings()] == [1]


def test_a_meter_that_is_still_being_written_is_progress() -> None:
    watcher = Watcher(KNOWN)
    watcher.peek_terminal(b"0%....10....20..")
    assert watcher.progress is not None and watcher.progress.percent == 20.0
    assert watcher.lines == 0


def test_of_an_overwritten_terminal_line_the_last_state_counts() -> None:
    watcher = Watcher(KNOWN)
    watcher.feed("terminal", "working 1\rworking 2\rSegmentation fault (core dumped)")
    assert watcher.known_counts["process-aborted"] == 1


def test_statistics_of_the_last_solve_are_at_hand() -> None:
    watcher = fed(BEGIN, "2026-01-01 00:00:02\tINFO\tgaincal::::casa\t  Spw 3: 5/4/2")
    assert (watcher.solutions["3"].attempted, watcher.solutions["3"].succeeded) == (4, 2)
    assert fed(*CLEAN).flag_rate is not None


warned = st.lists(st.sampled_from([tuple(LEAP), tuple(SPWS), (INFO,), (SPWS[0],)]), max_size=8)


@given(warned, st.data())
def test_log_and_terminal_together_say_what_the_log_says(
    blocks: list[tuple[str, ...]], data: st.DataObject
) -> None:
    log = [line for block in blocks for line in block]
    terminal = [line for line in log if "\tINFO\t" not in line]
    watcher, n_log, n_terminal = Watcher(KNOWN), 0, 0
    while n_log < len(log) or n_terminal < len(terminal):
        from_log = n_terminal == len(terminal) or (n_log < len(log) and data.draw(st.booleans()))
        if from_log:
            watcher.feed("log", log[n_log])
            n_log += 1
        else:
            watcher.feed("terminal", terminal[n_terminal])
            n_terminal += 1
    alone = fed(*log)

    def told(w: Watcher) -> dict[tuple[str, str], int]:
        return {(g.text, g.known): g.count for g in w.warnings()}

    assert told(watcher) == told(alone)
    assert watcher.known_counts == alone.known_counts
    assert watcher.levels == alone.levels


@given(st.lists(st.binary(max_size=60), max_size=30), st.booleans())
def test_any_bytes_are_watched_without_an_error(lines: list[bytes], terminal: bool) -> None:
    watcher = Watcher(KNOWN)
    for line in lines:
        watcher.feed("terminal" if terminal else "log", line)
    assert watcher.lines >= watcher.untyped
    assert watcher.as_json()["lines"] == watcher.lines


mutations = st.lists(
    st.tuples(st.integers(0, len(CLEAN) - 1), st.integers(0, 400), st.characters()), max_size=20
)


@given(mutations)
def test_a_damaged_log_is_watched_without_an_error(changes: list[tuple[int, int, str]]) -> None:
    lines = CLEAN[:120]
    for number, place, char in changes:
        line = lines[number % len(lines)]
        lines[number % len(lines)] = line[:place] + char + line[place + 1 :]
    assert fed(*lines).as_json()


def test_two_hundred_thousand_different_warnings_stay_small() -> None:
    watcher = Watcher(KNOWN, most_groups=100)
    for number in range(200_000):
        word = "".join(chr(97 + int(digit)) for digit in str(number))
        watcher.feed("log", f"2026-01-01 00:00:00\tWARN\ta::{word}\tword {word} is new")
    groups = watcher.warnings()
    assert len(groups) == 101
    assert sum(group.count for group in groups) == watcher.levels["WARN"] == 200_000
    assert len(watcher._twins._ahead) <= 20_000


def test_an_issue_is_counted_also_when_there_is_no_room_for_its_group() -> None:
    watcher = Watcher(KNOWN, most_groups=1)
    for line in (INFO.replace("INFO", "WARN"), *LEAP, NO_TABLE):
        watcher.feed("log", line)
    assert watcher.known_counts == {"leap-second-table": 1, "no-table-written": 1}
    assert [failure.known for failure in watcher.quiet_failures] == ["no-table-written"]
    assert [(g.text, g.known) for g in watcher.warnings()][1:] == [("(other warnings)", "")] * 2


@pytest.mark.parametrize("style", ["plain", "expanded", "prompt", "crlf", "colour"])
def test_every_way_of_copying_a_log_gives_the_same_tasks_and_issues(style: str) -> None:
    def copied(line: str) -> str:
        return {
            "plain": line,
            "expanded": line.expandtabs(8),
            "prompt": f"CASA <3>: {line}",
            "crlf": line + "\r",
            "colour": f"\x1b[32m{line}\x1b[0m",
        }[style]

    watcher, plain = fed(*map(copied, CLEAN)), fed(*CLEAN)
    assert watcher.untyped == 0 and watcher.levels == plain.levels
    assert [(f.name, f.ended, f.seconds) for f in watcher.tasks] == [
        (f.name, f.ended, f.seconds) for f in plain.tasks
    ]
    assert watcher.known_counts == plain.known_counts
