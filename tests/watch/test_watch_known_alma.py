"""What the ALMA generator, import, WVR, Tsys and calibration say is explained; what is harmless is quiet."""

from __future__ import annotations

import pytest
from casapilot.steps.watch.known import KnownIssue, Severity
from casapilot.steps.watch.known_read import load_known
from casapilot.steps.watch.watch import Watcher

OURS = load_known()

#: Id -> severity, for what the manual calibration of ALMA data runs into.
ALMA = {
    "casa-version-guard": "fail", "generator-other-casa": "warn", "generator-casa-too-old": "fail",
    "asdm-name": "fail", "asdm-not-here": "fail", "syscal-scans-missing": "fail",
    "tsys-map-incomplete": "fail", "tsys-negative": "warn", "spw-scans-differ": "warn",
    "flux-calibrators-several": "warn", "calibrator-missing": "fail", "phase-calibrator-is-target": "warn",
    "source-names-differ": "warn", "special-mode": "warn", "no-reference-antenna": "fail",
    "flux-calibrator-resolved": "fail", "polarisation-incomplete": "warn", "mixed-mode": "note",
    "ms-exists": "fail", "asdm-table-missing": "fail", "bdf-flags-failed": "fail", "bdf-path-refused": "fail",
    "asdm-conversion": "fail", "flagversions-left": "fail", "flag-cmd-empty": "note",
    "syscal-times-mended": "ignore", "wvr-not-interpolated": "warn", "wvrgcal-crashed": "fail",
    "wvrgcal-no-data": "fail", "wvr-rows-lost": "warn", "tsys-from-afar": "warn", "tsys-missing": "fail",
    "spwmap-length": "fail", "spws-not-combinable": "fail", "caltable-missing": "fail",
    "analysis-utils-missing": "fail", "report-no-phase-solutions": "warn", "report-spws-missing": "warn",
    "minblperant-too-high": "warn", "flag-version-other-split": "fail", "no-cal-spws": "note",
    "fluxscale-spw-unused": "note", "fluxscale-insufficient": "warn",
    "insufficient-antennas": "note", "no-unflagged-data": "note", "solutions-below-snr": "note",
}  # fmt: skip


def issue(name: str) -> KnownIssue:
    found = OURS.get(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("name", ALMA)
def test_each_is_as_serious_as_it_was_judged(name: str) -> None:
    assert issue(name).severity.value == ALMA[name]
    assert len(issue(name).cure.split()) > 1 or ALMA[name] == "ignore"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("do_auto_updates: measurespath is None in configDict. Provide a valid path and retry.", "SEVERE"),
        ("Leap second table TAI_UTC seems out-of-date.", "SEVERE"),
        ('task_gencal.py:9: SyntaxWarning: "is not" with a literal. Did you mean "!="?', "TERMINAL"),
        ("Found no unflagged data at:   (time=2016/06/12/01:02:03.4 field=0 spw=7 chan=0)", "TERMINAL"),
        ("Insufficient unflagged antennas to proceed with this solve.", "TERMINAL"),
        ("The following MS spws have no corresponding cal spws in X.ms.tsys: 0 1 2 3 4", "TERMINAL"),
        ("All SYSCAL times seem correct; no changes required.", "TERMINAL"),
        ("proc vtool_9 is being killed", "TERMINAL"),
    ],
)
def test_what_every_good_run_says_is_no_reason_to_look(line: str, level: str) -> None:
    found = OURS.find(line, level)
    assert found is not None and found.severity in (Severity.IGNORE, Severity.NOTE)


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("A total of 0 negative values encountered out of 30720 possible (0.0000%).", None),
        ("A total of 12 negative values encountered out of 30720 possible (0.0391%).", "tsys-negative"),
        ("# Note: X didn't have any Tsys measurement, so I used Y. This is probably Ok.", None),
        (
            "# Note: X didn't have any Tsys measurement, so I used Y. This is probably *NOT* Ok.",
            "tsys-from-afar",
        ),
        ("Using the reference antenna DV18", None),
        ("There is no flux calibrator.", "calibrator-missing"),
        ("There is no further calibrator to look at", None),
    ],
)
def test_what_is_fine_is_not_taken_for_what_is_not(line: str, known: str | None) -> None:
    found = OURS.find(line, "TERMINAL")
    assert (found.id if found else None) == known


@pytest.mark.parametrize("name", ALMA)
def test_a_copy_from_a_terminal_with_blanks_for_tabs_is_found_too(name: str) -> None:
    for example in issue(name).examples:
        watcher = Watcher(OURS)
        watcher.feed("log", example.replace("\t", "    "))
        assert dict(watcher.known_counts) == {name: 1}
