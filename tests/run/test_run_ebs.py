"""Two execution blocks side by side: the same result as one after the other, neither held up by the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.view import Row
from run_kit import EB, Site, casapilot, copied, wait
from test_run_phases import clean
from test_run_rerun import digests

pytestmark = pytest.mark.casa

TWIN = "TWIN"
FIRST = ("import", "listobs", "autocorrelations", "flux-model", "save-before-bandpass", "bandpass")
NEXT = ("save-before-gain", "gain", "flux-scale")
TABLES = tuple(f"NGC5921.ms{name}" for name in ("", ".bandpass", ".gain", ".flux"))


def add_twin(root: Path) -> None:
    """Give the demonstration a second EB, of the same data."""
    mous = Mous.load(root)
    folder = root / f"Calibration_{TWIN}"
    shutil.copytree(mous.eb(EB).folder, folder, symlinks=True)
    with open(root / "mous.toml", "a", encoding="utf-8") as file:
        file.write(
            f'\n[[eb]]\nname = "{TWIN}"\nuid = "uid-{TWIN}"\nfolder = "{folder.name}"\n'
            f'script = "{mous.eb(EB).script.name}"\nms = "{mous.eb(EB).ms}"\n'
        )


class Twins(Site):
    """A MOUS of two EBs; its `eb` is the second one."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.eb = self.mous.eb(TWIN)

    def of(self, eb: str, *items: str) -> list[Key]:
        return [Key("vla-line", item, eb) for item in items]

    def ask(self, *items: str, jobs: int = 2) -> None:
        """Queue items of both EBs, those of the one before those of the other."""
        self.session.run([*self.of(EB, *items), *self.of(TWIN, *items)], confirmed=True, jobs=jobs)

    def of_row(self, eb: str, item: str) -> Row:
        self.session.poll()
        return self.session.snapshot().row(Key("vla-line", item, eb))

    def states(self, eb: str, *items: str) -> set[State]:
        return {self.of_row(eb, item).state for item in items}

    def wait_both(self) -> None:
        """Wait until both EBs are in a step."""

        def both() -> bool:
            self.session.poll()
            running = self.session.snapshot().activity.running
            return len(running) == 2 and all(each.call for each in running)

        wait(both, 60, 0.002)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both EBs as far as the bandpass, side by side."""
    from casapilot.steps.run.start import start_demo

    root = tmp_path_factory.mktemp("twins") / "twins"
    start_demo(root)
    add_twin(root)
    site = Twins(root)
    try:
        site.ask(*FIRST)
        site.wait_idle()
        site.session.shutdown()
    finally:
        site.end()
    return root


@pytest.fixture
def twins(template: Path, tmp_path: Path) -> Iterator[Twins]:
    with copied(template, tmp_path / "twins"):
        site = Twins(tmp_path / "twins")
        try:
            yield site
        finally:
            site.end()


def test_side_by_side_is_as_one_after_the_other(twins: Twins, to_bandpass: Path, tmp_path: Path) -> None:
    assert twins.states(EB, *FIRST) == twins.states(TWIN, *FIRST) == {State.DONE}
    clean(twins)
    runs = {eb: [run for run in twins.session.runs() if run.eb == eb] for eb in (EB, TWIN)}
    assert [run.title for run in runs[EB]] == [run.title for run in runs[TWIN]]
    assert runs[EB][0].start < runs[TWIN][-1].start and runs[TWIN][0].start < runs[EB][-1].start
    assert all(twins.mous.eb(eb).uid in {e.eb for e in twins.session.history()} for eb in (EB, TWIN))
    twins.ask(*NEXT, jobs=1)
    twins.wait_idle()
    assert twins.states(EB, *NEXT) == twins.states(TWIN, *NEXT) == {State.DONE}
    ends = {run.eb: run.start for run in twins.session.runs()}
    assert ends[EB] < min(run.start for run in twins.session.runs() if run.eb == TWIN and run.step == 6)
    with copied(to_bandpass, tmp_path / "alone") as alone:
        alone.run(*NEXT)
        expected = digests(alone, TABLES)
    assert len(expected) > 20 and digests(twins, TABLES) == expected


def test_what_fails_in_one_eb_does_not_stop_the_other_and_is_named_at_the_end(twins: Twins) -> None:
    script = twins.eb.script.read_bytes()
    twins.eb.script.write_bytes(script.replace(b"calmode = 'ap'", b"calmode = 'xx'", 1))
    answer = casapilot("run", "--from", NEXT[0], "--to", NEXT[-1], "--jobs", "2", "--yes", str(twins.root))
    assert answer.returncode == 1
    assert twins.states(EB, *NEXT) == {State.DONE}
    assert [twins.of_row(TWIN, item).state for item in NEXT] == [State.DONE, State.FAILED, State.TODO]
    look = answer.stdout.partition("\nLook at\n")[2]
    assert f"  {TWIN}\n" in look and "[gain]: failed" in look and f"  {EB}\n" not in look
    assert f"{TWIN}:     gaincal(" in answer.stderr and f"{EB}:     gaincal(" in answer.stderr
    assert "Not run after it: flux-scale." in answer.stderr
    clean(twins)


def test_a_conductor_killed_while_both_run_leaves_both_to_be_settled(twins: Twins) -> None:
    twins.ask(*NEXT)
    twins.wait_both()
    twins.kill("conductor")
    twins.session.poll()
    activity = twins.session.snapshot().activity
    assert activity.conductor == "dead" and {each.key.eb for each in activity.running} == {EB, TWIN}
    twins.session.go_on()
    twins.wait_idle()
    assert twins.states(EB, *NEXT) == twins.states(TWIN, *NEXT) == {State.DONE}
    clean(twins)


def test_a_worker_killed_loses_its_step_alone(twins: Twins) -> None:
    twins.ask(*NEXT)
    twins.wait_both()
    at = twins.session.snapshot().activity.in_eb(TWIN)
    twins.kill(f"worker-{TWIN}")
    twins.wait_idle()
    assert at is not None and twins.states(TWIN, at.key.item) <= {State.LOST, State.DONE}
    assert twins.states(EB, *NEXT) == {State.DONE}
    clean(twins)


def test_one_eb_is_stopped_and_the_other_goes_on(twins: Twins) -> None:
    twins.ask(*NEXT)
    twins.wait_both()
    assert casapilot("stop", "--now", "--eb", TWIN, str(twins.root)).returncode == 0
    twins.wait_idle()
    assert twins.states(EB, *NEXT) == {State.DONE}
    assert twins.of_row(TWIN, NEXT[-1]).state is State.TODO
    clean(twins)


def test_flags_of_one_eb_are_put_back_while_the_other_runs(twins: Twins) -> None:
    twins.session.run(twins.of(EB, *NEXT), jobs=2)
    twins.session.restore(Key("vla-line", "bandpass", TWIN), confirmed=True)
    twins.wait_idle()
    assert twins.states(EB, *NEXT) == {State.DONE}
    assert any(f"{TWIN}: flags restored to" in subject for subject in twins.subjects())
    assert twins.of_row(TWIN, "bandpass").state is State.STALE
    assert twins.of_row(EB, "bandpass").state is State.DONE
    clean(twins)
