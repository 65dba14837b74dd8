"""The tasks that the CASA of a MOUS has, for completion and help: asked of its Python, and kept.

CASA itself is not started for it, so it also works while the worker is busy. Where there is no CASA the list
kept in the MOUS answers, and where there is none either, the names that scripts of all eras use.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import json
import subprocess
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CasapilotError, UsageError
from ..mous.mous import Mous
from ..wholefile import write_whole
from .launch import LAUNCH, casa_python
from .taskcall import SELECTIONS, TaskCall, literal

__all__ = ["ParamInfo", "TaskInfo", "TaskList", "load_tasks", "text_of"]

FILE = "tasks.json"
ASK_S = 60.0
"""How long CASA's Python may take to list its tasks: a cold parallel file system is slow."""


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """One parameter of a task."""

    name: str
    default: str = ""
    """As Python writes it; empty where it cannot be told."""
    type: str = ""
    about: str = ""
    allowed: tuple[str, ...] = ()
    """The only values it may have, as Python writes them."""
    must_exist: bool = False
    under: tuple[tuple[str, str, bool], ...] = ()
    """(parameter, its value, whether equal): it matters only where one of these holds."""

    def matters(self, values: Mapping[str, str]) -> bool:
        """Whether it matters while the parameters have `values`, as Python writes them."""
        return not self.under or any(
            (values.get(name) == value) is equal for name, value, equal in self.under
        )


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """One task."""

    name: str
    about: str = ""
    group: str = ""
    file: str = ""
    """Its source, which holds the long text."""
    parameters: tuple[ParamInfo, ...] = ()

    def parameter(self, name: str) -> ParamInfo:
        """Return a parameter; UsageError names the nearest where there is none."""
        for each in self.parameters:
            if each.name == name:
                return each
        todo = _nearest(name, [each.name for each in self.parameters], "Its parameters: ")
        raise UsageError(f"{self.name} has no parameter {name!r}", "", todo)

    def checked(self, call: TaskCall) -> TaskCall:
        """Return `call` with names for values given by their place, and values that CASA allows.

        Raises
        ------
        UsageError
            It has no such parameter, or does not allow that value.
        """
        if not self.parameters:
            return call
        arguments: dict[str, Any] = {}
        for key, value in call.arguments.items():
            if key.isdigit() and int(key) >= len(self.parameters):
                raise UsageError(f"{self.name} takes {len(self.parameters)} values", "", "Name them.")
            name = self.parameters[int(key)].name if key.isdigit() else self.parameter(key).name
            if name in arguments:
                raise UsageError(f"{self.name}: {name} is given twice", "", "Give it once.")
            if name in SELECTIONS and isinstance(value, int) and not isinstance(value, bool):
                value = str(value)  # CASA's own prompt takes field=0; some tasks do not
            arguments[name] = self.allowed(name, value)
        return TaskCall(call.task, arguments)

    def allowed(self, name: str, value: Any) -> Any:
        """Return `value`, where the parameter may have it."""
        known = self.parameter(name)
        if known.type in ("string", "path") and isinstance(value, (int, float)):
            raise UsageError(
                f"{self.name}: {name}={value!r} is not a text", "", f"Put it in quotes: {name}='{value}'"
            )
        if not known.allowed or repr(value) in known.allowed:
            return value
        with contextlib.suppress(UsageError):
            if any(literal(each) == value for each in known.allowed):
                return value
        if isinstance(value, (list, tuple, dict)):
            return value
        raise UsageError(
            f"{self.name}: {name}={value!r} is not allowed", "", f"Allowed: {' '.join(known.allowed)}"
        )


@dataclass(frozen=True, slots=True)
class TaskList:
    """All tasks, by name."""

    tasks: Mapping[str, TaskInfo] = field(default_factory=dict)
    source: str = "CASA"
    """Where it comes from: CASA, kept (the list of before), names (no CASA was ever seen here)."""

    def task(self, name: str) -> TaskInfo:
        """Return a task; UsageError names the nearest where there is none."""
        found = self.tasks.get(name)
        if found is None:
            todo = _nearest(name, self.tasks, "See them all: casapilot task --list")
            raise UsageError(f"there is no CASA task {name!r}", "", todo)
        return found

    def named(self, word: str = "") -> list[TaskInfo]:
        """Return the tasks whose name, group or line holds `word`."""
        wanted = word.lower()
        return [
            each for _, each in sorted(self.tasks.items())
            if wanted in each.name.lower() or wanted in each.group.lower() or wanted in each.about.lower()
        ]  # fmt: skip


def load_tasks(mous: Mous) -> TaskList:
    """Return the tasks of the CASA that `mous` is reduced with (0.5 s the first time, then from a file)."""
    kept = _kept(mous)
    try:
        python = casa_python(mous)
    except CasapilotError:
        return _list(kept, "kept") if kept else _names()
    if kept and kept.get("python") == python and _stamp(str(kept.get("folder", ""))) == kept.get("stamp"):
        return _list(kept, "CASA")
    told = _asked(python)
    if told is None:
        return _list(kept, "kept") if kept else _names()
    told.update(python=python, stamp=_stamp(str(told.get("folder", ""))))
    _keep(mous, told)
    return _list(told, "CASA")


def text_of(task: TaskInfo) -> str:
    """Return all that CASA says of a task, as ``help(task)`` shows it; empty where its source is not here."""
    with contextlib.suppress(OSError, SyntaxError, ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(Path(task.file).read_bytes())
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name.strip("_") == task.name:
                return ast.get_docstring(node) or ""
    return ""


def _asked(python: str) -> dict[str, Any] | None:
    words = [python, "-W", "ignore", str(LAUNCH), "tasks"]
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_S, cwd="/")
        told = json.loads(done.stdout)
        return told if isinstance(told, dict) and told.get("tasks") else None
    return None


def _kept(mous: Mous) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        told = json.loads((mous.live / FILE).read_text(encoding="utf-8"))
        return told if isinstance(told, dict) else {}
    return {}


def _keep(mous: Mous, told: Mapping[str, Any]) -> None:
    with contextlib.suppress(OSError):
        write_whole(mous.live / FILE, json.dumps(told))


def _stamp(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns if folder else 0
    except OSError:
        return 0


def _list(told: Mapping[str, Any], source: str) -> TaskList:
    try:
        tasks = [_task(each) for each in told["tasks"]]
    except (KeyError, TypeError, ValueError):
        return _names()
    return TaskList({each.name: each for each in tasks}, source)


def _task(data: Mapping[str, Any]) -> TaskInfo:
    return TaskInfo(
        name=str(data["name"]),
        about=str(data.get("about", "")),
        group=str(data.get("group", "")),
        file=str(data.get("file", "")),
        parameters=tuple(_parameter(each) for each in data.get("parameters", ())),
    )


def _parameter(data: Mapping[str, Any]) -> ParamInfo:
    return ParamInfo(
        name=str(data["name"]),
        default=str(data.get("default", "")),
        type=str(data.get("type", "")),
        about=str(data.get("about", "")),
        allowed=tuple(map(str, data.get("allowed", ()))),
        must_exist=bool(data.get("must_exist")),
        under=tuple((str(name), str(value), bool(equal)) for name, value, equal in data.get("under", ())),
    )


def _names() -> TaskList:
    from ..script.tasks import TASKS

    tasks = {name: TaskInfo(name) for name in TASKS}
    return TaskList(tasks, "names")


def _nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    names = list(known)
    close = difflib.get_close_matches(name, names, 3, 0.5) or [each for each in names if name in each][:3]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return otherwise + (", ".join(names) if otherwise.endswith(": ") else "")
