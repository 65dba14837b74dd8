"""From what the catalogue sent to a flux density, or to the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from .dates import read_date
from .model import Failure, Flux, Question, Trouble, at_frequency
from .names import same_source
from .votable import column, read_rows

__all__ = ["read_answer"]

_NEEDED = ("SourceName", "FluxDensity")
#: No source of radio waves is steeper; -1000 stands for an index that is not known.
_STEEPEST = 10.0


def read_answer(
    data: bytes, question: Question, *, url: str = "", asked_at: str = "", charset: str = ""
) -> Flux | Failure:
    """Read the catalogue's answer to a question.

    Parameters
    ----------
    data : bytes
        The document.
    charset : str
        Of the HTTP header.

    Returns
    -------
    Flux or Failure
        The flux density at the frequency asked for. There is none without a row, for another source than the
        one asked for, and where it is null, not above zero, or said to be not valid (status 4).
    """
    try:
        rows = read_rows(data, charset)
    except ValueError as error:
        return Failure(Trouble.BROKEN, f"the answer {error}", url)
    if not rows:
        return Failure(Trouble.UNKNOWN, f"the catalogue has nothing on {question.name}", url)
    missing = [name for name in _NEEDED if column(name) not in rows[0]]
    if missing:
        return Failure(Trouble.BROKEN, f"the answer has no column {' and no '.join(missing)}", url)
    mine = [row for row in rows if same_source(question.name, _text(row, "SourceName"))]
    if not mine:
        others = ", ".join(dict.fromkeys(_text(row, "SourceName") or "no name" for row in rows))
        words = f"the catalogue answered for another source than {question.name}: {others[:200]}"
        return Failure(Trouble.OTHER_SOURCE, words, url)
    return _flux(mine[0], question, url, asked_at)


def _flux(row: Mapping[str, str], question: Question, url: str, asked_at: str) -> Flux | Failure:
    jy, status = _number(row, "FluxDensity"), _whole(row, "StatusCode")
    reason = _why_not(row, jy, status)
    if reason or jy is None:
        clarification = _text(row, "Clarification")
        words = f"{reason} for {question.name}" + (f" ({clarification})" if clarification else "")
        return Failure(Trouble.INVALID, words, url)
    hz = _number(row, "Frequency")
    if hz is not None and not 0.1 < hz / question.frequency_hz < 10:
        words = f"the answer is for {hz:.6g} Hz, far from {question.frequency_hz:.6g} Hz"
        return Failure(Trouble.INVALID, words, url)
    measurements, two_bands, bracketed = _conditions(_text(row, "DataConditions"))
    index = _number(row, "SpectralIndex")
    index = None if index is not None and abs(index) > _STEEPEST else index
    flux = Flux(
        name=question.name,
        date=question.date,
        frequency_hz=hz or question.frequency_hz,
        jy=jy,
        error_jy=_positive(row, "FluxDensityError"),
        spectral_index=index,
        spectral_index_error=_positive(row, "SpectralIndexError") if index is not None else None,
        age_days=_number(row, "Nearest Measurement Date"),
        measurements=measurements,
        two_bands=two_bands,
        bracketed=bracketed,
        status=status,
        clarification=_clarification(row, question),
        catalogue_name=_text(row, "SourceName"),
        version=_text(row, "Version"),
        url=url,
        asked_at=asked_at,
    )
    # A frequency may come back with fewer digits than were sent.
    if math.isclose(flux.frequency_hz, question.frequency_hz, rel_tol=1e-6):
        return replace(flux, frequency_hz=question.frequency_hz)
    return at_frequency(flux, question.frequency_hz)


def _why_not(row: Mapping[str, str], jy: float | None, status: int | None) -> str:
    if status == 4:
        return "the catalogue has no valid flux density"
    if jy is None:
        return f"the catalogue gives no flux density ({_text(row, 'FluxDensity') or 'an empty cell'})"
    return f"the catalogue's flux density is not above zero ({jy:g} Jy)" if jy <= 0 else ""


def _clarification(row: Mapping[str, str], question: Question) -> str:
    said = _text(row, "Clarification")
    day = read_date(_text(row, "Date"))
    if day is not None and abs((day - question.date).days) > 1:
        said = f"{said} (its answer is for {day.isoformat()})".strip()
    return said


def _conditions(text: str) -> tuple[int | None, bool | None, bool | None]:
    """Three digits: measurements used (9: 9 or more), in two bands, bracketing the date (ICT-7842)."""
    digits = text.removesuffix(".0").zfill(3) if text else ""
    if len(digits) != 3 or not (digits.isascii() and digits.isdigit()):
        return None, None, None
    return int(digits[0]), digits[1] == "1", digits[2] == "1"


def _text(row: Mapping[str, str], name: str) -> str:
    text = row.get(column(name), "")
    return "" if text.lower() in ("null", "none", "-") else text


def _number(row: Mapping[str, str], name: str) -> float | None:
    try:
        value = float(_text(row, name))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _positive(row: Mapping[str, str], name: str) -> float | None:
    value = _number(row, name)
    return value if value is not None and value > 0 else None


def _whole(row: Mapping[str, str], name: str) -> int | None:
    value = _number(row, name)
    return None if value is None else int(value)
