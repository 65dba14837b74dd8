"""Who is what, from the intents."""

import pytest
from casapilot.steps.errors import AsdmError, UsageError
from casapilot.steps.generate.roles import find_roles, intents_of
from generate_kit import ATMOSPHERE, BANDPASS, CHECK, NAMES, PHASE, TARGET, Seen, block, sequence
from hypothesis import given
from hypothesis import strategies as st

POINTING = ("CALIBRATE_POINTING", "CALIBRATE_WVR")


def test_each_field_of_a_usual_execution_has_its_role():
    roles = find_roles(block())
    assert (roles.bandpass, roles.flux, roles.phase, roles.checks) == (0, 0, (1,), (2,))
    assert [(group.source, group.fields, group.phase) for group in roles.targets] == [("Antlia", (3,), 1)]
    assert roles.bandpass_scans == (3,)
    assert roles.notes == ()


def test_a_quasar_that_served_pointing_alone_is_left_out():
    names = (*NAMES, "J0006-0623")
    seen = (Seen("J0006-0623", POINTING, 20, (0, 1, 2)), *sequence())
    roles = find_roles(block(seen, names=names))
    assert roles.left_out == (4,)
    assert 4 not in roles.calibrators


def test_a_pointing_scan_in_the_science_spws_makes_no_calibrator():
    names = (*NAMES, "J0006-0623")
    roles = find_roles(block((Seen("J0006-0623", POINTING, 20), *sequence()), names=names))
    assert roles.left_out == (4,)


def test_a_solar_system_object_is_preferred_as_flux_calibrator():
    names = (*NAMES, "Callisto")
    seen = (*sequence(), Seen("Callisto", ("CALIBRATE_AMPLI",)))
    roles = find_roles(block(seen, names=names))
    assert roles.flux == 4
    assert roles.flux_is_solar


def test_a_second_flux_calibrator_is_told_of():
    names = (*NAMES, "J1107-4449")
    seen = (*sequence(), Seen("J1107-4449", ("CALIBRATE_FLUX",)))
    roles = find_roles(block(seen, names=names))
    assert roles.flux == 0
    assert "more than one flux calibrator" in roles.notes[0]


def test_each_target_gets_the_phase_calibrator_observed_next_to_it():
    names = ("J1058+0133", "J1037-2934", "J0500+0000", "North", "South")
    seen = [Seen("J1058+0133", BANDPASS, 240)]
    for _ in range(2):
        seen += [Seen("J1037-2934", PHASE), Seen("North", TARGET, 100), Seen("J1037-2934", PHASE)]
        seen += [Seen("J0500+0000", PHASE), Seen("South", TARGET, 100), Seen("J0500+0000", PHASE)]
    roles = find_roles(block(tuple(seen), names=names))
    assert {group.source: group.phase for group in roles.groups} == {"North": 1, "South": 2}
    assert "4 of 4 places" in roles.groups[0].why


def test_a_field_that_is_phase_calibrator_and_target_is_a_target():
    seen = (*sequence(), Seen("Antlia", ("CALIBRATE_PHASE", "OBSERVE_TARGET"), 30))
    roles = find_roles(block(seen))
    assert roles.phase == (1,)
    assert "taken for a target" in roles.notes[0]


def test_the_only_phase_calibrator_stays_one_even_when_it_is_a_target_too():
    seen = (Seen(NAMES[0], BANDPASS, 240), Seen(NAMES[1], ("CALIBRATE_PHASE", "OBSERVE_TARGET"), 100))
    assert find_roles(block(seen)).phase == (1,)


def test_without_a_phase_calibrator_the_bandpass_calibrator_takes_its_place():
    roles = find_roles(block((Seen(NAMES[0], BANDPASS, 240), Seen(NAMES[3], TARGET, 100))))
    assert roles.phase == (0,)
    assert any("no phase calibrator" in note for note in roles.notes)


def test_without_a_bandpass_calibrator_the_phase_calibrator_takes_its_place():
    roles = find_roles(block((Seen(NAMES[1], PHASE), Seen(NAMES[3], TARGET, 100))))
    assert (roles.bandpass, roles.flux) == (1, 1)
    assert len(roles.notes) == 2


def test_without_any_calibrator_it_is_refused():
    with pytest.raises(AsdmError, match="no calibrator"):
        find_roles(block((Seen(NAMES[3], TARGET, 100),)))


def test_a_mosaic_is_one_group():
    names = (*NAMES, "Antlia", "Antlia")
    roles = find_roles(block(sequence((3, 4, 5)), names=names))
    assert [group.fields for group in roles.targets] == [(3, 4, 5)]


def test_a_polarisation_calibrator_is_solved_for_too():
    names = (*NAMES, "J1256-0547")
    seen = (*sequence(), Seen("J1256-0547", ("CALIBRATE_POLARIZATION",)))
    roles = find_roles(block(seen, names=names))
    assert roles.polarisation == (4,)
    assert 4 in roles.calibrators


def test_the_bandpass_calibrator_can_be_chosen_by_name_and_by_number():
    assert find_roles(block(), "J1037-2934").bandpass == find_roles(block(), "1").bandpass == 1


def test_a_bandpass_calibrator_that_was_not_observed_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="J1058"):
        find_roles(block(), "J9999+9999")


def test_the_intents_name_the_fields_in_the_order_observed():
    assert intents_of(block())["CALIBRATE_ATMOSPHERE"] == (0, 1, 3)


KINDS = st.sampled_from([BANDPASS, PHASE, CHECK, TARGET, ATMOSPHERE, POINTING, ("CALIBRATE_FLUX",)])


@given(st.lists(st.tuples(st.sampled_from(NAMES), KINDS), min_size=1, max_size=12))
def test_in_any_sequence_every_field_has_one_role_and_targets_have_calibrators(seen):
    metadata = block(tuple(Seen(name, intents) for name, intents in seen))
    try:
        roles = find_roles(metadata)
    except AsdmError:
        kinds = {intents for _, intents in seen}
        assert not kinds & {BANDPASS, PHASE}
        return
    grouped = [number for group in roles.groups for number in group.fields]
    assert len(grouped) == len(set(grouped))
    assert not set(grouped) & set(roles.calibrators)
    assert not set(roles.left_out) & {*grouped, *roles.calibrators}
    assert all(group.phase in roles.phase for group in roles.groups)
    assert roles.bandpass_scans
