"""A call by hand put into the script: where, the diff, the reason, the commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..widgets.paint import Line
from .edit import broken_by, text_diff
from .text import TextScreen, diff_lines

if TYPE_CHECKING:
    from ...steps.run.taskcall import TaskCall
    from .console import ConsoleScreen

__all__ = ["put_into_script"]

Choose = Callable[..., Awaitable[Any]]


async def put_into_script(screen: ConsoleScreen, call: TaskCall, choose: Choose) -> str | None:
    """Let a person put a call into the script of the EB; the commit, or None."""
    session, app = screen.session, screen.casapilot
    row = screen.main.items.row
    here = row.key if row is not None and row.key.eb == screen.eb else None
    places = await screen.ask(session.places_for, screen.eb, call, here)
    if not places:
        screen.say(("no step fits it: go to an item with a step, and come back, or edit the script", "warn"))
        return None
    options = [(str(n), place.words, str(n), "") for n, place in enumerate(places, 1)]
    answer = await choose("Where in the script?", [(call.text, "code")], options)
    if not answer:
        return None
    place = places[int(answer) - 1]
    from .dialogs import Field, Form

    fields = [Field("why", "Why", "", True), Field("initials", "Your initials", app.initials, True)]
    about = [("The reason goes into the history, and above the call.", "dim"), ("", "")]
    values = await app.push_screen_wait(Form("Put it into the script", about, fields))
    if not values:
        return None
    app.remember_initials(values["initials"])
    path = session.mous.eb(screen.eb).script
    before = path.read_bytes()
    after = await screen.ask(session.with_call, screen.eb, place, call, values["why"], values["initials"])
    said: list[Line] = [[(f" {place.words}", "accent")], ()]
    if broken := broken_by(before, after):
        said.insert(0, [(f" Python does not take it any more: {broken}", "bad")])
    lines = [*said, *diff_lines(text_diff(before, after, path.name))]
    diff = TextScreen(f"What would change in {path.name}", lines, [("enter", "save", "save")])
    if await app.push_screen_wait(diff) != "save":
        return None
    commit: str = await screen.ask(session.save_script, path, after, values["why"], values["initials"])
    return commit
