"""What is observed when, in which windows, with which intents."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from casapilot.steps.simulate.catalogue import cast
from casapilot.steps.simulate.defects import ALL, NAMES
from casapilot.steps.simulate.options import Options
from casapilot.steps.simulate.schedule import Schedule, duration_s, make_schedule
from casapilot.steps.simulate.spectrum import Spectrum, centre_hz, make_spectrum
from hypothesis import given
from hypothesis import strategies as st

START_S = 5e9

options_of = st.builds(
    Options,
    array=st.sampled_from(["12m", "7m"]),
    defects=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    target=st.sampled_from(["single", "mosaic"]),
    line=st.booleans(),
    continuum=st.just(True),
    n_spws=st.integers(1, 4),
    band=st.sampled_from([3, 6, 7]),
    cycles=st.integers(1, 5),
)


def plan(options: Options) -> tuple[Spectrum, Schedule]:
    spectrum = make_spectrum(options, 1.0)
    players = cast(options, np.random.default_rng(options.seed))
    return spectrum, make_schedule(options, players, spectrum, START_S)


def scans_with(schedule: Schedule, intent: str) -> list:
    return [scan for scan in schedule.scans if intent in scan.intents]


@given(options_of)
def test_scans_follow_each_other_and_never_overlap(options):
    _, schedule = plan(options)
    assert [scan.number for scan in schedule.scans] == list(range(1, len(schedule.scans) + 1))
    parts = [part for scan in schedule.scans for part in scan.subscans]
    assert parts[0].start_s > START_S
    for one, two in pairwise(parts):
        assert two.start_s > one.end_s
    assert START_S + duration_s(schedule) == pytest.approx(parts[-1].end_s)


@given(options_of)
def test_all_that_is_named_exists(options):
    spectrum, schedule = plan(options)
    assert [window.number for window in spectrum.windows] == list(range(len(spectrum.windows)))
    assert [setup.number for setup in spectrum.setups] == list(range(len(spectrum.setups)))
    assert sorted(k for setup in spectrum.setups for k in setup.windows) == list(range(len(spectrum.windows)))
    for scan in schedule.scans:
        for part in scan.subscans:
            assert schedule.fields[part.field].name == scan.source
            assert all(0 <= number < len(spectrum.setups) for number in part.setups)
            assert schedule.sources[schedule.fields[part.field].source].name == scan.source


@given(options_of)
def test_the_radiometers_of_the_12m_array_see_every_scan_and_the_7m_array_has_none(options):
    spectrum, schedule = plan(options)
    assert len(spectrum.radiometers) == (0 if options.is_7m else 1)
    for scan in schedule.scans:
        calibrates = scan.intents[0] not in ("OBSERVE_TARGET", "OBSERVE_CHECK_SOURCE")
        assert ("CALIBRATE_WVR" in scan.intents) == (calibrates and not options.is_7m)
        for part in scan.subscans:
            assert len(part.setups) == (1 if options.is_7m else 2)


@given(options_of)
def test_every_target_scan_lies_between_two_of_the_phase_calibrator(options):
    _, schedule = plan(options)
    phase = [scan.number for scan in scans_with(schedule, "CALIBRATE_PHASE")]
    for scan in scans_with(schedule, "OBSERVE_TARGET"):
        if scan.source != "Pallas":
            assert min(phase) < scan.number < max(phase)


@given(options_of)
def test_windows_of_the_tsys_cover_those_of_science(options):
    spectrum, _ = plan(options)
    for number in (*spectrum.science.windows, *(k for s in spectrum.reference for k in s.windows)):
        science = spectrum.windows[number]
        hosts = [spectrum.windows[k] for k in spectrum.atmosphere.windows]
        width = abs(science.step_hz) * science.n_channels
        assert any(
            abs(centre_hz(host) - centre_hz(science)) + width / 2
            <= abs(host.step_hz) * host.n_channels / 2 + 1.0
            and host.baseband == science.baseband
            and np.sign(host.step_hz) == np.sign(science.step_hz)
            for host in hosts
        )


@given(options_of)
def test_no_baseband_has_two_windows_in_one_setup(options):
    spectrum, _ = plan(options)
    for setup in spectrum.setups:
        bands = [spectrum.windows[k].baseband for k in setup.windows]
        assert len(set(bands)) == len(bands)


def test_the_order_is_that_of_an_execution_block():
    _, schedule = plan(Options(cycles=1))
    words = [scan.intents[0].split("_", 1)[1] for scan in schedule.scans]
    assert words == [
        "POINTING",
        "SIDEBAND_RATIO",
        "ATMOSPHERE",
        "BANDPASS",
        "POINTING",
        "ATMOSPHERE",
        "PHASE",
        "CHECK_SOURCE",
        "ATMOSPHERE",
        "TARGET",
        "PHASE",
    ]
    assert scans_with(schedule, "CALIBRATE_FLUX") == scans_with(schedule, "CALIBRATE_BANDPASS")
    loads = [part.intent for part in scans_with(schedule, "CALIBRATE_ATMOSPHERE")[0].subscans]
    assert loads == ["OFF_SOURCE", "AMBIENT", "HOT"]


def test_a_mosaic_is_seven_fields_of_one_source_half_a_beam_apart():
    _, schedule = plan(Options(target="mosaic"))
    scan = scans_with(schedule, "OBSERVE_TARGET")[0]
    fields = [schedule.fields[part.field] for part in scan.subscans]
    assert len({field.number for field in fields}) == 7
    assert len({field.name for field in fields}) == 1 and len({field.source for field in fields}) == 1
    far = [
        np.hypot((f.ra_rad - fields[0].ra_rad) * np.cos(f.dec_rad), f.dec_rad - fields[0].dec_rad)
        for f in fields
    ]
    assert np.degrees(far[1:]) * 3600 == pytest.approx(11.3, abs=0.4)


@pytest.mark.parametrize("spws", [1, 2, 3, 4])
def test_the_number_of_science_windows_is_as_asked(spws):
    spectrum, _ = plan(Options(n_spws=spws, defects=()))
    assert len(spectrum.science.windows) == spws == len(spectrum.atmosphere.windows)


def test_a_target_without_lines_is_seen_in_wide_windows_only():
    spectrum, _ = plan(Options(line=False))
    assert {spectrum.windows[k].kind for k in spectrum.science.windows} == {"tdm"}


class TestDefects:
    """Those that the schedule and the spectrum make."""

    def test_a_pointing_quasar_is_in_pointing_scans_only(self):
        _, schedule = plan(Options(defects=("pointing-quasar",)))
        name = schedule.scans[0].source
        scans = [scan for scan in schedule.scans if scan.source == name]
        assert [scan.intents[0] for scan in scans] == ["CALIBRATE_POINTING"]

    def test_a_source_misses_its_tsys(self):
        _, schedule = plan(Options(defects=("missing-tsys",)))
        phase = scans_with(schedule, "CALIBRATE_PHASE")[0].source
        assert phase not in {scan.source for scan in scans_with(schedule, "CALIBRATE_ATMOSPHERE")}

    def test_a_moving_source_has_a_field_at_zero(self):
        _, schedule = plan(Options(defects=("field-00",)))
        (field,) = (field for field in schedule.fields if field.ra_rad == field.dec_rad == 0.0)
        assert schedule.true_positions[field.number] != (0.0, 0.0)
        assert schedule.scans[-1].source == field.name

    def test_a_narrow_window_is_added_where_there_is_room(self):
        for spws in (2, 4):
            spectrum, _ = plan(Options(n_spws=spws, defects=("low-snr-spw",)))
            assert len(spectrum.science.windows) == min(4, spws + 1)
            last = spectrum.windows[spectrum.science.windows[-1]]
            assert abs(last.step_hz) * last.n_channels == pytest.approx(14.6e6, rel=0.01)

    def test_bandwidth_switching_has_its_scans_and_windows(self):
        spectrum, schedule = plan(Options(defects=("bwsw",)))
        scans = scans_with(schedule, "CALIBRATE_DIFFGAIN")
        assert {part.intent for scan in scans for part in scan.subscans} == {"REFERENCE", "ON_SOURCE"}
        wide, narrow = spectrum.reference[0], spectrum.science
        phase = scans_with(schedule, "CALIBRATE_PHASE")[0].subscans[0]
        target = scans_with(schedule, "OBSERVE_TARGET")[0].subscans[0]
        assert wide.number in phase.setups and narrow.number in target.setups

    def test_all_of_them_leave_bandwidth_switching_out(self):
        assert set(NAMES) - set(ALL) == {"bwsw"}
