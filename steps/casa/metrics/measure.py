"""The numbers that a checklist's checks ask for, as far as CASA has to compute them.

The names are those of `checklist.metrics`; `flagged_percent` and `flagged_change` come from the flag
counts instead. What cannot be measured is an error that says why, never a made-up number. This file
runs inside CASA's own Python (3.8+).
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Optional

from ...errors import CasaError
from . import tables
from .answers import Answer, NothingToTell, Results, grouped
from .goal import Asked
from .goal_setup import GOAL_METRICS
from .image import in_jy, max_amplitude, of_image
from .of_apriori import APRIORI_METRICS
from .of_data import DATA_METRICS
from .of_solutions import SOLUTION_METRICS

__all__ = ["METRICS", "Results", "measure"]


def measure(
    metric: str,
    of: str,
    folder: str,
    results: Results,
    *,
    limit: Optional[float] = None,
    below: bool = False,
    note: Optional[float] = None,
    goal: Optional[Asked] = None,
) -> Dict[str, Any]:
    """Compute one number.

    Parameters
    ----------
    metric : str
        A name in `METRICS`.
    of : str
        What it is measured on; see the function of that metric.
    folder : str
        Folder of the EB, in which `of` names files.
    results : dict
        What the task calls of the step returned.
    limit : float, optional
        What is beyond it is named (`answers.grouped`).
    below : bool
        Whether too small is bad.
    note : float, optional
        What is beyond it and not beyond `limit` is named too, apart.
    goal : dict, optional
        What is known of the goal, for the metrics that hold the MS against it.

    Returns
    -------
    dict
        ``value`` (float; None where there is nothing to tell), ``unit`` (as CASA writes it), ``text``,
        ``offenders`` (see `grouped`).

    Raises
    ------
    CasaError
        There is no such metric, or nothing to measure it on.
    """
    try:
        function = METRICS[metric]
    except KeyError as error:
        names = ", ".join(sorted(METRICS))
        raise CasaError(f"there is no metric {metric!r}", "", f"There are: {names}.") from error
    try:
        answer = function(of, folder, (goal or {}) if metric in GOAL_METRICS else results)
    except NothingToTell as error:
        return {"value": None, "unit": "", "text": error.what, "offenders": []}
    except RuntimeError as error:
        raise CasaError(f"{metric} cannot be measured: {_first_line(error)}", of) from error
    if not math.isfinite(answer.value):
        raise CasaError(f"{metric} is not a number", of, "Look at the flags and masks: is anything left?")
    offenders = grouped(answer.offenders, limit, below=below, note=note)
    return {"value": answer.value, "unit": answer.unit, "text": answer.text, "offenders": offenders}


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


#: Name -> function(of, folder, results), or of the goal's (of, folder, goal). The moments are over all pixels
#: that the map's own mask leaves.
METRICS: Dict[str, Callable[[str, str, Any], Answer]] = {
    **DATA_METRICS,
    **SOLUTION_METRICS,
    "max_amplitude_jy": max_amplitude,
    "image_rms_jy": in_jy(of_image("rms")),
    "image_max_jy": in_jy(of_image("max")),
    "moment_max": of_image("max"),
    "moment_mean": of_image("mean"),
    **APRIORI_METRICS,
    **GOAL_METRICS,
    "solutions_flagged_percent": tables.solutions_flagged,
    "solutions_missing": tables.solutions_missing,
}
