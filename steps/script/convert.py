"""From the Python 2 of CASA 5 and older to the Python 3 of CASA 6, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ..errors import ScriptError
from . import casa6
from .finding import Finding, Severity
from .script import Script
from .splice import apply
from .tabs import untabbed
from .two_to_three import Refused, to_python3

__all__ = ["Conversion", "convert"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """A script for CASA 6, and what a person has to look at in it."""

    script: Script
    findings: tuple[Finding, ...]
    """Where the same text means something else now, or CASA has nothing in its place; lines of `script`."""


def convert(script: Script) -> Conversion:
    """A script as CASA 6 takes it; the very same where it does already.

    Only what is Python 2, a name that CASA 6 moved, or T and F beside these is changed; all other bytes stay,
    newlines, comments and encoding included. The guard of the CASA version lets CASA 6 pass.

    Raises
    ------
    ScriptError
        Something in it cannot be converted: which lines, and why.
    """
    old = [one for one in script.old if one.what != "execfile()"] if script.compiles else script.old
    if not old and script.compiles and not casa6.moved(script):
        return Conversion(script, ())
    new = _python3(script) if old or not script.compiles else script
    new = apply(new, casa6.changes(new))
    _check(script, new)
    found = {(one.line, one.code): one for one in _findings(script, new)}
    return Conversion(new, tuple(found[key] for key in sorted(found)))


def _python3(script: Script) -> Script:
    try:
        content = to_python3(script)
    except Refused as error:
        broken = [(place.line, f"neither Python 2 nor 3: {place.text}") for place in script.errors]
        raise _refusal(script, broken or error.reasons) from error
    return Script(untabbed(content), script.name)


def _check(script: Script, new: Script) -> None:
    """Have Python 3 take the new text, with all steps of the old."""
    if new.syntax_error is not None:
        line, reason = new.syntax_error
        raise _refusal(script, [(line, f"even converted, {reason}")])
    if [(step.number, step.name) for step in new.steps] != [
        (step.number, step.name) for step in script.steps
    ]:
        raise _refusal(script, [(1, "its steps would not be the same")])


def _refusal(script: Script, reasons: list[tuple[int, str]]) -> ScriptError:
    lines = "; ".join(f"line {line}: {reason}" for line, reason in reasons[:8])
    return ScriptError(
        f"cannot be converted whole: {lines}",
        f"{script.name}:{reasons[0][0]}",
        "Nothing was changed. Mend these lines in an editor, then convert again.",
    )


# -- what to look at ------------------------------------------------------------------------------------

_OLD_TASKS = re.compile(r"clean|csvclean|widefield|mosaic|oldsplit|oldstatwt|uvcontsub3|flagautocorr|accum")
_ABSENT = (
    (
        rb"\bCASAPATH\b|\bbdflags2MS\b",
        "casapath",
        "programs of CASA 4 are not there: importasdm has bdfflags=True",
    ),
    (rb"(?<![\w.])cmp\(|\bcmp[ \t]*=", "cmp", "cmp is gone from Python: sort by a key instead"),
    (
        rb"(?<![\w.])(?:reload|file)\(",
        "builtin",
        "reload() and file() are gone from Python: importlib.reload, open",
    ),
    (
        rb"\bstring\.(?:join|split|atof|atoi|replace|upper|lower)\b",
        "string",
        "use the method of the text itself",
    ),
    (rb"\bimport[ \t]+taskinit\b|\bfrom[ \t]+(?:taskinit|casac)\b", "moved", "that module went with CASA 5"),
    (rb"\braise[ \t]+['\"]", "string-exception", "Python 3 raises exceptions only, not texts"),
)


def _findings(before: Script, new: Script) -> Iterator[Finding]:
    for pattern, code, text in _ABSENT:
        for match in re.finditer(pattern, new.content):
            if _is_code(new, match.start()):
                yield _finding(new, match.start(), code, text)
    for call in new.calls:
        if not call.commented and _OLD_TASKS.fullmatch(call.task):
            yield _finding(new, call.start, "old-task", f"{call.task} is no longer in CASA")
    if before.old and b"import division" not in before.content:
        for node in _divisions(new):
            text = new.source.text(node.start_byte, node.end_byte)
            yield _finding(
                new, node.start_byte, "division", f"{text[:60]}: of whole numbers it was rounded down"
            )


def _finding(script: Script, offset: int, code: str, text: str) -> Finding:
    todo = (
        "If both are whole numbers there and it has to be so: //."
        if code == "division"
        else "See to it by hand."
    )
    return Finding(script.source.line_number(offset), code, Severity.WARNING, text, todo)


def _is_code(script: Script, offset: int) -> bool:
    node = script.source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    return node is not None and node.type != "comment"


_WHOLE = {
    "integer",
    "identifier",
    "attribute",
    "subscript",
    "call",
    "parenthesized_expression",
    "binary_operator",
}
_NOT_WHOLE = re.compile(
    rb"\d\.|\.\d|\de[-+]?\d|\bfloat\b|['\"]|\bpi\b|\bsqrt\b|\b(?:np|numpy)\.", re.IGNORECASE
)


def _divisions(script: Script) -> Iterator[Node]:
    """Divisions of what could be whole numbers on both sides."""
    for match in script.source.find('(binary_operator operator: "/") @node'):
        node = match["node"][0]
        sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        whole = all(side is not None and side.type in _WHOLE for side in sides)
        if whole and not _NOT_WHOLE.search(script.content, node.start_byte, node.end_byte):
            yield node
