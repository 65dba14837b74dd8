"""Who lost data in a step, from the counts before and after it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from casapilot.steps.checklist.model import Check, Item, Kind
from casapilot.steps.record.runs import FlagChange
from casapilot.steps.run.flag_growth import flag_growth
from casapilot.steps.run.outcome import measure


def counts(**kinds: dict[str, float]) -> dict[str, Any]:
    """Counts of 1000 visibilities each, of which so many percent are flagged."""
    summary: dict[str, Any] = {
        kind: {name: {"flagged": 10.0 * percent, "total": 1000.0} for name, percent in some.items()}
        for kind, some in kinds.items()
    }
    return {**summary, "flagged": 0.0, "total": 1000.0}


BEFORE = counts(antenna={"DA41": 5, "DV09": 5}, spw={"17": 5}, field={"J1037": 5}, scan={"4": 5, "7": 5})
AFTER = counts(antenna={"DA41": 5, "DV09": 45}, spw={"17": 7}, field={"J1037": 6}, scan={"4": 25, "7": 5})


def test_who_lost_most_comes_first_with_its_place() -> None:
    value, words, found = flag_growth([FlagChange("x.ms", BEFORE, AFTER)]) or (0.0, "", ())
    assert (
        value == pytest.approx(40.0) and words == "DV09 +40.0 %, scan 4 +20.0 %, spw 17 +2.0 %, J1037 +1.0 %"
    )
    assert [(each.antenna, each.scans, each.spws, each.field) for each in found] == [
        ("DV09", (), (), ""),
        ("", (4,), (), ""),
        ("", (), (17,), ""),
        ("", (), (), "J1037"),
    ]


def test_flags_that_went_back_are_no_growth() -> None:
    assert flag_growth([FlagChange("x.ms", AFTER, BEFORE)]) == (
        0.0,
        "no antenna, spw, field or scan lost data",
        (),
    )


def test_where_flags_were_not_counted_before_nothing_is_told() -> None:
    assert flag_growth([FlagChange("x.ms", None, AFTER)]) is None
    assert flag_growth([FlagChange("x.ms", counts(), AFTER)]) == (
        0.0,
        "no antenna, spw, field or scan lost data",
        (),
    )


def measured(flags: tuple[FlagChange, ...]) -> Any:
    check = Check("flag_growth_percent", unit="%", note=10, warn=30)
    item = Item("apply", "Apply", "p", Kind.CHECK, check=(check,))

    def ask(check: Check, of: str) -> dict[str, Any]:
        raise AssertionError("the CASA process was asked")

    names: Any = SimpleNamespace(ms="x.ms", name="X1", uid="uid")
    return measure(item, names, names, flags, ask)[0]


def test_a_check_of_growth_names_who_is_beyond_its_limit_and_asks_no_casa() -> None:
    found = measured((FlagChange("x.ms", BEFORE, AFTER),))
    assert found.verdict == "look" and "DV09 +40.0 %" in found.text
    assert [each.who for each in found.offenders if each.beyond] == ["DV09"]


def test_a_check_of_growth_without_counts_is_no_reason_to_look() -> None:
    assert measured(()).verdict == "pass"
