"""How an edit marks itself: a comment line above what it changed, with initials, date and reason."""

from __future__ import annotations

import datetime
import getpass
import re
import unicodedata
from dataclasses import dataclass, field

from .source import Source

__all__ = ["COMMENTED_OUT", "Mark", "encoded"]

#: The mark of a call that was commented out; group 1 is the number of lines under it.
COMMENTED_OUT = re.compile(rb"[ \t\f]*# [^\r\n]*?\d{4}-\d\d-\d\d: commented out \((\d+) lines?\)")
_LONGEST = 300


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def _today() -> str:
    return datetime.date.today().isoformat()


@dataclass(frozen=True, slots=True)
class Mark:
    """Who edits, when and why.

    Parameters
    ----------
    reason : str
        In a few words; line breaks become blanks.
    initials : str
        Of the person; the login name when not given.
    date : str
        ISO 8601; today when not given.
    """

    reason: str
    initials: str = field(default_factory=_user)
    date: str = field(default_factory=_today)

    def comment(self, what: str) -> str:
        """The comment for an edit that does `what`."""
        text = f"# {self.initials} {self.date}: {what}" + (f": {self.reason}" if self.reason.strip() else "")
        words = " ".join(text.split())
        return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


def encoded(source: Source, text: str) -> bytes:
    """A comment in the encoding of the script; accents are dropped where the script is plain ASCII.

    Python 2 takes no other byte in a file that does not declare its encoding.
    """
    encoding = "ascii" if source.content.isascii() else source.encoding
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", text)
        return "".join(letter for letter in plain if not unicodedata.combining(letter)).encode(
            encoding, "replace"
        )
