"""Whole execution blocks: the same for the same seed, and each defect where it says."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from casapilot.steps.simulate.block import make_blocks, make_plan
from casapilot.steps.simulate.heavens import Heavens
from casapilot.steps.simulate.model import WVR_S, Block, Scan, Setup, Subscan
from casapilot.steps.simulate.options import Options
from casapilot.steps.simulate.truth import antennapos_csv

pytestmark = pytest.mark.skipif(find_spec("casatools") is None, reason="CASA is not installed here")


@cache
def block(*defects: str, **more) -> Block:
    sizes = {"n_antennas": 8, "channels": 16, "cycles": 1, "n_ebs": 1, **more}
    return next(make_blocks(Options(defects=defects, **sizes)))


def scan_of(block: Block, intent: str, which: int = 0) -> Scan:
    return [scan for scan in block.scans if intent in scan.intents][which]


def correlator(block: Block, subscan: Subscan) -> Setup:
    return block.setups[subscan.setups[-1]]


def cross(block: Block, intent: str, which: int = 0, window: int = -1) -> np.ndarray:
    scan = scan_of(block, intent, which)
    subscan = scan.subscans[0]
    setup = correlator(block, subscan)
    return block.cross(scan, subscan, setup)[setup.windows[window]]


def baselines(block: Block) -> list[tuple[int, int]]:
    return [(i, j) for j in range(1, len(block.antennas)) for i in range(j)]


def with_antenna(block: Block, name: str) -> np.ndarray:
    number = [antenna.name for antenna in block.antennas].index(name)
    return np.array([number in pair for pair in baselines(block)])


def truths(block: Block, name: str) -> list[dict]:
    return [defect for defect in block.extra["truth"]["defects"] if defect["name"] == name]


def test_data_have_the_shapes_that_the_writer_expects():
    made = block()
    for scan in made.scans:
        for part in scan.subscans:
            for setup in (made.setups[number] for number in part.setups):
                autos = made.auto(scan, part, setup)
                assert tuple(autos) == setup.windows
                if setup.kind == "radiometer":
                    count = int((part.end_s - part.start_s) / WVR_S + 1e-6)
                    assert autos[setup.windows[0]].shape == (count, 8, 4, 1)
                    continue
                for number, data in made.cross(scan, part, setup).items():
                    channels = made.windows[number].n_channels
                    assert data.shape == (part.n_integrations, 28, channels, 2)
                    assert data.dtype == np.complex64
                    assert autos[number].shape == (part.n_integrations, 8, channels, 2)
                    assert autos[number].dtype == np.float32


def test_the_same_seed_gives_the_same_data_in_any_order():
    one, two = block(), next(make_blocks(Options(defects=(), n_antennas=8, channels=16, cycles=1, n_ebs=1)))
    last = cross(two, "CALIBRATE_PHASE", -1)
    assert np.array_equal(cross(one, "CALIBRATE_BANDPASS"), cross(two, "CALIBRATE_BANDPASS"))
    assert np.array_equal(cross(one, "CALIBRATE_PHASE", -1), last)
    assert one.uid == two.uid and one.extra["truth"] == two.extra["truth"]


def test_another_seed_gives_other_data_and_names():
    one, two = block(), block(seed=2)
    assert one.uid != two.uid and one.start_s != two.start_s
    assert not np.array_equal(cross(one, "CALIBRATE_BANDPASS"), cross(two, "CALIBRATE_BANDPASS"))


def test_blocks_of_a_member_ous_share_antennas_and_sources_but_not_day_weather_and_frequency():
    one, two = make_blocks(Options(n_antennas=4, channels=16, cycles=1))
    assert one.antennas == two.antennas and one.mous_uid == two.mous_uid and one.uid != two.uid
    assert [source.name for source in one.sources] == [source.name for source in two.sources]
    assert 80_000 < two.start_s - one.start_s < 4 * 86_400
    assert one.extra["truth"]["pwv_mm"] != two.extra["truth"]["pwv_mm"]
    shift = two.windows[-1].first_hz - one.windows[-1].first_hz
    assert 0 < abs(shift) < 3e6, "the Earth's motion, set anew for each block"


def test_closure_phases_of_a_point_source_are_zero():
    data = cross(block(), "CALIBRATE_BANDPASS").mean(axis=0)
    pairs = baselines(block())
    a, b, c = (data[pairs.index(pair)] for pair in ((0, 1), (1, 2), (0, 2)))
    assert np.abs(np.angle(a * b * np.conj(c))).max() < 0.1


def test_a_brighter_source_correlates_more_by_as_much_as_it_is_brighter():
    made = block()
    flux = made.extra["truth"]["flux_jy"]
    window = made.windows[scan_setup(made).windows[-1]]
    noise = 1.0 / (abs(window.step_hz) * scan_of(made, "CALIBRATE_PHASE").subscans[0].integration_s)
    level = {}
    for intent in ("CALIBRATE_BANDPASS", "CALIBRATE_PHASE"):
        source = scan_of(made, intent).source
        power = np.mean(np.abs(cross(made, intent)) ** 2) - noise
        level[source] = np.sqrt(power) / flux[source][str(window.number)]
    one, two = level.values()
    # A few per cent of elevation and drift are between them.
    assert one == pytest.approx(two, rel=0.06)


def scan_setup(made: Block) -> Setup:
    return correlator(made, scan_of(made, "CALIBRATE_BANDPASS").subscans[0])


def test_noise_goes_with_bandwidth_and_time():
    made = block()
    scan = scan_of(made, "CALIBRATE_ATMOSPHERE")
    subscan = scan.subscans[0]
    setup = correlator(made, subscan)
    data = made.cross(scan, subscan, setup)[setup.windows[0]]
    expected = 1.0 / np.sqrt(2 * abs(made.windows[setup.windows[0]].step_hz) * subscan.integration_s)
    assert data.real.std() == pytest.approx(expected, rel=0.1)
    assert abs(data.mean()) < expected / 5, "nothing is seen off source"


def test_the_catalogue_knows_the_flux_calibrator_within_half_a_per_cent():
    for seed in range(5):
        made = block(seed=seed)
        name = scan_of(made, "CALIBRATE_FLUX").source
        (source,) = (source for source in made.sources if source.name == name)
        window = str(scan_setup(made).windows[0])
        centre = made.extra["truth"]["spws"][window]["centre_hz"]
        known = dict(source.flux_jy)[centre]
        assert known == pytest.approx(made.extra["truth"]["flux_jy"][name][window], rel=0.005)


def test_the_system_temperature_is_plausible_and_follows_the_receiver():
    for row in block().syscal:
        assert row.tsys_k.shape == (2, 16)
        assert np.all((row.tsys_k > row.trx_k) & (row.tsys_k < 400))


def test_sources_are_up_and_water_is_what_weather_allows():
    for seed in range(8):
        truth = block(seed=seed).extra["truth"]
        assert min(low for low, _ in truth["elevation_deg"].values()) > 45
        assert 0.5 < truth["pwv_mm"] < 2.2


def test_the_7m_array_has_no_radiometers_and_no_water_of_theirs():
    made = block(array="7m")
    assert all(antenna.name.startswith("CM") and antenna.diameter_m == 7.0 for antenna in made.antennas)
    assert made.calwvr == () and {setup.kind for setup in made.setups} == {"correlator"}


class TestDefects:
    def test_a_dead_antenna_has_no_fringes_in_its_scan(self):
        made = block("dead-scan")
        (truth,) = truths(made, "dead-scan")
        dead = with_antenna(made, truth["antenna"])
        scan = made.scans[truth["scans"][0] - 1]
        subscan = scan.subscans[0]
        setup = correlator(made, subscan)
        data = made.cross(scan, subscan, setup)[setup.windows[-1]]
        healthy = block().cross(scan, subscan, setup)[setup.windows[-1]]
        mean = np.abs(data.mean(axis=(0, 2, 3)))
        assert mean[dead].max() < 0.2 * np.abs(healthy.mean(axis=(0, 2, 3))).max()
        assert np.array_equal(data[:, ~dead], healthy[:, ~dead])

    def test_a_late_start_halves_the_first_integration_only(self):
        weak, full = (
            np.abs(cross(made, "CALIBRATE_BANDPASS")).mean(axis=(1, 2, 3))
            for made in (block("quack"), block())
        )
        assert weak[0] / full[0] == pytest.approx(0.55, abs=0.03)
        assert weak[1:] == pytest.approx(full[1:])

    def test_a_bad_tsys_is_in_syscal_and_not_in_the_data(self):
        made = block("bad-tsys")
        (truth,) = truths(made, "bad-tsys")
        for row, other in zip(made.syscal, block().syscal, strict=True):
            bad = made.antennas[row.antenna].name == truth["antenna"] and row.scan in truth["scans"]
            factor = np.median(row.tsys_k / other.tsys_k, axis=1)
            assert factor == pytest.approx([4.0 if bad else 1.0, 1.0])
        assert np.array_equal(cross(made, "OBSERVE_TARGET"), cross(block(), "OBSERVE_TARGET"))

    def test_a_noisy_receiver_says_so_in_its_tsys(self):
        made = block("noisy-pol")
        (truth,) = truths(made, "noisy-pol")
        rows = [row for row in made.syscal if made.antennas[row.antenna].name == truth["antenna"]]
        assert all(row.tsys_k[1].mean() > 3 * row.tsys_k[0].mean() for row in rows)

    def test_times_of_syscal_differ_between_antennas_of_a_scan(self):
        for made, count in ((block("syscal-times"), 3), (block(), 1)):
            first = made.syscal[0].scan
            assert len({row.time_s for row in made.syscal if row.scan == first}) == count

    def test_a_bad_radiometer_wanders_and_the_others_do_not(self):
        made = block("bad-wvr")
        (truth,) = truths(made, "bad-wvr")
        scan = scan_of(made, "CALIBRATE_BANDPASS")
        data = made.auto(scan, scan.subscans[0], made.setups[0])[0][..., 0, 0].std(axis=0)
        names = [antenna.name for antenna in made.antennas]
        assert names[int(np.argmax(data))] == truth["antenna"]
        assert np.sort(data)[-1] > 2 * np.sort(data)[-2]

    def test_displaced_antennas_are_in_the_data_and_not_in_the_metadata(self):
        made = block("antpos")
        assert made.antennas == block().antennas
        turn = np.angle(cross(made, "CALIBRATE_BANDPASS") * np.conj(cross(block(), "CALIBRATE_BANDPASS")))
        off = np.zeros(len(baselines(made)), dtype=bool)
        for truth in truths(made, "antpos"):
            off |= with_antenna(made, truth["antenna"])
        turned = np.abs(turn.mean(axis=(0, 2, 3)))
        assert turned[~off].max(initial=0.0) < 1e-3 < turned[off].max()

    def test_a_mount_off_source_is_flagged_by_the_observatory_while_there_are_no_fringes(self):
        made = block("online-flags")
        for truth in truths(made, "online-flags"):
            scan = made.scans[truth["scans"][0] - 1]
            number = [antenna.name for antenna in made.antennas].index(truth["antenna"])
            begins = scan.subscans[0].start_s
            (flag,) = (f for f in made.flags if f.antenna == number and f.start_s == begins)
            assert flag.end_s - flag.start_s == pytest.approx(truth["value"])

    def test_power_falls_off_at_the_edges(self):
        response = np.abs(cross(block("edge"), "CALIBRATE_BANDPASS").mean(axis=0)).mean(axis=(0, 2))
        assert response[0] < 0.2 * response[8] and response[-1] < 0.2 * response[8]

    def test_the_last_block_is_low_where_antennas_shall_shade_each_other(self):
        high, low = make_blocks(Options(defects=("shadow",), array="7m", channels=16, cycles=1))
        target = high.extra["truth"]["target"]["name"]
        assert low.extra["truth"]["elevation_deg"][target][1] < 45
        assert high.extra["truth"]["elevation_deg"][target][0] > 50
        named = {truth["antenna"] for truth in truths(low, "shadow")}
        assert named and named <= {antenna.name for antenna in low.antennas}
        assert truths(high, "shadow") == []

    def test_a_jump_stays_from_its_time_on(self):
        made = block("phase-jump", cycles=2)
        (truth,) = truths(made, "phase-jump")
        its = with_antenna(made, truth["antenna"])
        for which, expected in ((0, 0.0), (-1, truth["value"])):
            jumped, steady = (
                cross(each, "CALIBRATE_BANDPASS" if which == 0 else "CALIBRATE_PHASE", which)
                for each in (made, block(cycles=2))
            )
            turn = np.abs(np.degrees(np.angle(np.sum(jumped * np.conj(steady), axis=(0, 2, 3)))))
            assert turn[its] == pytest.approx(expected, abs=12)  # noise does not jump
            assert turn[~its] == pytest.approx(0, abs=1e-5)


class TestTruth:
    def test_it_is_plain_json(self):
        truth = block("dead-scan", "antpos").extra["truth"]
        assert json.loads(json.dumps(truth))["uid"] == truth["uid"]

    def test_positions_are_as_the_service_gives_them(self):
        plan = make_plan(Options(defects=("antpos",), n_antennas=8))
        rows = list(csv.DictReader(io.StringIO(antennapos_csv(plan.uids, plan.antennas, plan.offsets_m))))
        assert len(rows) == 6, "three antennas of two blocks"
        assert {row["ms"] for row in rows} == {f"{uid}.ms" for uid in plan.uids}
        names = [antenna.name for antenna in plan.antennas]
        for row in rows:
            offset = [float(row[axis]) for axis in ("xoff", "yoff", "zoff")]
            assert offset == pytest.approx(list(plan.offsets_m[names.index(row["antenna"])]), abs=1e-8)

    def test_there_is_no_table_of_positions_where_all_are_right(self):
        plan = make_plan(Options(defects=()))
        assert antennapos_csv(plan.uids, plan.antennas, plan.offsets_m) == ""


class TestHeavens:
    def test_ozone_and_water_are_in_the_air(self):
        air = (555.0, 270.0, 15.0)
        dry, wet = (Heavens().opacity(230e9, 15.625e6, 128, pwv, air) for pwv in (0.5, 2.0))
        assert dry.shape == (128,) and np.all(wet > dry) and 0.02 < dry.mean() < wet.mean() < 0.2

    def test_a_lower_sideband_sees_the_same_air_backwards(self):
        air = (555.0, 270.0, 15.0)
        up = Heavens().opacity(230e9, 15.625e6, 64, 1.0, air)
        down = Heavens().opacity(230e9 + 63 * 15.625e6, -15.625e6, 64, 1.0, air)
        assert down == pytest.approx(up[::-1])

    def test_a_direction_moves_with_the_earth_for_an_hour(self):
        from casapilot.steps.simulate.heavens import turned

        heavens = Heavens()
        start = 57551 * 86400.0
        before = heavens.direction(2.74, -0.53, start)
        after = heavens.direction(2.74, -0.53, start + 3600.0)
        assert np.linalg.norm(turned(before, 3600.0)[0] - after) < 1e-6

    def test_receding_targets_are_seen_lower(self):
        heavens = Heavens()
        near, far = (heavens.doppler(v, 2.74, -0.53, 57551 * 86400.0) for v in (0.0, 30e3))
        assert far - near == pytest.approx(-30e3 / 299792458.0, rel=1e-3)
