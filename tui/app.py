"""The app: opens a MOUS, holds what all screens share, and leaves cleanly whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.events import Resize
from textual.filter import Monochrome, NoColor

from ..steps.errors import CasapilotError, UsageError
from .bridge import Bridge
from .clipboard import copy_text
from .editor import pager_command, take_terminal
from .glyphs import ASCII, UNICODE, Glyphs, wants_ascii
from .hangup import end_with_terminal
from .keymap import Keymap, keys_file, load_keymap
from .recent import Recent, load_recent, save_recent, state_file
from .screens.main import MainScreen
from .screens.small import MIN_HEIGHT, MIN_WIDTH, TooSmall
from .widgets.paint import NIGHT, AsciiFilter, Palette

if TYPE_CHECKING:
    from ..steps.checklist.model import Key
    from ..steps.run.session import Session

__all__ = ["Casapilot", "open_mous"]

DEMO = "demo"
"""Result of the app when the demo is wanted."""


class Casapilot(App[object]):
    """The screens over one Session."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []
    TITLE = "casapilot"

    def __init__(
        self,
        root: Path | None,
        *,
        session: Session | None = None,
        ascii_only: bool = False,
        autorun: bool = False,
        keymap: Keymap | None = None,
        clock: Callable[[], float] = time.time,
        start: Path | None = None,
    ) -> None:
        super().__init__()
        self.root = root
        self.session = session
        self.ascii = ascii_only or wants_ascii(os.environ)
        self.autorun = autorun
        self.keymap = keymap or Keymap()
        self.clock = clock
        self.bridge = Bridge()
        self.recent = Recent()
        self.place: Key | None = None
        """The item that is looked at: a screen that is opened again begins there."""
        self._start = start or Path.cwd()
        self._palettes: dict[str, Palette] = {}
        self._mouse_on = True
        self.register_theme(NIGHT)
        self.theme = self._first_theme()
        self.animation_level = "none"
        if self.no_color:  # textual has chosen its filter for another theme
            self._filters = [*(each for each in self._filters if not isinstance(each, Monochrome)), NoColor()]
        if self.ascii:
            self._filters.append(AsciiFilter())

    def _first_theme(self) -> str:
        """Textual's own wish, else our colours where there are enough of them, else the terminal's."""
        wished = os.environ.get("TEXTUAL_THEME", "")
        if wished in self.available_themes:
            return wished
        many = self.console.color_system in ("256", "truecolor") and not self.no_color
        return NIGHT.name if many else "ansi-dark"

    # What the widgets need

    @property
    def glyphs(self) -> Glyphs:
        """The signs this terminal can show."""
        return ASCII if self.ascii else UNICODE

    @property
    def plain(self) -> bool:
        """Whether the colours are the terminal's own sixteen."""
        return self.current_theme.ansi

    @property
    def palette(self) -> Palette:
        """The named styles under the theme of now."""
        if self.theme not in self._palettes:
            self._palettes[self.theme] = Palette(self.theme_variables, self.plain)
        return self._palettes[self.theme]

    @property
    def folder_name(self) -> str:
        """What to call the MOUS until it has been read."""
        return self.root.name if self.root else ""

    @property
    def main(self) -> MainScreen | None:
        """The main screen, when it is there."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                return screen
        return None

    def say(self, text: str, style: str = "text") -> None:
        """Show a message on the main screen."""
        if self.main is not None:
            self.main.say(text, style)

    # Begin and end

    def get_default_screen(self) -> Any:
        if self.root is not None or self.session is not None:
            return MainScreen()
        from .screens.open import OpenScreen

        return OpenScreen(self._start, "There is no MOUS of casapilot here (no mous.toml).")

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self.exit, None, 128 + number)
        self.recent = load_recent(state_file(os.environ))
        if self.main is not None:
            self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._open_session(), exit_on_error=False)

    async def _open_session(self) -> None:
        """Load the MOUS, now that the screen is there."""
        from .screens.dialogs import error_dialog

        main = self.main
        assert main is not None
        try:
            if self.session is None:
                self.session = await self.bridge.ask(_make_session, self.root)
        except Exception as error:
            await self.push_screen_wait(error_dialog(error))
            self.exit(None, getattr(error, "exit_code", 4))
            return
        mous = self.session.mous
        self.place = self.recent.place(mous.root.resolve())
        main.start()
        self.recent = self.recent.opened(mous.root.resolve(), mous.title or mous.uid, self.clock())
        self.keep_recent()
        if self.autorun:
            await self._welcome(main)

    async def _welcome(self, main: MainScreen) -> None:
        from .screens.dialogs import Choice, Option

        simulated = self.session is not None and (self.session.mous.root / "truth.json").exists()
        what = "Simulated ALMA data" if simulated else "A real observation"
        text = [
            (f"{what}, reduced by real CASA, item by item. Each run is counted, recorded and "
             "committed to the history of this folder; closing the screen stops nothing.", "text"),
            ("", ""),
            ("? says at any time what the keys do.", "dim"),
        ]  # fmt: skip
        options = [
            Option("a", "Run everything and watch", "all"),
            Option("s", "Step by step myself", "step"),
        ]
        answer = await self.push_screen_wait(Choice("Welcome to casapilot", text, options))
        if answer == "all":
            await main.poll(always=True)
            main.run_deed(main.run_everything())

    def open(self, path: Path) -> None:
        """Open the MOUS at `path` (from the open screen)."""
        from .screens.open import OpenScreen

        try:
            self.root = _find(path)
        except CasapilotError as error:
            if isinstance(self.screen, OpenScreen):
                self.screen.say(error)
            return
        self.run_worker(self._switch(), exit_on_error=False)

    async def _switch(self) -> None:
        await self.push_screen(MainScreen())
        self.call_after_refresh(self._begin)

    def start_demo(self) -> None:
        """Leave, and have the demo begun."""
        self.exit(DEMO)

    def leave(self) -> None:
        """Close the screen."""
        self.exit(None)

    # The terminal

    def on_resize(self, event: Resize) -> None:
        small = event.size.width < MIN_WIDTH or event.size.height < MIN_HEIGHT
        shown = isinstance(self.screen, TooSmall)
        if shown:
            self.pop_screen()
        if small:
            self.push_screen(TooSmall())

    def page(self, path: Path) -> None:
        """Show a file in the person's pager."""
        take_terminal(self, pager_command(os.environ, path))

    def shell(self) -> None:
        """A shell in the folder of the MOUS."""
        folder = self.session.mous.root if self.session else None
        take_terminal(self, [os.environ.get("SHELL", "/bin/sh")], folder)

    def command(self, *words: str) -> None:
        """A command of ours, in the folder of the MOUS and on the whole terminal, until Enter is typed."""
        line = [sys.executable, "-m", "casapilot.tui.cli", *words]
        folder = self.session.mous.root if self.session else None
        take_terminal(self, ["sh", "-c", '"$@"; printf "\nEnter goes back "; read _', "sh", *line], folder)

    def copy(self, text: str) -> str:
        """Copy `text`; says what was done."""
        live = self.session.mous.live if self.session else Path.cwd()
        return copy_text(text, live / "yank.txt", self.copy_to_clipboard)

    def toggle_mouse(self) -> bool:
        """Take the mouse or leave it to the terminal; whether it is ours now."""
        self._mouse_on = not self._mouse_on
        driver: Any = self._driver
        if driver is not None:
            driver._mouse = True  # a driver started without it ignores both calls otherwise
            (driver._enable_mouse_support if self._mouse_on else driver._disable_mouse_support)()
        return self._mouse_on

    def redraw(self) -> None:
        """Draw the whole screen anew."""
        driver = self._driver
        if driver is not None:
            driver.write("\x1b[2J")
        self.screen.refresh(layout=True)

    # What is kept

    @property
    def initials(self) -> str:
        """The initials last signed with."""
        return self.recent.initials

    def remember_initials(self, initials: str) -> None:
        """Offer these the next time."""
        if initials != self.recent.initials:
            self.recent = Recent(initials, self.recent.mous)
            self.keep_recent()

    def keep_recent(self) -> None:
        """Write what was opened, and where one was."""
        if self.session is not None and self.place is not None:
            self.recent = self.recent.at(self.session.mous.root.resolve(), str(self.place))
        save_recent(self.recent, state_file(os.environ))

    def on_unmount(self) -> None:
        if self.session is not None:
            self.keep_recent()

    def keep_traceback(self) -> None:
        """Write the traceback of a mistake of ours where it can be found; the screen goes on."""
        if self.session is not None:
            with contextlib.suppress(OSError):
                path = self.session.mous.live / "ui-error.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(traceback.format_exc(), encoding="utf-8")


