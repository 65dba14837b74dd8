"""What an edit of a script changes: steps of items, and whatever runs the whole of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from casapilot.steps.checklist.model import Item, Key, Kind
from casapilot.steps.mous.mous import Eb
from casapilot.steps.run.scripts import ScriptBook
from casapilot.steps.run.session import Session

SCRIPT = """step_title = {0: 'Import of the ASDM',
              1: 'listobs'}
mystep = 0
if(mystep in thesteps):
  importasdm('a')

mystep = 1
if(mystep in thesteps):
  listobs('a.ms')
"""
ITEMS = {
    Key("alma", "import", "X1"): Item("import", "Import", "p", Kind.RUN, step="^Import"),
    Key("alma", "listobs", "X1"): Item("listobs", "listobs", "p", Kind.RUN, step="^listobs"),
    Key("alma", "clean-run", "X1"): Item("clean-run", "Whole", "p", Kind.RUN, whole=True),
    Key("alma", "look", "X1"): Item("look", "Look", "p", Kind.MANUAL),
}


@pytest.fixture
def book(tmp_path: Path) -> tuple[ScriptBook, Path]:
    script = tmp_path / "a.scriptForCalibration.py"
    mous: Any = SimpleNamespace(ebs=[Eb("X1", "a", tmp_path, script, "a.ms")])
    return ScriptBook(mous), script


def test_an_edit_changes_its_step_and_the_whole_script(book: tuple[ScriptBook, Path]) -> None:
    scripts, path = book
    path.write_text(SCRIPT)
    scripts.refresh(ITEMS)
    edited = SCRIPT.replace("listobs('a.ms')", "listobs('a.ms', overwrite=True)").encode()
    assert [key.item for key in scripts.changed_by(path, edited, ITEMS)] == ["listobs", "clean-run"]
    assert scripts.changed_by(path, SCRIPT.encode(), ITEMS) == []


@pytest.mark.parametrize(
    ("changed", "item"), [(("listobs", "clean-run"), "alma/listobs"), (("clean-run",), "")]
)
def test_the_history_says_which_step_was_edited_whatever_runs_the_whole(
    changed: tuple[str, ...], item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr("casapilot.steps.run.edits.save_script", lambda *_, **fields: said.append(fields))
    session: Any = SimpleNamespace(
        mous=None,
        graph=SimpleNamespace(items=ITEMS),
        changed_by=lambda path, content: [Key("alma", name, "X1") for name in changed],
        _scripts=SimpleNamespace(step=lambda key: SimpleNamespace(number=1)),
    )
    Session.save_script(session, Path("a.py"), b"", "why", "ab")
    assert said == [{"item": item, "step": 1 if item else None}]


def test_what_to_do_about_a_script_that_is_not_there_is_said(book: tuple[ScriptBook, Path]) -> None:
    scripts, _ = book
    scripts.refresh(ITEMS)
    assert scripts.problem(Key("alma", "import", "X1")) == "there is no script yet: casapilot generate"
