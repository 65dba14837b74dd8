"""Accepting a cure in a real MOUS: the script on disk, the history, what goes stale, and what is refused."""

import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.cures import ScanFact
from casapilot.steps.diagnose import Severity
from casapilot.steps.errors import CasapilotError, ControlError, NeedsPerson, ScriptError
from casapilot.steps.mous.mous import Mous
from casapilot.steps.record.runs import Measured, Offender
from casapilot.steps.run import curing
from casapilot.steps.run.cured import with_cured
from casapilot.steps.run.session import Session
from casapilot.steps.run.start import begin
from casapilot.tui.commands.cure import _say_stale
from cures_kit import CONTEXT, OURS, UID, found

MOUS = f"""[mous]
uid = "uid___A001_X1_X2"
checklists = ["alma-calibration"]

[[eb]]
name = "X2cd"
uid = "{UID}"
folder = "Calibration_X2cd"
script = "{UID}.ms.scriptForCalibration.py"
ms = "{UID}.ms"
"""
WVR = found(
    "wvrflag", cause="bad-radiometer", antennas=("DV09",), item="wvr", title="Radiometer of DV09 is bad"
)
FLAG = found("flag-antenna", cause="dead", antennas=("DA41",), item="suspects", title="DA41 is dead")


def git(root, *words):
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def session(tmp_path):
    root = tmp_path / "mous"
    folder = root / "Calibration_X2cd"
    folder.mkdir(parents=True)
    (root / "mous.toml").write_text(MOUS)
    (folder / f"{UID}.ms.scriptForCalibration.py").write_text(OURS)
    begin(Mous.load(root))
    made = Session(Mous.load(root))
    made.poll()
    made.findings = lambda eb: (WVR, FLAG)  # type: ignore[method-assign]  # what CASA would have measured
    return made


def script(session):
    return session.mous.ebs[0].script.read_text()


def test_an_accepted_cure_is_in_the_script_and_in_the_history(session):
    proposal = session.proposals("X2cd", "XY")[0]
    commit = session.accept(proposal, "XY")
    assert "wvrflag = ['DV09']," in script(session)
    told = git(session.mous.root, "show", "--format=%B", commit)
    assert told.startswith("X2cd: Leave out the radiometer of DV09")
    for text in (": rms 918 um", "Action: edit", "Edited by XY.", "+    wvrflag = ['DV09'],"):
        assert text in told
    assert "Item: alma-calibration/wvr" in told


def test_accepting_twice_commits_once(session):
    proposal = session.proposals("X2cd", "XY")[0]
    session.accept(proposal, "XY")
    before = git(session.mous.root, "rev-parse", "HEAD")
    assert session.accept(proposal, "XY") == ""
    assert git(session.mous.root, "rev-parse", "HEAD") == before


def test_two_proposals_of_one_moment_are_both_in_the_script_in_the_end(session):
    first, second = session.proposals("X2cd", "XY")
    session.accept(first, "XY")
    session.accept(second, "XY")
    assert "wvrflag = ['DV09']," in script(session)
    assert "antenna = 'DA41',\n    flagbackup" in script(session)


def test_what_somebody_else_edited_meanwhile_stays_and_is_committed_apart(session):
    proposal = session.proposals("X2cd", "XY")[0]
    path = session.mous.ebs[0].script
    path.write_text(path.read_text() + "\n# mine\n")
    session.accept(proposal, "XY")
    assert script(session).endswith("# mine\n")
    assert "edited outside casapilot" in git(session.mous.root, "log", "--format=%s", "-2")


def test_what_is_not_found_any_more_is_refused(session):
    proposal = session.proposals("X2cd", "XY")[0]
    session.findings = lambda eb: (FLAG,)
    with pytest.raises(ScriptError, match="not proposed any more"):
        session.accept(proposal, "XY")
    assert script(session) == OURS


def test_what_is_for_a_person_to_do_is_refused_with_what_to_do(session):
    session.findings = lambda eb: (found("antpos", antennas=("DV02",)),)
    with pytest.raises(ScriptError) as refused:
        session.accept(session.proposals("X2cd", "XY")[0], "XY")
    assert "antennapos.csv" in refused.value.todo


def test_without_a_script_nothing_is_proposed(session):
    session.mous.ebs[0].script.unlink()
    assert session.proposals("X2cd") == ()


