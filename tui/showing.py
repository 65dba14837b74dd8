"""Put a picture on the terminal as it is, with nothing else on the screen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .pictures import Ability, as_text, fitted, kitty, open_picture, sixel
from .terminal import ability_of, ask_terminal, cell_pixels, passed_through, size

__all__ = ["picture_text"]


def picture_text(path: Path, ability: Ability | None = None, *, spare_rows: int = 2) -> str:
    """What to write to the terminal so that it shows a PNG file.

    Parameters
    ----------
    ability : Ability, optional
        How; what the terminal can when None.
    spare_rows : int
        So many rows are left for other things.
    """
    image = open_picture(path)
    columns, rows = size()
    rows = max(rows - spare_rows, 4)
    if ability is None:
        ask = ask_terminal if sys.stdin.isatty() and sys.stdout.isatty() else None
        ability = ability_of(os.environ, ask)
    if not ability.is_exact:
        return "\n".join(as_text(image, ability, columns, rows))
    wide, high = cell_pixels()
    if ability is Ability.SIXEL:
        return sixel(fitted(image, columns * wide, rows * high))
    scale = min(columns * wide / image.width, rows * high / image.height)
    cells = max(1, int(image.width * scale / wide)), max(1, int(image.height * scale / high))
    down = "\n" * cells[1] if os.environ.get("TMUX") else ""  # tmux does not know that there is something
    return passed_through(kitty(image, *cells), os.environ) + down
