"""Tasks by hand in the queue of the conductor, without CASA: in turn, and nobody's harm."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from casapilot.steps.errors import CasapilotError
from casapilot.steps.run import conductor as module
from casapilot.steps.run.effects import is_by_hand
from test_run_conductor import Site, StubLane, of


class HandLane(StubLane):
    """As the real lane: nothing rests on a task by hand."""

    def only_measures(self, key):  # type: ignore[no-untyped-def]  # as in the lane it stands for
        return is_by_hand(key)


@pytest.fixture
def hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path)
    monkeypatch.setattr(module, "Lane", type("Lane", (HandLane,), {"site": site}))
    site.start()
    yield site
    site.end()


def ask(site: Site, eb: str = "X1", task: str = "flagdata") -> dict[str, object]:
    return site.ask(op="call", eb=eb, task=task, arguments="{'vis': 'a.ms'}")


def test_a_task_waits_its_turn_behind_the_steps_of_its_eb(hands: Site) -> None:
    hands.gates = {"a@X1": threading.Event()}
    hands.run(of("X1", "a", "b"))
    hands.wait(lambda: hands.did == ["a@X1"])
    answer = ask(hands)
    assert answer["key"] == "console/flagdata.1@X1"
    assert answer["ahead"] == ["list/a@X1", "list/b@X1"]
    other = ask(hands, "X2")
    assert other["ahead"] == []
    hands.gates["a@X1"].set()
    hands.idle()
    assert [name for name in hands.did if name.endswith("X1")] == ["a@X1", "b@X1", "flagdata.1@X1"]


@pytest.mark.parametrize("how", ["failed", "there is no CASA"])
def test_a_task_that_fails_holds_up_nothing(hands: Site, how: str) -> None:
    hands.gates = {"a@X1": threading.Event()}
    hands.ends = {"flagdata.1@X1": how}
    hands.run(of("X1", "a"))
    ask(hands)
    hands.run(of("X1", "b"))
    hands.gates["a@X1"].set()
    hands.idle()
    assert hands.did == ["a@X1", "flagdata.1@X1", "b@X1"]


def test_the_same_task_twice_is_done_twice(hands: Site) -> None:
    keys = [ask(hands)["key"], ask(hands)["key"], ask(hands, task="listobs")["key"]]
    hands.idle()
    assert keys == ["console/flagdata.1@X1", "console/flagdata.2@X1", "console/listobs.3@X1"]
    assert hands.did == ["flagdata.1@X1", "flagdata.2@X1", "listobs.3@X1"]


@pytest.mark.parametrize(
    ("eb", "arguments"), [("X9", "{}"), ("X1", "__import__('os').system('true')"), ("X1", "{")]
)
def test_what_cannot_be_asked_for_is_refused_and_nothing_is_queued(
    hands: Site, eb: str, arguments: str
) -> None:
    with pytest.raises(CasapilotError):
        hands.ask(op="call", eb=eb, task="flagdata", arguments=arguments)
    assert hands.ask(op="ping")["queue"] == [] and hands.did == []
