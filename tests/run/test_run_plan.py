"""What a run of some items holds up and takes along, before anything has run."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.graph import Graph
from casapilot.steps.checklist.model import Checklist, Item, Key, Kind, State
from casapilot.steps.checklist.select import expand
from casapilot.steps.run.plan import make_plan, with_resting
from casapilot.steps.run.view import Activity, Row, Snapshot


def item(name: str, *needs: str, kind: Kind = Kind.RUN) -> Item:
    return Item(name, name.capitalize(), "p", kind, step=name if kind is Kind.RUN else "", needs=needs)


LIST = Checklist(
    "cal", "", "", "", "",
    items=(
        item("numbers", kind=Kind.CHECK),
        item("flags", "numbers"),
        item("look", "flags", kind=Kind.MANUAL),
        item("bandpass", "flags"),
        item("b2b", "bandpass"),
        item("gain", "bandpass", "b2b"),
        item("listobs"),
    ),
)  # fmt: skip
GRAPH = Graph([LIST], expand([LIST], ["X1"]))


def keys(*names: str) -> list[Key]:
    return [Key("cal", name, "X1") for name in names]


def snapshot(**states: State) -> Snapshot:
    """All is done but what is named, and b2b is left out."""
    states = {"b2b": State.SKIPPED, **states}
    rows = (Row(key, GRAPH.items[key], "", states.get(key.item, State.DONE)) for key in GRAPH.keys)
    return Snapshot("", tuple(rows), Activity())


@pytest.mark.parametrize(
    ("open_items", "taken"),
    [
        (("flags",), ("flags", "bandpass", "gain")),
        (("flags", "gain"), ("flags", "bandpass", "gain")),
        (("bandpass",), ("bandpass", "gain")),
        (("gain", "listobs"), ("gain", "listobs")),
        (("numbers",), ("numbers",)),
        ((), ()),
    ],
)
def test_what_rests_on_what_is_run_is_taken_along_in_the_order_of_the_list(
    open_items: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    now = snapshot(**dict.fromkeys(open_items, State.FAILED))
    assert with_resting(keys(*open_items), now, GRAPH) == keys(*taken)


def test_nothing_is_run_on_what_an_item_before_it_makes_stale() -> None:
    now = snapshot(flags=State.FAILED, gain=State.TODO)
    plan = make_plan(keys("flags", "gain"), now, [], GRAPH, {})
    assert plan.keys == tuple(keys("flags"))
    assert plan.refused == {str(keys("gain")[0]): "needs Bandpass first"}
    whole = make_plan(keys("flags", "bandpass", "gain"), now, [], GRAPH, {})
    assert whole.keys == tuple(keys("flags", "bandpass", "gain")) and not whole.refused


def test_what_is_measured_again_or_skipped_holds_nothing_up() -> None:
    now = snapshot(bandpass=State.STALE, gain=State.STALE, numbers=State.TODO)
    plan = make_plan(keys("numbers", "bandpass", "gain"), now, [], GRAPH, {})
    assert plan.keys == tuple(keys("numbers", "bandpass", "gain"))
