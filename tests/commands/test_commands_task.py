"""`casapilot task`: words of a shell in, one call by hand out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from casapilot.steps.checklist.model import Key
from casapilot.steps.errors import NeedsPerson
from casapilot.steps.journal import Event
from casapilot.steps.mous.mous import find_mous
from casapilot.steps.record.runs import Call, RunRecord, Warned, save_run
from casapilot.steps.run.session import Session
from casapilot.steps.run.taskcall import Queued, parse_call
from casapilot.steps.run.tasklist import ParamInfo, TaskInfo, TaskList
from casapilot.tui.cli import main
from casapilot.tui.commands import run as running

FLAGDATA = TaskInfo(
    "flagdata", "Flags data", "flagging",
    parameters=(
        ParamInfo("vis", "''", "path", "The MS"),
        ParamInfo("mode", "'manual'", "string", "How", ("'manual'", "'summary'")),
        ParamInfo("spw", "''", "any", "Windows", under=(("mode", "'manual'", True),)),
        ParamInfo("ntime", "0", "any", "Chunks"),
    ),
)  # fmt: skip
TASKS = TaskList({"flagdata": FLAGDATA, "listobs": TaskInfo("listobs", "Lists", "information")})
EB = "NGC5921"


class Asked:
    """What was asked of the session, and what the conductor makes of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, bool]] = []
        self.status = "done"
        self.changes: tuple[str, ...] = ()
        self.ahead: tuple[Key, ...] = ()
        self.records: dict[Key, RunRecord] = {}
        self.undone: list[Key] = []


