"""Regular expressions of known issues: quick to rule out, and never able to stall a reader.

A pattern is refused when it could try too many ways to match (a repeat inside a repeat, or several long ones
behind each other), when it matches the empty text, or when it demands no fixed text at all. That fixed
text is looked for first, so that most lines cost one search for a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

try:
    import re._parser as _sre  # type: ignore[import-not-found]  # typeshed does not describe it
except ImportError:  # Python 3.10
    import sre_parse as _sre

__all__ = ["LONGEST_TEXT", "Pattern", "PatternError"]

#: Characters of a message that are looked at.
LONGEST_TEXT = 2000
_SHORTEST_WORD = 5
#: From each of 2000 places: ten thousand are half a second for the worst of lines.
_MOST_WAYS = 10_000
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class PatternError(ValueError):
    """The pattern cannot be used; the text says why."""


class Pattern:
    """A compiled pattern and the fixed texts one of which a matching text holds.

    Raises
    ------
    PatternError
        It is not a regular expression, too slow, or too vague.
    """

    __slots__ = ("regex", "source", "words")

    def __init__(self, source: str) -> None:
        self.source = source
        try:
            self.regex = re.compile(source)
            tree = _sre.parse(source)
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(f"is not a regular expression: {error}") from error
        if _ways(tree) > _MOST_WAYS:
            raise PatternError("is too slow: write .{0,80} where it has .* or .+")
        if self.regex.search("") is not None:
            raise PatternError("matches every line")
        self.words = tuple(word.lower() for word in _words(tree))
        if not self.words or min(map(len, self.words)) < _SHORTEST_WORD:
            raise PatternError(f"is too vague: it needs at least {_SHORTEST_WORD} fixed characters in a row")


def _children(operator: str, argument: Any) -> Iterable[Any]:
    """The parsed patterns inside one node."""
    if operator == "BRANCH":
        return list(argument[1])
    if operator in ("SUBPATTERN", *_REPEATS):
        return [argument[-1]]
    if operator in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    if operator == "ATOMIC_GROUP":
        return [argument]
    if operator == "GROUPREF_EXISTS":
        return [part for part in argument[1:] if part is not None]
    return []


def _ways(tree: Any, inside: bool = False) -> int:
    """In how many ways the repeats can share a text, at most, from one place on."""
    ways = 1
    for operator, argument in tree:
        name = str(operator)
        if name.startswith("GROUPREF"):
            raise PatternError("is too slow: it refers back to a group")
        width = min(argument[1], LONGEST_TEXT) - argument[0] + 1 if name in _REPEATS else 1
        if width > 1 and inside:
            raise PatternError("is too slow: a repeat inside a repeat")
        repeated = name in _REPEATS and argument[1] > 1
        children = [_ways(child, inside or repeated) for child in _children(name, argument)]
        ways *= max(width, 1) * max(sum(children), 1)
    return ways


def _words(tree: Any) -> list[str]:
    """Fixed texts of which every match holds one; empty when there are none."""
    runs, best = [""], []
    for operator, argument in tree:
        name = str(operator)
        if name == "LITERAL":
            runs[-1] += chr(argument)
            continue
        if name == "SUBPATTERN" and not argument[1] and not argument[2]:
            best.append(_words(argument[-1]))
        elif name == "BRANCH":
            best.append(_of_branches(argument[1]))
        runs.append("")
    longest = max(runs, key=len)
    candidates = [words for words in [*best, [longest] if longest else []] if words]
    return max(candidates, key=lambda words: min(map(len, words)), default=[])


def _of_branches(branches: Iterable[Any]) -> list[str]:
    found = [_words(branch) for branch in branches]
    return [word for words in found for word in words] if all(found) else []
