"""One CASA task by hand: called with literal values in the warm process of its EB, judged like a step.

What comes in is the name of a task, of a closed list, and the values of its parameters as Python literals:
no text of a person is ever executed.
"""

from __future__ import annotations

import ast
import os
import pprint
from typing import Any, Callable, Dict, Mapping, NamedTuple

from ..errors import ControlError
from .life import Options
from .runner import Ended, Request, Runner
from .scripts import describe, is_interrupt
from .watched import StopRequested, Watched

__all__ = ["TaskCall", "parse_call", "run_call"]

_SHOWN = 20_000
"""Characters of a returned value that are printed."""

Task = Callable[..., Any]


class TaskCall(NamedTuple):
    """A task that is asked for."""

    request: Request
    task: str
    arguments: Dict[str, Any]


def parse_call(request: Dict[str, Any], options: Options, tasks: Mapping[str, Task]) -> TaskCall:
    """Return what a request to the worker asks for.

    Raises
    ------
    ControlError
        There is no such task, or its arguments are not literals.
    """
    name = str(request["task"])
    if name not in tasks:
        raise ControlError(f"this CASA has no task {name!r}", options.eb)
    try:
        arguments = ast.literal_eval(str(request["arguments"]))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ControlError(f"the values for {name} are not literals: {error}", options.eb) from error
    if not isinstance(arguments, dict) or not all(isinstance(each, str) for each in arguments):
        raise ControlError(f"the values for {name} have no names", options.eb)
    wanted = Request(
        run=str(request["run"]),
        eb=str(request.get("eb", options.eb)),
        item=str(request.get("item", "")),
        script="",
        step=None,
        title=str(request.get("title", name)),
        folder=os.path.join(options.live, str(request["folder"])),
    )
    return TaskCall(wanted, name, arguments)


def run_call(call: TaskCall, step: Watched, runner: Runner, tasks: Mapping[str, Task]) -> Ended:
    """Call the task; whatever happens in it is in the answer."""
    return runner.run_this(call.request, step, lambda: _called(call, step, tasks[call.task]))


def _called(call: TaskCall, step: Watched, task: Task) -> Ended:
    try:
        returned = task(**call.arguments)
    except StopRequested:
        return Ended("interrupted", "stopped before it began, as asked")
    except SystemExit as error:
        return Ended("failed", f"{call.task} ended itself: {error.code}")
    except BaseException as error:
        if is_interrupt(error):
            return Ended("interrupted", describe(error))
        text = _refused(str(error).strip()) if isinstance(error, AssertionError) else ""
        text = text or describe(error)
        return Ended("failed", text, f"{text}\n")
    if returned is not None:
        text = pprint.pformat(returned, width=100, compact=True)
        print(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\n... (cut)")
    return Ended("failed", "; ".join(step.failures)) if step.failures else Ended("done")


#: What CASA calls types -> what a person calls them.
_TYPES = {
    "cStrVec": "a list of texts",
    "cStr": "a text",
    "cIntVec": "a list of whole numbers",
    "cInt": "a whole number",
    "cFloatVec": "a list of numbers",
    "cFloat": "a number",
    "cBoolVec": "a list of True and False",
    "cBool": "True or False",
    "cDict": "a dict",
}


def _refused(text: str) -> str:
    """Return what CASA's check of parameters says in words: it says it with a dict and its own types."""
    try:
        told = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    if not isinstance(told, dict):
        return text
    parts = []
    for name, reasons in told.items():
        listed = reasons if isinstance(reasons, list) else [reasons]
        words = " or ".join(str(each).replace("must be of ", "").replace(" type", "") for each in listed)
        for kind, plain in _TYPES.items():
            words = words.replace(kind, plain)
        parts.append(f"{name} must be {words}")
    return "; ".join(parts)
