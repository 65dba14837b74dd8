from __future__ import annotations

import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.mous.goal import Goal, GoalSource, GoalWindow, array_of, read_goal
from casapilot.steps.mous.quantities import say_flux, say_frequency, to_beam, to_flux, to_frequency
from hypothesis import given
from hypothesis import strategies as st

WHOLE = {
    "rms_jy": 1e-4,
    "frequency_hz": 230e9,
    "bandwidth_hz": 1.875e9,
    "beam_min_arcsec": 0.8,
    "beam_max_arcsec": 1.2,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1mJy", 1e-4),
        ("0.1 mJy/beam", 1e-4),
        ("12uJy", 1.2e-5),
        ("12 \u00b5Jy", 1.2e-5),
        (".5Jy", 0.5),
        ("1e-4 jy", 1e-4),
    ],
)
def test_fluxes_are_taken_as_people_write_them(text: str, value: float) -> None:
    assert to_flux(text) == value


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1.0arcsec", (0.8, 1.2)),
        ("0.8..1.2arcsec", (0.8, 1.2)),
        ("800mas..1.2arcsec", (0.8, 1.2)),
        ('1"', (0.8, 1.2)),
    ],
)
def test_a_beam_is_a_range_or_one_resolution(text: str, ends: tuple[float, float]) -> None:
    assert to_beam(text) == ends


@pytest.mark.parametrize(
    "text", ["", "0.1", "mJy", "0.1 GHz", "-1mJy", "0mJy", "nan mJy", "1e999mJy", "0.1mJy 3", "1,5mJy"]
)
def test_a_flux_without_its_unit_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="unit"):
        to_flux(text)


@pytest.mark.parametrize("text", ["1.2..0.8arcsec", "..1arcsec", "1arcsec..", "1..2"])
def test_a_beam_that_cannot_be_meant_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        to_beam(text)


@given(st.floats(1e-8, 10))
def test_a_flux_said_is_the_flux_read(flux_jy: float) -> None:
    assert to_flux(say_flux(flux_jy)) == pytest.approx(flux_jy, rel=1e-3)


@given(st.floats(1e3, 1e12))
def test_a_frequency_said_is_the_frequency_read(frequency_hz: float) -> None:
    assert to_frequency(say_frequency(frequency_hz)) == pytest.approx(frequency_hz, rel=1e-6)


def test_what_is_written_of_a_goal_is_read() -> None:
    goal = read_goal(
        {
            **WHOLE,
            "arrays": ["TE"],
            "from": {"rms_jy": "typed by EV"},
            "spws": [{"frequency_hz": 230e9, "bandwidth_hz": 1e9}],
        }
    )
    assert (goal.rms_jy, goal.beam_max_arcsec, goal.missing) == (1e-4, 1.2, ())
    assert goal.spws[0].bandwidth_hz == 1e9 and goal.origin == {"rms_jy": "typed by EV"}


@pytest.mark.parametrize(
    ("data", "word", "todo"),
    [
        ({"rms": 1e-4}, "no 'rms'", "rms_jy"),
        ({"frequncy_hz": 1e9}, "no 'frequncy_hz'", "frequency_hz"),
        ({"rms_jy": "0.1 mJy"}, "not a number", "0.0001"),
        ({"frequency_hz": 230}, "cannot be meant", "230e9"),
        ({"rms_jy": float("nan")}, "not a number", "Jy"),
        ({"rms_jy": True}, "not a number", "Jy"),
        ({"beam_min_arcsec": 2.0, "beam_max_arcsec": 1.0}, "larger", "Swap"),
        ({"sources": "NGC253"}, "not a list", "sources"),
        ({"spws": [{"frequency_hz": 230e9}]}, "lacks", "bandwidth_hz"),
        ({"spws": [{"frequency": 230e9}]}, "no 'frequency'", "frequency_hz"),
        ({"spws": [{"frequency_hz": 230e9, "bandwidth_hz": 1e9, "frame": "lsrk"}]}, "frame", "sky"),
        ({"spws": [{"frequency_hz": 230.0, "bandwidth_hz": 1e9}]}, "cannot be meant", "230e9"),
        ({"sources": [{"ra_deg": 1.0, "dec_deg": 2.0}]}, "lacks its name", "NGC253"),
        ({"sources": [{"name": "M 1", "ra": 1.0}]}, "no 'ra'", "ra_deg"),
        ({"sources": [{"name": "M 1", "ra_deg": 1.0}]}, "only one coordinate", "dec_deg"),
        ({"sources": [{"name": "M 1", "redshift": 300.0}]}, "cannot be meant", "km/s"),
        ({"polarisations": 3}, "cannot be meant", "1, 2 or 4"),
        ({"from": "me"}, "not a table", "typed"),
    ],
)
def test_a_goal_that_cannot_be_meant_is_told_with_what_to_do(
    data: dict[str, object], word: str, todo: str
) -> None:
    with pytest.raises(ValueError, match=word) as told:
        read_goal(data)
    assert todo in told.value.args[1]


