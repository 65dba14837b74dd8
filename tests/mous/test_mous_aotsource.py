"""Sources as two documents of the Observing Tool have them."""

from __future__ import annotations

import pytest
from casapilot.steps.mous.aotgoal import AotBlock, AotGoal
from casapilot.steps.mous.aotsource import read_field_source, read_target
from casapilot.steps.mous.asked import GoalSource
from casapilot.steps.mous.goal import Goal
from casapilot.steps.mous.safexml import parse_xml
from hypothesis import given
from hypothesis import strategies as st

PLACE = """<prj:sourceCoordinates system="{system}" type="ABSOLUTE">
<val:longitude unit="deg">11.888</val:longitude>
<val:latitude unit="arcmin">-1517.328</val:latitude></prj:sourceCoordinates>"""
VELOCITY = """<prj:sourceVelocity referenceSystem="lsrk" dopplerCalcType="{how}">
<val:centerVelocity unit="km/s">{speed}</val:centerVelocity></prj:sourceVelocity>"""
POINT = """<prj:SinglePoint><prj:centre type="RELATIVE"><val:longitude unit="arcsec">{off}</val:longitude>
<val:latitude unit="arcsec">0.0</val:latitude></prj:centre></prj:SinglePoint>"""


def target(*more: str, system: str = "J2000", how: str = "RADIO", speed: str = "240.0") -> GoalSource:
    text = PLACE.format(system=system) + VELOCITY.format(how=how, speed=speed) + "".join(more)
    head = '<prj:TargetParameters xmlns:prj="a" xmlns:val="b"><prj:sourceName>NGC253</prj:sourceName>'
    return read_target(parse_xml(f"{head}{text}</prj:TargetParameters>".encode()))


def test_a_target_has_its_name_place_and_redshift() -> None:
    found = target(POINT.format(off="0.0"), "<prj:solarSystemObject>Unspecified</prj:solarSystemObject>")
    assert (found.name, found.ra_deg, found.dec_deg, found.pointings) == ("NGC253", 11.888, -25.2888, 0)
    assert found.redshift == pytest.approx(240.0 / 299552.458, rel=1e-5)


@pytest.mark.parametrize(
    "more",
    [
        "<prj:solarSystemObject>Titan</prj:solarSystemObject>",
        "<prj:sourceEphemeris>JPL/HORIZONS</prj:sourceEphemeris>",
        '<prj:pmRA unit="mas/yr">-3781.7</prj:pmRA>',
        POINT.format(off="20.0"),
        POINT.format(off="0.0") * 3,
    ],
    ids=["planet", "ephemeris", "proper motion", "offset", "mosaic of points"],
)
def test_what_moves_or_is_not_observed_right_there_has_no_coordinates(more: str) -> None:
    assert target(more).ra_deg is None and target(more).dec_deg is None


def test_other_coordinates_than_equatorial_ones_are_left_out() -> None:
    assert target(system="galactic").ra_deg is None and target(system="ICRS").ra_deg == 11.888


def test_the_points_of_a_mosaic_are_counted() -> None:
    assert target(POINT.format(off="5.0") * 7).pointings == 7


@pytest.mark.parametrize(
    ("how", "speed", "redshift"),
    [
        ("OPTICAL", "29979.2458", 0.1),
        ("RADIO", "29979.2458", 1 / 9),
        ("RELATIVISTIC", "29979.2458", 0.105542),
        ("RADIO", "299792.458", None),
        ("RADIO", "-240", -0.000799908),
        ("RADIO", "fast", None),
    ],
)
def test_a_velocity_means_what_its_convention_says(how: str, speed: str, redshift: float | None) -> None:
    found = target(how=how, speed=speed).redshift
    assert found == (None if redshift is None else pytest.approx(redshift, rel=1e-5))


def field_source(inner: str) -> GoalSource | None:
    return read_field_source(parse_xml(f"<FieldSource>{inner}</FieldSource>".encode()))


def test_a_field_source_of_a_block_is_its_name_and_pointings() -> None:
    pattern = "<PointingPattern>" + "<phaseCenterCoordinates/>" * 5 + "</PointingPattern>"
    assert field_source(f"<name>Primary:</name><sourceName>M 1</sourceName>{pattern}") == GoalSource(
        "M 1", pointings=5
    )
    assert field_source("<sourceName>query</sourceName><isQuery>true</isQuery>") is None


def goal_of(*blocks: AotBlock) -> AotGoal:
    return AotGoal(Goal(sources=(GoalSource("M 1", 1.0, 2.0), GoalSource("M_2"))), blocks=blocks)


def test_of_a_goal_with_several_blocks_a_mous_has_the_sources_of_its_own() -> None:
    one = AotBlock(name="a_TM1", array="TM1", sources=(GoalSource("m_1", pointings=3), GoalSource("J1")))
    two = AotBlock(name="b_TM1", array="TM1", sources=(GoalSource("M 2"),))
    goal, said = goal_of(one, two).for_block("a_TM1")
    assert goal.sources == (GoalSource("M 1", 1.0, 2.0, pointings=3),) and said == ()


def test_where_nothing_says_which_sources_are_of_a_block_none_is_taken_and_that_is_said() -> None:
    one, two = AotBlock(name="a_TM1", array="TM1"), AotBlock(name="b_TM1", array="TM1")
    goal, said = goal_of(one, two).for_block("a_TM1")
    assert goal.sources == () and "[goal] sources" in said[0]
    goal, said = goal_of(one, AotBlock(name="a_7M", array="7M")).for_block("a_TM1")
    assert len(goal.sources) == 2 and said == ()


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=12)


@given(speed=TEXT, system=TEXT.filter(lambda text: '"' not in text), off=TEXT | st.floats().map(str))
def test_whatever_stands_in_a_target_a_source_comes_of_it(speed: str, system: str, off: str) -> None:
    found = target(POINT.format(off=off), speed=speed, system=system)
    assert found.name == "NGC253" and (found.ra_deg is None) == (found.dec_deg is None)
