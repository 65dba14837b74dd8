"""Completion in the task console: tasks, parameters, and values that are known without asking CASA."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..record.runs import RunRecord
from .console import COMMANDS, Console
from .tasklist import ParamInfo, TaskInfo

__all__ = ["Completion", "Known", "complete", "known_of"]

_OF_TASKS = ("inp", "go", "default", "tget", "help")
_MSS = frozenset(("vis", "msname", "concatvis"))
_TABLES = frozenset(("caltable", "gaintable", "tablein", "fluxtable"))
#: Parameter -> the axis of the flag counts that names its values.
_AXES = {
    "antenna": "antenna", "refant": "antenna", "wvrflag": "antenna", "field": "field", "reference": "field",
    "transfer": "field", "spw": "spw", "scan": "scan", "correlation": "correlation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an EB's data without CASA."""

    mss: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """Calibration tables."""
    files: tuple[str, ...] = ()
    axes: Mapping[str, Mapping[str, Sequence[str]]] | None = None
    """MS -> axis of the flag counts -> its names."""
    versions: Mapping[str, Sequence[str]] | None = None
    """MS -> its flag versions."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in place of the text between two positions of a line."""

    start: int
    end: int
    words: tuple[str, ...]
    """What would be put there."""


def known_of(folder: Path, runs: Iterable[RunRecord]) -> Known:
    """Look into an EB's folder, and at the flag counts in its records."""
    mss: list[str] = []
    tables: list[str] = []
    files: list[str] = []
    versions: dict[str, Sequence[str]] = {}
    for entry in sorted(os.scandir(folder), key=lambda each: each.name) if folder.is_dir() else ():
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        files.append(entry.name)
        if (path / "table.dat").is_file():
            (mss if (path / "POLARIZATION").is_dir() else tables).append(entry.name)
        if entry.name.endswith(".flagversions"):
            names = sorted(each.name.removeprefix("flags.") for each in path.glob("flags.*"))
            versions[entry.name.removesuffix(".flagversions")] = names
    axes: dict[str, dict[str, Sequence[str]]] = {}
    for run in runs:
        for change in run.flags:
            counts = change.after or change.before or {}
            axes[change.ms] = {axis: _natural(counts[axis]) for axis in set(_AXES.values()) if axis in counts}
    return Known(tuple(mss), tuple(tables), tuple(files), axes, versions)


def complete(line: str, cursor: int, console: Console, known: Known) -> Completion:
    """Return what may come at the cursor."""
    text = line[:cursor]
    call = re.match(r"\s*(\w+)\s*\(", text)
    if call:
        task = console.tasks.tasks.get(call[1])
        return (
            _in_arguments(text, call.end(), task, console, known) if task else Completion(cursor, cursor, ())
        )
    command = re.fullmatch(r"\s*(\w+)\s+(\w*)", text)
    if command and command[1] in _OF_TASKS:
        return _words(command.start(2), cursor, command[2], console.tasks.tasks)
    if re.match(r"\s*\w+\s*=", text):
        return _in_arguments(text, 0, console.task, console, known)
    word = re.search(r"\w*$", text)
    start = word.start() if word else cursor
    if text[:start].strip():
        return Completion(cursor, cursor, ())
    names = [f"{each.name}=" for each in console.task.parameters] if console.task else []
    return _words(start, cursor, text[start:], [*names, *COMMANDS, *console.tasks.tasks])


def _in_arguments(text: str, start: int, task: TaskInfo | None, console: Console, known: Known) -> Completion:
    """Complete the argument that `text` ends in."""
    at = _argument(text, start)
    part = text[at:]
    lead = len(part) - len(part.lstrip())
    name, equals, value = part.lstrip().partition("=")
    cursor = len(text)
    if task is None:
        return Completion(cursor, cursor, ())
    if not equals:
        given = set(re.findall(r"(\w+)\s*=", text[start:at]))
        names = [f"{each.name}=" for each in task.parameters if each.name not in given]
        return _words(at + lead, cursor, name, names)
    parameter = next((each for each in task.parameters if each.name == name.strip()), None)
    if parameter is None:
        return Completion(cursor, cursor, ())
    vis = re.search(r"\bvis\s*=\s*['\"]([^'\"]*)['\"]", text)
    ms = vis[1] if vis else str(console.values.get("vis", ""))
    return _value(cursor - len(value), value, parameter, known, ms)


def _argument(text: str, start: int) -> int:
    """Where the argument begins that `text` ends in: behind the last comma outside of brackets and quotes."""
    depth, quote, at = 0, "", start
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            at = index + 1
    return at


def _value(start: int, value: str, parameter: ParamInfo, known: Known, ms: str) -> Completion:
    """Complete a value: a literal that CASA allows, a name in quotes, a name in a list."""
    end = start + len(value)
    plain = _plain(parameter)
    names = _names(parameter.name, known, ms)
    quote = _open_quote(value)
    if quote >= 0:
        inside = value[quote + 1 :]
        allowed = [each.strip("'\"") for each in parameter.allowed if each[:1] in "'\""]
        names = allowed or names
        piece = inside.rpartition(",")[2] if parameter.name in _AXES else inside
        head = inside[: len(inside) - len(piece)]
        mark = value[quote]
        fit = _fitting(piece, names)
        return Completion(start + quote, end, tuple(f"{mark}{head}{name}{mark}" for name in fit))
    words = [*plain, *(repr(name) for name in names if repr(name) not in plain)]
    piece = value.lstrip("[( ")
    return Completion(end - len(piece), end, tuple(_fitting(piece, words)))


def _plain(parameter: ParamInfo) -> list[str]:
    if parameter.allowed:
        return list(parameter.allowed)
    return ["True", "False"] if parameter.type == "bool" else []


def _open_quote(value: str) -> int:
    """Where a quote begins that is not closed; -1 where none is."""
    quote, at = "", -1
    for index, char in enumerate(value):
        if quote:
            if char == quote:
                quote, at = "", -1
        elif char in "'\"":
            quote, at = char, index
    return at


def _names(name: str, known: Known, ms: str) -> list[str]:
    if name in _MSS:
        return [*known.mss, *known.tables] if name == "vis" else list(known.mss)
    if name in _TABLES:
        return list(known.tables)
    if name in ("versionname", "oldname"):
        return list((known.versions or {}).get(ms, ()))
    if name in _AXES:
        return list((known.axes or {}).get(ms, {}).get(_AXES[name], ()))
    return list(known.files) if name.endswith(("name", "file", "table", "image")) else []


def _words(start: int, end: int, typed: str, words: Iterable[str]) -> Completion:
    return Completion(start, end, tuple(_fitting(typed, words)))


def _fitting(typed: str, words: Iterable[str]) -> list[str]:
    """Those that begin with what was typed; where none does, those that hold it."""
    listed = list(dict.fromkeys(words))
    bare = typed.lower()
    begin = [word for word in listed if word.lower().startswith(bare)]
    return begin or [word for word in listed if bare in word.lower()]


def _natural(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: [(part.isdigit(), int(part) if part.isdigit() else 0, part)
                                           for part in re.split(r"(\d+)", name)])  # fmt: skip
