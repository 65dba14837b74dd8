"""What an edit of a script changes: steps of items, and whatever runs the whole of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from casapilot.steps.checklist.model import Item, Key, Kind
from casapilot.steps.mous.mous import Eb
from casapilot.steps.run.scripts import ScriptBook

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


def test_what_to_do_about_a_script_that_is_not_there_is_said(book: tuple[ScriptBook, Path]) -> None:
    scripts, _ = book
    scripts.refresh(ITEMS)
    assert scripts.problem(Key("alma", "import", "X1")) == "there is no script yet: casapilot generate"
