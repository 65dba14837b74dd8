"""Conductor, worker, or both die in each phase of a run: one commit each, flags right, the truth told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import State
from casapilot.steps.control import read_process
from run_kit import Site, casapilot, key, wait

pytestmark = pytest.mark.casa

ITEMS = ("bandpass", "save-before-gain", "gain")
MORTAL = Path(__file__).with_name("run_mortal.py")

PHASES = [
    ("before", "item-started", 1),
    ("after", "item-started", 1),
    ("before", "flags-restored", 1),
    ("after", "flags-restored", 1),
    ("after", "flags-counted", 1),
    ("before", "flags-counted", 2),
    ("after", "flags-counted", 2),
    ("before", "committed", 1),
    ("after", "committed", 1),
    ("after", "item-ended", 1),
]


def mortal(site: Site, *words: str) -> subprocess.Popen[bytes]:
    """Have a conductor that is going to die."""
    with open(site.mous.live / "conductor.log", "ab") as log:
        child = subprocess.Popen(
            [sys.executable, str(MORTAL), str(site.root), *words], stdout=log, stderr=log
        )
    file = site.mous.live / "conductor.json"
    wait(lambda: (read_process(file) or child).pid == child.pid and file.exists(), 10.0, 0.01)
    return child


def clean(site: Site) -> None:
    """Each run is in the history once, and nothing is left to commit."""
    entries = [entry for entry in site.session.history(limit=None) if entry.action == "run"]  # type: ignore[arg-type]
    runs = [entry.run for entry in entries]
    assert len(runs) == len(set(runs))
    assert set(runs) == {run.id for run in site.session.runs() if run.status != "restored"}
    dirty = subprocess.run(
        ["git", "-C", str(site.root), "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert dirty.stdout == ""


@pytest.mark.parametrize(("when", "kind", "number"), PHASES)
def test_a_conductor_may_die_in_any_phase(early: Site, when: str, kind: str, number: int) -> None:
    child = mortal(early, when, kind, str(number))
    early.session.run([key(item) for item in ITEMS], confirmed=True)
    child.wait(60)
    early.session.go_on()
    early.wait_idle()
    assert [early.state(item) for item in ITEMS] == [State.DONE] * 3
    assert len([each for each in early.subjects() if "step 5 Bandpass calibration done" in each]) == 2
    clean(early)
    assert early.same_flags("BeforeBandpassCalibration")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_while_flags_are_counted_costs_no_truth(early: Site, when: str) -> None:
    kind = "flags-restored" if when == "before" else "step-ended"
    early.session.new_events()
    early.session.run([key("bandpass")], confirmed=True)
    wait(lambda: any(event.kind == kind for event in early.session.new_events()), 60, 0.001)
    early.kill("worker-NGC5921")
    early.wait_idle()
    run = early.row("bandpass").run
    assert run is not None
    if when == "after":
        assert early.state("bandpass") is State.DONE and run.flags[0].after is not None
    else:
        assert "flags restored" in early.subjects()[0]
        assert early.state("bandpass") is State.STALE and early.session.snapshot().problems
    clean(early)
    early.run("bandpass")
    assert early.state("bandpass") is State.DONE
    assert early.same_flags("BeforeBandpassCalibration")


def test_a_worker_that_died_while_idle_is_replaced(early: Site) -> None:
    early.run("save-before-gain")
    early.kill("worker-NGC5921")
    assert early.session.snapshot().activity.running == ()
    early.run("gain")
    assert early.state("gain") is State.DONE
    clean(early)


def test_stop_now_while_casa_starts_stops_at_once_and_runs_nothing(early: Site) -> None:
    log = early.mous.live / "worker-NGC5921.log"
    log.unlink()
    early.session.run([key("save-before-gain"), key("gain")])
    wait(log.exists, 30, 0.001)
    early.session.stop("now")

    def told() -> bool:
        early.session.poll()
        return any("stopped by you" in problem for problem in early.session.snapshot().problems)

    wait(told, 30)
    assert early.state("save-before-gain") is State.TODO
    early.run("save-before-gain")
    assert early.state("save-before-gain") is State.DONE
    clean(early)


def test_stop_after_call_before_the_step_begins_keeps_it_from_beginning(early: Site) -> None:
    early.session.run([key("save-before-gain"), key("gain")])
    early.session.stop("after-call")
    early.wait_idle()
    assert early.state("gain") is State.TODO
    assert early.state("save-before-gain") in (State.TODO, State.FAILED)
    clean(early)


def test_two_who_ask_at_once_have_one_conductor_and_one_run(early: Site) -> None:
    words = [sys.executable, "-m", "casapilot.tui.cli", "run", "save-before-gain", str(early.root)]
    both = [
        subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [each.wait(120) for each in both] == [0, 0]
    early.session.poll()
    starts = [event for event in early.session.new_events() if event.kind == "conductor-started"]
    assert len([each for each in early.subjects() if "Save flags before gain" in each]) == 1
    assert len(starts) == 2  # one made the template
    clean(early)


def test_the_rest_of_a_queue_is_dropped_with_a_word_when_an_item_fails(early: Site) -> None:
    script = early.eb.script.read_bytes()
    early.eb.script.write_bytes(script.replace(b"calmode = 'ap'", b"calmode = 'xx'", 1))
    answer = casapilot("run", "save-before-gain", "gain", "flux-scale", "--yes", str(early.root))
    assert answer.returncode == 1
    assert early.state("gain") is State.FAILED and early.state("flux-scale") is State.TODO
    assert "gain did not end well. Not run after it: flux-scale." in answer.stderr
    assert any("edited outside casapilot" in subject for subject in early.subjects())
    clean(early)
