"""Tasks as a script sees them: CASA's own, but each call is journaled and judged.

The wrappers take the place of the tasks in the casatasks package too, so that a script's own
``from casatasks import gaincal`` gets them. What a task calls inside itself is not the script's call.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import types
from types import FrameType
from typing import Any, Callable, Dict, Mapping, Optional

from . import outcomes
from .scripts import describe
from .values import call_text
from .watched import Watched

__all__ = ["Desk", "Special", "arguments_of"]

_LOG_READ = 1 << 20
"""At most so much of a call's log is read to judge it, bytes."""

Task = Callable[..., Any]
Special = Callable[[Watched, Task, Dict[str, Any]], Any]
_NO_TASKS = ("casalog", "version", "version_string", "xml_interface_defs")


def arguments_of(task: Task, args: Any, kwargs: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the arguments that were given, by name; those of a call that does not fit as arg0, arg1, ..."""
    try:
        return dict(inspect.signature(task).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return {**{f"arg{n}": value for n, value in enumerate(args)}, **kwargs}


class Desk:
    """Wraps tasks, and knows the step whose calls are journaled (none between steps).

    Parameters
    ----------
    log_path : callable
        Returns the file CASA logs to at the moment.
    special : dict
        Task name -> what is to be called in its stead, with the step, the task and the arguments.
    """

    def __init__(self, log_path: Callable[[], str], special: Optional[Mapping[str, Special]] = None) -> None:
        self.step: Optional[Watched] = None
        self._log_path = log_path
        self._special = dict(special or {})
        self._inside = threading.local()

    def wrap(self, name: str, task: Task) -> Task:
        """Return `task` with its calls journaled; its signature and help stay."""

        def call(*args: Any, **kwargs: Any) -> Any:
            step = self.step
            if step is None or getattr(self._inside, "a_call", False):
                return task(*args, **kwargs)
            self._inside.a_call = True
            try:
                return self._watch(step, name, task, args, kwargs, sys._getframe(1))
            finally:
                self._inside.a_call = False

        return _in_place_of(name, task, call)

    def install(self, casatasks: Any) -> Dict[str, Task]:
        """Put wrappers into casatasks and its modules, and return them by name."""
        wrappers: Dict[str, Task] = {}
        for name in getattr(casatasks, "__all__", ()):
            task = getattr(casatasks, name, None)
            if name in _NO_TASKS or not callable(task):
                continue
            wrappers[name] = self.wrap(name, task)
            setattr(casatasks, name, wrappers[name])
            module = sys.modules.get(f"{casatasks.__name__}.{name}")
            if module is not None and getattr(module, name, None) is task:
                setattr(module, name, wrappers[name])
        return wrappers

    def _watch(
        self, step: Watched, name: str, task: Task, args: Any, kwargs: Dict[str, Any], frame: FrameType
    ) -> Any:
        given = arguments_of(task, args, kwargs)
        line = _line_in(step.script, frame)
        end = step.begin(name, call_text(name, given), line)
        before = outcomes.look(outcomes.outputs(name, given))
        log = _LogSince(self._log_path())
        special = self._special.get(name)
        try:
            returned = special(step, task, given) if special else task(*args, **kwargs)
        except BaseException as error:
            end(None, describe(error), False)
            raise
        verdict = outcomes.judge(outcomes.Call(name, given, before, returned, log.read()))
        step.note(name, line, verdict)
        step.results.keep(name, given, returned)
        end(returned, verdict.text if verdict else "", not (verdict and verdict.fatal))
        return returned


def _in_place_of(name: str, task: Task, call: Task) -> Task:
    """Return something that is `task` to all who look, and calls `call`.

    CASA's tasks are objects, and CASA itself reads the arguments of their ``__call__`` (flagdata does
    to check a list of commands), which a function in their place would not have.
    """
    kind = type(task)
    if isinstance(task, types.FunctionType) or "__call__" not in vars(kind):
        stand_in: Any = functools.wraps(task)(call)
    else:

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return call(*args, **kwargs)

        method.__dict__["__signature__"] = inspect.signature(vars(kind)["__call__"])
        names = {"__call__": method, "__doc__": task.__doc__, "__module__": kind.__module__}
        stand_in = object.__new__(type(kind.__name__, (kind,), names))
        stand_in.__dict__.update(vars(task))
    stand_in.__dict__["__name__"] = name
    return stand_in  # type: ignore[no-any-return]  # it is as callable as the task


def _line_in(script: str, frame: Optional[FrameType]) -> int:
    """Return the line of `script` that the innermost of its frames is at; 0 when it has none."""
    while frame is not None:
        if frame.f_code.co_filename == script:
            return frame.f_lineno
        frame = frame.f_back
    return 0


class _LogSince:
    """What is written to a log file from now on."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._start = _size(path)

    def read(self) -> str:
        if _size(self._path) <= self._start:
            return ""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._start)
                return file.read(_LOG_READ).decode("utf-8", "replace")
        except OSError:
            return ""


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if os.path.isfile(path) else 0
    except OSError:
        return 0
