"""The reference antenna, and why that one."""

from dataclasses import replace

import pytest
from casapilot.steps.asdm import Tsys
from casapilot.steps.errors import AsdmError, UsageError
from casapilot.steps.generate.refant import choose_refant
from casapilot.steps.generate.sky import shadowed_scans, towards
from generate_kit import antennas, block
from hypothesis import given
from hypothesis import strategies as st


def moved(metadata, number, offset_m):
    dishes = list(metadata.antennas)
    old = dishes[number]
    place = tuple(a + b for a, b in zip(old.position_m, offset_m, strict=True))
    dishes[number] = replace(old, position_m=place)
    return replace(metadata, antennas=tuple(dishes))


def nearest(metadata):
    return choose_refant(metadata).name


def worse(metadata, name, **changes):
    number = next(each.number for each in metadata.antennas if each.name == name)
    rows = tuple(replace(row, **changes) if row.antenna == number else row for row in metadata.tsys)
    return replace(metadata, tsys=rows)


def test_it_is_the_antenna_in_the_middle():
    chosen = choose_refant(block())
    assert chosen.name == "DA41"
    assert "from the centre of the array" in chosen.why


def test_an_antenna_far_away_does_not_move_the_centre():
    assert nearest(moved(block(), 9, (20000.0, 0.0, 0.0))) == "DA41"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"median_k": (320.0, 80.0)}, "Tsys 4.0 times"),
        ({"negative_percent": 40.0}, "negative Tsys"),
    ],
)
def test_an_antenna_with_bad_tsys_is_passed_over_and_the_reason_told(changes, reason):
    chosen = choose_refant(worse(block(), "DA41", **changes))
    assert chosen.name != "DA41"
    assert "DA41" in chosen.passed_over[0]
    assert reason in chosen.passed_over[0]


def test_an_antenna_without_all_tsys_is_passed_over():
    metadata = block()
    rows = tuple(row for index, row in enumerate(metadata.tsys) if index)
    assert metadata.tsys[0].antenna == 0
    assert "1 of 6 Tsys measurements missing" in choose_refant(replace(metadata, tsys=rows)).passed_over[0]


def test_an_antenna_that_is_flagged_online_more_than_the_others_is_passed_over():
    total = block().on_source_s
    usual = dict.fromkeys(range(10), 0.2 * total)
    assert nearest(replace(block(), flagged_s=usual)) == "DA41"
    chosen = choose_refant(replace(block(), flagged_s={**usual, 0: 0.5 * total}))
    assert "within online flags for 30%" in chosen.passed_over[0]


def test_a_shadowed_antenna_is_passed_over():
    metadata = block()
    field = metadata.fields[0]
    scan = metadata.science_scans()[0]
    direction = towards(field.ra_rad, field.dec_rad, (scan.start_s + scan.end_s) / 2)
    before_it = tuple(20.0 * each for each in direction)
    dishes = metadata.antennas
    place = tuple(a + b for a, b in zip(dishes[0].position_m, before_it, strict=True))
    close = replace(metadata, antennas=(*dishes[:9], replace(dishes[9], position_m=place)))
    assert shadowed_scans(close)[0] >= 1
    assert 9 not in shadowed_scans(close)
    assert "shadowed" in choose_refant(close).passed_over[0]


def test_an_antenna_at_the_zenith_of_the_site_is_not_shadowed_by_one_beside_it():
    assert not shadowed_scans(block())


def test_in_the_7m_array_only_its_own_antennas_serve():
    metadata = block(array="7m")
    dishes = tuple(
        replace(each, name="PM02", diameter_m=12.0) if not each.number else each for each in metadata.antennas
    )
    chosen = choose_refant(replace(metadata, antennas=dishes))
    assert chosen.name.startswith("CM")
    assert "not a 7m antenna" in chosen.passed_over[0]


def test_a_person_can_choose_and_is_told_what_is_against_it():
    chosen = choose_refant(worse(block(), "DA45", median_k=(900.0, 80.0)), "da45")
    assert chosen.name == "DA45"
    assert "chosen by hand" in chosen.why
    assert "Tsys" in chosen.why


def test_a_name_that_no_antenna_has_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="DA41, DA42"):
        choose_refant(block(), "DV99")


def test_without_antennas_it_is_refused():
    with pytest.raises(AsdmError, match="no antennas"):
        choose_refant(replace(block(), antennas=()))


def test_where_none_is_without_fault_one_is_taken_and_its_fault_told():
    metadata = block()
    rows = tuple(replace(row, negative_percent=50.0) for row in metadata.tsys)
    assert "none is without fault: negative Tsys" in choose_refant(replace(metadata, tsys=rows)).why


@given(st.integers(2, 40), st.sets(st.integers(0, 39)), st.floats(2.5, 50))
def test_an_antenna_with_a_fault_is_never_chosen_while_there_is_another(count, bad, factor):
    metadata = replace(block(count=count), antennas=antennas(count))
    bad = {number for number in bad if number < count}
    if 2 * len(bad) >= count:
        return
    rows = tuple(
        Tsys(row.antenna, row.window, row.time_s, 5.0, (80.0 * factor, 80.0), 0.0)
        if row.antenna in bad
        else row
        for row in metadata.tsys
    )
    chosen = choose_refant(replace(metadata, tsys=rows))
    number = next(each.number for each in metadata.antennas if each.name == chosen.name)
    assert number not in bad
    assert not {metadata.antennas[number].name for number in bad} & set(chosen.ranking)