def _find(path: Path) -> Path:
    """Root of the MOUS that `path` lies in, found without reading it."""
    if not path.is_dir():
        raise UsageError("is not a folder", str(path), "Check the path.")
    start = path.resolve()
    for folder in (start, *start.parents):
        if (folder / "mous.toml").is_file():
            return folder
    raise UsageError("is not in a MOUS of casapilot: no mous.toml here or above", str(start))


def _make_session(root: Path) -> Session:
    from ..steps.mous.mous import find_mous
    from ..steps.run.session import Session

    return Session(find_mous(root))


def open_mous(
    directory: Path | None,
    *,
    ascii_only: bool = False,
    mouse: bool = True,
    session: Session | None = None,
    autorun: bool = False,
) -> int:
    """Open the MOUS that `directory` (default: here) lies in, or let one be picked; the exit code."""
    terminal = os.environ.get("TERM", "")
    if terminal in ("", "dumb", "unknown"):
        raise UsageError(
            f"the screens cannot be drawn in this terminal (TERM={terminal or 'not set'})",
            "",
            "Set TERM to what the terminal is (xterm, screen, linux), or use: casapilot status, "
            "casapilot run --all",
        )
    for name in ("COLUMNS", "LINES"):  # a shell may have exported the size of another terminal
        os.environ.pop(name, None)
    root = session.mous.root if session is not None else _root_or_none(directory)
    app = Casapilot(
        root,
        session=session,
        ascii_only=ascii_only,
        autorun=autorun,
        keymap=load_keymap(keys_file(os.environ)),
        start=directory.resolve() if directory else None,
    )
    if terminal.startswith("screen") and not os.environ.get("TMUX"):
        mouse = False  # GNU screen passes the sequences of the mouse on as text
    app._mouse_on = mouse
    end_with_terminal()
    result = app.run(mouse=mouse)
    if result == DEMO:
        from .cli import main

        return main(["demo"])
    return app.return_code or 0


def _root_or_none(directory: Path | None) -> Path | None:
    path = directory if directory is not None else Path.cwd()
    if not path.is_dir():
        raise UsageError("is not a folder", str(path), "Check the path, or leave it out to pick a MOUS.")
    with contextlib.suppress(UsageError):
        return _find(path)
    return None
