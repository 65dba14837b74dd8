"""Editing a script: the draft, the diff, the reason, the commit; and nothing lost when it fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.tui.screens.edit import broken_by, decode, text_diff
from driven import Driven, Open
from fake_session import SCRIPT, FakeSession


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """An $EDITOR that does `code` to the text of the file."""
    path = tmp_path / "editor.py"
    path.write_text(
        f"import sys\np = sys.argv[-1]\nb = open(p, 'rb').read()\n{code}\nopen(p, 'wb').write(b)\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {path}")


def drafts(session: FakeSession) -> list[Path]:
    return sorted((session.mous.live / "drafts").glob("*"))


async def save(driven: Driven) -> None:
    """Accept the diff, give a reason and initials."""
    await driven.press("enter")
    await driven.type("better")
    await driven.press("enter")
    await driven.type("ab")
    await driven.press("enter")


async def test_own_editor_then_diff_reason_commit(
    opened: Open, session: FakeSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "b = b.replace(b\"refant='15',\\n\", b\"refant='9',\\n\")")
    async with opened(size=(120, 40), on="bandpass") as driven:
        monkeypatch.setattr(driven.app._driver.__class__, "can_suspend", True)
        await driven.press("e", "enter")
        assert "-    bandpass(vis='ngc5921.ms'" in driven.screen
        assert "refant='9'," in driven.screen
        assert session.script.read_text() == SCRIPT
        await save(driven)
        assert session.asked == [("save_script", "n5921.py", "better", "ab")]
        assert "refant='9'," in session.script.read_text()
        assert "committed as 0123456789" in driven.screen
        assert drafts(session) == []


async def test_plain_editor_does_the_same(opened: Open, session: FakeSession) -> None:
    async with opened(size=(120, 40), on="bandpass") as driven:
        await driven.press("e")
        assert "bandpass(vis=" in driven.screen
        await driven.press("home")
        await driven.type("# hi")
        await driven.press("enter", "ctrl+s")
        assert "+# hi" in driven.screen
        await save(driven)
        assert "# hi\nmystep = 2" in session.script.read_text()


async def test_refused_save_keeps_the_text_and_says_where(opened: Open, session: FakeSession) -> None:
    session.save_error = RecordError("git is locked", "index.lock", "Wait.")
    async with opened(size=(120, 40), on="bandpass") as driven:
        await driven.press("e", "home")
        await driven.type("# hi")
        await driven.press("enter", "f2")
        await save(driven)
        assert "git is locked" in driven.screen
        assert "drafts" in driven.screen
        assert session.script.read_text() == SCRIPT
        (draft,) = drafts(session)
        assert b"# hi" in draft.read_bytes()
        session.save_error = None
        await driven.press("escape", "e")
        assert "There is a draft of before" in driven.screen
        await driven.press("enter", "ctrl+s")
        await driven.press("enter")
        await driven.type("again")
        await driven.press("enter", "enter")
        assert "# hi" in session.script.read_text()
        assert drafts(session) == []


async def test_leaving_keeps_a_draft_only_when_something_changed(opened: Open, session: FakeSession) -> None:
    async with opened(size=(120, 40), on="bandpass") as driven:
        await driven.press("e", "escape")
        assert "nothing was changed" in driven.screen
        assert drafts(session) == []
        await driven.press("e")
        await driven.type("x")
        await driven.press("escape")
        assert "your draft is kept in" in driven.screen
        assert len(drafts(session)) == 1
        await driven.press("e", "a", "escape")
        assert drafts(session) == []


async def test_diff_can_be_left_or_edited_again(opened: Open, session: FakeSession) -> None:
    async with opened(size=(120, 40), on="bandpass") as driven:
        await driven.press("e")
        await driven.type("x")
        await driven.press("ctrl+s", "e")
        await driven.type("y")
        await driven.press("ctrl+s")
        assert "+yxmystep = 2" in driven.screen
        await driven.press("escape")
        assert session.asked == []
        assert len(drafts(session)) == 1


async def test_mixed_line_ends_are_not_given_to_the_plain_editor(opened: Open, session: FakeSession) -> None:
    session.script.write_bytes(SCRIPT.encode().replace(b"\n", b"\r\n", 3))
    async with opened(on="bandpass") as driven:
        await driven.press("e")
        assert "mixes kinds of line ends" in driven.screen


@pytest.mark.parametrize("content", [b"a\xe9 = 1\n", "é = '→'\n".encode(), b"\tx\r\n\r\n", b""])
def test_any_bytes_come_back_the_same(content: bytes) -> None:
    text, encoding = decode(content)
    assert text.encode(encoding) == content


async def test_plain_editor_changes_no_byte_it_was_not_told_to(opened: Open, session: FakeSession) -> None:
    content = SCRIPT.replace("# on 3C 286", "# \xe4\tx").encode("latin-1").replace(b"\n", b"\r\n")
    session.script.write_bytes(content)
    async with opened(size=(120, 40), on="import") as driven:
        await driven.press("e")
        await driven.type("Z")
        await driven.press("ctrl+s")
        await save(driven)
        assert session.script.read_bytes() == b"Z" + content


def test_diff_of_line_ends_says_so() -> None:
    assert "only their ends differ" in text_diff(b"a\r\n", b"a\n", "x.py")


async def test_the_diff_says_what_it_concerns_and_that_python_refuses_it(
    opened: Open, session: FakeSession
) -> None:
    async with opened(size=(120, 40), on="bandpass") as driven:
        await driven.press("e", "home")
        await driven.type("(")
        await driven.press("ctrl+s")
        assert "Concerns: Bandpass" in driven.screen
        assert "Python does not take it any more: line" in driven.screen


def test_a_script_that_python_never_took_is_not_called_broken() -> None:
    assert broken_by(b"print 'a'\n", b"print 'b'\n") == ""
    assert broken_by(b"a = 1\n", b"a = 2\n") == ""
    assert broken_by(b"a = 1\n", b"  a = 2\n") == "line 1: unexpected indent"
