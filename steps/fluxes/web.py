"""One GET, with an end in sight: no answer without a limit in time and size, no redirect to anything else."""

from __future__ import annotations

import threading
import time
import zlib
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from queue import Empty, SimpleQueue
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
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


class _SameQuestion(HTTPRedirectHandler):
    """Follows a redirect that asks the same elsewhere, of a mirror; no other, as to a log-in."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        asked, there = urlsplit(req.full_url), urlsplit(newurl)
        same = asked.query == there.query and there.scheme in (asked.scheme, "https")
        return super().redirect_request(req, fp, code, msg, headers, newurl) if same else None


def _fetch(url: str, until: float, timeout_s: float, most_bytes: int) -> Page | Failure | None:
    """As `fetch`; None when it takes too long."""
    try:
        with build_opener(_SameQuestion).open(Request(url), timeout=timeout_s) as response:
            pieces, size = [], 0
            while piece := response.read1(1 << 16):
                pieces.append(piece)
                size += len(piece)
                if size > most_bytes:
                    return Failure(Trouble.BROKEN, f"the answer is larger than {most_bytes >> 10} kB", url)
                if time.monotonic() > until:
                    return None
            data = _unpacked(b"".join(pieces), most_bytes)
            return Page(data, response.headers.get_content_charset() or "")
    except HTTPError as error:
        error.close()
        return Failure(Trouble.REFUSED, _http_words(error), url)
    except TimeoutError:
        return None
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            return None
        return Failure(Trouble.UNREACHABLE, f"no connection: {error.reason}", url)
    except zlib.error:
        return Failure(Trouble.BROKEN, "the answer is compressed, and damaged", url)
    except (OSError, HTTPException, ValueError) as error:
        return Failure(Trouble.BROKEN, f"the connection broke: {error or type(error).__name__}", url)


def _unpacked(data: bytes, most_bytes: int) -> bytes:
    """What a proxy compressed although nobody asked for it; one byte beyond `most_bytes` at most."""
    if not data.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda")):
        return data
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    found = reader.decompress(data, most_bytes + 1)
    if not reader.eof and len(found) <= most_bytes:
        raise zlib.error("cut short")
    return found


def _http_words(error: HTTPError) -> str:
    if 300 <= error.code < 400:
        where = str(error.headers.get("Location", "elsewhere"))[:200]
        return f"it redirects to {where}, which is not followed"
    return f"HTTP {error.code} {str(error.reason)[:100]}".rstrip()
