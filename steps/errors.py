"""Every error casapilot shows, in one tree.

CasapilotError
├── UsageError          the command line asks for something that does not exist
├── MousError           a MOUS folder or its mous.toml
├── ChecklistError      a checklist or ticks.toml (file, line, key)
├── AsdmError           an ASDM directory
├── ScriptError         a reduction script or an edit of it
├── JournalError        the file of events
├── FlagError           flag counts and flag versions
├── RecordError         git
├── CasaError           CASA is missing, does not start, or a disk is full
├── ControlError        another process of ours cannot be reached
│   └── WorkerLost      the CASA process died in the middle of something
└── NeedsPerson         nothing is wrong: somebody has to confirm or decide first

Each says what happened, where, and what to do. This file also runs inside CASA's own Python (3.8+).
"""

from __future__ import annotations

__all__ = [
    "AsdmError",
    "CasaError",
    "CasapilotError",
    "ChecklistError",
    "ControlError",
    "FlagError",
    "JournalError",
    "MousError",
    "NeedsPerson",
    "RecordError",
    "ScriptError",
    "UsageError",
    "WorkerLost",
]


class CasapilotError(Exception):
    """What happened, where, and what to do about it.

    Parameters
    ----------
    what : str
        One sentence: what is wrong.
    where : str
        File (with ``:line`` where known), MS, host; empty when it goes without saying.
    todo : str
        What the person can do now.
    """

    exit_code = 2
    title = "Error"

    def __init__(self, what: str, where: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo

    def __str__(self) -> str:
        text = self.what if not self.where else f"{self.where}: {self.what}"
        return text if not self.todo else f"{text}\n  {self.todo}"


class UsageError(CasapilotError):
    """The command line asks for something that does not exist."""

    title = "Usage"


class MousError(CasapilotError):
    """A MOUS folder or its mous.toml."""

    title = "MOUS"


class ChecklistError(CasapilotError):
    """A checklist or ticks.toml; ``where`` is ``file:line``."""

    title = "Checklist"


class AsdmError(CasapilotError):
    """An ASDM directory."""

    title = "ASDM"


class ScriptError(CasapilotError):
    """A reduction script or an edit of it."""

    title = "Script"


class JournalError(CasapilotError):
    """The file of events."""

    title = "Journal"
    exit_code = 4


class FlagError(CasapilotError):
    """Flag counts and flag versions."""

    title = "Flags"


class RecordError(CasapilotError):
    """The git repository of the MOUS."""

    title = "History"
    exit_code = 4


class CasaError(CasapilotError):
    """CASA is missing, does not start, or has no room to work."""

    title = "CASA"
    exit_code = 4


class ControlError(CasapilotError):
    """Another process of ours cannot be reached."""

    title = "Connection"
    exit_code = 4


class WorkerLost(ControlError):
    """The CASA process died in the middle of something."""

    title = "CASA process lost"


class NeedsPerson(CasapilotError):
    """Nothing is wrong: somebody has to confirm or decide first."""

    title = "Your decision"
    exit_code = 3