@pytest.fixture
def asked(mous: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    told = Asked()
    live = find_mous(mous).live

    def call_task(self: Session, eb: str, text: str, *, confirmed: bool = False) -> Queued:
        if told.changes and not confirmed:
            raise NeedsPerson("it is not in the script", "", "Confirm: --yes.")
        call = parse_call(text)
        told.calls.append((eb, text, confirmed))
        key = Key("console", f"{call.task}.{len(told.calls)}", eb)
        folder = live / "r1"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "console.log").write_text("{'flagged': 3.0}\x1b[31m\n")
        told.records[key] = RunRecord(
            "r1", str(key), EB, title="flagdata by hand", status=told.status, params=dict(call.arguments),
            calls=(Call(call.task, text),), changed=("flags:a.ms",), notes=("what changed",),
            warnings=(Warned("careful", "", "WARN", 2), Warned("no", "", "WARN", 1, "k", True)),
        )  # fmt: skip
        return Queued(key, call, told.ahead)

    def follow(session: Session) -> list[Event]:
        if told.undone:
            return [Event("restore-ended", 1.0, {"ok": True})]
        return [Event("item-ended", 1.0, {"key": str(key), "status": told.status}) for key in told.records]

    monkeypatch.setattr(Session, "tasks", TASKS)
    monkeypatch.setattr(Session, "call_task", call_task)
    monkeypatch.setattr(Session, "foresee", lambda self, eb, call: told.changes)
    monkeypatch.setattr(Session, "last_run", lambda self, key: told.records.get(key))
    monkeypatch.setattr(running, "follow", follow)
    monkeypatch.chdir(mous)
    yield told


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["flagdata", "vis=a.ms", "mode=summary"], "flagdata(vis='a.ms', mode='summary')"),
        (
            ["flagdata", "vis=a.ms", "spw=17,19", "ntime=scan"],
            "flagdata(vis='a.ms', spw='17,19', ntime='scan')",
        ),
        (["flagdata", "vis=a b.ms", "ntime=60.5"], "flagdata(vis='a b.ms', ntime=60.5)"),
        (["flagdata", "vis=$(touch made); rm -rf ."], "flagdata(vis='$(touch made); rm -rf .')"),
        (["flagdata('a.ms', mode='summary')"], "flagdata(vis='a.ms', mode='summary')"),
        (["listobs"], "listobs()"),
    ],
)
def test_words_become_a_call(asked: Asked, words: list[str], call: str, mous: Path) -> None:
    assert main(["task", *words]) == 0
    assert asked.calls == [(EB, call, False)]
    assert not (mous / "made").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["flagdat"], "no CASA task"),
        (["flagdata", "a.ms"], "has no name"),
        (["flagdata", "vise=a"], "no parameter 'vise'"),
        (["flagdata", "vis=a", "vis=b"], "given twice"),
        (["flagdata", "mode=sum"], "not allowed"),
        (["os.system('ls')"], "no CASA task|only CASA tasks"),
        (["--eb", "X9", "listobs"], "X9"),
        (["--last", "gaincal"], "has been called by hand"),
        (["--undo"], "no call by hand has changed flags"),
        (["--into", "9a", "flagdata"], "by hand"),
    ],
)
def test_what_cannot_be_called_is_said_and_nothing_runs(
    asked: Asked, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    assert main(["task", *words]) == 2
    error = capsys.readouterr().err
    assert re.search(said, error) and "Traceback" not in error
    assert not asked.calls


def test_what_it_printed_is_data_and_the_rest_is_narration(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.ahead = (Key("list", "bandpass", EB),)
    assert main(["task", "flagdata", "vis=a.ms"]) == 0
    told = capsys.readouterr()
    assert told.out == "{'flagged': 3.0}\\x1b[31m\n"
    assert "waits for bandpass" in told.err
    for words in ("2x careful", "what changed", "casapilot task --into STEP"):
        assert words in told.err
    assert "no\n" not in told.err


def test_a_call_that_fails_is_exit_code_1_and_its_record_is_json(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.status = "failed"
    assert main(["task", "flagdata", "vis=a.ms", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["status"] == "failed" and record["params"] == {"vis": "a.ms"}


def test_what_changes_behind_the_scripts_back_wants_a_yes(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    asked.changes = ("The flags of a.ms change.",)
    assert main(["task", "flagdata", "vis=a.ms"]) == 3
    assert capsys.readouterr().err.count("The flags of a.ms change.") == 1
    assert not asked.calls
    assert main(["task", "flagdata", "vis=a.ms", "--yes"]) == 0
    assert asked.calls == [(EB, "flagdata(vis='a.ms')", True)]


def test_help_list_and_nothing_at_all(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["task", "--help", "flagdata"]) == 0
    told = capsys.readouterr().out
    assert "flagdata: Flags data" in told and "['manual' 'summary']" in told
    assert "where mode is 'manual'" in told
    assert main(["task", "--list", "info"]) == 0
    assert capsys.readouterr().out == "listobs  information  Lists\n"
    assert main(["task", "--list", "zzz"]) == 1
    assert main(["task", "--help"]) == 0
    assert "--undo" in capsys.readouterr().out
    assert main(["task"]) == 2


def kept(mous: Path, **more: Any) -> RunRecord:
    run = RunRecord(
        id="h1", key=f"console/flagdata.1@{EB}", eb=EB, title="flagdata by hand", status="done",
        start=1.0, end=2.0, params={"vis": "a.ms", "spw": "9"},
        calls=(Call("flagdata", "flagdata(vis='a.ms', spw='9')"),), **more,
    )  # fmt: skip
    save_run(run, find_mous(mous).runs)
    return run


def test_the_last_call_can_be_pasted_again(
    asked: Asked, mous: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(mous)
    for name in ("flagdata", "-"):
        assert main(["task", "--last", name]) == 0
        assert capsys.readouterr().out == "flagdata(vis='a.ms', spw='9')\n"


def test_undo_wants_a_yes_and_restores(
    asked: Asked, mous: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = kept(mous, rests_on=("a.ms:casapilot_before_hand_1",), changed=("flags:a.ms",))
    nothing = replace(run, id="h2", key=f"console/flagdata.2@{EB}", start=3.0, changed=())
    save_run(nothing, find_mous(mous).runs)
    monkeypatch.setattr(Session, "restore", lambda self, key, confirmed: asked.undone.append(key))
    assert main(["task", "--undo"]) == 3
    assert "All flags set since this" in capsys.readouterr().err and not asked.undone
    assert main(["task", "--undo", "--yes"]) == 0
    assert asked.undone == [Key.parse(run.key)]


def test_the_last_call_is_put_into_the_script_with_a_reason(
    asked: Asked, mous: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(mous)
    script = find_mous(mous).eb(EB).script
    before = script.read_bytes()
    assert main(["task", "--into", "1", "flagdata"]) == 2
    assert "+" in capsys.readouterr().out and script.read_bytes() == before
    assert main(["task", "--into", "1", "--why", "noisy"]) == 3
    assert script.read_bytes() == before
    assert main(["task", "--into", "1", "--why", "noisy", "--yes", "--initials", "ab"]) == 0
    assert b"flagdata(vis='a.ms', spw='9')" in script.read_bytes() and b"noisy" in script.read_bytes()
    assert main(["task", "--into", "99", "--why", "noisy", "--yes"]) == 2
