"""Cures of solutions and of what is applied."""

import pytest
from casapilot.steps.script import Script
from cures_kit import CONTEXT, OURS, UID, changed, first, found, proposed, theirs, without

SPLIT = f"{UID}.ms.split"


def call_of(content: bytes, table: str) -> dict[str, str]:
    """Parameters of the call that makes a table."""
    for call in Script.parse(content).calls:
        if call.parameters.get("caltable") and call.parameters["caltable"].text == f"'{SPLIT}.{table}'":
            return {name: each.text for name, each in call.parameters.items()}
    raise AssertionError(table)


def applied(content: bytes) -> list[str]:
    """The maps of the applications to the split data."""
    calls = [call for call in Script.parse(content).calls if call.task == "applycal"]
    return [call.parameters["spwmap"].text for call in calls if "split" in call.parameters["vis"].text]


MAP = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 19]"


def phases_only(text=OURS, spws=(21,)):
    """The cure that leaves amplitudes as they are."""
    return next(each for each in proposed(found("combine-spw", spws=spws), text) if each.name == "phases")


def test_a_faint_window_takes_the_phases_of_the_widest_everywhere():
    content = phases_only().content
    assert call_of(content, "ap_pre_bandpass")["spw"] == "'17:48~71,19:51~76'"
    assert call_of(content, "bandpass")["spwmap"] == MAP
    assert call_of(content, "phase_int")["spw"] == call_of(content, "phase_inf")["spw"] == "'17,19'"
    assert call_of(content, "ampli_inf")["spwmap"] == f"[[], {MAP}]"
    assert "spw" not in call_of(content, "ampli_inf")
    assert applied(content) == [f"[[], {MAP}, []]"] * 2


def test_a_bandpass_that_holds_the_phase_between_windows_is_not_normalised():
    content = first(found("combine-spw", spws=(21,))).content
    assert (
        call_of(content, "bandpass")["solnorm"]
        == call_of(content, "bandpass_smooth20ch")["solnorm"]
        == "False"
    )


def test_a_faint_window_takes_amplitudes_as_well_unless_a_person_wants_phases_only():
    both, phases = proposed(found("combine-spw", spws=(21,)))
    assert (both.name, phases.name) == ("all", "phases")
    assert call_of(both.content, "ampli_inf")["spw"] == "'17,19'"
    assert applied(both.content) == [f"[[], {MAP}, {MAP}]"] * 2
    again = proposed(found("combine-spw", spws=(21,)), both.content)
    assert [each.already for each in again] == [True, True]


def test_where_all_windows_are_faint_they_are_solved_as_one():
    proposal = first(found("combine-spw"))
    for table in ("ap_pre_bandpass", "phase_int", "phase_inf", "ampli_inf"):
        assert call_of(proposal.content, table)["combine"] == "'spw'"
    assert call_of(proposal.content, "bandpass")["combine"] == "'scan'"
    assert "17, 18, 17, 20, 17]" in applied(proposal.content)[0]
    assert first(found("combine-spw"), proposal.content).already


@pytest.mark.parametrize("text", [OURS, theirs()])
def test_mapping_windows_twice_changes_nothing(text):
    finding = found("combine-spw", spws=(21,) if text is OURS else (2,))
    content = first(finding, text).content
    assert content != text.encode()
    assert first(finding, content).already


def test_windows_numbered_anew_are_mapped_by_their_new_numbers():
    content = phases_only(theirs(), (2,)).content
    assert applied(content) == ["[[], [0, 1, 1], []]"] * 2


def test_a_map_that_is_there_is_kept_for_the_other_tables():
    text = OURS.replace("    interp = 'linear,linear',\n    calwt", "    spwmap = [mine, [], []],\n    calwt")
    content = phases_only(text).content
    assert f"spwmap = [mine, {MAP}, []]," in content.decode()


def test_a_map_that_is_made_elsewhere_is_left_to_a_person():
    text = OURS.replace("    interp = 'linear,linear',\n    calwt", "    spwmap = mine,\n    calwt")
    assert "made elsewhere" in first(found("combine-spw", spws=(21,)), text).todo


def test_a_solve_of_the_faint_window_alone_is_commented_out():
    alone = "  gaincal(vis = 'x', caltable = 'y', spw = '21', calmode = 'p', append = True)\n"
    text = OURS.replace("  fluxscale(vis", alone + "  fluxscale(vis")
    assert "#gaincal(vis = 'x'" in first(found("combine-spw", spws=(21,)), text).content.decode()


def test_a_noisy_bandpass_of_one_window_gets_a_call_of_its_own():
    proposal = first(found("bandpass-solint", spws=(17,), value=10.0))
    gone, came = changed(OURS, proposal.content)
    assert gone == []
    assert "spw = '19,21'," in came
    assert "spw = '17'," in came
    assert "solint = 'inf,4ch'," in came
    assert "append = True)" in came
    assert first(found("bandpass-solint", spws=(17,), value=10.0), proposal.content).already


def test_only_the_bandpass_that_is_applied_is_averaged():
    content = first(found("bandpass-solint", value=10.0)).content
    assert call_of(content, "bandpass")["solint"] == "'inf,4ch'"
    assert call_of(content, "bandpass_smooth20ch")["solint"] == "'inf,20ch'"


