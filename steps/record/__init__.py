"""The record of a reduction: git, one event one commit, and the run records in it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .commit import commit_event
    from .history import HistoryEntry, diff, read_history
    from .init import Started, init_repo
    from .message import Message

__all__ = [
    "HistoryEntry",
    "Message",
    "Started",
    "commit_event",
    "diff",
    "init_repo",
    "read_history",
]

#: Each is imported when it is asked for: the first screen needs the run records only.
_HOMES = {
    "HistoryEntry": "history",
    "Message": "message",
    "Started": "init",
    "commit_event": "commit",
    "diff": "history",
    "init_repo": "init",
    "read_history": "history",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
