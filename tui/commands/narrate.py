"""The journal told as lines while a run goes on; with several EBs each line says of which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...steps.checklist.model import Key

if TYPE_CHECKING:
    from ...steps.journal import Event

__all__ = ["Narrator"]


class Narrator:
    """Tells events, one line each.

    Parameters
    ----------
    several : bool
        Whether there are several EBs: their lines come mixed then.
    """

    def __init__(self, several: bool) -> None:
        self._several = several
        self._ebs: dict[str, str] = {}

    def tell(self, event: Event) -> str:
        """Return the event as a line, or nothing."""
        if event.kind == "item-started":
            self._ebs[str(event.get("run"))] = str(event.get("eb"))
        line = _line(event)
        if not line or not self._several or event.kind == "item-started":
            return line
        eb = Key.parse(str(event.get("key"))).eb if event.get("key") else ""
        return f"{eb or self._ebs.get(str(event.get('run')), '?')}: {line}"


def _line(event: Event) -> str:
    if event.kind == "item-started":
        step = event.get("step")
        return f"{event.get('eb')}: {event.get('title')}" + ("" if step is None else f" (step {step:g})")
    if event.kind == "call-started":
        return f"    {str(event.get('text'))[:140]}"
    if event.kind == "call-ended" and event.get("error"):
        return f"    {event.get('task')}: {event.get('error')}"
    if event.kind == "flags-restored":
        return f"  flags of {event.get('ms')} restored to {event.get('version')}"
    if event.kind == "item-refused":
        return f"  {event.get('key')}: {event.get('reason')} {event.get('todo') or ''}".rstrip()
    return _ended(event) if event.kind == "item-ended" else ""


def _ended(event: Event) -> str:
    percent, seconds = event.get("flagged_percent"), event.get("seconds")
    words = [str(event.get("status"))]
    words += [f"{seconds:.1f} s"] if seconds is not None else []
    words += [f"{percent:.1f} % flagged"] if percent is not None else []
    words += [str(event.get("text"))] if event.get("text") else []
    return "  " + ", ".join(words)
