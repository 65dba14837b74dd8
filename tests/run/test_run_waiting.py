"""The queue of all EBs: what may begin, and what goes with what went wrong."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.errors import MousError
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run import jobs
from casapilot.steps.run.jobs import jobs_of, threads_of
from casapilot.steps.run.waiting import Waiting
from hypothesis import given
from hypothesis import strategies as st

EBS = ("X1", "X2", "X3", "X4")
KEYS = st.lists(st.builds(Key, st.just("list"), st.sampled_from("abcdef"), st.sampled_from(EBS)), unique=True)


def of(eb: str, *items: str) -> list[Key]:
    return [Key("list", item, eb) for item in items]


@given(keys=KEYS, jobs=st.integers(1, 5), data=st.data())
def test_an_eb_does_one_thing_at_a_time_in_order_and_no_more_ebs_than_jobs(
    keys: list[Key], jobs: int, data: st.DataObject
) -> None:
    waiting, begun, failed = Waiting(keys, jobs), [], set()
    while waiting:
        while key := waiting.begin():
            begun.append(key)
        under_way = list(waiting.busy.values())
        assert under_way and len(under_way) <= jobs
        assert len({key.eb for key in under_way}) == len(under_way)
        ended, done = data.draw(st.sampled_from(under_way)), data.draw(st.booleans())
        waiting.free(ended)
        dropped = waiting.drop(ended, done)
        assert not (done and dropped)
        assert all(key.eb == ended.eb for key in dropped)
        failed |= set() if done else {ended.eb}
    for eb in EBS:
        mine = [key for key in keys if key.eb == eb]
        ran = [key for key in begun if key.eb == eb]
        assert ran == (mine[: len(ran)] if eb in failed else mine)


def test_with_one_job_ebs_follow_each_other_in_the_order_of_the_queue() -> None:
    waiting, order = Waiting([*of("X1", "a", "b"), *of("X2", "a")], 1), []
    while key := waiting.begin():
        order.append(str(key))
        assert waiting.begin() is None
        waiting.free(key)
        waiting.drop(key, True)
    assert order == ["list/a@X1", "list/b@X1", "list/a@X2"]


def test_an_item_of_the_mous_waits_for_all_before_it_and_holds_up_all_after_it() -> None:
    concat = Key("list", "concat")
    waiting = Waiting([*of("X1", "a"), *of("X2", "a"), concat, *of("X1", "z")], 3)
    first, second = waiting.begin(), waiting.begin()
    assert first is not None and second is not None and waiting.begin() is None
    for key in (first, second):
        assert waiting.begin() is None
        waiting.free(key)
        waiting.drop(key, True)
    assert waiting.begin() == concat and waiting.begin() is None
    waiting.free(concat)
    waiting.drop(concat, True)
    assert waiting.begin() == Key("list", "z", "X1")


def test_what_failed_takes_the_rest_of_its_eb_and_what_waits_for_all_with_it() -> None:
    concat = Key("list", "concat")
    waiting = Waiting([*of("X1", "a", "b"), *of("X2", "a", "b"), concat], 2)
    key = waiting.begin()
    assert key is not None
    waiting.free(key)
    assert waiting.drop(key, False) == (Key("list", "b", "X1"), concat)
    assert waiting.keys == of("X2", "a", "b")


def test_what_only_measures_takes_only_what_rests_on_it_with_it() -> None:
    waiting = Waiting(of("X1", "look", "b", "c"), 1)
    key = waiting.begin()
    assert key is not None
    assert waiting.drop(key, False, lambda other: other.item == "c") == (Key("list", "c", "X1"),)
    assert waiting.keys == of("X1", "b")


def test_an_eb_that_is_settled_begins_nothing_until_it_is_free() -> None:
    waiting = Waiting(of("X1", "a"), 2)
    held = Key("list", "old", "X1")
    waiting.hold(held)
    assert waiting.begin() is None and waiting.has("X1")
    waiting.free(held)
    waiting.put_first(held)
    assert waiting.begin() == held


def test_a_stop_of_one_eb_leaves_the_queue_of_the_other() -> None:
    waiting = Waiting([*of("X1", "a", "b"), *of("X2", "a", "b")], 2)
    waiting.begin(), waiting.begin()
    assert waiting.stop("X2") == (Key("list", "a", "X2"),)
    assert waiting.keys == [*of("X1", "a", "b"), *of("X2", "a")]
    assert len(waiting.stop()) == 2 and waiting.keys == [*of("X1", "a"), *of("X2", "a")]


@pytest.mark.parametrize(
    ("stated", "asked", "expected"),
    [({}, None, 2), ({"jobs": 3}, None, 3), ({"jobs": 3}, 1, 1), ({}, 0, 1)],
)
def test_how_many_ebs_at_a_time(
    stated: dict[str, object], asked: int | None, expected: int, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_cores", lambda: 8)
    monkeypatch.setattr(jobs, "_memory_bytes", lambda: 64_000_000_000)
    mous = Mous(tmp_path, "uid", ebs=(None, None), launcher_options=stated)  # type: ignore[arg-type]  # only counted
    assert jobs_of(mous, asked) == expected


@pytest.mark.parametrize(("cores", "memory_gb", "expected"), [(1, 64, 1), (8, 9, 2), (8, 1, 1), (3, 64, 3)])
def test_a_small_machine_has_few_at_a_time(
    cores: int, memory_gb: int, expected: int, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_cores", lambda: cores)
    monkeypatch.setattr(jobs, "_memory_bytes", lambda: memory_gb * 1_000_000_000)
    mous = Mous(tmp_path, "uid", ebs=(None,) * 4)  # type: ignore[arg-type]  # only counted
    assert jobs_of(mous) == expected
    assert threads_of(expected) == max(1, cores // expected)


@pytest.mark.parametrize("stated", [0, -1, "two", True, 1.5])
def test_jobs_that_cannot_be_meant_are_refused_in_words(stated: object, tmp_path) -> None:
    with pytest.raises(MousError, match="not a number of EBs"):
        jobs_of(Mous(tmp_path, "uid", launcher_options={"jobs": stated}))
