"""What answers for analysisUtils where the site has none.

Calls that only check or plot are passed over in one line that says what was not done and where casapilot
shows it. Anything else stops the step: what it would have returned is not to be guessed.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Callable, Dict, Tuple

from .standin_csv2555 import fix_for_csv_2555

__all__ = ["Unanswered", "fill_analysis_utils", "fill_generator"]

_MEASURED = "the checks of the item, under Why, measure the solutions"
_LISTING = "see the listobs file of the step"

#: Method of es (stuffForScienceDataReduction) -> what was not done, and what shows it.
SCIENCE_ONLY: Dict[str, Tuple[str, str]] = {
    "checkCalTable": ("its plots were not made", _MEASURED),
    "getCalWeightStats": (
        "the plots of the weights were not made",
        "compare the weights with visstat or plotms",
    ),
    "fluxscale2": (
        "no .fluxscale2 was written (nothing in the calibration reads it)",
        "the fluxes are in the .fluxscale of the step",
    ),
    "saveFlagStats": ("no statistics were saved", "casapilot counts the flags before and after each step"),
    "getFlagStats": ("no statistics were made", "casapilot counts the flags before and after each step"),
    "plotAntennas": ("no plot was made", "plotants does it"),
    "detectDelayJumps": ("delays were not looked at", _MEASURED),
    "generateQA2Report": ("no QA2 report was made", "it needs the site's analysisUtils"),
}

#: Function of analysisUtils -> the same.
MODULE_ONLY: Dict[str, Tuple[str, str]] = {
    "plotWVRSolutions": ("its plots were not made", _MEASURED),
    "plotbandpass": ("its plots were not made", _MEASURED),
    "plotbandpass3": ("its plots were not made", _MEASURED),
    "plotWVRDiscrepancy": ("its plot was not made", "the table of antennas is in the .wvrgcal of the step"),
    "plotWeather": ("no plot was made", "plotweather does it"),
    "plotants": ("no plot was made", "plotants does it"),
    "plotAntennas": ("no plot was made", "plotants does it"),
    "plotmosaic": ("no plot was made", _LISTING),
    "plotMosaic": ("no plot was made", _LISTING),
    "plotElevationSummary": ("no plot was made", _LISTING),
    "plotPointingResults": ("no plot was made", _LISTING),
    "plotSpectralSetup": ("no plot was made", _LISTING),
    "listobs": ("nothing was listed", _LISTING),
    "listobs2": ("nothing was listed", _LISTING),
    "listobs3": ("nothing was listed", _LISTING),
    "listconditions": ("nothing was listed", _LISTING),
    "listIntents": ("nothing was listed", _LISTING),
    "flagReasonStats": ("nothing was listed", "casapilot counts the flags before and after each step"),
}

TODO = (
    "It is analysisUtils' own. Put the folder of the analysis scripts on PYTHONPATH before casapilot starts "
    "the CASA process (casapilot stop ends the one that runs), or name a Python that has them under [casa] "
    "python in mous.toml; or, when nothing rests on the call, take it out: casapilot script comment."
)


class NotAnsweredError(RuntimeError):
    """A script asks of analysisUtils what only the real one knows."""


class Unanswered:
    """Something of analysisUtils that we do not have: to name it does no harm, to use it stops the step."""

    def __init__(self, name: str, why: str = "is not available here") -> None:
        self.__dict__.update(_name=name, _why=why)

    def __repr__(self) -> str:
        return f"<{self._name}: {self._why}>"

    def _stop(self, *args: Any, **kwargs: Any) -> Any:
        raise NotAnsweredError(f"{self.__dict__['_name']} {self.__dict__['_why']}. {TODO}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._stop()

    __call__ = __bool__ = __iter__ = __len__ = __getitem__ = __setitem__ = __contains__ = _stop
    __str__ = __format__ = __int__ = __float__ = __index__ = __eq__ = __ne__ = __lt__ = __le__ = _stop
    __gt__ = __ge__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = (
        _stop
    )
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __neg__ = __abs__ = _stop
    __hash__ = _stop


def _pass_over(name: str, not_done: str, shown: str) -> Callable[..., Any]:
    """Return a function that does nothing, says so, and returns what no one can take for an answer."""

    def call(*args: Any, **kwargs: Any) -> Any:
        about = _about(args, kwargs)
        print(f"casapilot: {name}{about} passed over: {not_done}; {shown}", flush=True)
        return Unanswered(f"what {name} returns", "is not known: the call was passed over")

    call.__name__ = call.__qualname__ = name.rpartition(".")[2]
    call.__doc__ = f"Passed over by casapilot: {not_done}; {shown}."
    return call


def _about(args: Any, kwargs: Dict[str, Any]) -> str:
    """Return ``(x.ms.tsys)``, the table or MS of a call; empty where it has none."""
    given = [kwargs.get("caltable"), *args[:1], kwargs.get("vis"), kwargs.get("msName")]
    text = next((value for value in given if isinstance(value, str) and value), "")
    return f"({text})" if text else ""


class _Science:
    """Answers for es, as stuffForScienceDataReduction() makes it."""

    fixForCSV2555 = staticmethod(fix_for_csv_2555)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _answer("es", SCIENCE_ONLY, name)


def _answer(owner: str, known: Dict[str, Tuple[str, str]], name: str) -> Any:
    full = f"{owner}.{name}"
    return _pass_over(full, *known[name]) if name in known else Unanswered(full)


def fill_analysis_utils(module: ModuleType) -> None:
    """Make `module` answer for analysisUtils."""

    def attribute(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _answer("aU", MODULE_ONLY, name)

    names = module.__dict__
    names["stuffForScienceDataReduction"] = _Science
    names["__getattr__"] = attribute
    names["__all__"] = ["stuffForScienceDataReduction", *MODULE_ONLY]


def fill_generator(module: ModuleType) -> None:
    """Make `module` answer for the script generator: casapilot has its own."""
    short = module.__name__

    def attribute(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Unanswered(f"{short}.{name}", "is not available here; see casapilot generate")

    module.__dict__["__getattr__"] = attribute
