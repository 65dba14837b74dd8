"""The help: what the keys do where one is, why some do not, and how to do the same without the screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ..actions import ACTIONS, Action, Situation, reason
from ..keymap import Keymap, key_name
from ..overview import ebs_of
from ..widgets.paint import Line
from .text import TextScreen

__all__ = ["help_screen", "keys_screen"]

_ABOUT = 50
"""Columns for what an action does: its name stands behind it at 80, too."""
_PANES = {
    "list": "The list of items",
    "why": "Why, what to look for, what came out",
    "script": "The script",
    "log": "The log",
    "flags": "The flags",
    "plots": "The plots",
    "history": "The history",
}


_SIGNS = (
    "todo: CASA's to do    judge, pick, read: yours to do    queue: waits its turn",
    "runs    done    warn: done, but look    FAIL    stop: a person stopped it",
    "noted: it warned of what is mended since, or is only worth knowing",
    "stale: what it rests on changed later    LOST: its CASA process died",
    "skip: left out, by a person or as it does not apply",
    "+0.3: percentage points of flags added    2w: two warnings    DV12: the worst",
)


def help_screen(here: Situation, keymap: Keymap, headless: str) -> TextScreen:
    """The help for the pane that has the focus."""
    return TextScreen(f"Help: {_PANES[here.pane].lower()}", list(_lines(here, keymap, headless)))


def keys_screen(title: str, keys: Iterable[tuple[str, str]]) -> TextScreen:
    """The help of a screen whose keys cannot be changed: each key, and what it does."""
    lines: list[Line] = [()]
    for key, about in keys:
        first, *more = textwrap.wrap(about, _ABOUT + 12)
        lines += [
            [(f"   {key:<10} ", "key"), (first, "text")],
            *([(" " * 14 + each, "text")] for each in more),
        ]
    return TextScreen(f"Help: {title[0].lower()}{title[1:]}", lines)


def _lines(here: Situation, keymap: Keymap, headless: str) -> Iterator[Line]:
    def of(pane: str) -> list[Action]:
        hidden = "" if len(ebs_of(here.snapshot)) > 1 else "EB"
        return [action for action in ACTIONS if action.pane == pane and action.group != hidden]

    yield from _section(_PANES[here.pane], of(here.pane), here, keymap)
    items = [action for action in of("main") if action.group != "view"]
    views = [action for action in of("main") if action.group == "view"]
    yield from _section("The item under the cursor", items, here, keymap)
    yield from _section("The screen", views, here, keymap)
    yield from _section("Moving", of("move"), here, keymap)
    yield [(" The same without the screen", "title")]
    yield [("   " + headless, "code")]
    yield ()
    yield [(" Signs", "title")]
    yield from ([("   " + text, "text")] for text in _SIGNS)
    yield ()
    yield [(" Keys can be changed in ~/.config/casapilot/keys.toml, by the names on the", "dim")]
    yield [(' right. As in:  run-all = "R"', "dim")]


def _section(title: str, actions: Iterable[Action], here: Situation, keymap: Keymap) -> Iterator[Line]:
    actions = list(actions)
    if not actions:
        return
    yield [(f" {title}", "title")]
    for action in actions:
        keys = " ".join(key_name(key) for key in keymap.keys(action.id)) or "(no key)"
        why_not = reason(action, here)
        first, *more = textwrap.wrap(action.about, _ABOUT)
        yield [
            (f"   {keys:<10} ", "faint" if why_not else "key"),
            (f"{first:<{_ABOUT}}", "dim" if why_not else "text"),
            (f" {action.id}", "faint"),
        ]
        yield from ([(f"   {'':<10} {line}", "dim" if why_not else "text")] for line in more)
        if why_not:
            yield [(f"   {'':<10} not now: {why_not}", "warn")]
    yield ()
