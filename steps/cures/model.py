"""A change that is proposed, as values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Proposal"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change that may cure a finding; nothing is done until a person accepts it."""

    kind: str
    """Its kind: "wvrflag", "flag-antenna", "combine-spw"; never changes."""
    finding: str
    """Id of the finding."""
    title: str
    """One line for a person: "Flag DA41 in scan 10"."""
    why: str
    """The reason, as it goes into the script's comment and the history."""
    item: str
    """The item whose step it changes: to be run again first."""
    content: bytes = b""
    """The whole script with the change; empty where the cure is no edit."""
    diff: str = ""
    """The change as a unified diff."""
    action: str = ""
    """What is done instead of an edit, in words of `run`: "restore", "remove-flagversions"."""
    already: bool = False
    """Whether the script does so already: what is left is to run it again."""