def test_positions_come_from_the_table_beside_the_asdm(session):
    (session.mous.ebs[0].folder / "antennapos.csv").write_text(
        f"ms,antenna,xoff,yoff,zoff,comment\n{UID}.ms,DV02,0.001,0.002,0.003,\n"
    )
    session.findings = lambda eb: (found("antpos", antennas=("DV02",)),)
    session.accept(session.proposals("X2cd", "XY")[0], "XY")
    assert "parameter = [0.001, 0.0, -0.002, 0.001, 0.002, 0.003])" in script(session)


def versions(session, ms, *names):
    folder = session.mous.ebs[0].folder / f"{ms}.flagversions"
    for name in names:
        (folder / f"flags.{name}").mkdir(parents=True)
        (folder / f"flags.{name}" / "table.dat").write_text(name)
    (folder / "FLAG_VERSION_LIST").write_text("".join(f"{name} : saved {name}\n" for name in names))
    return folder


def test_flags_that_a_second_save_has_renamed_get_their_name_back(session):
    ms, old = f"{UID}.ms.split", "Original.old.1479804000"
    (session.mous.ebs[0].folder / ms).mkdir()
    folder = versions(session, ms, "Original", old)
    session.findings = lambda eb: (found("restore-old-flags"),)
    commit = session.accept(session.proposals("X2cd", "XY")[0], "XY")
    assert (folder / "flags.Original" / "table.dat").read_text() == old
    assert (folder / "flags.Original.later" / "table.dat").read_text() == "Original"
    assert (
        folder / "FLAG_VERSION_LIST"
    ).read_text() == f"Original.later : saved Original\nOriginal : saved {old}\n"
    assert "Action: flag-restore" in git(session.mous.root, "show", "--format=%B", commit)
    assert session.proposals("X2cd") == ()


def test_versions_without_their_ms_are_moved_not_deleted(session):
    folder = versions(session, f"{UID}.ms", "Original")
    session.findings = lambda eb: (found("remove-flagversions"),)
    proposal = session.proposals("X2cd", "XY")[0]
    session.accept(proposal, "XY")
    assert not folder.exists()
    assert (folder.with_name(folder.name + ".aside") / "flags.Original" / "table.dat").exists()
    with pytest.raises(CasapilotError):
        session.accept(proposal, "XY")


def test_versions_of_an_ms_that_is_there_are_left_alone(session):
    folder = versions(session, f"{UID}.ms", "Original")
    session.findings = lambda eb: (found("remove-flagversions"),)
    proposal = session.proposals("X2cd", "XY")[0]
    (session.mous.ebs[0].folder / f"{UID}.ms").mkdir()
    assert session.proposals("X2cd", "XY") == ()
    with pytest.raises(NeedsPerson):
        curing.carry_out(proposal, session.mous.ebs[0])
    assert folder.exists()


def test_files_are_left_alone_while_something_runs(session, monkeypatch):
    folder = versions(session, f"{UID}.ms", "Original")
    session.findings = lambda eb: (found("remove-flagversions"),)
    now = session.snapshot()
    busy = replace(now, activity=replace(now.activity, queue=(session.order[0]._replace(eb="X2cd"),)))
    monkeypatch.setattr(session, "snapshot", lambda: busy)
    with pytest.raises(ControlError, match="runs"):
        session.accept(session.proposals("X2cd", "XY")[0], "XY")
    assert folder.exists()


JUMP = found(
    "flag-between", "flag-antenna", cause="phase-jump", antennas=("DA41",), scans=(3, 8), item="gain"
)


def ran(session, monkeypatch, *items, stale=()):
    """As if these items had run, in this order."""
    keys = {key.item: key for key in session.order if key.eb == "X2cd"}
    runs = {keys[item]: SimpleNamespace(start=float(n), checks=()) for n, item in enumerate(items, 1)}
    states = {keys[item]: State.STALE if item in stale else State.DONE for item in items}
    now = session.snapshot()
    rows = tuple(replace(row, state=states.get(row.key, row.state)) for row in now.rows)
    monkeypatch.setattr(session, "snapshot", lambda: replace(now, rows=rows))
    monkeypatch.setattr(session, "last_run", runs.get)


@pytest.fixture
def flagged(session, monkeypatch):
    """Its script flags the antenna around its jump."""
    monkeypatch.setattr(curing, "read_context", lambda *_: CONTEXT)
    session.findings = lambda eb: (JUMP,)
    session.accept(session.proposals("X2cd", "XY")[0], "XY")
    return session


