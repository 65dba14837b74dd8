"""The message of a commit: a subject a person likes to read, sentences, and trailers for machines.

Texts come from scripts, logs and people, so nothing in them is trusted: whatever they hold, a message has
one subject line, and only its last paragraph is read as trailers. Trailers are parsed here and not by git,
because the git of older clusters cannot.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Message", "clean_line", "format_message", "format_percent", "parse_message"]

WIDTH = 72
_TRAILER = re.compile(r"([A-Za-z][A-Za-z0-9-]*): ?(.*)")


@dataclass(frozen=True, slots=True)
class Message:
    """What one commit says about one event."""

    subject: str
    body: str = ""
    action: str = ""
    """run, task (a call by hand), edit, flag-restore, flag-save, sign-off, note, skip, init; empty: not a
    commit of casapilot."""
    item: str = ""
    """checklist/item."""
    step: int | float | None = None
    eb: str = ""
    """uid of the execution block."""
    status: str = ""
    """done, failed, interrupted, lost."""
    flagged_percent: float | None = None
    flag_version: str = ""
    casa: str = ""
    run: str = ""
    signed_by: str = ""
    """Who put their name to it; only ever an explicit sign-off by a person."""


def format_message(message: Message) -> str:
    """The text of the commit of `message`.

    Parameters
    ----------
    message : Message
        Its texts may hold anything: line ends, control characters, colons.

    Returns
    -------
    str
        Subject (at most 72 characters), body wrapped at 72, and one paragraph of trailers.
    """
    parts = [_subject(message.subject) or message.action, _wrap(message.body), "\n".join(_trailers(message))]
    return "\n\n".join(part for part in parts if part) + "\n"


def parse_message(text: str) -> Message:
    """Read a commit message, ours or anybody's; what is not there is left empty."""
    head, _, rest = text.replace("\r\n", "\n").strip("\n").partition("\n")
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", rest.strip("\n")) if part.strip()]
    trailers = _read_trailers(paragraphs[-1]) if paragraphs else {}
    if trailers:
        paragraphs.pop()
    return Message(
        subject=clean_line(head),
        body=_clean("\n\n".join(paragraphs)),
        action=trailers.get("action", ""),
        item=trailers.get("item", ""),
        step=_number(trailers.get("step", "")),
        eb=trailers.get("eb", ""),
        status=trailers.get("status", ""),
        flagged_percent=_percent(trailers.get("flagged", "")),
        flag_version=trailers.get("flag-version", ""),
        casa=trailers.get("casa", ""),
        run=trailers.get("run", ""),
        signed_by=trailers.get("signed-off-by", ""),
    )


def format_percent(percent: float) -> str:
    """A flagging rate as it is written: one decimal, three below 1 %.

    >>> format_percent(8.4), format_percent(0.042), format_percent(0)
    ('8.4 %', '0.042 %', '0.0 %')
    """
    return f"{percent:.1f} %" if percent >= 1 or percent == 0 else f"{percent:.3f} %"


def _subject(text: str) -> str:
    line = clean_line(text)
    if len(line) <= WIDTH:
        return line
    start = line[: WIDTH - 4]
    return (start.rpartition(" ")[0] or start) + " ..."


def _trailers(message: Message) -> Iterator[str]:
    step = "" if message.step is None else f"{message.step:g}"
    flagged = "" if message.flagged_percent is None else format_percent(message.flagged_percent)
    for name, value in (
        ("Action", message.action),
        ("Item", message.item),
        ("Step", step),
        ("EB", message.eb),
        ("Status", message.status),
        ("Flagged", flagged),
        ("Flag-Version", message.flag_version),
        ("CASA", message.casa),
        ("Run", message.run),
        ("Signed-off-by", message.signed_by),
    ):
        if line := clean_line(value):
            yield f"{name}: {line}"


def _read_trailers(paragraph: str) -> dict[str, str]:
    """Names in lower case -> values; empty when any line is not a trailer, as git has it."""
    found: dict[str, str] = {}
    for line in paragraph.split("\n"):
        match = _TRAILER.fullmatch(line)
        if match is None:
            return {}
        found[match[1].lower()] = match[2].strip()
    return found


def _clean(text: str) -> str:
    """`text` without control characters, and without what UTF-8 cannot hold."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).expandtabs()
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf"))


def clean_line(text: str) -> str:
    """`text` on one line, without control characters: fit for a terminal and for a trailer."""
    return " ".join(_clean(text.replace("\r", "\n")).split())


def _wrap(text: str) -> str:
    lines = _clean(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    wrapped = [
        textwrap.fill(line.strip(), WIDTH, break_long_words=False, break_on_hyphens=False) for line in lines
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(wrapped)).strip()


def _number(text: str) -> int | float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def _percent(text: str) -> float | None:
    match = re.fullmatch(r"([0-9.]+) ?%", text)
    number = _number(match[1]) if match else None
    return None if number is None else float(number)
