"""Which Tsys serves which spw and which source; the radiometers."""

from dataclasses import replace

from casapilot.steps.asdm import WindowKind
from casapilot.steps.generate.roles import find_roles
from casapilot.steps.generate.tsys import plan_tsys
from casapilot.steps.generate.wvr import plan_wvr
from generate_kit import ATMOSPHERE, BANDPASS, NAMES, PHASE, TARGET, Seen, block, sequence, window, windows


def plan(metadata):
    return plan_tsys(metadata, find_roles(metadata))


def test_a_science_spw_takes_the_tsys_of_the_spw_of_its_baseband_that_covers_it():
    tsys = plan(block())
    assert tsys.spwmap == (0, 1, 2, 1, 2)
    assert "spw 3: Tsys of spw 1, which covers it (baseband 1)" in tsys.map_reasons


def test_a_spw_with_its_own_tsys_keeps_it():
    seen = tuple(
        replace(each, windows=(0, 3, 4)) if each.intents == ATMOSPHERE else each for each in sequence()
    )
    assert plan(block(seen)).spwmap == (0, 1, 2, 3, 4)


def test_of_two_that_cover_it_the_one_of_its_baseband_serves():
    spws = (*windows(), window(5, 128, 15.625e6, 230.53e9, WindowKind.TDM, 4))
    seen = tuple(
        replace(each, windows=(0, 1, 2, 5)) if each.intents == ATMOSPHERE else each for each in sequence()
    )
    assert plan(block(seen, spws=spws)).spwmap[3] == 1


def test_a_spw_that_reaches_out_by_a_channel_is_still_served_and_by_more_is_not():
    for beyond, served in ((0.9, True), (1.5, False)):
        wide = window(4, 64, 31.25e6, 232.7e9 + beyond * 15.625e6, WindowKind.TDM, 2)
        assert (plan(block(spws=(*windows()[:4], wide))).missing == ()) is served


def test_a_spw_that_nothing_covers_is_told_as_missing():
    lost = window(4, 64, 31.25e6, 240.0e9, WindowKind.TDM, 2)
    assert plan(block(spws=(*windows()[:4], lost))).missing == (4,)


def test_a_scan_of_which_syscal_has_nothing_is_told():
    whole = block()
    assert plan(whole).lost == ()
    first = whole.with_intent("CALIBRATE_ATMOSPHERE")[0]
    rest = tuple(row for row in whole.tsys if not first.start_s <= row.time_s <= first.end_s)
    name = whole.name(whole.fields_of(first)[0])
    assert plan(block(tsys=rest)).lost == (f"scan {first.number} ({name})",)


def test_without_tsys_there_is_no_plan():
    assert plan(block(tsys=())) is None


def test_a_source_takes_its_own_tsys_and_one_without_takes_the_nearest_and_says_so():
    tsys = plan(block())
    assert [tsys.gainfield(number) for number in (0, 1, 3)] == [0, 1, 3]
    check = next(each for each in tsys.fields if each.field == 2)
    assert check.gainfield in (1, 3)
    assert "J1018-3144 didn't have any Tsys measurement" in check.note
    assert "This is probably Ok." in check.note


def test_a_tsys_from_far_away_is_told_as_probably_not_ok():
    names = ("A", "B")
    metadata = block(
        (Seen("A", ATMOSPHERE, 20, (0, 1, 2)), Seen("A", BANDPASS, 99), Seen("B", TARGET, 99)), names=names
    )
    far = replace(metadata.fields[1], dec_rad=0.5)
    note = plan(replace(metadata, fields=(metadata.fields[0], far))).fields[1].note
    assert "*NOT* Ok" in note


def test_all_pointings_of_a_mosaic_take_the_tsys_of_their_source():
    names = (*NAMES, "Antlia", "Antlia")
    metadata = block(sequence((3, 4, 5)), names=names)
    fields = tuple(replace(each, source=3) if each.name == "Antlia" else each for each in metadata.fields)
    tsys = plan(replace(metadata, fields=fields))
    assert [tsys.gainfield(number) for number in (3, 4, 5)] == [3, 3, 3]
    assert not [each.note for each in tsys.fields if each.field in (3, 4, 5) and each.note]


def test_the_edges_are_four_channels_of_128():
    assert plan(block()).edges == "1:0~3;124~127,2:0~3;124~127"


def test_a_tsys_that_stands_out_is_named_with_its_receptor_and_how_often():
    metadata = block()
    rows = tuple(
        replace(row, median_k=(320.0, 80.0)) if row.antenna == 5 and row.window == 1 else row
        for row in metadata.tsys
    )
    assert plan(replace(metadata, tsys=rows)).suspects == (
        "DA46 X, spw 1: 4.0 times the median, in 3 measurements",
    )


def test_the_radiometers_are_averaged_over_an_integration_that_is_longer():
    metadata = block()
    wvr = plan_wvr(metadata, find_roles(metadata))
    assert (wvr.spws, wvr.smooth_s) == ((3, 4), 6.048)
    assert wvr.tie == ("Antlia,J1018-3144,J1037-2934",)
    assert wvr.statsource == "Antlia"


def test_short_integrations_are_not_averaged():
    metadata = block()
    scans = []
    for scan in metadata.scans:
        short = tuple(replace(each, integrations_s=((3, 1.152), (4, 1.152))) for each in scan.subscans)
        scans.append(replace(scan, subscans=short))
    metadata = replace(metadata, scans=tuple(scans))
    assert plan_wvr(metadata, find_roles(metadata)).smooth_s is None


def test_the_7m_array_has_no_radiometers():
    metadata = block(array="7m")
    assert plan_wvr(metadata, find_roles(metadata)) is None


def test_each_phase_calibrator_is_tied_with_its_targets():
    names = ("A", "P", "Q", "North", "South")
    seen = (Seen("A", BANDPASS, 99), Seen("P", PHASE), Seen("North", TARGET, 99), Seen("P", PHASE))
    seen += (Seen("Q", PHASE), Seen("South", TARGET, 99), Seen("Q", PHASE))
    metadata = block(seen, names=names)
    assert plan_wvr(metadata, find_roles(metadata)).tie == ("North,P", "South,Q")
