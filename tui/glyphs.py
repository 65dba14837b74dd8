"""The signs of the screen, in Unicode and in ASCII; and when the terminal can show only the latter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..steps.checklist.model import State

__all__ = ["ASCII", "UNICODE", "WORDS", "Glyphs", "clean", "to_ascii", "wants_ascii"]

#: State -> the word in the list: a state is never told by its colour alone.
WORDS = {
    State.TODO: "todo",
    State.RUNNING: "runs",
    State.DONE: "done",
    State.WARNED: "warn",
    State.FAILED: "FAIL",
    State.SKIPPED: "skip",
    State.STALE: "stale",
    State.LOST: "LOST",
}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs, all one column wide."""

    states: Mapping[State, str]
    rule: str
    wall: str
    floor: str
    """Where a wall stands on a rule."""
    full: str
    empty: str
    bullet: str
    more: str
    dot: str
    prompt: str
    up: str
    down: str
    arrow: str


UNICODE = Glyphs(
    states={
        State.TODO: "·",
        State.RUNNING: "▸",
        State.DONE: "✓",
        State.WARNED: "!",
        State.FAILED: "✗",
        State.SKIPPED: "-",
        State.STALE: "~",
        State.LOST: "?",
    },
    rule="─",
    wall="│",
    floor="┴",
    full="━",
    empty="─",
    bullet="•",
    more="…",
    dot="·",
    prompt="›",
    up="↑",
    down="↓",
    arrow="→",
)

ASCII = Glyphs(
    states={
        State.TODO: ".",
        State.RUNNING: ">",
        State.DONE: "v",
        State.WARNED: "!",
        State.FAILED: "F",
        State.SKIPPED: "-",
        State.STALE: "~",
        State.LOST: "?",
    },
    rule="-",
    wall="|",
    floor="+",
    full="#",
    empty="-",
    bullet="*",
    more="~",
    dot="-",
    prompt=">",
    up="^",
    down="v",
    arrow=">",
)

_POOR_TERMINALS = ("linux", "vt100", "vt102", "vt220", "dumb", "ansi")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_BREAKS = re.compile(r"[ \t]*[\n\r\v\f\x85\u2028\u2029]+[ \t]*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_REPLACED = {
    **dict.fromkeys("─━┄┈╌═▔▁", "-"),
    **dict.fromkeys("│┃┆┊║▏▎▍▌▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝", "+"),
    **dict.fromkeys("█▉▊▋▇▆▅▄▃▂", "#"),
    **dict.fromkeys("•●◆■", "*"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’‚", "'"),
    **dict.fromkeys("–—−‐‑", "-"),
    "…": "~",
    "·": ".",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "✓": "v",
    "✗": "F",
    "▸": ">",
    "›": ">",
    "°": "d",
    "µ": "u",
    "μ": "u",
    "±": "~",
    "×": "x",
    "\u00a0": " ",
}


def wants_ascii(environ: Mapping[str, str]) -> bool:
    """Whether this terminal may not show Unicode: an old kind, or a locale that is not UTF-8."""
    if environ.get("TERM", "") in _POOR_TERMINALS:
        return True
    names: tuple[str, ...] = ("LC_ALL", "LC_CTYPE", "LANG")
    if environ.get("LC_CTYPE") == "C.UTF-8" and environ.get("LANG", "C") in ("", "C", "POSIX"):
        names = ("LC_ALL", "LANG")  # Python itself sets LC_CTYPE so when the locale is C (PEP 538)
    locale = next((environ[name] for name in names if environ.get(name)), "")
    return not re.search(r"utf-?8", locale, re.IGNORECASE)


def clean(text: str, tab: int = 8) -> str:
    """Text of others made safe to show: no escape sequences, no control characters, tabs as spaces."""
    if text.isprintable():
        return text
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _CONTROLS.sub("", _BREAKS.sub(" ", text).expandtabs(tab))


@lru_cache(4096)
def to_ascii(text: str) -> str:
    """`text` in ASCII, as wide on the screen as it was."""
    return text if text.isascii() else "".join(_ascii(character) for character in text)


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    if character in _REPLACED:
        return _REPLACED[character]
    if unicodedata.combining(character):
        return ""
    base = unicodedata.normalize("NFKD", character)[0]
    if base.isascii() and base.isprintable():
        return base
    return "??" if unicodedata.east_asian_width(character) in "WF" else "?"
