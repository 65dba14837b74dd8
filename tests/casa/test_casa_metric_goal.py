"""An observation made up, held against goals that it meets and goals that it does not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.casa.metrics import goal as metric_goal
from casapilot.steps.casa.metrics import goal_setup
from casapilot.steps.casa.metrics.answers import NothingToTell, Place
from casapilot.steps.casa.metrics.goal import Observed, Pointing
from casapilot.steps.casa.metrics.measure import measure
from hypothesis import given
from hypothesis import strategies as st

BEAM_ARCSEC = math.degrees(1.13 * 299792458.0 / 232e9 / 12.0) * 3600.0
RA_DEG, DEC_DEG = 10.0, -20.0
CENTRES = {17: 230e9, 19: 232e9}


def pointing(name: str = "NGC_253", *, off_arcsec: float = 0.0, is_target: bool = True) -> Pointing:
    return Pointing(name, is_target, math.radians(RA_DEG), math.radians(DEC_DEG + off_arcsec / 3600.0))


def seen(*pointings: Pointing, **more: Any) -> Observed:
    given = {
        "pointings": list(pointings or (pointing(), pointing("J1", off_arcsec=7200.0, is_target=False))),
        "spws": sorted(CENTRES),
        "pols": dict.fromkeys(CENTRES, 2),
        "centres_hz": CENTRES,
        "widths_hz": {17: 0.9375e9, 19: 1.875e9},
        "channels_hz": {17: 0.5e6, 19: 15.625e6},
        "dish_m": 12.0,
        "is_seven": False,
    }
    return Observed(**{**given, **more})


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that measures a metric of what was seen, against a goal."""

    def asked(metric: str, goal: dict[str, Any], there: Observed | None = None) -> Any:
        for module in (metric_goal, goal_setup):
            monkeypatch.setattr(module, "existing", lambda folder, of: of)
            monkeypatch.setattr(module, "observed", lambda path, of: there or seen())
        return goal_setup.GOAL_METRICS[metric]("x.ms", "", goal)

    return asked


def source(name: str = "ngc 253", **more: Any) -> dict[str, Any]:
    return {"sources": [{"name": name, **more}]}


def place(off_arcsec: float) -> dict[str, float]:
    return {"ra_deg": RA_DEG, "dec_deg": DEC_DEG + off_arcsec / 3600.0}


def window(ghz: float, mhz: float = 937.5, **more: Any) -> dict[str, Any]:
    return {"frequency_hz": ghz * 1e9, "bandwidth_hz": mhz * 1e6, **more}


@pytest.mark.parametrize("metric", sorted(goal_setup.GOAL_METRICS))
def test_what_the_goal_does_not_tell_is_not_judged_and_said_so(metric: str, ask: Any) -> None:
    with pytest.raises(NothingToTell, match="the goal"):
        ask(metric, {})
    assert measure(metric, "x.ms", "", {})["value"] is None


@pytest.mark.parametrize("name", ["NGC_253", "ngc 253", " NGC253 "])
def test_a_source_is_known_by_its_name_however_that_is_written(name: str, ask: Any) -> None:
    answer = ask("goal_sources_missing", source(name))
    assert answer.value == 0.0 and "NGC_253" in answer.text


def test_a_source_is_known_by_its_place_where_its_name_is_another(ask: Any) -> None:
    assert ask("goal_sources_missing", source("Sculptor", **place(5.0))).value == 0.0
    assert ask("goal_sources_missing", source("Sculptor", **place(0.6 * BEAM_ARCSEC))).value == 1.0


def test_a_source_that_was_not_observed_or_only_as_a_calibrator_is_named(ask: Any) -> None:
    asked = {"sources": [{"name": "NGC253"}, {"name": "J1"}, {"name": "M 83", **place(3600.0)}]}
    answer = ask("goal_sources_missing", asked)
    assert answer.value == 2.0 and [each.place for each in answer.offenders] == [
        Place(field="J1"),
        Place(field="M 83"),
    ]
    assert "J1 (observed, but not as a target)" in answer.text and "NGC_253" in answer.text


def test_the_distance_from_the_goal_is_told_in_beams(ask: Any) -> None:
    answer = ask("goal_position_percent", source(**place(0.2 * BEAM_ARCSEC)))
    assert answer.value == pytest.approx(20.0, rel=1e-6)
    assert answer.offenders[0].place == Place(field="ngc 253")


def test_a_mosaic_around_the_source_is_where_it_should_be(ask: Any) -> None:
    rows = [pointing(off_arcsec=step * BEAM_ARCSEC / 2) for step in (-1.5, -0.5, 0.5, 1.5)]
    asked = source(**place(0.0), pointings=4)
    assert ask("goal_position_percent", asked, seen(*rows)).value == 0.0
    away = source(**place(1.75 * BEAM_ARCSEC))
    assert ask("goal_position_percent", away, seen(*rows)).value == pytest.approx(70.0, abs=0.1)


def test_what_has_no_fixed_place_is_not_judged_by_it(ask: Any) -> None:
    moving = seen(Pointing("Titan", True, math.nan, math.nan))
    with pytest.raises(NothingToTell, match="no coordinates"):
        ask("goal_position_percent", source("Titan", **place(0.0)), moving)
    assert ask("goal_sources_missing", source("Titan", **place(0.0)), moving).value == 0.0


def test_windows_are_found_where_the_velocity_of_the_source_brings_them(ask: Any) -> None:
    rest = {"windows": [window(230.0 * 1.5, frame="rest"), window(232.0 * 1.5, 1875.0, frame="rest")]}
    assert ask("goal_windows_missing", {**rest, **source(redshift=0.5)}).value == 0.0
    answer = ask("goal_windows_missing", {**rest, **source(redshift=0.4)})
    assert answer.value == 2.0 and "345 GHz" in answer.text and "17 230 GHz" in answer.text
    answer = ask("goal_windows_missing", rest)
    assert answer.value == 0.0 and "velocity is not in the goal" in answer.text


