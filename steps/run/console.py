"""The task console: lines as one types them at CASA's prompt, and what they ask for. It knows no screen.

``inp bandpass`` shows the parameters, ``vis='x.ms'`` sets one, ``default`` resets, ``tget`` brings the last
values back, ``go`` runs; ``flagdata(vis='x.ms', mode='summary')`` is a whole call. Values
are kept for each task and EB, as is what was typed.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ..errors import CasapilotError, UsageError
from ..mous.mous import Mous
from ..wholefile import write_whole
from .taskcall import TaskCall, literal, parse_call
from .tasklist import TaskInfo, TaskList

__all__ = ["COMMANDS", "Answer", "Ask", "Console", "ParamLine", "state_file"]

MOST_HISTORY = 300
#: Command -> what it does, for a person.
COMMANDS = {
    "inp": "inp [TASK]: choose a task, and show its parameters as they are now",
    "go": "go [TASK]: run it",
    "default": "default [TASK]: all parameters as CASA has them",
    "tget": "tget [TASK]: the values of its last run",
    "help": "help [TASK]: all that CASA says of a task; alone, this list",
    "tasks": "tasks [WORD]: the tasks there are",
    "undo": "undo: put back the flags of before the last call by hand that could change them",
    "script": "script: put the last call into the script, as an edit",
    "stop": "stop: stop what runs in this EB",
    "exit": "exit: leave; what runs goes on (so does Esc)",
}


class Ask(str, Enum):
    """What a line asks for, besides an answer."""

    NOTHING = ""
    RUN = "run"
    HELP = "help"
    UNDO = "undo"
    SCRIPT = "script"
    STOP = "stop"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class ParamLine:
    """One parameter as `inp` shows it."""

    name: str
    value: str
    """As Python writes it."""
    about: str = ""
    is_set: bool = False
    """Whether it differs from CASA's default."""
    depth: int = 0
    """1 where it is a matter of another parameter's value."""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line comes to."""

    title: str = ""
    params: tuple[ParamLine, ...] = ()
    said: tuple[str, ...] = ()
    wrong: str = ""
    ask: Ask = Ask.NOTHING
    call: TaskCall | None = None
    """What is to be run."""
    task: str = ""
    """What help is wanted of."""


def state_file(mous: Mous, eb: str) -> Path:
    """Where the values and lines of one EB are kept."""
    return mous.live / "console" / f"{eb}.json"


class Console:
    """A task, its values, and what was typed before.

    Parameters
    ----------
    file : Path
        Where values and lines are kept; what cannot be read there is begun anew.
    """

    def __init__(self, tasks: TaskList, file: Path) -> None:
        self.tasks = tasks
        self._file = file
        kept = _read(file)
        self.history: list[str] = [str(line) for line in kept.get("history", [])][-MOST_HISTORY:]
        self._inputs: dict[str, dict[str, Any]] = _values(kept.get("inputs"))
        self._last: dict[str, dict[str, Any]] = _values(kept.get("last"))
        self._vis: Any = _value(kept.get("vis"))
        self.task: TaskInfo | None = tasks.tasks.get(str(kept.get("task", "")))

    @property
    def values(self) -> Mapping[str, Any]:
        """What is set of the task of now."""
        return self._inputs.get(self.task.name, {}) if self.task else {}

    @property
    def last_call(self) -> TaskCall | None:
        """The last call of the task of now."""
        return self.last(self.task.name) if self.task else None

    def last(self, task: str) -> TaskCall | None:
        """The last call of a task, or None."""
        return TaskCall(task, self._last[task]) if task in self._last else None

    def enter(self, line: str) -> Answer:
        """Take one line; what is wrong with it is in the answer."""
        text = line.strip()
        if text and (not self.history or self.history[-1] != text):
            self.history = [*self.history, text][-MOST_HISTORY:]
        try:
            answer = self._enter(text)
        except UsageError as error:
            todo = error.todo.replace("See them all: casapilot task --list", "See them all: tasks")
            answer = Answer(wrong=f"{error.what}. {todo}".strip())
        self._keep()
        return answer

    def ran(self, call: TaskCall) -> None:
        """Remember a call that was asked for: `tget` brings it back."""
        self._last[call.task] = dict(call.arguments)
        self._keep()

    def call(self) -> TaskCall:
        """The call that `go` makes: what is set and matters.

        Raises
        ------
        UsageError
            No task is chosen.
        """
        if self.task is None:
            raise UsageError("no task is chosen", "", "Type its name, or: inp TASK.")
        now = self._now()
        given = {
            each.name: self.values[each.name] for each in self.task.parameters
            if each.name in self.values and each.matters(now)
        }  # fmt: skip
        return self.task.checked(TaskCall(self.task.name, given or dict(self.values)))

    # -- one line ------------------------------------------------------------------------------------

    def _enter(self, text: str) -> Answer:
        if not text:
            say = f"go runs: {self.call().text}" if self.task else "Type the name of a task, or: help"
            return Answer(said=(say,))
        word, _, rest = text.partition(" ")
        if text.rstrip("()").lower() in ("exit", "quit", "q"):
            return Answer(ask=Ask.EXIT)
        asked = re.fullmatch(r"\?\s*(\w+)|(\w+)\s*\?", text)
        if asked:
            return self._help(asked[1] or asked[2])
        if word in COMMANDS and not re.match(r"\s*=", rest):
            return self._command(word, rest.strip())
        if re.fullmatch(r"\w+", text) and text not in self._parameter_names():
            return self._show(self._choose(text))
        if re.match(r"\w+\s*\(", text):
            return self._whole(text)
        if re.fullmatch(r"\w+\s*=", text):
            raise UsageError(
                f"{text} has no value", "", "An empty text is '': spw=''. All as CASA has it: default"
            )
        if re.match(r"\w+\s*=", text):
            return self._set(text)
        raise UsageError(f"this is not understood: {text[:60]}", "", "Type: help")

    def _parameter_names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.task.parameters) if self.task else ()

    def _command(self, word: str, rest: str) -> Answer:
        if word == "tasks":
            return self._list(rest)
        if word == "help":
            return self._help(rest)
        if word in ("undo", "script", "stop"):
            return Answer(ask=Ask(word))
        task = self._choose(rest) if rest or self.task is None else self.task
        if word == "go":
            return self._go(task.name)
        if word == "default":
            self._inputs[task.name] = {}
        if word == "tget":
            if task.name not in self._last:
                raise UsageError(f"{task.name} has not been called by hand in this EB", "", "Try: inp")
            self._inputs[task.name] = dict(self._last[task.name])
        return self._show(task)

    def _choose(self, name: str) -> TaskInfo:
        task = self.tasks.task(name)
        self.task = task
        known = {each.name for each in task.parameters}
        if name not in self._inputs:
            self._inputs[name] = {"vis": self._vis} if "vis" in known and self._vis else {}
        return task

    def _go(self, name: str) -> Answer:
        call = self.call()
        return Answer(ask=Ask.RUN, call=call)

    def _whole(self, text: str) -> Answer:
        call = parse_call(text)
        call = self._choose(call.task).checked(call)
        self._inputs[call.task] = dict(call.arguments)
        self._note_vis(call.arguments)
        return Answer(ask=Ask.RUN, call=call)

    def _set(self, text: str) -> Answer:
        if self.task is None:
            raise UsageError("no task is chosen", "", "Type its name first.")
        given = self.task.checked(TaskCall(self.task.name, parse_call(f"{self.task.name}({text})").arguments))
        self._inputs.setdefault(self.task.name, {}).update(given.arguments)
        self._note_vis(given.arguments)
        lines = [line for line in self.lines() if line.name in given.arguments]
        return Answer(params=tuple(lines))

    def _note_vis(self, arguments: Mapping[str, Any]) -> None:
        if arguments.get("vis"):
            self._vis = arguments["vis"]

    def _help(self, name: str) -> Answer:
        if not name and self.task is None:
            return Answer(said=tuple(COMMANDS.values()))
        if not name:
            return Answer(said=(*COMMANDS.values(), f"help {self.task.name if self.task else 'TASK'}"))
        return Answer(ask=Ask.HELP, task=self.tasks.task(name).name)

    def _list(self, word: str) -> Answer:
        found = self.tasks.named(word)
        if not found:
            raise UsageError(f"no task holds {word!r}", "", "Type: tasks")
        width = max(len(each.name) for each in found)
        return Answer(said=tuple(f"{each.name:{width}}  {each.about}" for each in found))

    # -- the parameters ------------------------------------------------------------------------------

    def _show(self, task: TaskInfo) -> Answer:
        said = () if task.parameters else ("its parameters are not known here: CASA was never seen",)
        return Answer(title=f"{task.name}: {task.about}".rstrip(": "), params=self.lines(), said=said)

    def lines(self) -> tuple[ParamLine, ...]:
        """The parameters of the task of now that matter, in CASA's order."""
        if self.task is None:
            return ()
        now, values = self._now(), self.values
        found = []
        for each in self.task.parameters:
            if each.matters(now):
                value = repr(values[each.name]) if each.name in values else each.default
                changed = each.name in values and value != each.default
                depth = 1 if each.under else 0
                found.append(ParamLine(each.name, value, each.about, changed, depth, each.allowed))
        return tuple(found)

    def _now(self) -> dict[str, str]:
        parameters = self.task.parameters if self.task else ()
        return {each.name: each.default for each in parameters} | {
            name: repr(value) for name, value in self.values.items()
        }

    # -- what is kept --------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Write what is to be remembered; a full disk forgets it, and nothing else."""
        data = {
            "task": self.task.name if self.task else "",
            "vis": repr(self._vis),
            "history": self.history,
            "inputs": _texts(self._inputs),
            "last": _texts(self._last),
        }
        with contextlib.suppress(OSError):
            write_whole(self._file, json.dumps(data))


def _texts(values: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    return {task: {name: repr(each) for name, each in given.items()} for task, given in values.items()}


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        data = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(data, dict) and isinstance(data.get("history", []), list):
            return data
    return {}


def _values(kept: object) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for task, given in kept.items() if isinstance(kept, dict) else ():
        for name, text in given.items() if isinstance(given, dict) else ():
            with contextlib.suppress(CasapilotError):
                found.setdefault(str(task), {})[str(name)] = literal(str(text))
    return found


def _value(text: object) -> Any:
    with contextlib.suppress(CasapilotError):
        return literal(str(text)) if text else None
    return None
