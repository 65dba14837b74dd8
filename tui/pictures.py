"""Pictures in a terminal: by kitty's protocol or as sixels where it can, else as half blocks or in ASCII."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from ..steps.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Ability", "Box", "as_text", "cells_of", "fitted", "in_ascii", "kitty", "open_picture", "sixel"]

MOST_PIXELS = 60_000_000
"""A picture of more is not opened: it would take the memory of a node."""
CHUNK = 4096
"""kitty takes so many characters in one sequence."""
COLOURS = 128
RAMP = " .:-=+*#%@"
"""From paper to ink."""
CUBE = (0, 95, 135, 175, 215, 255)
"""Levels of the 6x6x6 colours among the 256."""

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]


class Ability(str, Enum):
    """How a terminal can show pictures, the best first."""

    KITTY = "kitty"
    SIXEL = "sixel"
    TRUE_COLOUR = "half blocks in 24-bit colour"
    COLOURS_256 = "half blocks in 256 colours"
    ASCII = "ASCII"

    @property
    def is_exact(self) -> bool:
        """Whether it shows the pixels themselves."""
        return self in (Ability.KITTY, Ability.SIXEL)


def open_picture(path: Path) -> Image:
    """The picture in a PNG file, as red, green and blue on white."""
    try:
        from PIL import Image as images
    except ImportError as error:
        raise UsageError("pictures need Pillow", str(path), "Install it: pip install pillow") from error
    if not path.is_file():
        raise UsageError("is not there", str(path))
    try:
        with images.open(path, formats=["PNG"]) as found:
            if found.width * found.height > MOST_PIXELS:
                raise UsageError(f"has {found.width} x {found.height} pixels: too large to show", str(path))
            whole = found.convert("RGBA")
    except (OSError, ValueError, SyntaxError, images.DecompressionBombError) as error:
        raise UsageError("is no PNG picture that can be read", str(path), str(error)[:100]) from error
    paper = images.new("RGBA", whole.size, "white")
    return images.alpha_composite(paper, whole).convert("RGB")


def fitted(image: Image, width: int, height: int, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Image:
    """What lies in `box` (shares of the picture: left, top, right, bottom), as large as fits into pixels."""
    left, top, right, bottom = box
    part = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    wide, high = max(part[2] - part[0], 1.0), max(part[3] - part[1], 1.0)
    scale = min(width / wide, height / high)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    return image.resize(size, box=part, reducing_gap=3.0)


def cells_of(image: Image) -> list[list[tuple[Colour, Colour]]]:
    """For each character the colours of its upper and of its lower half."""
    width, height = image.size
    data = image.tobytes()
    rows = [
        [(data[n], data[n + 1], data[n + 2]) for n in range(3 * width * y, 3 * width * (y + 1), 3)]
        for y in range(height)
    ]
    rows += [[(255, 255, 255)] * width] if height % 2 else []
    return [list(zip(rows[y], rows[y + 1], strict=True)) for y in range(0, len(rows), 2)]


def as_text(image: Image, ability: Ability, columns: int, rows: int) -> Iterator[str]:
    """A picture as lines of text with escape sequences for colours, or without any in ASCII."""
    if ability is Ability.ASCII:
        yield from in_ascii(image, columns, rows)
        return
    code = _true if ability is Ability.TRUE_COLOUR else _of_256
    for line in cells_of(fitted(image, columns, 2 * rows)):
        last, text = "", []
        for upper, lower in line:
            colours = f"\x1b[38;{code(upper)};48;{code(lower)}m"
            text.append(f"{colours if colours != last else ''}▀")
            last = colours
        yield "".join(text) + "\x1b[0m"


def in_ascii(image: Image, columns: int, rows: int, box: Box = (0.0, 0.0, 1.0, 1.0)) -> Iterator[str]:
    """Darkness as characters: paper is a blank, and a thin line is as dark as a broad one."""
    from PIL import ImageFilter

    grey = fitted(image, 4 * columns, 8 * rows, box).convert("L").filter(ImageFilter.MinFilter(3))
    small = grey.resize((max(1, grey.width // 4), max(1, grey.height // 8)))
    data = small.tobytes()
    for y in range(small.height):
        line = data[y * small.width : (y + 1) * small.width]
        yield "".join(RAMP[min((255 - value) * len(RAMP) // 256, len(RAMP) - 1)] for value in line).rstrip()


def _true(colour: Colour) -> str:
    return "2;{};{};{}".format(*colour)


def _of_256(colour: Colour) -> str:
    nearest = [min(range(6), key=lambda n: abs(CUBE[n] - value)) for value in colour]
    return f"5;{16 + 36 * nearest[0] + 6 * nearest[1] + nearest[2]}"


def kitty(image: Image, columns: int, rows: int) -> str:
    """The sequences of kitty's graphics protocol that show a picture in so many characters."""
    file = io.BytesIO()
    image.save(file, "PNG")
    data = base64.standard_b64encode(file.getvalue()).decode("ascii")
    pieces = [data[n : n + CHUNK] for n in range(0, len(data), CHUNK)]
    text = []
    for n, piece in enumerate(pieces):
        more = int(n < len(pieces) - 1)
        head = f"a=T,f=100,q=2,c={columns},r={rows},m={more}" if n == 0 else f"m={more}"
        text.append(f"\x1b_G{head};{piece}\x1b\\")
    return "".join(text)


def sixel(image: Image) -> str:
    """A picture as sixels: bands of six rows, each colour of a band drawn over the others."""
    few = image.quantize(COLOURS)
    palette, (width, height) = few.getpalette() or [], few.size
    data = few.tobytes()
    text = [f'\x1bP0;1;0q"1;1;{width};{height}']
    for n in sorted(set(data)):
        red, green, blue = (round(value / 2.55) for value in palette[3 * n : 3 * n + 3])
        text.append(f"#{n};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        rows = [data[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        bands = [f"#{colour}{_band(rows, colour, width)}" for colour in sorted(set(b"".join(rows)))]
        text.append("$".join(bands) + "-")
    return "".join(text) + "\x1b\\"


def _band(rows: list[bytes], colour: int, width: int) -> str:
    """One colour of a band, equal columns told once with their number."""
    own = [0] * width
    for bit, row in enumerate(rows):
        at = row.find(colour)
        while at >= 0:
            own[at] |= 1 << bit
            at = row.find(colour, at + 1)
    text, n = [], 0
    while n < width:
        end = n
        while end < width and own[end] == own[n]:
            end += 1
        sign = chr(63 + own[n])
        text.append(f"!{end - n}{sign}" if end - n > 3 else sign * (end - n))
        n = end
    return "".join(text)
