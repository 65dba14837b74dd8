"""Keys, signs, clipboard and what is remembered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.errors import UsageError
from casapilot.tui import app as app_module
from casapilot.tui.clipboard import copy_text
from casapilot.tui.editor import editor_command, pager_command
from casapilot.tui.glyphs import ASCII, UNICODE, clean, to_ascii, wants_ascii
from casapilot.tui.keymap import keys_file, load_keymap
from casapilot.tui.recent import Known, Recent, load_recent, mous_folders, save_recent, state_file
from driven import Open
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"LANG": "en_GB.UTF-8", "TERM": "xterm"}, False),
        ({"LANG": "de_DE.utf8", "TERM": "screen"}, False),
        ({"LANG": "C", "TERM": "xterm"}, True),
        ({"TERM": "xterm"}, True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C", "TERM": "xterm"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8", "TERM": "xterm"}, True),
        ({"LANG": "en_GB.ISO-8859-1", "LC_CTYPE": "en_GB.UTF-8", "TERM": "xterm"}, False),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, True),
        ({"LANG": "en_GB.UTF-8", "TERM": "vt100"}, True),
    ],
)
def test_ascii_is_chosen_when_the_terminal_cannot_show_more(environ: dict[str, str], wanted: bool) -> None:
    assert wants_ascii(environ) is wanted


def test_ascii_signs_are_ascii_and_every_sign_is_one_wide() -> None:
    for glyphs, ascii_only in ((ASCII, True), (UNICODE, False)):
        signs = [*glyphs.states.values(), *(getattr(glyphs, n) for n in glyphs.__slots__ if n != "states")]
        assert all(len(sign) == 1 for sign in signs)
        assert len(set(glyphs.states.values())) == len(glyphs.states)
        if ascii_only:
            assert all(sign.isascii() for sign in signs)


@given(st.text())
def test_cleaned_text_has_no_control_character(text: str) -> None:
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in clean(text))


@given(st.text())
def test_ascii_text_is_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


def test_escape_sequences_of_every_kind_are_taken_out() -> None:
    text = "a\x1b[31mb\x1b[0m\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x1b(Be\x1bPq#\x1b\\f\x9b1mg"
    assert clean(text).startswith("abcdef")


def keys(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return path


async def test_own_keys_replace_those_of_the_registry(tmp_path: Path, opened: Open) -> None:
    keymap = load_keymap(keys(tmp_path, 'run-all = "R"\nhelp = ["f1", "%"]\n'))
    async with opened(keymap=keymap) as driven:
        assert "R run all" in driven.screen
        await driven.press("percent_sign")
        assert "Help" in driven.screen
        await driven.press("escape", "question_mark")
        assert "Help" not in driven.screen


@pytest.mark.parametrize(
    ("text", "what", "todo"),
    [
        ('run-al = "R"', "there is no action 'run-al'", "run-all"),
        ("run-all = 3", "must be a key", "R"),
        ('stop = "n"', "'n' does both", "note"),
        ('stop = "ctrl+enter"', "not a key that every terminal sends", "ctrl+x"),
        ("stop = [", "is not TOML", "run-all"),
    ],
)
def test_wrong_keys_are_told_with_file_line_and_help(text: str, what: str, todo: str, tmp_path: Path) -> None:
    path = keys(tmp_path, "# mine\n" + text)
    with pytest.raises(UsageError) as caught:
        load_keymap(path)
    assert what in caught.value.what
    assert todo in caught.value.todo
    assert caught.value.where.startswith(str(path))


def test_line_of_the_wrong_key_is_named(tmp_path: Path) -> None:
    path = keys(tmp_path, '\n# mine\nquit = "Q"\nnonsense = "x"\n')
    with pytest.raises(UsageError) as caught:
        load_keymap(path)
    assert caught.value.where == f"{path}:4"


def test_no_keys_file_is_no_error(tmp_path: Path) -> None:
    assert load_keymap(tmp_path / "none.toml").keys("quit") == ("q", "ctrl+q")
    assert keys_file({"XDG_CONFIG_HOME": "/c"}) == Path("/c/casapilot/keys.toml")


def test_copy_offers_to_the_terminal_and_writes_the_file(tmp_path: Path) -> None:
    offered: list[str] = []
    said = copy_text("a()\nb()", tmp_path / "live" / "yank.txt", offered.append, {"TERM": "xterm"})
    assert offered == ["a()\nb()"]
    assert (tmp_path / "live" / "yank.txt").read_text() == "a()\nb()\n"
    assert "offered" in said
    assert "live/yank.txt" in said


def test_copy_never_claims_more_than_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").write_text("")
    offered: list[str] = []
    said = copy_text("a()", tmp_path / "file" / "yank.txt", offered.append, {"TERM": "screen", "TMUX": "x"})
    assert "tmux" not in said
    assert "NOT written" in said
    assert "offered" not in said


def test_copy_in_tmux_goes_through_tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmux = tmp_path / "tmux"
    tmux.write_text(f'#!/bin/sh\ncat > {tmp_path}/got; echo "$@" > {tmp_path}/how\n')
    tmux.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    said = copy_text("a()", tmp_path / "yank.txt", lambda text: None, {"TERM": "screen", "TMUX": "x"})
    assert "given to tmux" in said
    assert (tmp_path / "got").read_text() == "a()"
    assert (tmp_path / "how").read_text() == "load-buffer -w -\n"


def test_editor_and_pager_are_the_persons_own(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    assert editor_command({"EDITOR": "vim -n"}, path, 12) == ["vim", "-n", "+12", str(path)]
    assert editor_command({"EDITOR": "nano", "VISUAL": "code -w"}, path, 12) == ["code", "-w", str(path)]
    assert editor_command({}, path, 1) == []
    assert pager_command({}, path) == ["less", str(path)]
    with pytest.raises(UsageError):
        editor_command({"EDITOR": "vim '"}, path, 1)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(initials=NAMES, titles=st.lists(NAMES, max_size=5))
def test_what_is_remembered_is_read_back(
    initials: str, titles: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("state") / "casapilot" / "recent.toml"
    recent = Recent(initials, tuple(Known(Path(f"/d/{n}"), t, float(n)) for n, t in enumerate(titles)))
    save_recent(recent, path)
    assert load_recent(path) == recent


def test_broken_state_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    path = keys(tmp_path, "initials = [")
    assert load_recent(path) == Recent()
    assert state_file({"XDG_STATE_HOME": "/s"}) == Path("/s/casapilot/recent.toml")


def test_opened_last_comes_first_once() -> None:
    recent = Recent().opened(Path("/a"), "A", 1).opened(Path("/b"), "B", 2).opened(Path("/a"), "A", 3)
    assert [known.path for known in recent.mous] == [Path("/a"), Path("/b")]


def test_folders_with_a_mous_are_found_and_not_entered(tmp_path: Path) -> None:
    for name in ("a", "b/c", "b/c/inside", ".hidden", "x.ms/y", "1/2/3/4/5"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "mous.toml").write_text("")
    found = {str(folder.relative_to(tmp_path)) for folder in mous_folders(tmp_path)}
    assert found == {"a", "b/c"}


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_terminal_that_cannot_draw_is_refused_with_words(
    term: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    with pytest.raises(UsageError) as caught:
        app_module.open_mous(tmp_path)
    assert "casapilot status" in caught.value.todo


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        app_module.open_mous(tmp_path / "none")


def test_screens_need_neither_casa_nor_git_nor_a_parser_to_begin() -> None:
    heavy = ["git", "tree_sitter", "casatools", "casatasks", "numpy", "tomlkit", "textual.widgets._text_area"]
    code = f"import sys, casapilot.tui.app; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
