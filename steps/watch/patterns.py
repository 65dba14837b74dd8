"""Regular expressions of known issues: quick to rule out, and never able to stall a reader.

A pattern is refused when it could take more than linear time (a repeat inside an unbounded repeat, or too
many unbounded ones), when it matches the empty text, or when it demands no fixed text at all. That fixed
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
LONGEST_TEXT = 4000
_SHORTEST_WORD = 5
_MOST_UNBOUNDED = 3
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
        if _unbounded(tree) > _MOST_UNBOUNDED:
            raise PatternError(f"is too slow: more than {_MOST_UNBOUNDED} times '*' or '+'")
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


def _unbounded(tree: Any, inside: bool = False) -> int:
    """How many unbounded repeats there are."""
    count = 0
    for operator, argument in tree:
        name = str(operator)
        repeats = name in _REPEATS and argument[1] > 1
        endless = repeats and argument[1] is _sre.MAXREPEAT
        if name.startswith("GROUPREF"):
            raise PatternError("refers back to a group: too slow")
        if repeats and inside:
            raise PatternError("is too slow: a repeat inside a repeat")
        for child in _children(name, argument):
            count += _unbounded(child, inside or repeats)
        count += endless
    return count


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
