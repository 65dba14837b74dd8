"""A reduction script: its steps, its calls, and what it does to flags and logs."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from ..errors import ScriptError
from .calls import Named, find_calls, find_helpers, find_named
from .effects import find_redirections, find_versions, text_of
from .model import Broken, Call, FlagVersion, Number, Old, Redirection, Step, Title
from .python2 import find_old
from .source import Source
from .steps import find_steps
from .titles import find_titles
from .values import constants

__all__ = ["Script", "step_sha"]


class Script:
    """A script as it is on disk. It is never changed: an edit gives a new one.

    Parameters
    ----------
    content : bytes
        The file as it is: Python 2 or 3, any newlines, any encoding, broken or not.
    name : str
        Its path, for messages.
    """

    def __init__(self, content: bytes, name: str = "") -> None:
        self.source = Source(content)
        self.name = name

    @classmethod
    def read(cls, path: Path | str) -> Script:
        """Read a file; ScriptError when it cannot be."""
        try:
            return cls(Path(path).read_bytes(), str(path))
        except OSError as error:
            raise ScriptError(f"cannot be read: {error.strerror}", str(path), "Check the path.") from error

    @classmethod
    def parse(cls, content: bytes, name: str = "") -> Script:
        """The script in `content`."""
        return cls(content, name)

    @property
    def content(self) -> bytes:
        """Its bytes, as they were read."""
        return self.source.content

    @cached_property
    def title_entries(self) -> tuple[Title, ...]:
        """The entries of `step_title` with their lines, in the order of the file, doubles included."""
        return find_titles(self.source)

    @cached_property
    def titles(self) -> Mapping[Number, str]:
        """Number -> title, as `step_title` has it; also of titles without a block."""
        return {title.number: title.text for title in self.title_entries}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its blocks, in the order of the file."""
        return find_steps(self.source, self.titles)

    @cached_property
    def _named(self) -> tuple[Named, ...]:
        return find_named(self.source)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Its calls of CASA tasks, in the order of the file, those commented out included."""
        return find_calls(self.source, self._named, self.steps)

    @cached_property
    def helpers(self) -> tuple[Call, ...]:
        """Its calls of es., aU. and the like."""
        return find_helpers(self.source, self._named, self.steps)

    @cached_property
    def constants(self) -> Mapping[str, object]:
        """Names that it sets to one literal value only."""
        return constants(self.source)

    @cached_property
    def versions(self) -> tuple[FlagVersion, ...]:
        """Flag versions that it saves, restores, lists, renames or deletes."""
        return find_versions(self.calls, self.constants)

    @cached_property
    def redirections(self) -> tuple[Redirection, ...]:
        """Where it sends the log of CASA."""
        return find_redirections(self.source, self.steps, self.constants)

    @cached_property
    def old(self) -> tuple[Old, ...]:
        """What only Python 2 understands."""
        found = find_old(self.source, self._named)
        if found or b"\t" not in self.content:
            return found
        error = self.syntax_error
        return (Old(error[0], "tabs mixed with blanks"),) if error and "tabs" in error[1] else ()

    @property
    def is_python2(self) -> bool:
        """Whether it needs Python 2 (CASA 5 or older)."""
        return bool(self.old)

    @property
    def errors(self) -> tuple[Broken, ...]:
        """Places that are neither Python 2 nor Python 3."""
        return self.source.broken

    @property
    def compiles(self) -> bool:
        """Whether Python 3 takes it."""
        return self.syntax_error is None

    @cached_property
    def syntax_error(self) -> tuple[int, str] | None:
        """Line and message of what Python 3 has against it; None where it takes it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(self.content)
        except SyntaxError as error:
            return error.lineno or 1, error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return 1, str(error)
        return None

    def value(self, call: Call, parameter: str) -> str:
        """The value of a text parameter: names resolved where possible, empty where it is absent."""
        return text_of(call.parameters.get(parameter), self.constants)

    def calls_in(self, step: Step) -> tuple[Call, ...]:
        """The calls within the span of a step."""
        return tuple(call for call in self.calls if step.start <= call.start < step.end)

    def step_text(self, step: Step) -> bytes:
        """The bytes of a step."""
        return self.content[step.start : step.end]

    def step_by_title(self, pattern: str) -> Step:
        """The one step whose title matches a regular expression (case does not count).

        A step that `step_title` does not name is known by the comment above it. ScriptError where none or
        more than one matches.
        """
        try:
            regex = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise ScriptError(f"{pattern!r} is not a regular expression: {error}", self.name) from error
        found = [step for step in self.steps if regex.search(step.name)]
        exact = [step for step in found if regex.fullmatch(step.name.strip())]
        return self._only(exact if len(exact) == 1 else found, f"a title like {pattern!r}", pattern)

    def step(self, which: Number) -> Step:
        """The one step with that number or, where that is a text, with that number or title."""
        same = [step for step in self.steps if which is not None and str(step.number) == str(which)]
        if isinstance(which, str) and not same and not _is_number(which):
            return self.step_by_title(which)
        return self._only(same, f"the number {which}", str(which))

    def _only(self, found: list[Step], asked: str, near: str) -> Step:
        if len(found) == 1:
            return found[0]
        if found:
            lines = "; ".join(f"line {step.line}: {step.number} {step.name}".rstrip() for step in found[:8])
            raise ScriptError(f"{len(found)} steps have {asked}", self.name, f"Say it more exactly. {lines}.")
        raise ScriptError(f"no step has {asked}", self.name, self._near(near))

    def _near(self, pattern: str) -> str:
        names = {step.name: f"{step.number} {step.name}" for step in self.steps}
        if not names:
            return "No steps were found in it."
        close = difflib.get_close_matches(pattern, names, n=3, cutoff=0.3) or list(names)[:30]
        return "Its steps: " + "; ".join(names[name].strip() for name in close) + "."


def step_sha(script: Script, step: Step) -> str:
    """SHA-1 of the text of a step, hexadecimal: while it stays the same, so does the step."""
    return hashlib.sha1(script.step_text(step), usedforsecurity=False).hexdigest()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