def test_a_jump_whose_antenna_is_flagged_since_is_only_noted(flagged, monkeypatch):
    ran(flagged, monkeypatch, "initial-flags", "gain")
    other = replace(JUMP, cause="dead", antennas=("DV02",))
    first, second = with_cured(flagged, "X2cd", (JUMP, other))
    assert first == other
    assert (second.severity, second.cures) == (Severity.NOTE, ())
    assert second.title == f"{JUMP.title}; flagged since"


def test_a_jump_that_solutions_follow_is_only_noted_and_nothing_is_flagged(session, monkeypatch):
    bandpass = ScanFact(1, ("CALIBRATE_BANDPASS",), (0,), (17, 19, 21))
    monkeypatch.setattr(curing, "read_context", lambda *_: replace(CONTEXT, scans=(bandpass, *CONTEXT.scans)))
    ran(session, monkeypatch, "initial-flags", "gain")
    (only,) = with_cured(session, "X2cd", (replace(JUMP, scans=(1,)),))
    assert (only.severity, only.title) == (Severity.NOTE, JUMP.title)
    assert "solved for each integration" in only.what_to_do


@pytest.mark.parametrize(
    ("items", "stale"),
    [
        ((), ()),
        (("gain",), ()),
        (("gain", "initial-flags"), ()),
        (("initial-flags", "gain"), ("initial-flags",)),
    ],
)
def test_a_jump_stays_what_it_is_until_the_flags_and_what_tells_of_it_have_run(
    flagged, monkeypatch, items, stale
):
    ran(flagged, monkeypatch, *items, stale=stale)
    assert with_cured(flagged, "X2cd", (JUMP,)) == (JUMP,)


NOISY = found(
    "wvrflag", "flag-antenna", cause="noisy-phase", severity=Severity.LOOK, antennas=("DV09",), item="gain"
)


def offered(session):
    return [(each.kind, each.already, each.is_tried) for each in session.proposals("X2cd", "XY")]


def test_a_cure_that_has_run_and_was_no_help_gives_way_to_the_next(session, monkeypatch):
    session.findings = lambda eb: (NOISY,)
    session.accept(session.proposals("X2cd", "XY")[0], "XY")
    ran(session, monkeypatch, "gain", "wvr")
    assert offered(session) == [("wvrflag", True, False), ("flag-antenna", False, False)]
    ran(session, monkeypatch, "wvr", "gain")
    assert offered(session) == [("wvrflag", True, True), ("flag-antenna", False, False)]
    session.findings = lambda eb: (replace(NOISY, severity=Severity.NOTE),)
    assert offered(session)[0] == ("wvrflag", True, False)


def test_what_comes_after_a_cure_that_two_findings_share_waits_until_that_has_run(session, monkeypatch):
    session.findings = lambda eb: (WVR, NOISY)
    assert offered(session) == [("wvrflag", False, False)]
    session.accept(session.proposals("X2cd", "XY")[0], "XY")
    assert offered(session) == [("wvrflag", True, False)]
    ran(session, monkeypatch, "wvr", "gain")
    assert offered(session) == [("wvrflag", True, True), ("flag-antenna", False, False)]


@pytest.mark.parametrize(
    ("sick", "kinds"), [("DV09", ["wvrflag", "flag-antenna"]), ("DA41", ["flag-antenna"])]
)
def test_a_radiometer_that_is_as_good_as_the_others_is_not_left_out_for_noisy_phases(
    session, monkeypatch, sick, kinds
):
    monkeypatch.setattr(curing, "read_context", lambda *_: CONTEXT)
    check = Measured("wvr_residual", "", 2.0, "", "look", offenders=(Offender(2.0, sick, sick),))
    told = curing.proposals_of(session.mous, session.mous.ebs[0], (NOISY,), "XY", (check,))
    assert [each.kind for each in told] == kinds


def test_a_jump_that_nobody_has_flagged_stays_what_it_is(session, monkeypatch):
    monkeypatch.setattr(curing, "read_context", lambda *_: CONTEXT)
    ran(session, monkeypatch, "initial-flags", "gain")
    assert with_cured(session, "X2cd", (JUMP,)) == (JUMP,)
    assert with_cured(session, "X2cd", (WVR,)) == (WVR,)


def test_going_on_ends_with_the_last_that_is_stale_and_names_no_block_where_there_is_none(capsys):
    _say_stale([Key("alma-calibration", "wvr", "X2cd"), Key("alma-calibration", "tsys", "X2cd")])
    _say_stale([Key("alma-imaging", "clean", "")])
    said = capsys.readouterr().err
    assert "casapilot run --from wvr --to tsys --eb X2cd --yes" in said
    assert "casapilot run clean --yes" in said
