"""The conductor without CASA: its lanes only say what they were asked, so that order and threads are seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.errors import CasapilotError
from casapilot.steps.journal import Journal
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.record.runs import RunRecord
from casapilot.steps.run import conductor as module
from casapilot.steps.run.activity import Fold, fold
from casapilot.steps.run.conductor import Conductor
from casapilot.steps.run.unsettled import unsettled

EBS = ("X1", "X2", "X3")


def of(eb: str, *items: str) -> list[Key]:
    return [Key("list", item, eb) for item in items]


class Site:
    """A conductor in a thread, and what its lanes did."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.did: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.ends: dict[str, str] = {}
        """Item -> how it ends, where not well: a status, or an error's words."""
        self.gates: dict[str, threading.Event] = {}
        """Item@EB -> what it waits for before it ends."""
        self.lock = threading.Lock()
        ebs = tuple(Eb(eb, eb, root / eb, root / eb / "s.py", "a.ms") for eb in EBS)
        (root / "mous.toml").write_text(
            '[mous]\nuid = "u"\n'
            + "".join(f'[[eb]]\nname = "{e}"\nfolder = "{e}"\nscript = "s"\nms = "m"\n' for e in EBS)
        )
        self.mous = Mous(root, "u", ebs=ebs, launcher_options={"jobs": 2})
        self.mous.live.mkdir(parents=True)
        self.journal = Journal(self.mous.journal)

    def start(self) -> Conductor:
        self.conductor = Conductor(self.mous)
        self.thread = threading.Thread(target=self.conductor.serve, daemon=True)
        self.thread.start()
        return self.conductor

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.conductor._handle(request)

    def run(self, keys: list[Key], **more: Any) -> None:
        self.ask(op="run", keys=[str(key) for key in keys], **more)

    def wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, (self.did, self.state())
            time.sleep(0.005)

    def idle(self) -> None:
        self.wait(lambda: self.ask(op="ping")["state"] == "idle")

    def state(self) -> Fold:
        found = Fold()
        for event in self.journal.read()[0]:
            found = fold(found, event)
        return found

    def end(self) -> None:
        for gate in self.gates.values():
            gate.set()
        self.idle()
        self.conductor._ended = True
        self.conductor._wake.put("end")
        self.thread.join(10)


class StubLane:
    """Does nothing, when it may."""

    site: Site

    def __init__(self, eb: str, mous: Mous, journal: Journal, ledger: object, threads: object) -> None:
        self.eb, self.journal = eb, journal
        self.stopping = ""

    def perform(self, key: Key) -> RunRecord:
        site, name = self.site, f"{key.item}@{key.eb}"
        run = f"r-{name}"
        self.journal.append("item-started", run=run, key=str(key), eb=key.eb, item=key.path, title=key.item)
        with site.lock:
            site.did.append(name)
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        gate = site.gates.get(name)
        while gate is not None and not gate.wait(0.005) and not self.stopping:
            pass
        with site.lock:
            site.at_once -= 1
        status = "interrupted" if self.stopping else site.ends.get(name, "done")
        if status not in ("done", "failed", "interrupted"):
            raise CasapilotError(status, name, "Mend it.")
        self.journal.append("item-ended", run=run, key=str(key), status=status)
        return RunRecord(id=run, key=str(key), status=status)

    def settle(self, run: str) -> RunRecord | None:
        self.site.did.append(f"settle {run}")
        status = self.site.ends.get(run, "done")
        self.journal.append("item-ended", run=run, key=f"list/a@{self.eb}", status=status)
        if status == "unbegun":
            return None
        return RunRecord(id=run, key=f"list/a@{self.eb}", status="done")

    def restore(self, key: Key) -> tuple[str, ...]:
        self.site.did.append(f"restore {key}")
        return ("a.ms:x",)

    def stop(self, how: str) -> None:
        self.stopping = how

    def only_measures(self, key: Key) -> bool:
        return key.item.startswith("look")

    def rests_on(self, other: Key, key: Key) -> bool:
        return other.item.startswith("rests")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    site = Site(tmp_path)
    monkeypatch.setattr(module, "Lane", type("Lane", (StubLane,), {"site": site}))
    yield site
    if hasattr(site, "thread"):
        site.end()


def test_ebs_go_side_by_side_each_in_its_order(site: Site) -> None:
    site.gates = {"a@X1": threading.Event(), "a@X2": threading.Event()}
    site.start()
    site.run([*of("X1", "a", "b"), *of("X2", "a", "b"), *of("X3", "a", "b")])
    site.wait(lambda: len(site.did) == 2)
    assert sorted(site.did) == ["a@X1", "a@X2"]
    assert {each.key.eb for each in site.state().activity.running} == {"X1", "X2"}
    for gate in site.gates.values():
        gate.set()
    site.idle()
    assert site.most_at_once == 2
    for eb in EBS:
        assert [name for name in site.did if name.endswith(eb)] == [f"a@{eb}", f"b@{eb}"]
    assert site.state().activity.queue == () and not unsettled(site.journal)


