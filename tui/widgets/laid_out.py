"""Text that is laid out for the width there is, and anew only when something has changed."""

from __future__ import annotations

from collections.abc import Iterable

from .lines import LineView
from .paint import Line

__all__ = ["TextView"]


class TextView(LineView):
    """Lines without a cursor; a subclass says the text, and what it follows from."""

    has_cursor = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._drawn_for: tuple[object, ...] = ()

    # What a subclass says

    def inputs(self) -> tuple[object, ...]:
        """What the text follows from, beside the size of the view: it is laid out anew when that changes."""
        raise NotImplementedError

    def text(self, width: int) -> Iterable[Line]:
        """The lines, none wider than `width`."""
        raise NotImplementedError

    # Drawing

    def count(self) -> int:
        return len(self._lines)

    def line(self, index: int, width: int) -> Line:
        return self._lines[index]

    def _settle_top(self) -> None:
        self._lay_out()
        super()._settle_top()

    def _lay_out(self) -> None:
        wanted = (*self.inputs(), self.size.width, self.casapilot.ascii)
        if wanted == self._drawn_for or not self.size.width:
            return
        self._drawn_for = wanted
        self._lines = list(self.text(self.size.width))
        self._roll_to(self.top)
        self.refresh()
