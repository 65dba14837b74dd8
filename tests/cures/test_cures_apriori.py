"""Cures in the steps before the split."""

import pytest
from cures_kit import CONTEXT, OURS, UID, changed, first, found, parses, proposed, theirs, without


def wvr(value: str) -> str:
    return OURS.replace("    toffset = 0,\n", f"    toffset = 0,\n    wvrflag = {value},\n")


def test_a_radiometer_is_left_out():
    proposal = first(found("wvrflag", antennas=("DV09",), item="wvr"))
    assert changed(OURS, proposal.content) == ([], ["wvrflag = ['DV09'],"])
    assert proposal.item == "wvr"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("['DA41']", "['DA41', 'DV09']"),
        ("'DA41'", "['DA41', 'DV09']"),
        ("'DA41, DA42'", "['DA41', 'DA42', 'DV09']"),
        ("''", "['DV09']"),
        ("[]", "['DV09']"),
    ],
)
def test_a_radiometer_joins_those_that_are_left_out_already(before, after):
    proposal = first(found("wvrflag", antennas=("DV09",)), wvr(before))
    assert changed(wvr(before), proposal.content) == ([f"wvrflag = {before},"], [f"wvrflag = {after},"])


def test_two_radiometers_are_left_out_one_after_the_other():
    once = first(found("wvrflag", antennas=("DV09",))).content
    both = first(found("wvrflag", antennas=("DA42",)), once).content
    assert "wvrflag = ['DV09', 'DA42']," in both.decode()
    assert first(found("wvrflag", antennas=("DV09",)), both).already


@pytest.mark.parametrize("value", ["bad_ones", "find_bad()", "['DA41'] + more"])
def test_a_list_that_is_made_elsewhere_is_left_to_a_person(value):
    text = wvr(value).replace("  mylogfile", "  bad_ones = ['DA41']\n  mylogfile", 1)
    proposal = first(found("wvrflag", antennas=("DV09",)), text)
    assert "made elsewhere" in proposal.todo
    assert not proposal.content


def test_a_script_without_radiometers_says_so():
    text = OURS.replace("wvrgcal(", "other(")
    assert "no call of wvrgcal" in first(found("wvrflag", antennas=("DV09",)), text).todo


def test_a_field_without_tsys_takes_that_of_the_nearest():
    proposal = first(found("tsys-gainfield", fields=("J0002",), item="apply-apriori"))
    assert changed(OURS, proposal.content) == (
        ["gainfield = ['1', '1', ''],"],
        ["gainfield = ['2', '1', ''],"],
    )
    assert "1.1 degrees" in proposal.why
    assert first(found("tsys-gainfield", fields=("J0002",)), proposal.content).already


def test_fields_are_known_by_number_too():
    assert "NGC1" in first(found("tsys-gainfield", fields=("1",))).title


def test_several_fields_have_proposals_of_their_own():
    ids = [each.id for each in proposed(found("tsys-gainfield", fields=("J0001", "J0002")))]
    assert len(set(ids)) == 2


def test_without_metadata_the_tsys_of_another_field_is_a_person_s_choice():
    proposal = first(found("tsys-gainfield", fields=("J0002",)), context=without(CONTEXT, fields=()))
    assert proposal.todo
    assert not proposal.content


def test_online_flags_are_stretched_by_half_an_integration_at_the_import():
    proposal = first(found("tbuff"))
    assert changed(OURS, proposal.content) == ([], ["tbuff = 3.024,"])
    assert "remove" in proposal.todo
    assert first(found("tbuff"), proposal.content).already


def test_a_source_without_coordinates_gets_some():
    proposal = first(found("fixplanets", fields=("NGC1",)))
    assert changed(OURS, proposal.content)[1][1:] == ["field = '2',", "fixuvw = True)"]
    assert first(found("fixplanets", fields=("NGC1",)), proposal.content).already
    assert not first(found("fixplanets", fields=("J0002",)), proposal.content).already


def test_a_position_joins_those_that_are_corrected():
    proposal = first(found("antpos", antennas=("DA42",)))
    assert changed(OURS, proposal.content) == (
        ["antenna = 'DA41',", "parameter = [0.001, 0.0, -0.002])"],
        ["antenna = 'DA41,DA42',", "parameter = [0.001, 0.0, -0.002, 0.0011, -0.0002, 0.0003])"],
    )
    assert first(found("antpos", antennas=("DA42",)), proposal.content).already


def test_a_position_that_was_wrong_is_put_right():
    proposal = first(found("antpos", antennas=("DA41",)))
    assert changed(OURS, proposal.content)[1] == ["parameter = [0.003, 0.0, 0.0])"]


def test_a_table_of_positions_that_is_missing_is_made_and_applied_to_every_source():
    text = OURS.replace("caltype = 'antpos'", "caltype = 'other'").replace(f", '{UID}.ms.antpos']", "]")
    text = (
        text.replace("'0', '']", "'0']")
        .replace("'1', '']", "'1']")
        .replace("[tsysmap, [], []]", "[tsysmap, []]")
    )
    proposal = first(found("antpos", antennas=("DA42",)), text)
    gone, came = changed(text, proposal.content)
    assert len(gone) == 6
    assert came.count(f"gaintable = ['{UID}.ms.tsys', '{UID}.ms.wvr', '{UID}.ms.antpos'],") == 2
    assert came.count("gainfield = ['0', '0', ''],") == came.count("gainfield = ['1', '1', ''],") == 1
    assert came.count("spwmap = [tsysmap, [], []],") == 2
    assert "antenna = 'DA42'," in came
    assert proposal.item == "tsys"
    assert first(found("antpos", antennas=("DA42",)), proposal.content).already


def test_a_table_of_positions_that_is_made_and_not_applied_is_applied():
    text = OURS.replace(
        f", '{UID}.ms.antpos'],\n    gainfield = ['1', '1', '']", "],\n    gainfield = ['1', '1']"
    )
    text = text.replace("spwmap = [tsysmap, [], []],\n    calwt", "calwt")
    proposal = first(found("antpos", antennas=()), text)
    assert (
        f"gaintable = ['{UID}.ms.tsys', '{UID}.ms.wvr', '{UID}.ms.antpos'],"
        in changed(text, proposal.content)[1]
    )


def test_a_position_that_nobody_knows_is_not_invented():
    proposal = first(found("antpos", antennas=("DV02",)))
    assert not proposal.content
    assert "antennapos.csv" in proposal.todo


@pytest.mark.parametrize("kind", ["wvrflag", "flag-tsys", "tbuff", "antpos", "tsys-gainfield", "fixplanets"])
def test_scripts_of_python_2_with_other_newlines_stay_so(kind):
    text = theirs().replace("\n", "\r\n")
    finding = found(kind, antennas=("DA42",), fields=("J0002",), item="tsys")
    proposal = first(finding, text.encode())
    assert proposal.content.count(b"\n") == proposal.content.count(b"\r\n") > text.count("\n")
    assert b"print 'Step '" in proposal.content
    assert not parses(proposal.content)
