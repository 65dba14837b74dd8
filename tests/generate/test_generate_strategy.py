"""How bandpass and gains are solved for, by the signal-to-noise ratio to be expected."""

from dataclasses import replace

import pytest
from casapilot.steps.asdm import WindowKind
from casapilot.steps.errors import AsdmError
from casapilot.steps.generate import make_plan
from casapilot.steps.generate.modes import Mode, find_mode
from casapilot.steps.generate.snr import gain_snr, sefd_jy
from casapilot.steps.generate.strategy import solint_text
from generate_kit import BANDPASS, NAMES, PHASE, TARGET, Seen, block, sequence, window, windows
from hypothesis import given
from hypothesis import strategies as st


def faint(factor):
    return {name: flux / factor for name, flux in {NAMES[0]: 3.83, NAMES[1]: 0.92, NAMES[2]: 0.31}.items()}


def test_the_noise_of_a_gain_falls_with_bandwidth_time_and_antennas():
    base = gain_snr(1.0, 3000.0, 1e9, 6.0, 10)
    assert gain_snr(1.0, 3000.0, 4e9, 6.0, 10) == pytest.approx(2 * base)
    assert gain_snr(1.0, 3000.0, 1e9, 24.0, 10) == pytest.approx(2 * base)
    assert gain_snr(1.0, 3000.0, 1e9, 6.0, 31) == pytest.approx(2 * base)
    assert gain_snr(2.0, 3000.0, 1e9, 6.0, 10) == pytest.approx(2 * base)


def test_a_12m_antenna_at_80_kelvin_has_an_sefd_of_nearly_3000_jansky():
    assert sefd_jy(80.0, 12.0, 6) == pytest.approx(2870, rel=0.02)


@pytest.mark.parametrize(
    ("snr", "solint"), [(0.0, "int"), (5.0, "int"), (4.9, "12.096s"), (2.9, "18.144s"), (1.0, "inf")]
)
def test_a_short_solution_is_as_long_as_it_must_be_and_no_longer(snr, solint):
    assert solint_text(snr, 6.048, 36.288) == solint


def test_half_a_scan_stands_in_for_a_whole_one_where_that_is_enough_for_phases():
    assert solint_text(4.9, 6.048, 36.288, 7.0) == "18.144s"
    assert solint_text(3.5, 6.048, 36.288, 7.0) == "18.144s"
    assert solint_text(2.8, 6.048, 36.288, 7.0) == "inf"
    assert solint_text(6.9, 6.048, 240.0, 7.0) == "12.096s"
    assert solint_text(2.5, 6.048, 11.6 * 6.048, 7.0) == "30.240s"


def test_a_window_with_half_the_signal_of_another_takes_phases_below_what_the_pipeline_wants():
    """And one of two that are much the same is solved by itself until it is faint."""
    spws = (*windows()[:3], window(3, 128, 15.6e6, 230.53e9), windows()[4])
    assert make_plan(block(fluxes_jy=faint(3))).gains.phase_map == (0, 1, 2, 4, 4)
    assert make_plan(block(fluxes_jy=faint(9), spws=spws)).gains.phase_map == ()


def test_a_very_narrow_window_takes_amplitudes_where_it_takes_phases():
    def gains(factor, width_hz):
        spws = (*windows()[:3], window(3, 128, width_hz / 128, 230.53e9), windows()[4])
        return make_plan(block(fluxes_jy=faint(factor), spws=spws)).gains

    assert gains(0.5, 15e6).amplitude_map == gains(0.5, 15e6).phase_map == ()
    assert gains(1.5, 15e6).amplitude_map == gains(1.5, 15e6).phase_map == (0, 1, 2, 4, 4)
    assert (gains(3, 60e6).amplitude_map, gains(3, 60e6).phase_map) == ((), (0, 1, 2, 4, 4))


def test_strong_calibrators_are_solved_spw_by_spw():
    gains = make_plan(block()).gains
    assert (gains.phase_map, gains.amplitude_map, gains.combine) == ((), (), False)
    assert gains.phase_spws == (3, 4)
    assert gains.int_groups == (("int", (0, 1, 2)),)


def test_a_spw_with_noisy_phases_takes_those_of_the_widest():
    plan = make_plan(block(fluxes_jy=faint(4)))
    assert plan.gains.phase_map == (0, 1, 2, 4, 4)
    assert plan.gains.phase_spws == (4,)
    assert plan.gains.amplitude_map == ()
    assert not plan.bandpass.solnorm


def test_a_spw_with_noisy_amplitudes_takes_those_too_and_the_bandpass_keeps_the_difference():
    plan = make_plan(block(fluxes_jy=faint(15)))
    assert plan.gains.amplitude_map == (0, 1, 2, 4, 4)
    assert not plan.bandpass.solnorm


def test_where_every_spw_is_weak_they_are_combined():
    gains = make_plan(block(fluxes_jy=faint(60))).gains
    assert gains.combine
    assert gains.phase_map == gains.amplitude_map == (0, 1, 2, 3, 3)


