"""Scripts as code, and their errors in their own lines."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from casapilot.steps.casa.scripts import Scripts, describe, is_interrupt, script_traceback
from casapilot.steps.errors import ScriptError
from hypothesis import given
from hypothesis import strategies as st


def caught(path: Path, text: str) -> BaseException:
    path.write_text(text)
    try:
        exec(Scripts().code(str(path)), {})
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_same_text_is_compiled_once(tmp_path: Path) -> None:
    path, scripts = tmp_path / "s.py", Scripts()
    path.write_text("x = 1\n")
    first = scripts.code(str(path))
    assert scripts.code(str(path)) is first


def test_a_text_of_the_same_size_and_date_is_seen_to_have_changed(tmp_path: Path) -> None:
    path, scripts = tmp_path / "s.py", Scripts()
    for value in (1, 2):
        path.write_text(f"x = {value}\n")
        os.utime(path, (1, 1))
        names: dict[str, int] = {}
        exec(scripts.code(str(path)), names)
        assert names["x"] == value


def test_the_imports_of_this_room_do_not_change_how_a_script_is_compiled(tmp_path: Path) -> None:
    path, names = tmp_path / "s.py", {}
    path.write_text("def f(x: int): pass\nkind = f.__annotations__['x']\n")
    exec(Scripts().code(str(path)), names)
    assert names["kind"] is int


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1\nprint 'a'\n", 2, "print statement"),
        ("exec 'x = 1'\n", 1, "exec statement"),
        ("try:\n  pass\nexcept IOError, e:\n  pass\n", 3, "except X, name"),
        ("raise ValueError, 'no'\n", 1, "raise X, text"),
        ("if 1 <> 2: pass\n", 1, "<> for !="),
        ("x = `1`\n", 1, "backquotes for repr()"),
        ("x = 0755\n", 1, "octal number such as 0755"),
        ("x = 10L\n", 1, "long integer such as 1L"),
        ("if 1:\n\tx = 1\n        y = 1\n", 3, "tabs mixed with blanks"),
    ],
)
def test_python_2_is_called_by_its_name_and_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(text)
    with pytest.raises(ScriptError) as raised:
        Scripts().code(str(path))
    assert raised.value.what == f"Python 2 syntax at line {line}: {what}"
    assert raised.value.where == f"{path}:{line}" and "Convert" in raised.value.todo


@pytest.mark.parametrize(
    "text", [b"x = (\n", b"x = 'a\n", b"\x00", b"x = '\xe9'\n", b"# coding: nonsense\n", b"(" * 9999]
)
def test_what_is_no_python_at_all_is_an_error_that_names_the_file(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(text)
    with pytest.raises(ScriptError) as raised:
        Scripts().code(str(path))
    assert str(path) in raised.value.where and "Python 2" not in raised.value.what


@given(text=st.binary(max_size=60))
def test_any_bytes_are_code_or_a_script_error(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.py"
    path.write_bytes(text)
    try:
        Scripts().code(str(path))
    except ScriptError as error:
        assert str(path) in error.where


def test_a_missing_script_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="No such file"):
        Scripts().code(str(tmp_path / "none.py"))


def test_windows_line_ends_are_as_good_as_others(tmp_path: Path) -> None:
    path, names = tmp_path / "s.py", {}
    path.write_bytes(b"x = 1\r\nif x:\r\n    y = 2\r\n")
    exec(Scripts().code(str(path)), names)
    assert names["y"] == 2


def test_a_traceback_shows_what_was_run_also_after_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    error = caught(path, "def inner():\n    1 / 0\n\ninner()\n")
    path.write_text("something else\n" * 4)
    text = script_traceback(error, str(path))
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert "line 4, in <module>\n    inner()" in text and "1 / 0" in text
    assert text.endswith("ZeroDivisionError: division by zero\n") and __file__ not in text


def test_endless_recursion_gives_a_short_traceback(tmp_path: Path) -> None:
    error = caught(tmp_path / "s.py", "def f(x):\n    g(x)\ndef g(x):\n    f(x)\nf(1)\n")
    assert len(script_traceback(error, str(tmp_path / "s.py"))) < 17000


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("LockFile.cc : 375 Failed AlwaysAssert"), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (RuntimeError("No valid data"), "RuntimeError: No valid data"),
        (MemoryError(), "out of memory (MemoryError)"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_error_is_described_by_what_it_means(error: BaseException, said: str) -> None:
    assert describe(error).startswith(said)


def test_an_error_is_described_with_its_line_in_the_script(tmp_path: Path) -> None:
    error = caught(tmp_path / "s.py", "x = 1\n\nint('a')\n")
    assert describe(error, str(tmp_path / "s.py")).startswith("line 3: ValueError: invalid literal")


def test_an_interrupt_is_known_also_as_it_comes_back_through_casa() -> None:
    wrapped = SystemError("returned a result with an exception set")
    assert not is_interrupt(wrapped)
    wrapped.__cause__ = KeyboardInterrupt()
    assert is_interrupt(wrapped) and is_interrupt(KeyboardInterrupt()) and not is_interrupt(None)
