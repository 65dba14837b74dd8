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
        # CASA's check of the parameters asserts, and says in the message all there is to say.
        text = str(error).strip() if isinstance(error, AssertionError) and str(error) else describe(error)
        return Ended("failed", text, f"{text}\n")
    if returned is not None:
        text = pprint.pformat(returned, width=100, compact=True)
        print(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\n... (cut)")
    return Ended("failed", "; ".join(step.failures)) if step.failures else Ended("done")
