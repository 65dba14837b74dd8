"""The demo's script in plain CASA, against the values of CASA's own regression test."""

from __future__ import annotations

import pytest
from casapilot.steps.checklist.model import Check, Checklist
from demo_reduction import OTHERWISE, REFUSED, Reduction

pytestmark = pytest.mark.casa

MS = "NGC5921.ms"


def checks_of(checklist: Checklist) -> list[Check]:
    return [check for item in checklist.items for check in item.check if check.of]


def test_every_check_of_the_checklist_is_met(reduction: Reduction, checklist: Checklist) -> None:
    off = {}
    for check in checks_of(checklist):
        answer = reduction.measured[check.metric, check.of.replace("{ms}", MS)]
        assert check.expect is not None and check.within_percent is not None
        percent = 100 * abs(answer["value"] / check.expect - 1)
        if percent > check.within_percent:
            off[check.metric, check.of] = answer
    assert off == {}


def test_units_are_those_the_checklist_names(reduction: Reduction, checklist: Checklist) -> None:
    for check in checks_of(checklist):
        answer = reduction.measured[check.metric, check.of.replace("{ms}", MS)]
        assert answer["unit"] == check.unit, check
        assert answer["text"]


def test_only_autocorrelations_are_flagged(reduction: Reduction, checklist: Checklist) -> None:
    assert reduction.flagged == 203994
    check = next(check for check in checklist.item("autocorrelations").check)
    assert 100 * reduction.flagged / 2854278 == pytest.approx(check.expect, rel=1e-3)


def test_every_output_is_there(reduction: Reduction, checklist: Checklist) -> None:
    names = [name.replace("{ms}", MS) for item in checklist.items for name in item.outputs]
    assert [name for name in names if not (reduction.folder / name).exists()] == []


def test_flag_versions_are_saved(reduction: Reduction) -> None:
    for ms, versions in (
        (MS, ["Original", "BeforeBandpassCalibration", "BeforeGainCalibration", "BeforeApplycal"]),
        (f"{MS}.split.cal", ["AfterApplycal"]),
    ):
        listed = (reduction.folder / f"{ms}.flagversions" / "FLAG_VERSION_LIST").read_text()
        assert [line.partition(" :")[0] for line in listed.splitlines()] == versions


def test_each_step_announces_itself(reduction: Reduction) -> None:
    said = [line for line in reduction.stdout.splitlines() if line.startswith("Step ")]
    assert len(said) == 16
    assert said[5] == "Step  5 Bandpass calibration"


def test_one_number_has_one_value_however_it_is_named(reduction: Reduction) -> None:
    by_metric = {
        "flux_density_jy": reduction.measured["flux_density_jy", "1445+09900002_0"]["value"],
        "max_amplitude_jy": reduction.measured["max_amplitude_jy", f"{MS}:1445*:corrected"]["value"],
    }
    for metric, of in OTHERWISE:
        assert reduction.measured[metric, of]["value"] == by_metric[metric], of


def test_the_listing_says_what_fluxscale_returned(reduction: Reduction) -> None:
    returned = reduction.measured["flux_density_jy", "1445+09900002_0"]["value"]
    assert reduction.listed["value"] == pytest.approx(returned, rel=1e-5)


@pytest.mark.parametrize("metric, of", REFUSED)
def test_what_cannot_be_measured_is_said_not_guessed(reduction: Reduction, metric: str, of: str) -> None:
    answer = reduction.measured[metric, of]
    assert "value" not in answer
    assert of.partition(":")[0] in answer["error"]
