"""One finding of `lint`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Severity"]


class Severity(str, Enum):
    """How bad it is."""

    ERROR = "error"
    """The script does not run, or gives a wrong result."""
    WARNING = "warning"
    """It may."""
    NOTE = "note"
    """To be seen to before delivery."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something suspicious, and what to do about it."""

    line: int
    code: str
    severity: Severity
    text: str
    todo: str
