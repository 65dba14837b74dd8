"""From words to colours: spans of text with a named style, and what the theme makes of the names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip
from textual.theme import Theme

from ..glyphs import to_ascii

__all__ = ["NIGHT", "AsciiFilter", "Line", "Palette", "Span", "fit", "paint", "width_of", "wrap"]

#: A piece of text and the name of its style.
Span = tuple[str, str]
Line = Sequence[Span]

NIGHT = Theme(
    name="casapilot",
    primary="#82aaff",
    secondary="#7fdbca",
    accent="#c792ea",
    success="#8fd18f",
    warning="#e8b75c",
    error="#f2777a",
    foreground="#d0d5de",
    background="#12151b",
    surface="#181c24",
    panel="#202632",
    variables={"border": "#3a4354", "border-blurred": "#2a303c"},
)


class AsciiFilter(LineFilter):
    """Whatever a widget draws, only ASCII reaches the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style)
            for segment in segments
        ]


class Palette:
    """The named styles under one theme."""

    def __init__(self, variables: Mapping[str, str], ansi: bool) -> None:
        self._styles = _ansi_styles() if ansi else _rich_styles(variables)
        self._mixed: dict[tuple[str, str], Style] = {}

    def style(self, name: str, base: str = "base") -> Style:
        """The style called `name` ("a b" is both) on the ground called `base`."""
        found = self._mixed.get((name, base))
        if found is None:
            found = self._styles[base]
            for word in name.split():
                found = found + self._on(base, self._styles[word])
            self._mixed[name, base] = found
        return found

    def _on(self, base: str, style: Style) -> Style:
        """On reversed ground a colour would change the ground: only bold is left of it."""
        return Style(bold=style.bold) if self._styles[base].reverse else style


def _rich_styles(variables: Mapping[str, str]) -> dict[str, Style]:
    colors = {name: Color.parse(variables[name]) for name in _COLOURS}
    ground, text = colors["background"], colors["foreground"]
    primary = colors["primary"]

    def ink(color: Color, *, bold: bool = False) -> Style:
        return Style(color=color.rich_color, bold=bold or None)

    def paper(color: Color, ink_color: Color = text) -> Style:
        return Style(color=ink_color.rich_color, bgcolor=color.rich_color)

    return {
        "base": paper(ground),
        "bar": paper(colors["panel"]),
        "dialog": paper(colors["surface"]),
        "cursor": paper(ground.blend(primary, 0.26)),
        "cursor-off": paper(ground.blend(text, 0.10)),
        "text": ink(text),
        "dim": ink(ground.blend(text, 0.58)),
        "faint": ink(ground.blend(text, 0.28)),
        "bold": Style(bold=True),
        "title": ink(primary, bold=True),
        "key": ink(primary),
        "run": ink(primary),
        "ok": ink(colors["success"]),
        "warn": ink(colors["warning"]),
        "bad": ink(colors["error"]),
        "accent": ink(colors["accent"]),
        "code": ink(colors["secondary"]),
        "match": paper(colors["warning"], ground),
        "tab": Style(color=primary.rich_color, bold=True, underline=True),
    }


_GAPS = re.compile(r"\s+(?!%)")
"""Where a line may end: not between a number and its percent sign."""
_COLOURS = ("background foreground surface panel primary secondary accent success warning error").split()


def _ansi_styles() -> dict[str, Style]:
    parse = Style.parse
    return {
        "base": parse("default on default"),
        "bar": parse("reverse"),
        "dialog": parse("default on default"),
        "cursor": parse("reverse"),
        "cursor-off": parse("underline"),
        "text": Style(),
        "dim": Style(),
        "faint": parse("dim"),
        "bold": parse("bold"),
        "title": parse("bold"),
        "key": parse("bold"),
        "run": parse("cyan"),
        "ok": parse("green"),
        "warn": parse("yellow"),
        "bad": parse("red"),
        "accent": parse("magenta"),
        "code": parse("cyan"),
        "match": parse("black on yellow"),
        "tab": parse("bold reverse"),
    }


def width_of(line: Line) -> int:
    """Columns that `line` takes."""
    return sum(cell_len(text) for text, _ in line)


def fit(text: str, width: int, more: str = "") -> str:
    """`text` cut or filled to `width` columns; a cut one ends in `more`."""
    if cell_len(text) > width and width > 0:
        return set_cell_size(text, max(width - cell_len(more), 0)) + more
    return set_cell_size(text, max(width, 0))


def paint(line: Line, width: int, palette: Palette, base: str = "base", skip: int = 0) -> Strip:
    """`line` on the screen, `width` columns wide, without its first `skip` columns."""
    segments = [Segment(text, palette.style(name, base)) for text, name in line if text]
    strip = Strip(segments)
    if skip:
        strip = strip.crop(skip, skip + width)
    return strip.adjust_cell_length(width, palette.style("", base))


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """`text` in lines of at most `width` columns; those after the first begin with `indent`."""
    width = max(width, 8)
    lines, current = [], ""
    for word in _GAPS.split(text.strip()):
        candidate = f"{current} {word}" if current.strip() else current + word
        if cell_len(candidate) <= width:
            current = candidate
            continue
        if current.strip():
            lines.append(current)
        pieces = chop_cells(word, width - len(indent)) or [""]
        lines.extend(indent + piece if lines else piece for piece in pieces[:-1])
        current = indent + pieces[-1] if lines else pieces[-1]
    return [*lines, current] if current.strip() or not lines else lines
