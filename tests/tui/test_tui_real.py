"""The screens over the real Session and real git: what is asked for on them happens on disk."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from casapilot.steps.checklist.model import Key, State
from casapilot.steps.mous.demo import create_demo
from casapilot.steps.mous.mous import Mous
from casapilot.steps.run.session import Session
from casapilot.steps.run.start import begin
from casapilot.tui.app import Casapilot
from driven import Driven
from fake_session import FakeSession

JUDGE = Key("vla-line", "judge-bandpass", "NGC5921")
GAIN = Key("vla-line", "gain", "NGC5921")


@pytest.fixture
def mous(tmp_path: Path) -> Iterator[Mous]:
    fits = tmp_path / "NGC5921.fits"
    fits.touch()
    mous = create_demo(tmp_path / "mous", fits)
    begin(mous)
    yield mous


@asynccontextmanager
async def opened(mous: Mous, key: Key) -> AsyncIterator[Driven]:
    app = Casapilot(mous.root)
    async with app.run_test(size=(140, 40)) as pilot:
        driven = Driven(app, pilot)
        await driven.settle()
        driven.main.items.go_to_key(key)
        await driven.settle()
        yield driven


@pytest.mark.parametrize(
    "name", [name for name in vars(FakeSession) if not name.startswith("_") and hasattr(Session, name)]
)
def test_the_stand_in_takes_what_the_real_session_takes(name: str) -> None:
    fake, real = getattr(FakeSession, name), getattr(Session, name)
    if callable(real):
        assert list(inspect.signature(fake).parameters) == list(inspect.signature(real).parameters)


async def test_a_note_is_in_the_history(mous: Mous) -> None:
    async with opened(mous, JUDGE) as driven:
        await driven.press("n")
        await driven.type("flat enough")
        await driven.press("enter")
        await driven.press("6")
        assert "flat enough" in driven.screen
    entry = Session(mous).history(JUDGE)[0]
    assert (entry.action, entry.item) == ("note", "vla-line/judge-bandpass")


async def test_a_sign_off_is_in_the_state_and_in_the_history(mous: Mous) -> None:
    async with opened(mous, JUDGE) as driven:
        await driven.press("s", "enter")
        await driven.type("ab")
        await driven.press("enter")
    session = Session(mous)
    entry = session.history()[0]
    assert (entry.action, entry.signed_by) == ("sign-off", "ab")
    assert session.snapshot().row(JUDGE).signed.startswith("ab")


async def test_a_skip_needs_its_reason_and_keeps_it(mous: Mous) -> None:
    async with opened(mous, JUDGE) as driven:
        await driven.press("minus")
        await driven.type("no time")
        await driven.press("enter")
    row = Session(mous).snapshot().row(JUDGE)
    assert (row.state, row.detail) == (State.SKIPPED, "no time")


async def test_an_edit_ends_in_a_commit_that_names_the_item(
    mous: Mous, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        "path.write_bytes(path.read_bytes().replace(b'minsnr = 1.0', b'minsnr = 3.0'))\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    async with opened(mous, GAIN) as driven:
        monkeypatch.setattr(driven.app._driver.__class__, "can_suspend", True)
        await driven.press("e", "enter", "enter")
        await driven.type("weak")
        await driven.press("enter")
        await driven.type("ab")
        await driven.press("enter")
    assert b"minsnr = 3.0" in mous.ebs[0].script.read_bytes()
    entry = Session(mous).history(GAIN)[0]
    assert (entry.action, entry.step) == ("edit", 7) and "weak" in entry.subject