def test_a_noisier_bandpass_is_averaged_more_but_never_to_less_than_eight_channels():
    assert call_of(first(found("bandpass-solint", value=40.0)).content, "bandpass")["solint"] == "'inf,15ch'"


def test_a_bandpass_that_is_still_noisy_after_its_cure_is_averaged_more():
    content = first(found("bandpass-solint", value=10.0, evidence=("10 %",))).content
    again = first(found("bandpass-solint", value=7.5, evidence=("7.5 %",)), content)
    assert call_of(again.content, "bandpass")["solint"] == "'inf,9ch'"


def test_the_smoothed_bandpass_is_applied_where_there_is_one():
    proposal = first(found("bandpass-smooth"))
    text = proposal.content.decode()
    assert f"gaintable = '{SPLIT}.bandpass_smooth20ch')" in text
    assert f"gaintable = ['{SPLIT}.bandpass_smooth20ch', '{SPLIT}.phase_int', '{SPLIT}.flux_inf']," in text
    code = [line for line in text.partition("# Gain calibration")[2].splitlines() if "# XY" not in line]
    assert f"'{SPLIT}.bandpass'" not in "".join(code)
    assert first(found("bandpass-smooth"), proposal.content).already


def test_without_a_smoothed_bandpass_channels_are_averaged():
    text = OURS.replace("bandpass_smooth20ch", "bandpass2")
    assert "Average more channels" in first(found("bandpass-smooth"), text).title


def test_another_reference_antenna_is_taken_in_all_steps():
    proposal = first(found("refant", antennas=("DV02",)))
    gone, came = changed(OURS, proposal.content)
    assert set(gone) == {"refant = 'DV02',"}
    assert set(came) == {"refant = 'DV09',"}
    assert len(gone) == len(came) == 6
    assert first(found("refant", antennas=("DV02",)), proposal.content).already


@pytest.mark.parametrize("where", [{"antennas": ("DA41",)}, {"spws": (21,)}])
def test_the_reference_stays_where_something_else_is_bad(where):
    assert proposed(found("refant", **where)) == ()


def test_a_bad_antenna_never_becomes_the_reference():
    assert "DA41" in first(found("refant", antennas=("DV02", "DV09"))).title


def test_fewer_baselines_are_enough_where_more_were_asked_for():
    proposal = first(found("minblperant"))
    gone, came = changed(OURS, proposal.content)
    assert (gone, set(came), len(came)) == ([], {"minblperant = 3,"}, 5)
    assert first(found("minblperant"), proposal.content).already


def test_a_field_is_left_out_of_loops_and_ranges():
    proposal = first(found("take-out-field", fields=("J0004",)))
    assert changed(OURS, proposal.content) == (
        ["for i in ['0', '1', '4']: # J0001, J0002", "field = '2~4', # NGC1"],
        ["for i in ['0', '1']: # J0001, J0002", "field = '2~3', # NGC1"],
    )
    assert first(found("take-out-field", fields=("J0004",)), proposal.content).already


def test_an_application_to_nothing_else_is_commented_out():
    text = OURS.replace("field = '2~4', # NGC1", "field = '3', # J0003")
    assert "#applycal(vis" in first(found("take-out-field", fields=("J0003",)), text).content.decode()


def test_a_flux_density_is_set_at_the_frequency_that_each_call_refers_to():
    proposal = first(found("setjy-flux", fields=("J0001",)))
    jansky = 2.2 * (240.0 / 230.0) ** -0.5
    assert changed(OURS, proposal.content)[1] == [
        "fluxdensity = [2.2, 0, 0, 0],",
        "spix = -0.5,",
        f"fluxdensity = [{jansky:.6f}, 0, 0, 0],",
        "spix = -0.5,",
    ]
    assert first(found("setjy-flux", fields=("J0001",)), proposal.content).already


def test_without_a_flux_density_a_person_is_told_where_to_look():
    assert "casapilot flux" in first(found("setjy-flux"), context=without(CONTEXT, fluxes=())).todo


def test_concat_gets_a_tolerance_and_no_second_one():
    text = OURS + "\nconcat(vis = ['a.ms'], concatvis = 'b.ms')\n"
    content = first(found("dirtol"), text).content
    assert b"dirtol = '1arcsec'" in content.replace(b"dirtol='", b"dirtol = '")
    assert first(found("dirtol"), content).already
    assert "concat" in first(found("dirtol")).todo


def test_renamed_flag_versions_are_given_back_by_an_action():
    proposal = first(found("restore-old-flags"))
    assert (proposal.action, proposal.content, proposal.can_accept) == ("restore-old-flags", b"", True)
    assert "Original" in proposal.title


def test_stray_flag_versions_are_moved_by_an_action():
    assert first(found("remove-flagversions")).targets == (f"{UID}.ms.flagversions",)
    assert proposed(found("remove-flagversions"), context=without(CONTEXT, stray_versions=())) == ()


def test_a_kind_that_is_not_known_proposes_nothing():
    assert proposed(found("dance")) == ()
