"""What air and noise make is no fault of an antenna; what has another cause is not taken for one of these."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casapilot.steps.diagnose import Severity
from casapilot.steps.diagnose.causes import causes
from casapilot.steps.record.runs import Warned
from diagnose_kit import cause, check, found, who

CAUSES = causes()
POOR = cause("poor-conditions", per="all", title="Poor: {antennas}{where}")
PHASE = cause("phase", shows=("scatter",), noise=True)
GAIN = cause("gain", shows=("off",), noise=True)
DEAD = cause("dead", shows=("amp",), severity=Severity.FAIL)
JUMP = cause("jump", shows=("step",), severity=Severity.FAIL)
ALL = cause("all", shows=("total",), per="all", noise=True)


def test_several_that_noise_makes_are_one_finding_that_names_the_antennas() -> None:
    checks = [check("scatter", who("DA41", 1.5), who("DV09", 1.4)), check("off", who("DV24", 1.3, scans=[5]))]
    (finding,) = found(checks, PHASE, GAIN, POOR)
    assert (finding.cause, finding.severity) == ("poor-conditions", Severity.LOOK)
    assert set(finding.antennas) == {"DA41", "DV09", "DV24"} and len(finding.evidence) == 3
    assert {finding.item, *finding.also} == {"item0", "item1"}


def test_an_antenna_far_beyond_its_limit_stays_a_finding_of_its_own() -> None:
    checks = [check("scatter", who("DA41", 5.0), who("DV09", 1.4)), check("off", who("DV24", 1.3))]
    told = [(each.cause, each.antennas) for each in found(checks, PHASE, GAIN, POOR)]
    assert sorted(told) == [("phase", ("DA41",)), ("poor-conditions", ("DV09", "DV24"))]


def test_one_alone_is_itself_and_only_a_note_where_all_antennas_show_such() -> None:
    scatter, total = check("scatter", who("DA41", 1.5)), check("total", who("", 1.8), limit=None, note=1.0)
    ((_, alone),) = [(each.cause, each.severity) for each in found([scatter], PHASE, POOR)]
    assert alone is Severity.LOOK
    both = {each.cause: each.severity for each in found([scatter, total], PHASE, ALL, POOR)}
    assert both["phase"] is Severity.NOTE


def test_what_fails_is_never_taken_for_noise() -> None:
    checks = [
        check("amp", who("DA41", 1.9)),
        check("scatter", who("DV09", 1.5)),
        check("off", who("DV24", 1.5)),
    ]
    told = {each.cause: each.severity for each in found(checks, DEAD, PHASE, GAIN, POOR)}
    assert set(told) == {"dead", "poor-conditions"}


def test_what_only_the_log_tells_is_not_one_with_what_noise_makes() -> None:
    told = cause("faint", noise=True, known=("too-faint",))
    checks = [check("scatter", who("DA41", 1.5)), check("off", who("DV24", 1.3))]
    said = [Warned("too faint", "", "WARN", 1, "too-faint")]
    assert {each.cause for each in found(checks, PHASE, GAIN, told, POOR, warnings=said)} == {
        "poor-conditions",
        "faint",
    }
    assert {each.cause for each in found(checks[:1], PHASE, told, POOR, warnings=said)} == {"phase", "faint"}


def test_nothing_where_there_should_be_something_is_far_beyond_its_limit() -> None:
    one = check("step", who("DA41", 2.0, count=1))
    none = replace(one, below=True, offenders=(replace(one.offenders[0], value=0.0),))
    (finding,) = found([none], JUMP)
    assert finding.severity is Severity.FAIL
    checks = [replace(none, metric="scatter"), check("off", who("DV24", 1.3))]
    assert {each.cause for each in found(checks, PHASE, GAIN, POOR)} == {"phase", "gain"}


@pytest.mark.parametrize(
    ("value", "count", "severity"), [(1.1, 1, "note"), (1.5, 1, "fail"), (1.1, 2, "fail")]
)
def test_a_single_number_hardly_beyond_its_limit_is_a_note(value: float, count: int, severity: str) -> None:
    (finding,) = found([check("step", who("DA41", value, count=count))], JUMP)
    assert finding.severity.value == severity


def test_a_residual_that_only_one_radiometer_leaves_is_a_matter_of_the_antennas_phases() -> None:
    """With the correction its phases are better, and what it measures is as the others'."""
    (finding,) = found([check("wvr_residual", who("DA60", 3.6, count=1), limit=1.5)], *CAUSES)
    assert (finding.cause, finding.cures[0]) == ("noisy-phase", "wvrflag")
    checks = [
        check("wvr_residual", who("DA60", 3.6), limit=1.5),
        check("wvr_disc_um", who("DA60", 900.0), limit=500.0),
    ]
    (finding,) = found(checks, *CAUSES)
    assert (finding.cause, len(finding.evidence)) == ("bad-radiometer", 2)


def test_an_antenna_low_in_all_scans_has_lost_gain() -> None:
    low = who("DV09 low by", 2.9, scans=[3, 5, 9, 12])
    low = type(low)(low.value, "DV09 spw 3 YY scan 3 low by", "DV09", "", (), (), low.scans, 12)
    noisy = check("bandpass_noise_percent", who("DV09", 8.0, spws=[3]), limit=5.0)
    ratio = check("amplitude_antenna_ratio", low, limit=1.5, of="x.ms.split:CALIBRATE_PHASE:data")
    (finding,) = found([ratio, noisy], *CAUSES)
    assert (finding.cause, finding.antennas, finding.also) == ("low-amplitude", ("DV09",), ("item1",))


