"""Tasks and modules of older CASAs that scripts still name: answered, passed over, or a clear stop."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType
from typing import Any, Callable, Dict

__all__ = ["OldNameError", "fill_casadef", "fill_taskinit", "fill_tasks", "old_tasks"]


class OldNameError(RuntimeError):
    """A script calls what CASA no longer has."""


#: Old task -> the task that took its place with the same parameters.
SAME = {"split2": "split", "hanningsmooth2": "hanningsmooth", "flagdata2": "flagdata"}

#: Tasks that only show something: passed over where they are not there.
ONLY_PLOTS = {
    "plotms": "no plot was made; the checks of the item are under Why",
    "plotcal": "no plot was made; the checks of the item, under Why, measure the solutions",
    "plotxy": "no plot was made",
    "viewer": "nothing was shown",
    "imview": "nothing was shown; CARTA shows images",
    "msview": "nothing was shown",
    "browsetable": "nothing was shown",
}

#: Tasks that are gone -> what to use.
GONE = {
    "clean": "Use tclean: some parameters have other names, and the images other endings.",
    "csvclean": "Use tclean.",
    "widefield": "Use tclean.",
    "mosaic": "Use tclean.",
    "oldsplit": "Use split.",
    "oldstatwt": "Use statwt.",
    "uvcontsub3": "Use uvcontsub: its fitspec takes the place of fitspw.",
    "flagautocorr": "Use flagdata with autocorr=True.",
    "accum": "It combined tables; applycal and the solvers take a list of tables instead.",
    "sdaverage": "It went with ASAP; see the tasks sdcal, sdbaseline and tsdimaging.",
    "default": "Give each task its parameters in its call.",
    "inp": "Print what you want to see; a script has nobody to show it to.",
    "go": "Call the task with its parameters.",
    "tget": "Call the task with its parameters.",
}


def old_tasks(tasks: Dict[str, Any]) -> Dict[str, Any]:
    """Return what stands for the old tasks that `tasks` does not have."""
    names: Dict[str, Any] = {old: tasks[new] for old, new in SAME.items() if new in tasks}
    names.update({name: _passed_over(name, text) for name, text in ONLY_PLOTS.items()})
    names.update({name: _gone(name, todo) for name, todo in GONE.items()})
    return {name: what for name, what in names.items() if name not in tasks}


def _passed_over(name: str, text: str) -> Callable[..., None]:
    def task(*args: Any, **kwargs: Any) -> None:
        about = kwargs.get("vis") or kwargs.get("caltable") or (args[0] if args else "")
        print(f"casapilot: {name}({about}) passed over: this CASA has it not; {text}", flush=True)

    task.__name__ = task.__qualname__ = name
    return task


def _gone(name: str, todo: str) -> Callable[..., None]:
    def task(*args: Any, **kwargs: Any) -> None:
        raise OldNameError(f"{name} is no longer in CASA. {todo}")

    task.__name__ = task.__qualname__ = name
    return task


def fill_casadef(module: ModuleType) -> None:
    """Make `module` tell the version, as casadef did before CASA 6."""
    casatools: Any = importlib.import_module("casatools")
    module.__dict__.update(
        casa_version=str(casatools.version_string()), subversion_revision="", subversion_url=""
    )


def fill_tasks(module: ModuleType) -> None:
    """Make `module` hold the tasks, as ``from tasks import *`` expects."""
    casatasks: Any = importlib.import_module("casatasks")
    found = {name: getattr(casatasks, name) for name in casatasks.__all__ if hasattr(casatasks, name)}
    module.__dict__.update(found, **old_tasks(found))


def fill_taskinit(module: ModuleType) -> None:
    """Make `module` hold the log and the tools: tb, tbtool and so on."""
    from .namespace import tools_of

    casatools: Any = importlib.import_module("casatools")
    casatasks: Any = importlib.import_module("casatasks")
    tools = tools_of(casatools)
    module.__dict__.update(tools, casatools=casatools, casalog=casatasks.casalog)
    module.__dict__["gentools"] = lambda names: [tools[f"{name}tool"]() for name in names]
