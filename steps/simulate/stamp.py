"""Times as people write them."""

from __future__ import annotations

import datetime

__all__ = ["utc"]


def utc(mjd_s: float) -> str:
    """Return MJD seconds as ISO 8601, to the second."""
    epoch = datetime.datetime(1858, 11, 17)
    return (epoch + datetime.timedelta(seconds=round(mjd_s))).isoformat() + "Z"
