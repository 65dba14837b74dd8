"""An app over the fake session, a clock that stands still, and settings that are nobody's own."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from casapilot.tui.app import Casapilot
from casapilot.tui.keymap import Keymap
from driven import Driven, Golden, Open
from fake_session import NOW, FakeSession


@pytest.fixture(autouse=True)
def _nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "TMUX", "EDITOR", "VISUAL", "PAGER", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def session(tmp_path: Path) -> FakeSession:
    root = tmp_path / "mous"
    root.mkdir()
    return FakeSession(root)


@pytest.fixture
def opened(session: FakeSession) -> Open:
    @asynccontextmanager
    async def open_app(
        *, size: tuple[int, int] = (80, 24), on: str = "", keymap: Keymap | None = None, **options: Any
    ) -> AsyncIterator[Driven]:
        app = Casapilot(session.mous.root, session=session, clock=lambda: NOW, keymap=keymap, **options)  # type: ignore[arg-type]  # a stand-in
        async with app.run_test(size=size) as pilot:
            driven = Driven(app, pilot)
            await driven.settle()
            if on:
                key = next(row.key for row in session.rows if row.item.id == on)
                driven.main.items.go_to_key(key)
                await driven.settle()
            yield driven

    return open_app


@pytest.fixture
def golden() -> Golden:
    """Compare a screen with the one kept; CASAPILOT_NEW_SCREENS=1 keeps it anew."""

    def compare(name: str, screen: str) -> None:
        path = Path(__file__).parent / "screens" / f"{name}.txt"
        if os.environ.get("CASAPILOT_NEW_SCREENS"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(screen + "\n", encoding="utf-8")
        assert screen + "\n" == path.read_text(encoding="utf-8")

    return compare
