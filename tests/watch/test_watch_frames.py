"""Task frames of the versions of CASA."""

from __future__ import annotations

from casapilot.steps.watch.watch import Watcher


def log(*messages: str, start: int = 0, level: str = "INFO") -> list[str]:
    return [f"2020-01-01 00:00:{start + i:02}\t{level}\t{text}" for i, text in enumerate(messages)]


def watch(lines: list[str]) -> Watcher:
    watcher = Watcher()
    for line in lines:
        watcher.feed("log", line)
    return watcher


FRAME_5 = [
    "gaincal::::\t",
    "gaincal::::+\t##########################################",
    "gaincal::::+\t##### Begin Task: gaincal            #####",
    'gaincal::::\tgaincal(vis="a.ms",caltable="b.cal",',
    'gaincal::::+\t        spw="0",antenna="")',
    "gaincal::calibrater::open\tOpening MS: a.ms for calibration.",
    "gaincal::::\t##### End Task: gaincal              #####",
    "gaincal::::+\t##########################################",
]

FRAME_6 = [
    "split::::casa\t##### Begin Task: split              #####",
    "split::::casa\tsplit( vis='a.ms', outputvis='b.ms' )",
    "split::::casa\tTask split complete. Start time: 2020-01-01 01:00:00.100000"
    " End time: 2020-01-01 01:00:01.350000",
    "split::::casa\t##### End Task: split                #####",
]


def test_a_frame_on_continued_origins_has_its_call_in_one_piece() -> None:
    (frame,) = watch(log(*FRAME_5)).tasks
    assert frame.call == 'gaincal(vis="a.ms",caltable="b.cal", spw="0",antenna="")'
    assert (frame.name, frame.ended, frame.seconds) == ("gaincal", "done", 4.0)


def test_casa_6_tells_the_duration_itself() -> None:
    (frame,) = watch(log(*FRAME_6)).tasks
    assert (frame.seconds, frame.ended) == (1.25, "done")
    assert frame.as_json()["start"] == "2020-01-01T00:00:00Z"
    assert frame.as_json()["end"] == "2020-01-01T00:00:03Z"


def test_a_failure_of_casa_6_shows_in_the_frame_that_still_ends() -> None:
    raised = log(
        "split::::casa\tTask split raised an exception of class OSError with the following message: exists",
        level="SEVERE",
    )
    lines = log(*FRAME_6)
    (frame,) = watch([*lines[:2], *raised, *lines[2:]]).tasks
    assert (frame.ended, frame.error, frame.seconds) == ("failed", "OSError: exists", 1.25)


def test_a_failure_of_casa_5_ends_the_frame_itself() -> None:
    lines = log(*FRAME_5[:4]) + log(
        "gaincal::::\tAn error occurred running task gaincal.", start=9, level="SEVERE"
    )
    watcher = watch(lines)
    assert [(f.ended, f.seconds) for f in watcher.tasks] == [("failed", 7.0)]
    assert watcher.call == ""


def test_a_task_inside_a_task_closes_without_closing_the_outer() -> None:
    inner = log(*FRAME_6)
    outer_began, outer_ended = log(
        "x::::casa\t##### Begin Task: outer              #####",
        "x::::casa\t##### End Task: outer              #####",
    )
    watcher = watch([outer_began, *inner[:2]])
    assert watcher.call == "split( vis='a.ms', outputvis='b.ms' )"
    for line in inner[2:]:
        watcher.feed("log", line)
    assert watcher.call == "outer(...)"
    watcher.feed("log", outer_ended)
    assert [(f.name, f.ended) for f in watcher.tasks] == [("outer", "done"), ("split", "done")]


def test_an_inner_frame_without_an_end_has_failed_when_the_outer_ends() -> None:
    lines = log(
        "a::::\t##### Begin Task: a #####",
        "b::::\t##### Begin Task: b #####",
        "a::::\t##### End Task: a #####",
    )
    assert [(f.name, f.ended) for f in watch(lines).tasks] == [("a", "done"), ("b", "failed")]


def test_a_crash_leaves_its_frame_open_and_the_next_session_starts_clean() -> None:
    crashed = log(*FRAME_6[:2])
    watcher = watch([*crashed, *log("::casa\tCASA Version MODULAR 6.7.0.31", *FRAME_6)])
    assert [f.ended for f in watcher.tasks] == ["open", "done"]
    assert watcher.tasks[0].as_json()["end"] is None
    assert watcher.casa == "6.7.0.31"


def test_an_end_that_never_began_is_passed_over() -> None:
    assert watch(log("a::::\t##### End Task: a #####")).tasks == ()


def test_progress_belongs_to_the_task_that_runs() -> None:
    watcher = watch(log(FRAME_6[0], "FlagMSHandler::\tChunk = 1 [progress: 19%], Observation = 0"))
    assert watcher.progress is not None and watcher.progress.percent == 19.0
    for line in log(FRAME_6[3]):
        watcher.feed("log", line)
    assert watcher.progress is None


def test_only_the_last_tasks_are_kept_and_the_call_of_one_that_ended_is_cut() -> None:
    watcher = Watcher(most_tasks=3)
    for number in range(10):
        call = f"split::::casa\tsplit( vis='{number}{'x' * 9000}' )"
        for line in log(FRAME_6[0], call, FRAME_6[3]):
            watcher.feed("log", line)
    assert [frame.call[:13] for frame in watcher.tasks] == [f"split( vis='{number}" for number in (7, 8, 9)]
    assert max(len(frame.call) for frame in watcher.tasks) <= 2000
