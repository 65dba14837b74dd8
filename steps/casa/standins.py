"""Modules that scripts import and a CASA from pip lacks: the site's where it has them, else ours.

The finder stands last in Python's row of finders, so it is asked only for what nobody else has.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
from types import ModuleType
from typing import Any, Callable, Dict, Optional

from . import standin_analysis, standin_names

__all__ = ["ALMAHELPERS", "install", "prompt_names"]

ALMAHELPERS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "generate", "recipes", "almahelpers.py"
)
"""The one text of the helpers, which the generator puts into its scripts too."""

_ORIGIN = "casapilot"
Fill = Callable[[ModuleType], None]


def _almahelpers(module: ModuleType) -> None:
    """Run the text of the recipes as the module."""
    with open(ALMAHELPERS, "rb") as file:
        code = compile(file.read(), ALMAHELPERS, "exec", dont_inherit=True)
    module.__file__ = ALMAHELPERS
    exec(code, module.__dict__)


def _package(module: ModuleType) -> None:
    """Leave it empty: what lies in it is answered one by one."""


#: Full name -> what fills the module.
MODULES: Dict[str, Fill] = {
    "recipes": _package,
    "recipes.almahelpers": _almahelpers,
    "casarecipes": _package,
    "casarecipes.almahelpers": _almahelpers,
    "almahelpers": _almahelpers,
    "almahelpers_localcopy": _almahelpers,
    "analysisUtils": standin_analysis.fill_analysis_utils,
    "almaqa2csg": standin_analysis.fill_generator,
    "almaqa2isg": standin_analysis.fill_generator,
    "casadef": standin_names.fill_casadef,
    "taskinit": standin_names.fill_taskinit,
    "tasks": standin_names.fill_tasks,
}


#: By these the real analysisUtils would take CASA for one before 6.
_OF_CASA_5 = ("casadef", "taskinit", "tasks")


def _asked_by_the_real_analysis_scripts() -> bool:
    real = sys.modules.get("analysisUtils")
    spec = getattr(real, "__spec__", None)
    origin = str(getattr(spec, "origin", None) or _ORIGIN)
    if origin == _ORIGIN:
        return False
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_of_the_import_system(frame.f_code.co_filename):
        frame = frame.f_back
    return os.path.dirname(frame.f_code.co_filename) == os.path.dirname(origin)


def _is_of_the_import_system(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen importlib")


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Optional[ModuleType]:
        return None

    def exec_module(self, module: ModuleType) -> None:
        fill = MODULES[module.__name__]
        fill(module)
        if fill is not _package:
            print(
                f"casapilot: {module.__name__} is not in this CASA: answered by casapilot's own", flush=True
            )


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        fill = MODULES.get(fullname)
        if fill is None or (fullname in _OF_CASA_5 and _asked_by_the_real_analysis_scripts()):
            return None
        return importlib.machinery.ModuleSpec(
            fullname, _Loader(), origin=_ORIGIN, is_package=fill is _package
        )


def install() -> None:
    """Let scripts import what is not there; once a process is enough, more do no harm."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


class Later:
    """A module at the prompt that is imported when a script first asks something of it.

    The real analysisUtils takes seconds to import, and many a script never uses it.
    """

    def __init__(self, module: str, factory: str = "") -> None:
        self.__dict__.update(_module=module, _factory=factory, _found=None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._object(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._object(), name, value)

    def _object(self) -> Any:
        if self.__dict__["_found"] is None:
            module = importlib.import_module(self.__dict__["_module"])
            factory = self.__dict__["_factory"]
            self.__dict__["_found"] = getattr(module, factory)() if factory else module
        return self.__dict__["_found"]


def prompt_names(tasks: Dict[str, Any]) -> Dict[str, Any]:
    """Return the names that old scripts expect at the prompt and do not import.

    Parameters
    ----------
    tasks : dict
        The tasks at hand, by name, wrapped: what took the place of an old one is called in its stead.
    """
    return {
        **standin_names.old_tasks(tasks),
        "analysisUtils": Later("analysisUtils"),
        "aU": Later("analysisUtils"),
        "au": Later("analysisUtils"),
        "es": Later("analysisUtils", "stuffForScienceDataReduction"),
        "csg": Later("almaqa2csg"),
        "casadef": Later("casadef"),
    }
