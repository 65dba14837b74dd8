"""An item in plain text: guided, with why and what to look for; or condensed, in one line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .model import Check, Checklist, Item, Kind, Param
from .words import tell_checklist

__all__ = ["condensed", "guided", "paragraphs", "say_check", "say_param", "show"]

_DOES = {
    Kind.RUN: "runs",
    Kind.CHECK: "check",
    Kind.MANUAL: "judge",
    Kind.DECISION: "decide",
    Kind.NOTE: "read",
}


def condensed(item: Item, width: int = 80, id_width: int = 0) -> str:
    """One line: id (in `id_width` columns or more), what has to be done, title, time."""
    head = f"{item.id:<{id_width}}  {_DOES[item.kind]:<6}  "
    tail = f"  {item.minutes:g} min" if item.minutes is not None else ""
    room = max(width - len(head) - len(tail), 8)
    title = item.title if len(item.title) <= room else f"{item.title[: room - 3]}..."
    return head + title + tail


def guided(item: Item, width: int = 80) -> str:
    """All there is to know: why, what to look for, what to do instead, checks, where to read more.

    Parameters
    ----------
    width : int
        Columns of the text.
    """
    parts = [item.title, "=" * min(len(item.title), width)]
    parts += [_wrap(item.why, width)] if item.why else []
    parts += [_wrap(_runs(item), width)] if item.kind is Kind.RUN else []
    parts += _section("Choices", item.choices, width)
    parts += _section("Look for", item.look_for, width)
    parts += _section("Checks", [say_check(check) for check in item.check], width)
    if item.instead:
        parts.append("When it looks wrong\n" + textwrap.indent(_wrap(item.instead, width - 2), "  "))
    parts += _section("You may set, in the script", [say_param(param) for param in item.params], width)
    parts += _section("Makes", item.outputs, width)
    parts += _section("Read more", [f"{ref.title} {ref.url}".strip() for ref in item.refs], width)
    parts += ["A person signs it off."] if item.sign else []
    head = "\n".join(parts[:2])
    return "\n\n".join([head, *parts[2:]])


def _runs(item: Item) -> str:
    if item.whole:
        return "Runs the whole script, from scratch."
    where = ", where the script has it" if item.optional else ""
    return f'Runs the step "{item.step}"{where}.'


def show(checklist: Checklist, *, short: bool = False, width: int = 80) -> str:
    """A whole checklist: its phases, their items, and the question that closes each."""
    title = f"{checklist.title} ({checklist.id} {checklist.version}, {checklist.date}, {checklist.owner})"
    return "\n\n".join([title, *_phases(tell_checklist(checklist, {}), short, width)])


def _phases(checklist: Checklist, short: bool, width: int) -> Iterator[str]:
    id_width = max((len(item.id) for item in checklist.items), default=0)
    for phase in checklist.phases:
        items = [item for item in checklist.items if item.phase == phase.id]
        if not items:
            continue
        texts = [condensed(item, width - 2, id_width) if short else guided(item, width - 2) for item in items]
        bodies = [textwrap.indent(text, "  ") for text in texts]
        yield f"{phase.title}\n" + ("\n" if short else "\n\n").join(bodies)
        if phase.pause or phase.points:
            question = _wrap(f"Before going on: {phase.pause}".rstrip(": "), width)
            yield "\n".join([question, *_bullets(phase.points, width)])


def say_check(check: Check) -> str:
    """A check as a sentence."""
    name = f"{check.metric} of {check.of}" if check.of else check.metric
    word = "below" if check.below else "above"
    limits = []
    if check.expect is not None:
        limits.append(f"{_number(check.expect, check.unit)} within {check.within_percent:g} %")
    if check.note is not None:
        limits.append(f"noted {word} {_number(check.note, check.unit)}")
    if check.warn is not None:
        limits.append(f"look at it {word} {_number(check.warn, check.unit)}")
    if check.fail is not None:
        limits.append(f"failed {word} {_number(check.fail, check.unit)}")
    source = f" ({check.source})" if check.source else ""
    return f"{name}: {', '.join(limits)}{source}" + (f". {check.help}" if check.help else "")


def say_param(param: Param) -> str:
    """A parameter that may be edited, as a sentence."""
    words = f"{param.name} ({param.type}{f', {param.unit}' if param.unit else ''})"
    words += "" if param.default is None else f" = {param.default}"
    words += f", one of {', '.join(param.choices)}" if param.choices else ""
    return f"{words}: {param.help}" if param.help else words


def _number(value: float, unit: str) -> str:
    return f"{value:.6g} {unit}".rstrip()


def _section(title: str, lines: tuple[str, ...] | list[str], width: int) -> list[str]:
    return ["\n".join([title, *_bullets(lines, width)])] if lines else []


def _bullets(lines: tuple[str, ...] | list[str], width: int) -> list[str]:
    return [textwrap.indent(_wrap(line, width - 4), "    ").replace("    ", "  - ", 1) for line in lines]


def paragraphs(text: str) -> list[list[str]]:
    """The paragraphs of a text, each one line; a list is a paragraph of several, each beginning with "- "."""
    found: list[list[str]] = []
    for paragraph in text.strip().split("\n\n"):
        pieces: list[str] = []
        for line in map(str.strip, paragraph.splitlines()):
            if pieces and not line.startswith(("- ", "* ")):
                pieces[-1] += f" {line}"
            else:
                pieces.append(line)
        found.append([" ".join(piece.split()) for piece in pieces])
    return found


def _wrap(text: str, width: int) -> str:
    """`text` in lines of at most `width`; its paragraphs and the entries of its lists stay apart."""
    return "\n\n".join("\n".join(_fill(piece, width) for piece in pieces) for pieces in paragraphs(text))


def _fill(piece: str, width: int) -> str:
    """One piece in lines; an address or file name stays whole, so that it can be copied."""
    hanging = "  " if piece.startswith(("- ", "* ")) else ""
    return textwrap.fill(
        piece, max(width, 20), subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False
    )
