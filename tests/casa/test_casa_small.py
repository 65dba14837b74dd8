"""The small parts: the pen, the log, results, what is given back, the flag version trap."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import version_trap
from casapilot.steps.casa.casalog import Log
from casapilot.steps.casa.hygiene import kept
from casapilot.steps.casa.reporter import Reporter
from casapilot.steps.casa.results import MOST_BYTES, MOST_CALLS, Results
from casapilot.steps.casa.watched import Watched
from casapilot.steps.journal import Journal


def test_events_wait_for_room_and_keep_their_order_and_time(tmp_path: Path) -> None:
    path, now = tmp_path / "live" / "events.jsonl", iter([1.0, 2.0, 3.0])
    reporter = Reporter(str(path), clock=lambda: next(now))
    reporter.tell("worker-ended", eb="X1", reason="a")
    reporter.tell("worker-ended", eb="X1", reason="b")
    assert reporter.retry() == 2
    path.parent.mkdir()
    reporter.tell("worker-ended", eb="X1", reason="c")
    assert reporter.retry() == 0
    events, _ = Journal(path).read()
    assert [(e.t, e.get("reason")) for e in events] == [(1.0, "a"), (2.0, "b"), (3.0, "c")]


class _Logsink:
    def __init__(self) -> None:
        self.files: list[str] = []

    def setlogfile(self, filename: str = "casapy.log") -> bool:
        self.files.append(filename)
        return True

    def showconsole(self, onconsole: bool = False) -> None:
        pass


def test_only_logs_other_than_the_runs_own_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sink, told = _Logsink(), []
    log = Log(sink, "/home.log")
    sink.setlogfile("between.log")
    (tmp_path / "x.wvrgcal").write_bytes(b"of an earlier step\n")
    log.to("/run/casa.log", lambda path, size: told.append((path, size)))
    assert sink.setlogfile("x.wvrgcal") is True
    assert log.path == str(tmp_path / "x.wvrgcal")
    sink.setlogfile("/run/casa.log")
    assert log.path == "/run/casa.log"
    log.back()
    assert told == [(str(tmp_path / "x.wvrgcal"), 19)]
    assert sink.files == [
        "/home.log",
        "between.log",
        "/run/casa.log",
        "x.wvrgcal",
        "/run/casa.log",
        "/home.log",
    ]


def test_results_are_kept_in_bounds() -> None:
    results = Results()
    results.keep("imval", {"imagename": "x"}, np.zeros(MOST_BYTES // 8 + 1))
    assert results.of == {}
    for n in range(MOST_CALLS + 5):
        results.keep("imstat", {"n": n}, {"rms": n})
    assert len(results.of["imstat"]) == MOST_CALLS
    assert results.of["imstat"][0] == ({"n": 0}, {"rms": 0})


def test_what_a_step_changes_in_the_process_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEPT", "1")
    before = (
        dict(os.environ),
        list(sys.path),
        np.geterr(),
        list(warnings.filters),
        signal.getsignal(signal.SIGUSR1),
    )
    os.umask(0o022)
    with pytest.raises(RuntimeError), kept():
        os.chdir("/")
        os.environ["NEW"] = "1"
        del os.environ["KEPT"]
        os.umask(0o077)
        sys.path.insert(0, "/elsewhere")
        np.seterr(all="raise")
        warnings.simplefilter("error")
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.alarm(60)
        raise RuntimeError
    after = (
        dict(os.environ),
        list(sys.path),
        np.geterr(),
        list(warnings.filters),
        signal.getsignal(signal.SIGUSR1),
    )
    assert after == before
    assert os.getcwd() == str(tmp_path) and os.umask(0o022) == 0o022 and signal.alarm(0) == 0


class _Versions:
    def __init__(self, trusted: bool, same: bool) -> None:
        self.trusted, self.same = trusted, same
        self.mended: list[str] = []

    def mend(self, ms: str, version: str) -> bool:
        self.mended.append(version)
        return True

    def is_trusted(self, ms: str, version: str) -> bool:
        return self.trusted

    def same_flags(self, ms: str, version: str) -> bool:
        return self.same


class _Trap:
    """A step, a flagmanager and an MS to call `save_or_keep` with."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, same: bool) -> None:
        self.ms = folder / "x.ms"
        self.ms.mkdir()
        self.told: list[dict[str, Any]] = []
        self.saved: list[str] = []
        self.versions = _Versions(trusted, same)
        monkeypatch.setattr(version_trap, "_versions", lambda: self.versions)

    def save(self, mode: str = "save", name: str = "BeforeBP") -> Any:
        step = Watched("R-13", "/s.py", lambda kind, **fields: self.told.append({"kind": kind, **fields}))

        def flagmanager(**given: Any) -> str:
            self.saved.append(f"{given['mode']} {given['versionname']} {given['comment']}")
            return "returned"

        given = {"vis": str(self.ms), "mode": mode, "versionname": name, "comment": "c"}
        return version_trap.save_or_keep(step, flagmanager, given)


def test_a_new_flag_version_is_saved_as_in_casa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = _Trap(tmp_path, monkeypatch, trusted=False, same=False)
    assert trap.save() == "returned"
    assert trap.saved == ["save BeforeBP c"] and trap.told == []
    assert trap.versions.mended == ["BeforeBP"]  # what a killed save may have left under that name


def test_a_version_that_has_the_present_flags_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = _Trap(tmp_path, monkeypatch, trusted=True, same=True)
    assert trap.save() is None
    assert trap.saved == []
    kept_one = {
        "kind": "version-kept",
        "run": "R-13",
        "ms": str(trap.ms),
        "version": "BeforeBP",
        "saved_as": "",
    }
    assert trap.told == [kept_one]


def test_other_flags_go_to_a_name_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = _Trap(tmp_path, monkeypatch, trusted=True, same=False)
    assert trap.save() == "returned"
    assert trap.saved == ["save BeforeBP.R-13 c"]
    assert trap.told[0]["saved_as"] == "BeforeBP.R-13"
    (tmp_path / "x.ms.flagversions" / "flags.BeforeBP.R-13").mkdir(parents=True)
    trap.save()
    assert trap.saved[-1] == "save BeforeBP.R-13-2 c"


def test_other_modes_of_flagmanager_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = _Trap(tmp_path, monkeypatch, trusted=True, same=True)
    assert trap.save(mode="restore") == "returned"
    assert trap.saved == ["restore BeforeBP c"] and trap.told == []