def test_jobs_that_are_asked_for_hold_for_that_queue(site: Site) -> None:
    site.start()
    site.run([*of("X1", "a", "b"), *of("X2", "a", "b")], jobs=1)
    site.idle()
    assert site.did == ["a@X1", "b@X1", "a@X2", "b@X2"] and site.most_at_once == 1
    site.gates = {"c@X1": threading.Event(), "c@X2": threading.Event()}
    site.run([*of("X1", "c"), *of("X2", "c")])
    site.wait(lambda: len(site.did) == 6)


@pytest.mark.parametrize("how", ["failed", "there is no CASA"])
def test_what_goes_wrong_drops_the_rest_of_its_eb_and_says_so(site: Site, how: str) -> None:
    site.ends = {"a@X1": how}
    site.start()
    site.run([*of("X1", "a", "b", "c"), *of("X2", "a", "b")])
    site.idle()
    assert sorted(site.did) == ["a@X1", "a@X2", "b@X2"]
    found = site.state()
    assert list(found.refused) == ["X1"] and "Not run after it: b, c." in found.refused["X1"]
    assert found.activity.queue == ()


def test_a_check_that_is_not_met_holds_up_only_what_rests_on_it(site: Site) -> None:
    site.ends = {"look@X1": "failed"}
    site.start()
    site.run(of("X1", "look", "b", "rests", "c"))
    site.idle()
    assert site.did == ["look@X1", "b@X1", "c@X1"]


def test_one_eb_is_stopped(site: Site) -> None:
    site.gates = {"a@X1": threading.Event(), "a@X2": threading.Event()}
    site.start()
    site.run([*of("X1", "a", "b"), *of("X2", "a", "b")])
    site.wait(lambda: len(site.did) == 2)
    assert site.ask(op="stop", how="now", eb="X2")["stopping"] == ["list/a@X2"]
    site.wait(lambda: [each.key.eb for each in site.state().activity.running] == ["X1"])
    site.gates["a@X1"].set()
    site.idle()
    assert sorted(site.did) == ["a@X1", "a@X2", "b@X1"]


def test_a_restore_needs_only_its_own_eb_to_be_idle(site: Site) -> None:
    site.gates = {"a@X1": threading.Event()}
    site.start()
    site.run(of("X1", "a"))
    site.wait(lambda: site.did == ["a@X1"])
    with pytest.raises(CasapilotError, match="something of X1 runs"):
        site.ask(op="restore", key="list/a@X1")
    site.ask(op="restore", key="list/a@X2")
    site.wait(lambda: "restore list/a@X2" in site.did)
    with pytest.raises(CasapilotError, match="something runs"):
        site.ask(op="shutdown")


def left_by_another(site: Site) -> None:
    """Two EBs were running when their conductor died."""
    keys = [str(key) for key in (*of("X1", "a", "b"), *of("X2", "a", "b"))]
    site.journal.append("queue", keys=keys, jobs=1)
    for run, key in (("r1", "list/a@X1"), ("r2", "list/a@X2")):
        site.journal.append("item-started", run=run, key=key, eb=key[-2:], item="list/a", title="a")


def test_what_each_eb_was_at_is_settled_and_each_queue_goes_on(site: Site) -> None:
    left_by_another(site)
    site.ends = {"r2": "unbegun"}
    site.start()
    site.wait(lambda: len(site.did) >= 5)
    site.idle()
    assert sorted(site.did) == ["a@X2", "b@X1", "b@X2", "settle r1", "settle r2"]
    assert site.most_at_once == 1, "the number of jobs survives the conductor that was given it"
    assert not unsettled(site.journal)


@pytest.mark.parametrize("left", [False, True])
def test_what_is_asked_for_while_it_starts_is_not_lost(
    site: Site, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if left:
        left_by_another(site)

    class Eager:
        """Somebody asks as soon as there is anybody to ask."""

        def __init__(self, path: str, handle: Callable[[dict[str, Any]], object]) -> None:
            handle({"op": "run", "keys": ["list/z@X3"]})

        def close(self) -> None:
            pass

    monkeypatch.setattr(module, "Server", Eager)
    site.start()
    site.wait(lambda: "z@X3" in site.did)
    site.idle()
    assert ("settle r1" in site.did) is left


def test_a_fault_of_our_own_bookkeeping_ends_the_conductor(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    conductor = site.start()
    caught: list[BaseException] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: caught.append(args.exc_value))
    site.wait(lambda: "conductor-started" in [event.kind for event in site.journal.read()[0]])

    def broken() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(conductor, "_say_queue", broken)
    with pytest.raises(OSError, match="No space"):
        site.run(of("X1", "a"))
    site.thread.join(10)
    assert not site.thread.is_alive() and isinstance(caught[0], OSError)
    del site.thread
