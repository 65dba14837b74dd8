"""Lints about the script itself: syntax, steps and titles, and what people left in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .finding import Finding, Severity
from .lines import Kind
from .script import Script

__all__ = [
    "broken",
    "guidance",
    "number_twice",
    "preset_steps",
    "python2",
    "remarks",
    "titles_and_blocks",
    "version_guard",
]

_GUARD = re.compile(
    rb"#[^\r\n]*?(?:\bif\b[^\r\n]*(?:casa_version|casalith|cu\.(?:version|compare_version))"
    rb"|sys\.exit\([^\r\n]*VERSION OF CASA|re\.search\([^\r\n]*(?:casa_version|\.version\())"
)
_PRESET = re.compile(
    rb"(?:(thesteps|runsteps|mysteps)[ \t]*=[ \t]*\[[ \t]*[-\d'\"][^\r\n]*|(applyonly)[ \t]*=[ \t]*True\b)"
)
_REMARK = re.compile(
    r"\b(?:todo|fixme|xxx|hack|hmm+|no idea|not sure|don'?t know|ask|check with|weird|strange|ugly|crap|sorry"
    r"|wtf|damn|stupid|i (?:think|guess|believe|tried|don'?t|flagged|used|had|have|am)|my)\b|\?\?+|!!+",
    re.IGNORECASE,
)
#: Phrases that the script generator itself writes.
_GENERATED = re.compile(
    r"so I used the one made on|I couldn't find any close|^#\s*Note:|If all plots look strange|mysteps"
    r"|^#\s*To check",
    re.IGNORECASE,
)


def broken(script: Script) -> Iterator[Finding]:
    """Places that are neither Python 2 nor Python 3."""
    for place in script.errors:
        yield Finding(
            place.line,
            "syntax",
            Severity.ERROR,
            f"this is not Python: {place.text or 'something is missing'}",
            "Look for a bracket or a quote that is not closed, or for text that does not belong here.",
        )
    error = script.syntax_error
    if error and not script.errors and not script.is_python2:
        line, text = error
        yield Finding(line, "syntax", Severity.ERROR, f"this is not Python 3: {text}", "Mend that line.")


def python2(script: Script) -> Iterator[Finding]:
    """What only Python 2 understands; each kind once, with its count."""
    counts = Counter(old.what for old in script.old)
    first = {old.what: old.line for old in reversed(script.old)}
    for what, count in counts.items():
        runs = what.endswith("()")
        yield Finding(
            first[what],
            "python2",
            Severity.WARNING if runs else Severity.ERROR,
            f"{what}, {count} time{'s' if count > 1 else ''}: only Python 2 knows that",
            "Convert it to Python 3: casapilot script convert. Or run it in CASA 5 or older.",
        )


def number_twice(script: Script) -> Iterator[Finding]:
    """Two blocks or two titles with one number."""
    seen: dict[object, int] = {}
    for step in script.steps:
        if step.number is not None and step.number in seen:
            yield Finding(
                step.line,
                "step-twice",
                Severity.ERROR,
                f"step {step.number} is in line {seen[step.number]} already: both blocks run",
                "Give one of them another number, and its title too.",
            )
        seen.setdefault(step.number, step.line)
    titled: dict[object, int] = {}
    for title in script.title_entries:
        if title.number in titled:
            yield Finding(
                title.line,
                "title-twice",
                Severity.WARNING,
                f"step {title.number} has a title in line {titled[title.number]} already",
                "This one replaces it: take one of them out.",
            )
        titled.setdefault(title.number, title.line)


def titles_and_blocks(script: Script) -> Iterator[Finding]:
    """Titles without a block, blocks without a title."""
    numbers = {step.number for step in script.steps}
    for title in script.title_entries:
        if script.steps and title.number not in numbers:
            yield Finding(
                title.line,
                "title-without-step",
                Severity.WARNING,
                f"step {title.number} ({title.text}) has a title but no code",
                "Take the title out, or see whether its header was commented out.",
            )
    for step in script.steps:
        if script.title_entries and step.number not in script.titles:
            yield Finding(
                step.line,
                "step-without-title",
                Severity.WARNING,
                f"step {step.number} has no title",
                "Add it to step_title: the script stops where it prints the title.",
            )


def preset_steps(script: Script) -> Iterator[Finding]:
    """A list of steps, or applyonly, that a person left set."""
    for line, text in _lines(script, Kind.CODE):
        found = _PRESET.match(text)
        if found:
            name = (found[1] or found[2]).decode()
            yield Finding(
                line,
                "preset",
                Severity.WARNING,
                f"{name} is set by hand: not all of the script will run",
                "Take that out before delivery.",
            )


def version_guard(script: Script) -> Iterator[Finding]:
    """The test of the CASA version, commented out."""
    for line, text in _lines(script, Kind.COMMENT):
        if _GUARD.match(text):
            yield Finding(
                line,
                "version-guard",
                Severity.WARNING,
                "the test of the CASA version is commented out",
                "Put it back, or note in the README which CASA was used.",
            )
            return


def guidance(script: Script) -> Iterator[Finding]:
    """Lines of guidance from a template."""
    lines = [line for line, text in _lines(script, Kind.COMMENT) if text.startswith(b"#>>>")]
    if lines:
        yield Finding(
            lines[0],
            "guidance",
            Severity.NOTE,
            f"{len(lines)} line{'s' if len(lines) > 1 else ''} of guidance (#>>>) from the template",
            "Take them out before delivery.",
        )


def remarks(script: Script) -> Iterator[Finding]:
    """Personal remarks."""
    for line, text in _comments(script):
        if not text.startswith("#>>>") and _REMARK.search(text) and not _GENERATED.search(text):
            yield Finding(
                line,
                "remark",
                Severity.NOTE,
                f"a personal remark: {text[:70]}",
                "Say it neutrally, or take it out before delivery.",
            )


def _lines(script: Script, kind: Kind) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(script.source.lines, 1):
        if line.kind is kind:
            yield number, script.content[line.body : line.end]


def _comments(script: Script) -> Iterator[tuple[int, str]]:
    for match in script.source.find("(comment) @comment"):
        node = match["comment"][0]
        text = script.source.text(node.start_byte, node.end_byte).strip()
        yield script.source.line_number(node.start_byte), text
