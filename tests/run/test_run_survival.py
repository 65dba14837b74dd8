"""Kill anything in the middle of anything: nothing is lost, the truth is told, one word goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.errors import NeedsPerson
from run_kit import Site, casapilot, key, wait

pytestmark = pytest.mark.casa


def cli(site: Site, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "casapilot.tui.cli", "run", *words, str(site.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_whoever_asked_may_die_and_the_queue_goes_on(early: Site) -> None:
    asker = cli(early, "save-before-gain", "gain", "flux-scale")
    early.wait_call("gaincal")
    asker.kill()
    asker.wait()
    early.wait_idle()
    assert [early.state(item) for item in ("gain", "flux-scale")] == [State.DONE, State.DONE]
    assert early.subjects()[0].startswith("NGC5921: step 8 Flux scale done")


def test_a_step_whose_conductor_is_killed_is_settled_by_the_next(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain"), key("flux-scale")])
    early.wait_call("gaincal")
    early.kill("conductor")
    row = early.row("gain")
    assert row.state is State.RUNNING and "conductor died" in row.detail
    assert early.session.snapshot().activity.conductor == "dead"
    wait(lambda: "its record is missing" in early.row("gain").detail, 60)
    early.session.go_on()
    early.wait_idle()
    assert [early.state(item) for item in ("gain", "flux-scale")] == [State.DONE, State.DONE]
    gains = [subject for subject in early.subjects() if "Gain calibration" in subject]
    assert len(gains) == 1
    run = early.row("gain").run
    assert run is not None and run.calls[0].task == "gaincal" and run.flags[0].after is not None


def test_a_step_whose_worker_is_killed_is_lost_and_runs_again_from_the_same_flags(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain"), key("flux-scale")])
    early.wait_call("gaincal")
    early.kill("worker-NGC5921")
    early.wait_idle()
    assert early.state("gain") is State.LOST
    assert early.state("flux-scale") is State.TODO
    early.run("gain")
    assert early.state("gain") is State.DONE
    run = early.row("gain").run
    assert run is not None and run.versions_restored == ("NGC5921.ms:BeforeGainCalibration",)
    assert "lost" in early.subjects()[1]


def test_worker_and_conductor_killed_together_leave_a_lost_step(late: Site) -> None:
    late.session.run([key("cube")])
    late.wait_call("tclean")
    late.kill("conductor")
    late.kill("worker-NGC5921")
    assert late.state("cube") is State.LOST
    late.session.go_on()
    late.wait_idle()
    assert late.state("cube") is State.LOST
    assert "step 14 Image the cube lost" in late.subjects()[0]


def test_stop_now_puts_flags_back_and_removes_half_written_images(late: Site) -> None:
    late.session.run([key("cube"), key("moments")])
    late.wait_call("tclean")
    wait(lambda: any(late.eb.folder.glob("NGC5921.cube.*")), 30)
    late.session.stop("now")
    late.wait_idle()
    row = late.row("cube")
    assert row.state is State.FAILED and "by a person" in row.detail
    assert late.state("moments") is State.TODO
    assert not (late.eb.folder / "NGC5921.cube.image").exists()
    assert late.same_flags("casapilot_before_cube", "NGC5921.ms.split.cal.contsub")


def test_stop_after_call_lets_the_call_finish_and_drops_the_rest(early: Site) -> None:
    early.run("save-before-gain", "gain", "flux-scale", "save-before-applycal")
    early.session.run([key("applycal"), key("split")])
    early.wait_call("applycal")
    early.session.stop("after-call")
    early.wait_idle()
    run = early.row("applycal").run
    assert run is not None and run.status in ("interrupted", "done")
    assert len(run.calls) == (1 if run.status == "interrupted" else 2)
    assert early.state("split") is State.TODO


def test_a_hang_up_does_not_reach_conductor_or_worker(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain")])
    early.wait_call("gaincal")
    for name in ("conductor", "worker-NGC5921"):
        process = early.session._client.process if name == "conductor" else early.worker().process
        assert process is not None
        os.kill(process.pid, signal.SIGHUP)
    early.wait_idle()
    assert early.state("gain") is State.DONE


def test_bandpass_run_twice_gives_the_same_flags_and_the_same_table(early: Site) -> None:
    table = early.eb.folder / "NGC5921.ms.bandpass"
    first = _columns(early, table)
    assert len(first) > 8
    assert early.same_flags("BeforeBandpassCalibration")
    early.run("save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal")
    _by_hand(early, _flagging(early))
    assert not early.same_flags("BeforeBandpassCalibration")
    early.run("bandpass")
    assert early.same_flags("BeforeBandpassCalibration")
    assert _columns(early, table) == first


def test_saving_flags_again_keeps_the_clean_version(early: Site) -> None:
    early.run("save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal")
    early.run("save-before-bandpass")
    versions = early.eb.folder / "NGC5921.ms.flagversions"
    assert not list(versions.glob("*.old*"))
    assert early.same_flags("BeforeBandpassCalibration")


def test_what_would_be_undone_is_said_first(late: Site) -> None:
    with pytest.raises(NeedsPerson, match="stale"):
        late.session.run([key("bandpass")])
    answer = casapilot("run", "bandpass", str(late.root))
    assert answer.returncode == 3 and "become stale" in answer.stderr


def test_an_edit_makes_its_step_stale_and_what_rests_on_it(late: Site) -> None:
    script = late.eb.script.read_bytes()
    edited = script.replace(b"minsnr = 1.0", b"minsnr = 2.0")
    assert edited != script
    late.session.save_script(late.eb.script, edited, "weak solutions", "AB")
    assert late.state("gain") is State.STALE and late.state("applycal") is State.STALE
    assert late.state("bandpass") is State.DONE
    entry = late.session.history()[0]
    assert "weak solutions" in entry.subject and (entry.item, entry.step) == ("vla-line/gain", 7)


def _flagging(site: Site) -> Path:
    """Flag an antenna behind the record's back."""
    path = site.root / "flagging.py"
    path.write_text("flagdata(vis='NGC5921.ms', mode='manual', antenna='VA09', flagbackup=False)\n")
    return path


