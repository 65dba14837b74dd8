"""What a terminal can show of pictures: told by its name, or asked of it with little patience."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Mapping

from .glyphs import wants_ascii
from .pictures import Ability

__all__ = ["ability_of", "ask_terminal", "cell_pixels", "passed_through"]

PATIENCE_S = 0.3
"""So long an answer is awaited; those that know the question answer at once, over a slow line too."""
QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Whether it knows kitty's graphics; then what it is, which all answer."""
BY_KITTY = ("kitty", "ghostty", "wezterm")
BY_SIXEL = ("foot", "mlterm", "iterm.app", "mintty", "contour", "yaft")
CELL = (8, 16)
"""Pixels of a character where the terminal does not tell."""


def ability_of(
    environ: Mapping[str, str],
    ask: Callable[[str], str] | None = None,
    tmux: Callable[..., str] | None = None,
) -> Ability:
    """How the terminal shows pictures.

    Parameters
    ----------
    ask : callable, optional
        Sends a question and returns the answer; where None, or where it is silent, the names decide.
    tmux : callable, optional
        Asks tmux; for tests.
    """
    if wants_ascii(environ):
        return Ability.ASCII
    if environ.get("TMUX"):
        return _in_tmux(environ, ask, tmux or _tmux)
    if environ.get("STY") or environ.get("TERM", "").startswith("screen"):
        return _by_colours(environ)
    found = _told(ask(QUESTION)) if ask else None
    return found or _by_name(environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")) or _by_colours(environ)


def _in_tmux(
    environ: Mapping[str, str], ask: Callable[[str], str] | None, tmux: Callable[..., str]
) -> Ability:
    """A tmux may know sixels itself; kitty's graphics it lets through only where it is allowed to."""
    if ask and _told(ask("\x1b[c")) is Ability.SIXEL:
        return Ability.SIXEL
    if tmux("show", "-gv", "allow-passthrough") in ("on", "all"):
        outside = tmux("display", "-p", "#{client_termname}")
        if _by_name(outside, "") is Ability.KITTY:
            return Ability.KITTY
    return _by_colours(environ)


def _told(answer: str) -> Ability | None:
    if "_Gi=31;OK" in answer:
        return Ability.KITTY
    attributes = re.search(r"\x1b\[\?([\d;]+)c", answer)
    return Ability.SIXEL if attributes and "4" in attributes.group(1).split(";")[1:] else None


def _by_name(term: str, program: str) -> Ability | None:
    names = (term.removeprefix("xterm-").split("-")[0].lower(), program.lower())
    if any(name in BY_KITTY for name in names):
        return Ability.KITTY
    return Ability.SIXEL if any(name in BY_SIXEL for name in names) else None


def _by_colours(environ: Mapping[str, str]) -> Ability:
    if environ.get("NO_COLOR"):
        return Ability.ASCII
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Ability.TRUE_COLOUR
    return Ability.COLOURS_256 if "256" in environ.get("TERM", "") else Ability.ASCII


def ask_terminal(question: str) -> str:
    """What the terminal answers to a question; empty where there is none, or it is silent."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return ""
    try:
        before = termios.tcgetattr(terminal)
        tty.setcbreak(terminal, termios.TCSANOW)
        try:
            os.write(terminal, question.encode("ascii"))
            return _answer(terminal)
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)
    except (OSError, termios.error):
        return ""
    finally:
        os.close(terminal)


def _answer(terminal: int) -> str:
    said, end = b"", time.monotonic() + PATIENCE_S
    while (left := end - time.monotonic()) > 0 and not re.search(rb"\x1b\[\?[\d;]*c", said):
        if select.select([terminal], [], [], left)[0]:
            said += os.read(terminal, 1024)
    return said.decode("latin-1")


def _tmux(*words: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(["tmux", *words], capture_output=True, timeout=1, check=False)
        return done.stdout.decode(errors="replace").strip()
    return ""


def passed_through(text: str, environ: Mapping[str, str]) -> str:
    """Sequences for the terminal outside tmux."""
    if not environ.get("TMUX"):
        return text
    parts = re.findall(r"\x1b_.*?\x1b\\", text, re.DOTALL)
    escaped = (part.replace("\x1b", "\x1b\x1b") for part in parts)
    return "".join(f"\x1bPtmux;{part}\x1b\\" for part in escaped)


def cell_pixels() -> tuple[int, int]:
    """Width and height of a character, in pixels."""
    with contextlib.suppress(OSError, ValueError):
        packed = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
        rows, columns, width, height = struct.unpack("HHHH", packed)
        if rows and columns and width and height:
            return width // columns, height // rows
    return CELL


def size() -> tuple[int, int]:
    """Columns and rows."""
    found = shutil.get_terminal_size((80, 24))
    return found.columns, found.lines
