"""The names a script finds at CASA's own prompt."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types
from typing import Any, Callable, Dict, Mapping, Optional

from . import standins

__all__ = ["TOOLS", "fresh_namespace", "install_casalith", "tools_of"]

#: Name at the prompt -> tool of casatools, as CASA's own shell has them.
TOOLS = {
    "af": "agentflagger",
    "at": "atmosphere",
    "ca": "calanalysis",
    "cb": "calibrater",
    "cl": "componentlist",
    "cs": "coordsys",
    "fn": "functional",
    "ia": "image",
    "im": "imager",
    "imd": "imagemetadata",
    "lm": "linearmosaic",
    "me": "measures",
    "ms": "ms",
    "msmd": "msmetadata",
    "mt": "mstransformer",
    "po": "imagepol",
    "qa": "quanta",
    "rg": "regionmanager",
    "sdms": "singledishms",
    "sl": "spectralline",
    "sm": "simulator",
    "tb": "table",
    "vp": "vpmanager",
}

#: Tasks of packages that a CASA may have besides casatasks; they are imported when first called.
OTHER_TASKS = {"plotms": "casaplotms", "imview": "casaviewer", "msview": "casaviewer"}

Wrap = Callable[[str, Callable[..., Any]], Callable[..., Any]]


def fresh_namespace(
    casatools: Any, casatasks: Any, tasks: Mapping[str, Any], wrap: Optional[Wrap] = None
) -> Dict[str, Any]:
    """Return the globals a script begins with.

    Parameters
    ----------
    casatools, casatasks : module
        As imported.
    tasks : dict
        The tasks, wrapped, by name.
    wrap : callable
        Wraps a task of another package: ``wrap(name, task)``.
    """
    names: Dict[str, Any] = {"__name__": "__main__", "os": os, "sys": sys}
    names.update(T=True, F=False, true=True, false=False)
    standins.install()
    names.update(standins.prompt_names(dict(tasks)))
    names.update(casatools=casatools, casatasks=casatasks, casalog=casatasks.casalog)
    names.update(tools_of(casatools))
    names["casalith"] = install_casalith(casatools)
    for name, package in OTHER_TASKS.items():
        if importlib.util.find_spec(package) is not None:
            task = _later(package, name)
            names[name] = wrap(name, task) if wrap else task
    names.update(tasks)
    names["execfile"] = _execfile(names)
    return names


def tools_of(casatools: Any) -> Dict[str, Any]:
    """Return one of each tool (4 ms together), and its class under the name the prompt has for it."""
    found: Dict[str, Any] = {}
    for name, tool in TOOLS.items():
        make = getattr(casatools, tool, None)
        if make is not None:
            found[name] = make()
            found[f"{name}tool"] = make
    ctsys = getattr(casatools, "ctsys", None)
    if ctsys is not None:
        found["ctsys"] = found["cu"] = ctsys
    return found


def _later(package: str, name: str) -> Callable[..., Any]:
    def task(*args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module(package), name)(*args, **kwargs)

    return task


def _execfile(names: Dict[str, Any]) -> Callable[..., None]:
    """Return `execfile` as CASA keeps it: the file runs in the script's own names."""

    def execfile(filename: str, globals: Optional[Dict[str, Any]] = None, locals: Any = None) -> None:
        with open(filename, "rb") as file:
            code = compile(file.read(), filename, "exec", dont_inherit=True)
        space = names if globals is None else globals
        exec(code, space, space if locals is None else locals)

    return execfile


def install_casalith(casatools: Any) -> Any:
    """Return the module casalith, of which scripts ask CASA's version; where there is none, one of ours."""
    if "casalith" in sys.modules or importlib.util.find_spec("casalith") is not None:
        return importlib.import_module("casalith")
    module: Any = types.ModuleType("casalith", "Version of CASA, for scripts that ask for it.")
    version = [int(part) for part in casatools.version()]
    module.version = lambda: list(version)
    module.version_string = lambda: str(casatools.version_string())
    module.compare_version = lambda how, other: _compare(version, how, list(other))
    sys.modules["casalith"] = module
    return module


def _compare(version: Any, how: str, other: Any) -> bool:
    """Compare versions of any length, the shorter filled with zeros."""
    size = max(len(version), len(other))
    ours, theirs = ([*each, *([0] * (size - len(each)))] for each in (version, other))
    answers = {"<": ours < theirs, "<=": ours <= theirs, ">": ours > theirs, ">=": ours >= theirs}
    return {**answers, "==": ours == theirs, "=": ours == theirs, "!=": ours != theirs}[how]