def test_a_calibrator_of_unknown_flux_changes_nothing_and_that_is_told():
    plan = make_plan(block(fluxes_jy={}))
    assert not plan.gains.phase_map
    assert plan.gains.int_groups == (("int", (0, 1, 2)),)
    assert "not known" in plan.gains.why[0]


def test_a_weak_check_source_gets_longer_short_solutions():
    gains = make_plan(block(fluxes_jy={NAMES[0]: 3.83, NAMES[1]: 0.92, NAMES[2]: 0.12})).gains
    assert gains.int_groups == (("int", (0, 1)), ("18.144s", (2,)))


def test_few_antennas_need_fewer_baselines_each():
    assert make_plan(block(array="7m")).gains.minblperant == 3
    assert make_plan(block(count=40)).gains.minblperant is None


def test_a_bandpass_of_many_narrow_channels_is_averaged_over_twenty():
    spws = (*windows()[:3], window(3, 960, 0.244140625e6, 230.53e9), windows()[4])
    bandpass = make_plan(block(spws=spws)).bandpass
    assert bandpass.smooth == {3: 20}
    assert bandpass.suffix == ".bandpass_smooth20ch"


def test_a_noisy_bandpass_is_averaged_over_more():
    bandpass = make_plan(block(fluxes_jy=faint(25))).bandpass
    assert bandpass.smooth[3] == 16, "an eighth of its channels at most"
    assert bandpass.suffix == ".bandpass_smooth16ch"


def test_weak_bandpass_calibrators_use_more_channels_and_time_before_it():
    assert make_plan(block()).bandpass.channels[3] == (51, 76)
    weak = {**faint(1), NAMES[0]: 0.1}
    assert make_plan(block(fluxes_jy=weak)).bandpass.channels[3] == (13, 114)
    weak[NAMES[0]] = 0.05
    assert make_plan(block(fluxes_jy=weak)).bandpass.pre_solint.endswith("s")


@given(st.floats(0.001, 20), st.integers(3, 50), st.sampled_from(["12m", "7m"]))
def test_maps_lead_from_every_spw_to_one_that_is_solved(flux, count, array):
    fluxes = {NAMES[0]: 4 * flux, NAMES[1]: flux, NAMES[2]: flux / 3}
    plan = make_plan(block(fluxes_jy=fluxes, count=count, array=array))
    gains = plan.gains
    for spw in plan.science:
        assert (gains.phase_map[spw] if gains.phase_map else spw) in gains.phase_spws
        assert (gains.amplitude_map[spw] if gains.amplitude_map else spw) in gains.amplitude_spws
    solved = sorted(number for _, fields in gains.int_groups for number in fields)
    assert solved == list(plan.solved)
    assert set(plan.bandpass.channels) == set(gains.phase_spws)


def switching(centre_hz, width_hz=31.25e6):
    spws = (*windows()[:4], window(5, 64, width_hz, centre_hz, WindowKind.TDM, 2))
    seen = (
        Seen(NAMES[0], BANDPASS, 240, (0, 3, 5)),
        Seen(NAMES[0], ("CALIBRATE_DIFFGAIN",), 60, (0, 3, 5)),
        Seen(NAMES[1], PHASE, 36, (0, 5)),
        Seen(NAMES[3], TARGET, 240, (0, 3)),
        Seen(NAMES[1], PHASE, 36, (0, 5)),
    )
    return block(seen, spws=spws)


def test_bandwidth_switching_is_recognised():
    found = find_mode(switching(232.7e9))
    assert (found.mode, found.signal, found.reference) == (Mode.BWSW, (3,), (5,))


def test_band_to_band_is_recognised_by_the_frequencies():
    assert find_mode(switching(100e9)).mode is Mode.B2B


def test_a_usual_execution_is_neither():
    assert find_mode(block()).mode is Mode.STANDARD


def test_total_power_is_refused_in_words():
    metadata = block()
    dishes = tuple(replace(each, name=f"PM0{each.number + 1}") for each in metadata.antennas[:4])
    with pytest.raises(AsdmError, match="total-power"):
        make_plan(replace(metadata, antennas=dishes))


def test_data_of_the_radiometers_alone_are_refused():
    with pytest.raises(AsdmError, match="no spw of the correlator"):
        make_plan(block((Seen(NAMES[0], BANDPASS, 240, (0,)),)))


def test_polarisation_calibration_forbids_another_reference_antenna():
    names = (*NAMES, "J1256-0547")
    seen = (*sequence(), Seen("J1256-0547", ("CALIBRATE_POLARIZATION",)))
    assert make_plan(block(seen, names=names)).gains.strict


def test_the_first_integration_is_flagged_only_where_scans_are_long_enough():
    assert make_plan(block()).quack_s == pytest.approx(5.443)
    seen = tuple(replace(each, seconds=12.096) if each.intents == PHASE else each for each in sequence())
    assert make_plan(block(seen)).quack_s is None