def test_a_window_that_is_missing_or_too_narrow_is_named(ask: Any) -> None:
    sky = {"windows": [window(230.0, 1875.0, frame="sky"), window(232.1, frame="sky"), window(244.0)]}
    answer = ask("goal_windows_missing", {**sky, **source(redshift=0.0)})
    assert answer.value == 2.0 and "230 GHz, 1875 MHz wide; 244 GHz" in answer.offenders[0].who


def test_a_narrow_window_is_found_where_the_motion_of_the_earth_brings_it(ask: Any) -> None:
    asked = {"windows": [window(230.0 * (1.0 + 1e-4), 1.0, frame="rest")], **source(redshift=0.0)}
    there = seen(widths_hz={17: 1e6, 19: 1e6})
    assert ask("goal_windows_missing", asked, there).value == 0.0


def test_two_windows_close_together_need_two_spws(ask: Any) -> None:
    asked = {"windows": [window(230.0, frame="sky"), window(230.1, frame="sky")]}
    assert ask("goal_windows_missing", asked).value == 1.0
    assert ask("goal_windows_missing", {"windows": [window(230.0, frame="sky")] * 2}).value == 0.0


@pytest.mark.parametrize(
    ("goal", "word"),
    [
        ({"arrays": ["7m"]}, "of the 12m array, not of the 7m"),
        ({"polarisations": 4}, "spw 17 has 2 of 4 polarisation products"),
        ({"windows": [window(230.0, frame="sky", resolution_hz=1e5)]}, "spw 17 has channels of 500 kHz"),
        ({"sources": [{"name": "ngc253", "pointings": 7}]}, "1 of 7 pointings"),
        ({"frequency_hz": 345e9}, "345 GHz"),
    ],
    ids=["array", "polarisations", "channels", "pointings", "frequency"],
)
def test_what_was_set_up_otherwise_is_named(goal: dict[str, Any], word: str, ask: Any) -> None:
    answer = ask("goal_differs", goal)
    assert answer.value >= 1.0 and word in answer.text and word in answer.offenders[0].who


def test_a_setup_that_is_at_least_what_was_asked_for_is_well(ask: Any) -> None:
    goal = {
        "arrays": ["12m", "TP"],
        "polarisations": 1,
        "windows": [window(230.0, frame="sky", resolution_hz=1e6), window(232.0, resolution_hz=31.25e6)],
        "sources": [{"name": "NGC253", "pointings": 1}],
        "frequency_hz": 230.5e9,
    }
    answer = ask("goal_differs", goal)
    assert answer.value == 0.0 and "pointings" in answer.text
    with pytest.raises(NothingToTell):
        ask("goal_differs", {"arrays": ["TP"]})


@pytest.mark.casa
def test_a_real_ms_is_held_against_a_goal_that_it_meets_and_one_that_it_does_not(reduced: Path) -> None:
    ms = next(reduced.glob("*.ms")).name
    met = {
        "sources": [{"name": "tw hya", "ra_deg": 160.0, "dec_deg": -25.0, "redshift": 0.0}],
        "windows": [window(230.062, 128.0, frame="rest", resolution_hz=8e6), window(232.2344, 500.0)],
        "arrays": ["12m"],
        "polarisations": 2,
        "frequency_hz": 230e9,
    }
    wrong = {
        "sources": [{"name": "TW_Hya", "ra_deg": 160.002, "dec_deg": -25.0}, {"name": "M 1"}],
        "windows": [window(230.062, 128.0, frame="sky"), window(245.0, frame="sky")],
        "arrays": ["7m"],
    }
    values = {
        metric: [measure(metric, ms, str(reduced), {}, goal=goal)["value"] for goal in (met, wrong)]
        for metric in goal_setup.GOAL_METRICS
    }
    off, too_far = values.pop("goal_position_percent")
    assert off < 0.01 and too_far == pytest.approx(100.0 * 6.525 / BEAM_ARCSEC, rel=0.01)
    assert values == {
        "goal_sources_missing": [0.0, 1.0],
        "goal_windows_missing": [0.0, 1.0],
        "goal_differs": [0.0, 1.0],
    }


@given(
    centres=st.lists(st.integers(840, 1160), min_size=1, max_size=6, unique=True),
    z=st.floats(0.0, 6.0),
    is_known=st.booleans(),
    velocity_km_s=st.floats(-50.0, 50.0),
)
def test_what_was_observed_as_asked_lacks_nothing_at_any_velocity(
    centres: list[int], z: float, is_known: bool, velocity_km_s: float
) -> None:
    """Windows of 1 GHz at 0.1 of these centres, on the sky or emitted, whatever the Earth does."""
    sky = {n: centre * 1e8 * (1.0 - velocity_km_s / 299792.458) for n, centre in enumerate(centres)}
    there = seen(
        spws=sorted(sky),
        centres_hz=sky,
        widths_hz=dict.fromkeys(sky, 1e9),
        channels_hz=dict.fromkeys(sky, 1e6),
        pols=dict.fromkeys(sky, 2),
    )
    windows = [window(centre / 10.0 * (1.0 + z), 1000.0, frame="rest") for centre in centres]
    sources = source(**({"redshift": z} if is_known else {}))
    found, is_fitted = goal_setup.paired({"windows": windows, **sources}, there)
    assert len(found) == len(centres) and not (is_known and is_fitted)
