"""One GET, with an end in sight: no redirects, no answer without a limit in time and size."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from queue import Empty, SimpleQueue
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .model import Failure, Trouble
from .votable import MOST_BYTES

__all__ = ["Page", "fetch"]


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    data: bytes
    charset: str


def fetch(url: str, timeout_s: float, most_bytes: int = MOST_BYTES) -> Page | Failure:
    """Get `url`, whole and within `timeout_s` (s), or say why not.

    In a thread of its own: neither the search for an address nor an answer that comes drop by drop has a
    time limit otherwise.
    """
    answers: SimpleQueue[Page | Failure] = SimpleQueue()
    late = Failure(Trouble.UNREACHABLE, f"no whole answer within {timeout_s:g} s", url)

    def work() -> None:
        answers.put(_fetch(url, time.monotonic() + timeout_s, timeout_s, most_bytes) or late)

    threading.Thread(target=work, daemon=True, name="flux-service").start()
    try:
        return answers.get(timeout=timeout_s)
    except Empty:
        return late


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect what it is: an answer that is not the catalogue's."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _fetch(url: str, until: float, timeout_s: float, most_bytes: int) -> Page | Failure | None:
    """As `fetch`; None when it takes too long."""
    try:
        with build_opener(_NoRedirect).open(Request(url), timeout=timeout_s) as response:
            pieces, size = [], 0
            while piece := response.read1(1 << 16):
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    return Failure(Trouble.BROKEN, f"the answer is larger than {most_bytes >> 10} kB", url)
                if time.monotonic() > until:
                    return None
            return Page(b"".join(pieces), response.headers.get_content_charset() or "")
    except HTTPError as error:
        error.close()
        return Failure(Trouble.REFUSED, _http_words(error), url)
    except TimeoutError:
        return None
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            return None
        return Failure(Trouble.UNREACHABLE, f"no connection: {error.reason}", url)
    except (OSError, HTTPException, ValueError) as error:
        return Failure(Trouble.UNREACHABLE, f"the connection broke: {error or type(error).__name__}", url)


def _http_words(error: HTTPError) -> str:
    if 300 <= error.code < 400:
        where = str(error.headers.get("Location", "elsewhere"))[:200]
        return f"it redirects to {where}, which is not followed"
    return f"HTTP {error.code} {str(error.reason)[:100]}".rstrip()