def _by_hand(site: Site, script: Path) -> None:
    """Run a script in the EB's worker behind the conductor's back."""
    site.worker().ask("step", run="by-hand", script=str(script), step=None, folder="by-hand")
    wait(lambda: bool(site.worker().ask("ping")["state"] == "idle"), 30)


def _columns(site: Site, table: Path) -> dict[str, str]:
    """Digest of each column's values: the bytes between them are whatever memory held."""
    script, answer = site.root / "columns.py", site.root / "columns.json"
    answer.unlink(missing_ok=True)
    script.write_text(
        "import hashlib, json\n"
        f"tb.open({str(table)!r})\n"
        "found = {}\n"
        "for name in tb.colnames():\n"
        "    if tb.iscelldefined(name, 0):\n"
        "        found[name] = hashlib.sha1(tb.getcol(name).tobytes()).hexdigest()\n"
        "tb.close()\n"
        f"json.dump(found, open({str(answer)!r}, 'w'))\n"
    )
    _by_hand(site, script)
    columns: dict[str, str] = json.loads(answer.read_text())
    return columns


def test_restored_flags_are_committed_and_what_rests_on_them_is_stale(early: Site) -> None:
    early.run("save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal")
    _by_hand(early, _flagging(early))
    with pytest.raises(NeedsPerson, match="BeforeApplycal"):
        early.session.restore(key("applycal"))
    early.session.restore(key("applycal"), confirmed=True)
    early.wait_idle()
    assert early.same_flags("BeforeApplycal")
    assert early.state("applycal") is State.STALE
    entry = early.session.history()[0]
    assert (entry.action, entry.flag_version) == ("flag-restore", "BeforeApplycal")
    assert entry.item == "vla-line/applycal"
