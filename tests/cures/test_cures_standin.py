"""Tsys of another scan where a source has no good one left, and jumps that solutions follow."""

import sys
from types import SimpleNamespace

import pytest
from casapilot.steps.cures import ScanFact
from casapilot.steps.cures.standin import RECIPE, stand_ins
from cures_kit import CONTEXT, OURS, UID, changed, first, found, parses, theirs, without

TSYS = (
    ScanFact(2, ("CALIBRATE_ATMOSPHERE", "CALIBRATE_WVR"), (0,), (9,)),
    ScanFact(5, ("CALIBRATE_ATMOSPHERE",), (2,), (9,)),
    ScanFact(7, ("CALIBRATE_ATMOSPHERE",), (1,), (9,)),
    ScanFact(11, ("CALIBRATE_ATMOSPHERE",), (2,), (9,)),
)
PLAN = without(CONTEXT, scans=TSYS, tsys_fields=(0, 1, 2))
BAD = found("flag-tsys", cause="bad-tsys", item="tsys", antennas=("DA41",), pols=("X",), scans=(2, 5))


def test_a_good_scan_of_the_same_source_stands_in_or_else_of_the_nearest_in_the_sky():
    assert stand_ins((2, 5), PLAN) == {2: 7, 5: 11}
    assert stand_ins((5, 11), PLAN) == {5: 7, 11: 7}
    assert stand_ins((2, 5, 7, 11), PLAN) == {}
    assert stand_ins((), PLAN) == {}


def test_a_scan_without_tsys_rows_stands_in_for_nobody():
    assert stand_ins((2,), without(PLAN, tsys_fields=(0, 2))) == {2: 5}


def test_flagged_tsys_are_filled_and_cost_nothing():
    proposal = first(BAD, context=PLAN)
    gone, came = changed(OURS, proposal.content)
    assert not gone
    table = f"'{UID}.ms.tsys'"
    assert came[-2] == f"tsys_of_other_scan({table}, 'DA41', [0], 2, 7)"
    assert came[-1] == f"tsys_of_other_scan({table}, 'DA41', [0], 5, 11)"
    recipe = [line.strip() for line in RECIPE.splitlines()]
    assert [line for line in came[:-2] if line][-len(recipe) :] == recipe
    assert "correlation = 'Sol1'," in came
    assert proposal.cost == ""
    assert proposal.title == "Flag the Tsys of DA41 X in scan 2,5; scan 7,11 stands in"
    assert parses(proposal.content)


def test_a_tsys_that_is_so_in_all_scans_is_not_flagged_away_with_its_antenna():
    always = found("flag-tsys", cause="odd-tsys", item="tsys", antennas=("DA41",), scans=(2, 5, 7, 11))
    assert not first(always, context=PLAN).can_accept


def test_it_is_done_once():
    done = first(BAD, context=PLAN).content
    assert first(BAD, done, PLAN).already


def test_where_the_flags_are_there_only_the_other_tsys_comes():
    flagged = first(BAD, context=without(PLAN, scans=())).content
    gone, came = changed(flagged, first(BAD, flagged, PLAN).content)
    assert not gone
    assert not any("clipminmax" in line for line in came)
    assert came[-1].startswith("tsys_of_other_scan(")


def test_a_second_antenna_uses_the_same_function():
    once = first(BAD, context=PLAN).content
    other = found("flag-tsys", item="tsys", antennas=("DV02",), pols=("Y",), scans=(2,))
    both = first(other, once, PLAN).content
    assert both.count(b"def tsys_of_other_scan(") == 1
    assert f"tsys_of_other_scan('{UID}.ms.tsys', 'DV02', [1], 2, 7)".encode() in both


def test_scripts_of_python_2_get_it_too():
    assert b"taskinit" in first(BAD, theirs(), PLAN).content


@pytest.mark.parametrize("kind", ["flag-between", "flag-antenna"])
def test_an_antenna_whose_phase_jumps_on_the_bandpass_calibrator_only_keeps_its_bandpass(kind):
    bandpass = ScanFact(1, ("CALIBRATE_BANDPASS", "CALIBRATE_FLUX"), (0,), (17, 19, 21))
    context = without(CONTEXT, scans=(bandpass, *CONTEXT.scans))
    jump = found(kind, cause="phase-jump", antennas=("DA41",), scans=(1,))
    assert not first(jump, context=context).can_accept
    amplitude = found(kind, cause="amplitude-jump", antennas=("DA41",), scans=(1,))
    assert first(amplitude, context=context).can_accept


def test_an_antenna_that_jumps_now_and_again_is_flagged_throughout():
    again = found("flag-between", cause="phase-jump", antennas=("DA41",), scans=(4, 9))
    came = changed(OURS, first(again).content)[1]
    assert "antenna = 'DA41'," in came
    assert not any(line.startswith("scan") for line in came)
    once = found("flag-between", cause="phase-jump", antennas=("DA41",), scans=(4, 6))
    assert "scan = '4,6,7'," in changed(OURS, first(once).content)[1]


class Table:
    """As CASA's table tool, of the Tsys of two antennas in two scans; the good scan's is 10 % lower."""

    KEYS = (("SPECTRAL_WINDOW_ID", 0), ("SCAN_NUMBER", 1), ("ANTENNA1", 2))
    ROWS = ((9, 2, 0), (9, 2, 1), (9, 4, 0), (9, 4, 1))

    def __init__(self, np):
        self.np, self.path = np, ""
        levels = (400.0, 100.0, 90.0, 90.0)
        self.cells = {("FPARAM", row): np.full((2, 3), level) for row, level in enumerate(levels)}
        self.cells |= {("FLAG", row): np.zeros((2, 3), bool) for row in range(4)}
        self.cells["FLAG", 0][0] = True

    def __call__(self):
        return self

    def open(self, path, nomodify=True):
        self.path = path

    def close(self):
        self.path = ""

    def getcol(self, name):
        if self.path.endswith("/ANTENNA"):
            return ["DA41", "DV02"]
        return self.np.array([row[dict(self.KEYS)[name]] for row in self.ROWS])

    def getcell(self, name, row):
        return self.cells[name, row].copy()

    def putcell(self, name, row, value):
        self.cells[name, row] = value


def test_what_stands_in_has_changed_as_the_other_antennas_did(monkeypatch):
    np = pytest.importorskip("numpy")
    table, names = Table(np), {}
    monkeypatch.setitem(sys.modules, "casatools", SimpleNamespace(table=table))
    exec(RECIPE, names)
    names["tsys_of_other_scan"]("x.tsys", "DA41", [0, 1], 2, 4)
    now = table.cells["FPARAM", 0]
    assert now[0].tolist() == pytest.approx([100.0] * 3), "90 K, and all have 10 K more here"
    assert now[1].tolist() == [400.0] * 3, "what is not flagged stays"
    assert not table.cells["FLAG", 0].any()
    names["tsys_of_other_scan"]("x.tsys", "DA41", [0, 1], 2, 5)
    assert table.cells["FPARAM", 0] is now, "a scan without solutions stands in for nothing"
