"""A list of lines that draws only those in sight, with a cursor, and keys as in vim."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.events import Key, MouseDown, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ..glyphs import clean
from .paint import Line, Span, paint, wrap

if TYPE_CHECKING:
    from ..app import Casapilot

__all__ = ["Bar", "Block", "Drawn", "LineView"]


class Drawn(Widget):
    """A widget that draws itself line by line."""

    DEFAULT_CSS = "Drawn { height: 1; width: 1fr; }"

    @property
    def casapilot(self) -> Casapilot:
        """The app, by its own type."""
        app: Casapilot = self.app  # type: ignore[assignment]  # textual knows only App[object]
        return app


class Bar(Drawn):
    """One line (or a few) that says something."""

    ground = "base"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()

    def show(self, *lines: Line) -> None:
        """Draw `lines` from now on."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else ()
        return paint(line, self.size.width, self.casapilot.palette, self.ground)


class Block(Drawn):
    """Paragraphs wrapped to the width, as high as they need to be."""

    DEFAULT_CSS = "Block { height: auto; width: 1fr; }"

    def __init__(self, paragraphs: Iterable[Span], ground: str = "dialog", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paragraphs = tuple(paragraphs)
        self._ground = ground

    def _lines(self, width: int) -> list[Line]:
        return [
            [(line, style)]
            for text, style in self._paragraphs
            for line in (wrap(clean(text), width, "  " if text.startswith("  ") else "") if text else [""])
        ]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        line = lines[y] if y < len(lines) else ()
        if y == self.size.height - 1 and len(lines) > self.size.height:
            line = [(self.casapilot.glyphs.more, "dim")]
        return paint(line, width, self.casapilot.palette, self._ground)


class LineView(Drawn, can_focus=True):
    """Lines that can be moved through; a subclass says how many there are and what each holds."""

    DEFAULT_CSS = "LineView { height: 1fr; width: 1fr; }"

    name_of_pane = "lines"
    has_cursor = True
    ground = "base"

    class Moved(Message):
        """The cursor is on another line now."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

    class Chosen(Message):
        """Enter was pressed, or the line under the cursor clicked."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.top = 0
        self.cursor = 0
        self.skip = 0
        """Columns scrolled away to the left."""

    # What a subclass says

    def count(self) -> int:
        """How many lines there are."""
        return 0

    def line(self, index: int, width: int) -> Line:
        """What line `index` holds."""
        raise NotImplementedError

    def selectable(self, index: int) -> bool:
        """Whether the cursor can stand on line `index`."""
        return True

    # Drawing

    def render_line(self, y: int) -> Strip:
        index, width = self.top + y, self.size.width
        if not 0 <= index < self.count():
            return paint((), width, self.casapilot.palette, self.ground)
        under_cursor = self.has_cursor and index == self.cursor
        strong = self.has_focus or not self.can_focus
        base = ("cursor" if strong else "cursor-off") if under_cursor else self.ground
        return paint(self.line(index, width), width, self.casapilot.palette, base, self.skip)

    def redraw(self) -> None:
        """The lines are others now."""
        self.cursor = min(self.cursor, max(self.count() - 1, 0))
        self._settle_top()
        self.refresh()

    def position(self) -> str:
        """Where in the lines one is, for the rule below; empty when all are in sight."""
        total, height = self.count(), self.size.height
        if total <= height or not height:
            return ""
        return f"{self.top + 1}-{min(self.top + height, total)}/{total}"

    # Moving

    def on_key(self, event: Key) -> None:
        keymap = self.casapilot.keymap
        action = keymap.find(event, "move")
        if action is not None and keymap.find(event, self.name_of_pane) is None:
            event.stop()
            event.prevent_default()
            getattr(self, action.replace("-", "_"))()

    def move_up(self) -> None:
        """One line up."""
        self.step(-1)

    def move_down(self) -> None:
        """One line down."""
        self.step(1)

    def move_page_up(self) -> None:
        """One page up."""
        self.step(-max(self.size.height - 1, 1))

    def move_page_down(self) -> None:
        """One page down."""
        self.step(max(self.size.height - 1, 1))

    def move_top(self) -> None:
        """To the first line."""
        self.step(-self.count())

    def move_end(self) -> None:
        """To the last line."""
        self.step(self.count())

    def move_left(self) -> None:
        """Some columns to the left."""
        self.shift(-8)

    def move_right(self) -> None:
        """Some columns to the right."""
        self.shift(8)

    def shift(self, columns: int) -> None:
        """Scroll sideways."""
        self.skip = max(self.skip + columns, 0)
        self.refresh()

    def step(self, lines: int) -> None:
        """Move by so many lines, as far as there are any."""
        if self.has_cursor:
            self.go_to(self.cursor + lines, -1 if lines < 0 else 1)
        else:
            self._roll_to(self.top + lines)

    def go_to(self, index: int, direction: int = 1) -> None:
        """Put the cursor on line `index`, or the next after it that it can stand on."""
        last = self.count() - 1
        wanted = index = min(max(index, 0), max(last, 0))
        while 0 <= index <= last and not self.selectable(index):
            index += direction
        if not 0 <= index <= last:
            index = wanted
            while 0 <= index <= last and not self.selectable(index):
                index -= direction
        if not 0 <= index <= last or index == self.cursor:
            self._settle_top()
            return
        before, top = self.cursor, self.top
        self.cursor = index
        self._settle_top()
        if top == self.top:
            self._refresh_lines(before, index)
        self.post_message(self.Moved(self))

    def _settle_top(self) -> None:
        height = self.size.height
        top = min(self.top, max(self.count() - height, 0))
        if self.has_cursor and height:
            margin = 1 if height > 4 else 0
            top = max(min(top, self.cursor - margin), self.cursor - height + 1 + margin)
            top = min(top, max(self.count() - height, 0))
        self._roll_to(top)

    def _roll_to(self, top: int) -> None:
        top = max(min(top, self.count() - self.size.height), 0)
        if top != self.top:
            self.top = top
            self.refresh()
            self.post_message(self.Moved(self))

    def _refresh_lines(self, *indexes: int) -> None:
        width = self.size.width
        if indexes:
            self.refresh(*(Region(0, index - self.top, width, 1) for index in indexes))

    # Surroundings

    def on_resize(self, event: Resize) -> None:
        self._settle_top()
        self.refresh()
        if self.name_of_pane != "list":  # there the message means that a person looks at another item
            self.post_message(self.Moved(self))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_mouse_down(self, event: MouseDown) -> None:
        index = self.top + event.y
        if self.has_cursor and index < self.count() and self.selectable(index):
            if index == self.cursor:
                self.post_message(self.Chosen(self))
            self.go_to(index)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.step(-3)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.step(3)