@pytest.mark.parametrize(
    ("sb", "array"),
    [
        ("NGC253_a_06_TE", "TE"),
        ("x_b_07_TM2", "TM2"),
        ("x_a_03_7m", "7M"),
        ("x_a_03_ACA", "7M"),
        ("x_TP", "TP"),
        ("x_TM1_1", "TM1"),
        ("NGC253", ""),
        ("", ""),
    ],
)
def test_the_end_of_a_scheduling_block_names_the_array(sb: str, array: str) -> None:
    assert array_of(sb) == array


def test_one_array_of_several_cannot_be_compared_alone() -> None:
    assert "TE and 7M" in Goal(arrays=("TE", "7M")).caution
    assert "7M" in Goal(arrays=("TM1", "7M")).caution and "alone" in Goal(arrays=("TM1", "7M")).caution
    assert Goal(arrays=("TM1",)).caution == "" and Goal().caution == ""


def test_a_compact_array_is_never_the_whole_goal() -> None:
    assert Goal(arrays=("TM2",)).partners == ("TM1",) and Goal(arrays=("TC",)).partners == ("TE",)
    assert Goal(arrays=("TE",)).partners == ()
    assert "TM1" in Goal(arrays=("TM2",)).caution


def test_what_was_typed_goes_before_what_was_found_and_keeps_its_origin() -> None:
    typed = Goal(rms_jy=1e-4, origin={"rms_jy": "typed by EV"})
    found = Goal(rms_jy=9e-4, frequency_hz=230e9, origin={"rms_jy": "aot", "frequency_hz": "aot"})
    both = typed.filled(found)
    assert (both.rms_jy, both.frequency_hz) == (1e-4, 230e9)
    assert both.origin == {"rms_jy": "typed by EV", "frequency_hz": "aot"}


def test_the_two_ends_of_a_beam_come_from_one_place() -> None:
    typed, found = Goal(beam_max_arcsec=2.0), Goal(beam_min_arcsec=3.0, beam_max_arcsec=4.0)
    assert typed.filled(found).beam_min_arcsec is None


def test_an_ms_is_held_against_what_is_known_and_nothing_else() -> None:
    assert Goal().of_ms("") == {}
    goal = Goal(
        sources=(GoalSource("M 1"), GoalSource("M 2", 0.0, -1.5, 0.0)),
        spws=(GoalWindow(230e9, 1e9, frame="rest"),),
        arrays=("TM1", "7M"),
        frequency_hz=230e9,
        polarisations=2,
    )
    assert goal.of_ms("x_a_06_7M") == {
        "sources": [
            {"name": "M 1"},
            {"name": "M 2", "ra_deg": 0.0, "dec_deg": -1.5, "redshift": 0.0},
        ],
        "windows": [{"frequency_hz": 230e9, "bandwidth_hz": 1e9, "frame": "rest"}],
        "arrays": ["7m"],
        "polarisations": 2,
        "frequency_hz": 230e9,
    }
    assert goal.of_ms("")["arrays"] == ["12m", "7m"]


def test_the_frequency_that_the_observation_has_of_itself_is_not_held_against_it() -> None:
    assert Goal(frequency_hz=230e9, origin={"frequency_hz": "asdm, scheduling block"}).of_ms("") == {}
