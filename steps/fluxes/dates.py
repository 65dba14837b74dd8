"""Dates: as people write them, as an ASDM has them, as the catalogue wants them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from ..errors import UsageError

__all__ = ["date_of_mjd", "parse_date", "read_date", "service_date", "stamp", "today"]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ISO = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T ].*)?")
_NAMED = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})[- ](\d{4})")
_MJD_ZERO = date(1858, 11, 17)


def read_date(text: str) -> date | None:
    """A date as 2016-06-12 (a time may follow), 20160612 or 12-June-2016; None where it is none."""
    text = text.strip()
    iso, named = _ISO.fullmatch(text), _NAMED.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if named:
            return date(int(named[3]), _month(named[2]), int(named[1]))
    except ValueError:
        pass
    return None


def _month(name: str) -> int:
    """Number of an English month, given by three letters or more; 0 where it is none."""
    return next((n for n, month in enumerate(_MONTHS, 1) if month.lower().startswith(name.lower())), 0)


def parse_date(text: str) -> date:
    """As `read_date`; UsageError where it is no date."""
    found = read_date(text)
    if found is None:
        raise UsageError(f"{text!r} is not a date", "", "Write it as 2016-06-12.")
    return found


def service_date(day: date) -> str:
    """As the catalogue wants it, whatever the locale.

    >>> service_date(date(2013, 3, 27))
    '27-March-2013'
    """
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def date_of_mjd(time_s: float) -> date:
    """The day, UTC, of a time of an MS or ASDM.

    Parameters
    ----------
    time_s : float, s
        Modified Julian date.
    """
    return _MJD_ZERO + timedelta(days=int(time_s // 86400))


def stamp(unix_s: float) -> str:
    """A unix time (s) as it is kept: 2026-11-22T19:30:00Z."""
    return datetime.fromtimestamp(unix_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def today(unix_s: float) -> date:
    """The day, UTC, of a unix time (s)."""
    return datetime.fromtimestamp(unix_s, timezone.utc).date()
