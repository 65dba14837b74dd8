"""What `casapilot run` says and returns for what happened."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from casapilot.steps.journal import Event
from casapilot.steps.run.view import Activity
from casapilot.tui.commands.narrate import Narrator
from casapilot.tui.commands.run import exit_code, follow


def ended(key: str, status: str) -> Event:
    return Event("item-ended", 1.0, {"key": key, "status": status, "seconds": 2.0, "text": "because"})


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([ended("a", "done"), ended("b", "done")], 0),
        ([ended("a", "done"), ended("b", "failed")], 1),
        ([ended("a", "lost")], 1),
        ([ended("a", "failed"), ended("b", "done"), ended("a", "done")], 0),
        ([ended("a", "done")], 4),
        ([ended("a", "unbegun"), Event("item-refused", 1.0, {"key": "a"})], 4),
        ([Event("stop", 1.0, {"how": "now"})], 1),
        ([], 4),
    ],
)
def test_the_exit_code_is_that_of_what_was_asked_for(events: list[Event], code: int) -> None:
    assert exit_code(["a", "b"], events) == code


def test_nothing_asked_for_is_nothing_gone_wrong() -> None:
    assert exit_code([], [ended("other", "failed")]) == 0


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (ended("a", "failed"), "  failed, 2.0 s, because"),
        (Event("item-refused", 1.0, {"key": "a", "reason": "no CASA.", "todo": "Go."}), "  a: no CASA. Go."),
        (Event("item-started", 1.0, {"eb": "X1", "title": "Gain", "step": 7}), "X1: Gain (step 7)"),
        (Event("flags-restored", 1.0, {"ms": "a.ms", "version": "B"}), "  flags of a.ms restored to B"),
        (Event("worker-started", 1.0, {}), ""),
    ],
)
def test_each_event_is_a_line_or_nothing(event: Event, line: str) -> None:
    assert Narrator(False).tell(event) == line


def test_with_several_ebs_each_line_says_of_which_it_is() -> None:
    narrator = Narrator(True)
    told = [
        narrator.tell(Event(kind, 1.0, data))
        for kind, data in (
            ("item-started", {"run": "r1", "eb": "X1", "title": "Gain", "step": 7}),
            ("item-started", {"run": "r2", "eb": "X2", "title": "Gain", "step": 7}),
            ("call-started", {"run": "r1", "text": "gaincal()"}),
            ("item-ended", {"run": "r2", "key": "list/gain@X2", "status": "done"}),
            ("item-refused", {"key": "list/gain@X2", "reason": "no.", "todo": ""}),
        )
    ]
    assert told == [
        "X1: Gain (step 7)",
        "X2: Gain (step 7)",
        "X1:     gaincal()",
        "X2:   done",
        "X2:   list/gain@X2: no.",
    ]


def test_the_end_of_the_last_item_is_told_though_it_comes_with_the_end_of_all() -> None:
    """The conductor may end an item and rest between one look of the command and the next."""
    late = Event("item-ended", 2.0, {"key": "small/a@X1", "status": "done"})

    class Session:
        mous = SimpleNamespace(ebs=())
        _unread: list[Event] = []
        _activity = Activity("busy")

        def poll(self) -> None:
            self._unread, self._activity = [late], Activity("idle")

        def snapshot(self) -> SimpleNamespace:
            return SimpleNamespace(activity=self._activity)

        def new_events(self) -> list[Event]:
            told, self._unread = self._unread, []
            return told

    assert exit_code(["small/a@X1"], follow(Session())) == 0  # type: ignore[arg-type]  # a stand-in
