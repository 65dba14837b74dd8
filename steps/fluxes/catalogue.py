"""The ALMA calibrator catalogue, asked over HTTP: at its first address, then at its second."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from ..errors import UsageError
from .answer import read_answer
from .dates import service_date, stamp
from .model import Failure, Flux, Question, Trouble
from .names import first_alias
from .web import Page, fetch

__all__ = ["BACKUP", "PRIMARY", "TIMEOUT_S", "Addresses", "Catalogue", "addresses", "question_url"]

PRIMARY = "https://almascience.org/sc/flux"
BACKUP = "https://asa.alma.cl/sc/flux"
TIMEOUT_S = 60.0
#: The catalogue that the ALMA pipeline asks for.
_CATALOGUE = "5"

#: Where a failure is of the way there, not of what is known: the other address may do better.
_ON_THE_WAY = (Trouble.UNREACHABLE, Trouble.REFUSED, Trouble.BROKEN)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to ask, first and then."""

    primary: str = PRIMARY
    backup: str = BACKUP
    """Empty: there is none."""

    def __post_init__(self) -> None:
        for url in (self.primary, *([self.backup] if self.backup else [])):
            if not _is_address(url):
                raise UsageError(
                    f"{url!r} is not the address of a flux service", "", f"Write it as {PRIMARY}"
                )


def _is_address(url: str) -> bool:
    """Whether it can be asked at all: with a host, a port that there is, and no letters that need quoting."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return has_host and parts.scheme in ("http", "https") and re.search(r"[^!-~]", url) is None


def addresses(environment: Mapping[str, str], site: Mapping[str, str]) -> Addresses:
    """Find where to ask.

    Parameters
    ----------
    environment : mapping
        FLUX_SERVICE_URL and FLUX_SERVICE_URL_BACKUP, as for the ALMA pipeline, go first.
    site : mapping
        Settings of the site: flux_service, flux_service_backup; the latter may be "none".

    Raises
    ------
    UsageError
        One of them is no http(s) address.
    """
    primary = environment.get("FLUX_SERVICE_URL") or site.get("flux_service") or PRIMARY
    backup = environment.get("FLUX_SERVICE_URL_BACKUP") or site.get("flux_service_backup") or BACKUP
    return Addresses(primary, "" if backup.lower() == "none" or backup == primary else backup)


def question_url(base: str, question: Question) -> str:
    """The address to get for a question; a ``+`` in a name is sent as %2B."""
    words = {
        "DATE": service_date(question.date),
        "FREQUENCY": f"{question.frequency_hz:.15g}",
        "WEIGHTED": "true",
        "RESULT": "1",
        "NAME": first_alias(question.name),
        "VERBOSE": "1",
        "CATALOGUE": _CATALOGUE,
    }
    joint = "&" if urlsplit(base).query else "?"
    return f"{base}{joint}{urlencode(words, quote_via=quote, safe='')}"


def _is_at(base: str, url: str) -> bool:
    return url.startswith((f"{base}?", f"{base}&"))


class Catalogue:
    """Asks one question after the other; an address that cannot be reached is not asked again.

    Parameters
    ----------
    clock : callable
        Returns the unix time, s.
    """

    def __init__(
        self,
        where: Addresses,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bases = tuple(url for url in (where.primary, where.backup) if url)
        self._timeout_s = timeout_s
        self._clock = clock
        self._away: dict[str, Failure] = {}

    def is_second(self, flux: Flux) -> bool:
        """Whether an answer came from the second address."""
        return len(self._bases) > 1 and not _is_at(self._bases[0], flux.url)

    def ask(self, question: Question) -> Flux | Failure:
        """Ask at the first address; where that fails on the way, at the second; then give up.

        Raises
        ------
        UsageError
            The name of the source, or the frequency, cannot be sent.
        """
        if not 1e9 <= question.frequency_hz <= 2e12:
            raise UsageError(f"{question.frequency_hz:g} Hz is no frequency of ALMA", "", "Give it in GHz.")
        failures: list[tuple[str, Failure]] = []
        for base in self._bases:
            found = self._away.get(base) or self._ask_at(base, question)
            if isinstance(found, Flux) or found.trouble not in _ON_THE_WAY:
                return found
            if found.trouble is Trouble.UNREACHABLE:
                self._away[base] = found
            failures.append((base, found))
        words = "; ".join(f"{urlsplit(base).netloc}: {failure.words}" for base, failure in failures)
        return Failure(failures[-1][1].trouble, words, failures[-1][1].url)

    def _ask_at(self, base: str, question: Question) -> Flux | Failure:
        url = question_url(base, question)
        page = fetch(url, self._timeout_s)
        if not isinstance(page, Page):
            return page
        return read_answer(page.data, question, url=url, asked_at=stamp(self._clock()), charset=page.charset)