def test_a_number_of_two_defects_of_an_antenna_is_explained_by_both_together() -> None:
    """A receiver noisy in Y, and Tsys scans that failed in X: the ratio of all scans is of both."""
    checks = [
        check("tsys_scan", who("PM01", 3.6, pols=["X"], scans=[7, 11]), limit=1.5),
        check("tsys_pol", who("PM01", 3.8, pols=["Y"]), limit=1.4),
        check("tsys_ratio", who("PM01", 3.9, pols=["X", "Y"], scans=[2, 4, 7, 11]), limit=2.0),
    ]
    assert sorted(each.cause for each in found(checks, *CAUSES)) == ["bad-tsys", "noisy-polarisation"]
    elsewhere = check("tsys_ratio", who("DA41", 3.9, pols=["X", "Y"], scans=[2, 4, 7, 11]), limit=2.0)
    assert "odd-tsys" in [each.cause for each in found([*checks[:2], elsewhere], *CAUSES)]


@pytest.mark.parametrize(
    ("field", "causes_found"), [("J1", ["dead-scan"]), ("J2", ["dead-scan", "phase-jump"])]
)
def test_a_jump_beside_a_dead_scan_follows_from_it_only_on_the_same_source(
    field: str, causes_found: list[str]
) -> None:
    dead = check("no_fringes_percent", who("DV09", 100.0, scans=[10], field="J1"), limit=5.0)
    jump = check("gain_jump_deg", who("DV09", 80.0, scans=[11], field=field), limit=45.0)
    assert sorted(each.cause for each in found([dead, jump], *CAUSES)) == causes_found


def test_a_jump_that_may_be_the_air_is_looked_at_unless_a_scan_has_one_in_its_middle() -> None:
    jump = who("DA65", 62.0, scans=[12])
    doubtful = replace(jump, who=f"{jump.who} (or the air)")
    for named, severity in ((doubtful, Severity.LOOK), (jump, Severity.FAIL)):
        (finding,) = found([check("gain_jump_deg", named, limit=45.0)], *CAUSES)
        assert (finding.antennas, finding.scans, finding.severity) == (("DA65",), (12,), severity)
    step = check("phase_step_deg", who("DA65", 63.0, scans=[12]), limit=30.0)
    (finding,) = found([check("gain_jump_deg", doubtful, limit=45.0), step], *CAUSES)
    assert (finding.cause, finding.severity) == ("phase-jump", Severity.FAIL)


def test_phases_of_an_antenna_without_radiometer_are_the_air_that_others_are_freed_of() -> None:
    missing = check("wvr_missing", who("DA65", 1.0, count=1), limit=None, note=0.0)
    jump = check("phase_step_deg", who("DA65", 63.0, scans=[12]), limit=30.0)
    for checks, severity in (([missing], Severity.NOTE), ([missing, jump], Severity.LOOK)):
        (finding,) = found(checks, *CAUSES)
        assert (finding.cause, finding.antennas, finding.severity) == ("no-radiometer", ("DA65",), severity)
    other = check("phase_step_deg", who("DV24", 63.0, scans=[12]), limit=30.0)
    assert [each.cause for each in found([missing, other], *CAUSES)] == ["phase-jump", "no-radiometer"]


def test_slews_of_many_antennas_are_one_note_and_an_antenna_that_came_late_another() -> None:
    slews = [who(f"DV{n:02d}", 9.0 + 0.2 * n, scans=[n]) for n in range(1, 8)]
    late = who("DA41", 40.0, scans=[7])
    flags = check("online_flagged_percent", *slews, late, limit=79.0, note=5.0)
    alone, together = sorted(found([flags], *CAUSES), key=lambda each: len(each.antennas))
    assert (alone.antennas, alone.scans, alone.severity) == (("DA41",), (7,), Severity.NOTE)
    assert set(together.antennas) == {each.antenna for each in slews}
    assert "(10.4" in together.title and together.scans == tuple(range(1, 8))
    few = check("online_flagged_percent", *slews[:3], limit=79.0, note=5.0)
    assert len(found([few], *CAUSES)) == 3


@pytest.mark.parametrize(("minutes", "severity"), [(23.7, Severity.NOTE), (60.0, Severity.LOOK)])
def test_a_source_without_tsys_and_how_far_it_is_are_one_finding(minutes: float, severity: Severity) -> None:
    without = check("tsys_missing", who("", 1.0, field="Pallas"), limit=None, note=0.0)
    far = check("tsys_gap_min", who("", minutes, scans=[22], field="Pallas", count=1), limit=20.0)
    (finding,) = found([without, far], *CAUSES)
    assert (finding.cause, finding.severity, finding.fields) == ("missing-tsys", severity, ("Pallas",))
    other = check("tsys_gap_min", who("", 60.0, scans=[22], field="M_83", count=1), limit=20.0)
    assert {each.cause for each in found([without, other], *CAUSES)} == {"missing-tsys", "far-tsys"}


def test_a_source_whose_tsys_scan_was_lost_is_one_finding_and_another_lost_scan_a_second() -> None:
    gone = who("", 1.0, spws=[17], scans=[5], field="M_83")
    other = who("", 1.0, spws=[17], scans=[9], field="J1337-1257")
    without = check("tsys_missing", who("", 1.0, scans=[6], field="M_83"), limit=None, note=0.0)
    (one,) = found([without, check("tsys_scans_missing", gone, limit=0.0)], *CAUSES)
    assert (one.cause, one.severity, one.fields) == ("missing-tsys", Severity.LOOK, ("M_83",))
    both = found([without, check("tsys_scans_missing", gone, other, limit=0.0)], *CAUSES)
    assert {each.cause: each.scans for each in both} == {"missing-tsys": (), "lost-tsys-scans": (9,)}
