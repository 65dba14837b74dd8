"""Questions on the terminal: plain prompts, with a default and help."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from ...steps.errors import CasapilotError, NeedsPerson
from ._common import plain, say

__all__ = ["ask", "choose", "is_terminal", "yes"]

T = TypeVar("T")


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, read: Callable[[str], T], *, default: str = "", why: str = "") -> T:
    """Ask until `read` takes the answer; an empty one is the default, ``?`` gets the reason.

    Parameters
    ----------
    read : callable
        Makes something of the answer; CasapilotError where it cannot.
    why : str
        What to say to ``?``.
    """
    hint = f" [{default}]" if default else ""
    while True:
        answer = _line(f"{question}{hint}: ") or default
        if answer == "?":
            say(f"  {why or 'There is no more to say.'}")
            continue
        try:
            return read(answer)
        except CasapilotError as error:
            say(f"  {error.what}. {error.todo}")


def choose(question: str, choices: Mapping[str, str], *, default: str = "", why: str = "") -> str:
    """Ask for one of a few words, each shown with what it means; its first letters will do."""
    say(question)
    for name, meaning in choices.items():
        say(f"  {name:6} {meaning}")

    def read(answer: str) -> str:
        found = [name for name in choices if answer and name.startswith(answer.lower())]
        if len(found) != 1:
            raise CasapilotError(f"{answer!r} is none of them", "", f"Type one of: {', '.join(choices)}.")
        return found[0]

    return ask("Which", read, default=default, why=why)


def yes(question: str) -> bool:
    """Ask for a yes; anything else is a no."""
    return _line(f"{question} [y/N]: ").lower() in ("y", "yes")


def _line(prompt: str) -> str:
    print(plain(prompt), end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise NeedsPerson("the answers ended before the questions", "", "Nothing has been changed.")
    return line.strip()
