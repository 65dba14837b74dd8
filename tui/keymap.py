"""Which key does what: the registry's keys, and those a person wrote into casapilot/keys.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..steps.errors import UsageError
from .actions import ACTIONS, BY_ID

if TYPE_CHECKING:
    from textual.events import Key

__all__ = ["Keymap", "key_name", "keys_file", "load_keymap"]

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "minus": "-",
}
_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}
_SPECIAL = {*_SHOWN, "backspace", "delete", "insert", *(f"f{n}" for n in range(1, 13))}


class Keymap:
    """Key -> action, pane by pane."""

    def __init__(self, own: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._keys = {action.id: action.keys for action in ACTIONS} | dict(own or {})
        self._panes: dict[str, dict[str, str]] = {}
        for action in ACTIONS:
            pane = self._panes.setdefault(action.pane, {})
            for key in self._keys[action.id]:
                pane.setdefault(key, action.id)

    def find(self, event: Key, *panes: str) -> str | None:
        """The action that the key does in the first of `panes` that knows it."""
        key = _NAMES.get(event.key, event.key)
        if event.is_printable and event.character and not event.character.isspace():
            key = event.character
        for pane in panes:
            if action := self._panes.get(pane, {}).get(key):
                return action
        return None

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action."""
        return self._keys[action]

    def shown(self, action: str) -> str:
        """The first key of an action, as the footer writes it; empty when it has none."""
        keys = self._keys[action]
        return key_name(keys[0]) if keys else ""


def key_name(key: str) -> str:
    """A key as people write it."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return "^" + key[5:].upper()
    return key.upper() if len(key) > 1 else key


def keys_file(environ: Mapping[str, str]) -> Path:
    """Where a person's own keys are."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".config")
    return Path(base) / "casapilot" / "keys.toml"


def load_keymap(path: Path) -> Keymap:
    """The keys of the registry, changed by the file at `path` where there is one.

    It holds ``action = "key"`` or ``action = ["key", "key"]``, as the help (`?`) names the actions.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", str(path)) from error
    return Keymap(_own_keys(_parse(text, path), text, path))


def _parse(text: str, path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"is not TOML: {error}", str(path), 'Lines look like: run-all = "R"') from error


def _own_keys(data: dict[str, Any], text: str, path: Path) -> dict[str, tuple[str, ...]]:
    own = {}
    for name, value in data.items():
        where = f"{path}:{_line_of(name, text)}"
        if name not in BY_ID:
            close = get_close_matches(name, BY_ID, 1)
            todo = f"Did you mean {close[0]!r}?" if close else "The help (?) names the actions."
            raise UsageError(f"there is no action {name!r}", where, todo)
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise UsageError(f"{name} must be a key or a list of keys", where, f'As in: {name} = "R"')
        own[name] = tuple(_checked(key, where) for key in keys)
    _refuse_clashes(own, text, path)
    return own


def _checked(key: str, where: str) -> str:
    key = _NAMES.get(key.strip().lower(), key.strip())
    known = len(key) == 1 or key.lower() in _SPECIAL
    control = key.lower().startswith("ctrl+") and len(key) == 6
    if not known and not control:
        todo = 'Keys are single characters, "ctrl+x", or: ' + ", ".join(sorted(_SPECIAL)) + "."
        raise UsageError(f"{key!r} is not a key that every terminal sends", where, todo)
    return key if len(key) == 1 else key.lower()


def _refuse_clashes(own: dict[str, tuple[str, ...]], text: str, path: Path) -> None:
    for name, keys in own.items():
        for other in ACTIONS:
            taken = own.get(other.id, other.keys)
            both = set(keys) & set(taken)
            if other.id != name and other.pane == BY_ID[name].pane and both:
                raise UsageError(
                    f"{sorted(both)[0]!r} does both {name!r} and {other.id!r}",
                    f"{path}:{_line_of(name, text)}",
                    f"Give {other.id!r} another key in the same file.",
                )


def _line_of(name: str, text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().strip("\"'").startswith(name):
            return number
    return 1
