"""The record of a reduction: git, one event one commit, and the run records in it."""

from __future__ import annotations

from .commit import commit_event
from .history import HistoryEntry, blob, diff, read_history
from .init import Started, init_repo

__all__ = ["HistoryEntry", "Started", "blob", "commit_event", "diff", "init_repo", "read_history"]
