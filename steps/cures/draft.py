"""A cure before it meets a script: what it is called, and the edit that it would make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..script import Mark, Script

__all__ = ["Draft", "Edit"]

Edit = Callable[[Script, Mark], Script]
"""Makes the change; gives the same script back where that does it already. ScriptError where it cannot."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One way to cure a finding."""

    title: str
    item: str
    edit: Edit | None = None
    why: str = ""
    """The reason; what the finding says when empty."""
    action: str = ""
    todo: str = ""
    cost: str = ""
    name: str = ""
    targets: tuple[str, ...] = ()
