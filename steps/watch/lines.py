"""One line of a CASA log, whatever CASA wrote it and however it was copied.

A log line is ``YYYY-MM-DD HH:MM:SS<TAB>LEVEL<TAB>origin<TAB>message`` in every CASA from 4.2 to 6.7. Copies
from terminals, notebooks and issue trackers have blanks for tabs, and something before the time stamp.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import NamedTuple

__all__ = ["LogLine", "decode", "iso", "parse", "seconds_between", "strip_escapes"]


class LogLine(NamedTuple):
    """One line of a log."""

    time: str
    """Time stamp as written, ``YYYY-MM-DD HH:MM:SS``, UTC."""
    level: str
    """INFO, WARN, SEVERE, DEBUG1...; as written."""
    origin: str
    """Where in CASA it comes from, without the mark of a continued message; may be empty."""
    message: str
    """May be empty; leading blanks are kept where tabs separate the fields."""
    continued: bool
    """Whether it goes on with the message of the line before."""

    @property
    def task(self) -> str:
        """The task its origin names first, or empty: ``gaincal`` for ``gaincal::::casa``."""
        return self.origin.partition(":")[0]

    @property
    def is_warning(self) -> bool:
        """Whether CASA meant somebody to read it."""
        return self.level in _WARNINGS


_WARNINGS = frozenset({"WARN", "SEVERE", "WARNING", "ERROR", "CRITICAL", "FATAL"})
_STAMP = r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2})"
_PLAIN = re.compile(_STAMP + r"(?:\.\d+)?\t([A-Z]+\d?)(?:\t([^\t]*)(?:\t(.*))?)?$", re.DOTALL)
_COPIED = re.compile(
    _STAMP
    + r"(?:\.\d+)?[ \t]+(INFO\d?|WARN|SEVERE|DEBUG\d?|WARNING|ERROR|CRITICAL|FATAL)(?:(:)(?!:)|(?=\s)|$)",
)
#: An origin that names its class: ``Calibrater::correct2 (VI2/VB2)``, ``a::b(Double) (file x.cc, line 1)``.
_ORIGIN = re.compile(
    r"(?P<origin>[^\s:]*::\S*?(?:\([^()]*\))?(?: const)?(?: \[[^\]]*\])?(?: \([^()]*\))?)"
    r" ?(?P<plus>\+?)(?=\s|$)\t?"
)
#: An origin of one word: only believed when a gap follows.
_WORD = re.compile(r"(?P<origin>[\w.]*)(?P<plus>\+?)(?:\t|  |$)")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -/]*[0-~])"
)
_WIDEST_TAB = 8


def decode(line: bytes) -> str:
    """Text of a raw line, without its end; what is not UTF-8 is replaced."""
    return line.decode("utf-8", "replace").rstrip("\r\n")


def strip_escapes(text: str) -> str:
    """The text without terminal control sequences (colours, titles, cursor movements)."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def parse(text: str) -> LogLine | None:
    """Read one line; None when it is not of a log.

    Parameters
    ----------
    text : str
        Without its line end (a carriage return may be left).

    Returns
    -------
    LogLine or None
        The form of each CASA is in the module's description. With blanks for tabs the fields are found by
        the form of CASA's origins, so a one-word origin followed by a single blank is taken for message.
    """
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    match = _PLAIN.match(text)
    if match is None:
        return _parse_copy(text.rstrip("\r"))
    time, level, origin, message = match.groups()
    return _line(time, level, origin or "", message or "")


def _line(time: str, level: str, origin: str, message: str) -> LogLine:
    if message[-1:] == "\r":
        message = message.rstrip("\r")
    origin = origin.rstrip()
    if origin[-1:] == "+":
        return LogLine(time, level, origin[:-1].rstrip(), message, True)
    return LogLine(time, level, origin, message, False)


def _parse_copy(text: str) -> LogLine | None:
    if "\\t" in text and "\t" not in text:
        text = _unquote(text)
    match = _COPIED.search(text)
    if match is None:
        return None
    time, level, colon = match.groups()
    rest = text[match.end() :]
    if colon:
        return LogLine(time, level, "", rest.strip(), False)
    if rest[:1] == "\t":
        origin, _, message = rest[1:].partition("\t")
        return _line(time, level, origin, message)
    return _split_blanks(time, level, rest)


def _split_blanks(time: str, level: str, rest: str) -> LogLine:
    fields = rest.lstrip(" ")
    if len(rest) - len(fields) > _WIDEST_TAB:
        return LogLine(time, level, "", fields, False)
    found = _ORIGIN.match(fields) or _WORD.match(fields)
    if found is None:
        return LogLine(time, level, "", fields, False)
    return _line(time, level, found["origin"] + found["plus"], fields[found.end() :].lstrip(" "))


def _unquote(text: str) -> str:
    """The line inside a string literal, as a notebook's file holds it."""
    text = text.strip().rstrip(",").strip("\"'")
    if text.endswith("\\n"):
        text = text[:-2]
    return text.replace("\\t", "\t").replace('\\"', '"')


def iso(stamp: str) -> str:
    """The time stamp as ISO 8601, UTC."""
    return f"{stamp[:10]}T{stamp[11:19]}Z"


def seconds_between(start: str, end: str) -> float | None:
    """Seconds from one stamp to the other; None when one is not a time.

    Parameters
    ----------
    start, end : str
        ``YYYY-MM-DD HH:MM:SS`` with or without a fraction; both in the same time zone.
    """
    try:
        first = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
        last = datetime.fromisoformat(end).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return (last - first).total_seconds()
