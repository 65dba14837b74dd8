"""How a script is set: calls over several lines, selections, comments, values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Body", "Raw", "Step", "printable", "selection", "value"]

_WIDTH = 100


class Raw(str):
    """Python that stands in the script as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a script."""

    title: str
    lines: tuple[str, ...]
    """Its code, without the two blanks that it is indented by."""


def printable(text: str) -> str:
    """`text` on one line, without control characters: it may come from an ASDM."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def value(what: object) -> str:
    """A value as it stands in a script."""
    if isinstance(what, Raw):
        return str(what)
    if isinstance(what, list | tuple):
        return "[" + ", ".join(value(each) for each in what) + "]"
    return repr(what)


def selection(numbers: Iterable[int]) -> str:
    """Numbers as CASA selects them: 3, 4, 5, 8 as "3~5,8"."""
    parts: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ",".join(
        str(first) if first == last else f"{first}~{last}" if last > first + 1 else f"{first},{last}"
        for first, last in parts
    )


@dataclass(slots=True)
class Body:
    """The code of a step, as it is put together."""

    lines: list[str] = field(default_factory=list)

    def add(self, *lines: str) -> Body:
        """Add lines as they are."""
        self.lines.extend(lines)
        return self

    def comment(self, *texts: str) -> Body:
        """Add comments, wrapped."""
        for text in texts:
            wrapped = textwrap.wrap(
                printable(text),
                _WIDTH,
                break_long_words=False,
                break_on_hyphens=False,
                subsequent_indent="  ",
            )
            self.lines.extend(f"# {line}" for line in wrapped)
        return self

    def blank(self) -> Body:
        """Leave a line empty, where the last one is not."""
        if self.lines and self.lines[-1]:
            self.lines.append("")
        return self

    def remove(self, *names: str) -> Body:
        """Remove what an earlier run made: tasks do not all overwrite, and none says so."""
        self.lines.extend(f"os.system('rm -rf {name}')" for name in names)
        return self

    def call(
        self,
        task: str,
        *first: Mapping[str, object],
        says: Mapping[str, str] | None = None,
        lead: str = "",
        **parameters: object,
    ) -> Body:
        """Add a call, one parameter a line, those of `first` first; those that are None are left out.

        `says` are comments behind parameters; `lead` stands before the call: "    ", "fluxes = ".
        """
        every = {name: what for group in (*first, parameters) for name, what in group.items()}
        given = [(name, what) for name, what in every.items() if what is not None]
        indent = " " * (len(lead) - len(lead.lstrip()))
        head = f"{lead}{task}("
        for index, (name, what) in enumerate(given):
            last = index == len(given) - 1
            text = f"{name} = {value(what)}" + (")" if last else ",")
            note = f" # {printable(says[name])}" if says and name in says else ""
            self.lines.append((head if not index else f"{indent}  ") + text + note)
        return self

    def step(self, title: str) -> Step:
        """Finish it."""
        return Step(title, tuple(self.lines))
