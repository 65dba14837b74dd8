"""An edit in the middle, an import run again: in the end all is as if run afresh with that script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.control import read_process
from run_kit import Site, casapilot, copied, key, wait

pytestmark = pytest.mark.casa

TABLES = ("NGC5921.ms", "NGC5921.ms.bandpass", "NGC5921.ms.gain", "NGC5921.ms.flux", "NGC5921.ms.split.cal")
UP_TO_SPLIT = (
    "import", "listobs", "autocorrelations", "flux-model", "save-before-bandpass", "bandpass",
    "save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal", "split",
)  # fmt: skip

DIGEST = """
import hashlib, json
found = {{}}
for name in {tables!r}:
    tb.open(name)
    for column in tb.colnames():
        if column not in {passed_over!r} and tb.iscelldefined(column, 0):
            values = tb.getvarcol(column) if not tb.isscalarcol(column) else {{'all': tb.getcol(column)}}
            text = b''.join(values[row].tobytes() for row in sorted(values))
            found[name + ' ' + column] = hashlib.sha1(text).hexdigest()
    tb.close()
json.dump(found, open({answer!r}, 'w'))
"""


def digests(site: Site, tables: tuple[str, ...] = TABLES) -> dict[str, str]:
    """Digest of each column of the tables."""
    script, answer = site.root / "digest.py", site.root / "digest.json"
    passed_over = ("TIME_EXTRA", "FLAG_CATEGORY")
    script.write_text(DIGEST.format(tables=tables, passed_over=passed_over, answer=str(answer)))
    site.worker().ask("step", run="by-hand", script=str(script), step=None, folder="by-hand")
    wait(lambda: bool(site.worker().ask("ping")["state"] == "idle"), 60)
    found: dict[str, str] = json.loads(answer.read_text())
    answer.unlink()
    script.unlink()
    return found


def edited(site: Site) -> None:
    content = site.eb.script.read_bytes()
    changed = content.replace(b"minsnr = 1.0", b"minsnr = 3.0").replace(
        b"refant = 'VA15'", b"refant = 'VA14'"
    )
    assert changed != content
    site.session.save_script(site.eb.script, changed, "another reference antenna", "AB")


def test_an_edit_in_the_middle_then_all_gives_what_a_fresh_run_gives(
    late: Site, to_bandpass: Path, tmp_path: Path
) -> None:
    edited(late)
    stale = [item for item in UP_TO_SPLIT if late.state(item) is State.STALE]
    assert "bandpass" in stale and "split" in stale and "autocorrelations" not in stale
    late.run(*stale)
    assert {late.state(item) for item in UP_TO_SPLIT} == {State.DONE}
    with copied(to_bandpass, tmp_path / "fresh") as fresh:
        edited(fresh)
        fresh.run(*UP_TO_SPLIT)
        expected = digests(fresh)
    assert len(expected) > 30
    assert digests(late) == expected
    for version in ("Original", "BeforeBandpassCalibration", "BeforeGainCalibration", "BeforeApplycal"):
        assert (late.eb.folder / f"NGC5921.ms.flagversions/flags.{version}/table.dat").exists()


def test_an_import_run_again_begins_flags_anew(early: Site) -> None:
    early.run("save-before-gain", "gain", "flux-scale", "save-before-applycal", "applycal")
    before = digests_of_flags(early)
    early.run(*UP_TO_SPLIT[:6])
    assert [early.state(item) for item in UP_TO_SPLIT[:6]] == [State.DONE] * 6
    assert early.state("gain") is State.STALE
    assert early.same_flags("BeforeBandpassCalibration")
    early.run(*UP_TO_SPLIT[6:])
    assert {early.state(item) for item in UP_TO_SPLIT} == {State.DONE}
    assert digests_of_flags(early) == before
    assert not list(early.eb.folder.glob("*.flagversions/*.old*"))


def digests_of_flags(site: Site) -> tuple[float | None, float | None]:
    run = site.row("applycal").run
    assert run is not None
    return run.flagged_percent, run.flagged_change


def test_a_script_edited_while_its_step_runs_is_stale_afterwards(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain")])
    early.wait_call("gaincal")
    early.eb.script.write_bytes(early.eb.script.read_bytes().replace(b"minsnr = 1.0", b"minsnr = 3.0"))
    early.wait_idle()
    run = early.row("gain").run
    assert run is not None and "minsnr=1.0" in run.calls[0].text
    assert early.state("gain") is State.STALE
    early.run("gain")
    run = early.row("gain").run
    assert run is not None and "minsnr=3.0" in run.calls[0].text
    assert any("edited outside casapilot" in subject for subject in early.subjects())


def test_a_log_that_two_steps_redirect_to_is_counted_for_each_alone(early: Site) -> None:
    line = b"  casalog.setlogfile('mine.log'); casalog.post('own warning', 'WARN')\n"
    content = early.eb.script.read_bytes()
    for title in (b"# Save flags before gain", b"# Gain calibration"):
        at = content.index(b"\n", content.index(b"thesteps", content.index(title))) + 1
        content = content[:at] + line + content[at:]
    early.session.save_script(early.eb.script, content, "a log of its own", "AB")
    early.run("save-before-gain", "gain")
    for item in ("save-before-gain", "gain"):
        run = early.row(item).run
        assert run is not None and run.status == "done"
        assert [warned.count for warned in run.warnings if "own warning" in warned.text] == [1]


def test_two_runs_stay_in_order_when_the_clock_is_set_back(early: Site) -> None:
    early.run("save-before-gain")
    last = early.row("save-before-gain").run
    assert last is not None
    path = early.mous.runs / f"{last.id}.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "start": data["start"] + 3600, "end": data["end"] + 3600}))
    early.run("gain")
    run = early.row("gain").run
    assert run is not None and run.start > data["start"] + 3600
    assert early.session.runs()[-1].id == run.id


def test_mous_toml_edited_by_a_person_is_heeded_and_committed(early: Site) -> None:
    early.run("save-before-gain")
    path = early.root / "mous.toml"
    path.write_text(path.read_text().replace('python = ""', f'python = "{sys.executable}"  # ours'))
    before = read_process(early.mous.live / "worker-NGC5921.json")
    early.run("gain")
    after = read_process(early.mous.live / "worker-NGC5921.json")
    assert before is not None and after is not None and before.pid != after.pid
    assert early.state("gain") is State.DONE
    assert "mous.toml: edited outside casapilot" in early.subjects()


@pytest.mark.parametrize("python", ["/nonexistent/python", "/bin/false"])
def test_casa_that_cannot_start_is_told_and_mended_by_an_edit(early: Site, python: str) -> None:
    path = early.root / "mous.toml"
    good = path.read_text()
    path.write_text(good.replace('python = ""', f'python = "{python}"'))
    answer = casapilot("run", "save-before-gain", "--yes", str(early.root))
    assert answer.returncode == 4 and python in answer.stderr and "doctor" in answer.stderr
    assert early.state("save-before-gain") is State.TODO
    path.write_text(good)
    assert casapilot("run", "save-before-gain", "--yes", str(early.root)).returncode == 0


def test_a_lock_of_git_that_stays_keeps_a_run_from_beginning_and_loses_none(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain"), key("flux-scale")])
    early.wait_call("gaincal")
    lock = early.root / ".git" / "index.lock"
    lock.touch()
    early.wait_idle()
    told = " ".join(early.session.snapshot().problems)
    assert "another git has locked it" in told and "Not run after it: flux-scale" in told
    lock.unlink()
    early.run("flux-scale")
    subjects = early.subjects()
    assert len([each for each in subjects if "step 7 Gain calibration done" in each]) == 1
    assert "step 8 Flux scale done" in subjects[0]


def test_a_worker_of_another_host_is_told_at_once(early: Site) -> None:
    early.mous.live.joinpath("worker-NGC5921.json").write_text(
        json.dumps({"pid": 4194305, "start_ticks": 1, "host": "node17"})
    )
    early.session.poll()
    assert [worker.state for worker in early.session.snapshot().activity.workers] in ([], ["elsewhere"])
    answer = casapilot("run", "save-before-gain", str(early.root))
    assert answer.returncode == 4 and "ssh node17" in answer.stderr


def test_a_mous_removed_while_a_step_runs_leaves_no_conductor(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain")])
    early.wait_call("gaincal")
    conductor, worker = early.session._client.process, early.worker().process
    assert conductor is not None and worker is not None
    # rm can meet a file that is written just then, and leave its folder: all but that is gone.
    subprocess.run(["rm", "-rf", str(early.root)], check=False)
    wait(lambda: not conductor.is_alive(), 60)
    with suppress(ProcessLookupError):
        os.kill(worker.pid, signal.SIGKILL)
