"""Curves of a caltable, or the flags of a measurement set, as JSON small enough for a screen.

``launch.py curves REQUEST.json`` prints them; inside the worker `answer` returns the same. Nothing is
locked and nothing is written (but the picture that a request may ask for).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Dict, List, Tuple

import numpy as np

from ...errors import CasaError, CasapilotError, UsageError
from .. import config
from ..caltable import CalTable
from .atm import with_sky
from .flags import flags
from .panels import Panel, panels_of, said_panel
from .plan import plan
from .read import AXIS_NAMES, X_NAMES, Source, open_source, quantities
from .request import AXES, PLOTS, QUANTITIES, Request, read_request
from .uv import array, uv
from .vis import open_visibilities
from .water import wvr

__all__ = ["answer", "main"]

FORMAT = 1


def answer(data: Any) -> Dict[str, Any]:
    """Return what a request asks for, as JSON can hold it.

    Parameters
    ----------
    data : dict
        The fields of `Request`.

    Raises
    ------
    CasaError
        The table is not there, no table of CASA, or CASA cannot read it.
    UsageError
        It has nothing of what is asked for.
    """
    request = read_request(data)
    # Antennas without data divide nothing by nothing: what comes of it is NaN, and that is meant.
    try:
        with np.errstate(all="ignore"):
            return _answer(request)
    except RuntimeError as error:  # of casatools: a damaged table, the ASDM of a lazy import taken away
        said = (str(error).strip().splitlines() or ["RuntimeError"])[0]
        todo = "Is it whole? An MS imported lazily needs its ASDM beside it."
        raise CasaError(f"CASA cannot read it: {said}", request.table, todo) from error


def _answer(request: Request) -> Dict[str, Any]:
    ms = _is_ms(request.table)
    request = request._replace(plot=request.plot or (_plot_of_ms(request) if ms else ""))
    if request.plot not in ("", "wvr") and not ms:
        raise UsageError("is no measurement set", request.table, f"--kind {request.plot} needs one.")
    if request.x and request.x not in AXES[request.plot]:
        raise UsageError(
            f"has no {request.x}", request.table, f"x is one of: {', '.join(AXES[request.plot])}."
        )
    said = _ANSWERS[request.plot](request)
    if request.sky and "panels" in said:
        said = with_sky(said, request.table if ms else _ms_of(request.table))
    if request.png:
        from .png import draw

        draw(said, request.png)
    return said


def _plot_of_ms(request: Request) -> str:
    """What is shown of an MS where no kind of plot is named: flags, unless axes tell otherwise."""
    only_vis = set(AXES["vis"]) - set(AXES["flags"])
    seen = request.y in QUANTITIES["vis"] or request.x in only_vis or bool(request.column)
    if not seen and request.y not in ("", *QUANTITIES["flags"]):
        raise UsageError(f"has no {request.y}", request.table, f"--kind is one of: {', '.join(PLOTS[1:])}.")
    return "vis" if seen else "flags"


def _solutions(request: Request) -> Dict[str, Any]:
    return _curves(open_source(request))


def _visibilities(request: Request) -> Dict[str, Any]:
    return _curves(open_visibilities(request))


_ANSWERS = {
    "": _solutions, "vis": _visibilities, "flags": flags, "plan": plan, "uv": uv, "array": array, "wvr": wvr
}  # fmt: skip


def _ms_of(path: str) -> str:
    """The MS that a caltable was solved on, or what of it is left beside the table."""
    folder, name = os.path.split(os.path.abspath(path))
    stem = name.partition(".ms")[0]
    return os.path.join(folder, f"{stem}.ms")


def _curves(source: Source) -> Dict[str, Any]:
    request = source.request
    panels = panels_of(source)
    if not panels:
        raise UsageError("has nothing of what is asked for", source.table.name)
    stop = request.start + request.limit if request.limit else len(panels)
    return {**_head(source), "start": request.start, "panels": _said(source, panels, stop)}


def _is_ms(path: str) -> bool:
    return os.path.isdir(os.path.join(path, "DATA_DESCRIPTION"))


def _said(source: Source, panels: List[Panel], stop: int) -> List[Dict[str, Any]]:
    start = source.request.start
    return [said_panel(source, panel, start <= n < stop) for n, panel in enumerate(panels)]


def _head(source: Source) -> Dict[str, Any]:
    table, request = source.table, source.request
    name, unit = AXIS_NAMES[source.y]
    day = np.datetime64("1858-11-17") + np.timedelta64(int(source.origin_s // 86400.0), "D")
    return {
        "format": FORMAT,
        "table": table.name,
        "kind": table.kind,
        "plot": request.plot,
        "x": {"kind": source.x, **_x_axis(source)},
        "y": {"kind": source.y, "name": source.y_name or name, "unit": unit},
        "date": str(day),
        "origin_s": source.origin_s,
        "antennas": table.antennas if source.x == "antenna" else [],
        "overlay": sorted(request.overlay),
        "order": request.order,
        "choices": _choices(source),
    }


def _choices(source: Source) -> Dict[str, List[Any]]:
    if source.choices is not None:
        return source.choices
    table = source.table
    channels = max(block.values.shape[1] for block in table.blocks)
    axes = ("antenna",) if source.y == "offset" else AXES[""]
    return {
        "x": [name for name in axes if name != "freq" or channels > 1],
        "y": list(quantities(table)),
        "antenna": [table.antennas[n] for n in _seen(table, "antenna")],
        "spw": [block.spw for block in table.blocks],
        "pol": table.pols if source.y != "offset" else [],
        "scan": [n for n in _seen(table, "scan") if n > 0],
        "field": [source.fields.get(n, str(n)) for n in _seen(table, "field")],
    }


def _seen(table: CalTable, column: str) -> List[int]:
    """Numbers of antennas, scans or fields with a solution."""
    return sorted({int(n) for block in table.blocks for n in np.unique(getattr(block, column))})


def _x_axis(source: Source) -> Dict[str, str]:
    known = all(values.size < 2 or values[0] != 0.0 for values in source.freq_ghz.values())
    name, unit = X_NAMES[source.x if known else "channel"]
    return {"name": name, "unit": unit}


def main(argv: List[str]) -> int:
    """Print the answer to the request in a file, or on stdin ("-"), as JSON (``launch.py curves``)."""
    parser = argparse.ArgumentParser(prog="launch.py curves", description=__doc__)
    parser.add_argument("request", help="a JSON file, or - for stdin")
    args = parser.parse_args(argv)
    keep = os.dup(1)
    os.dup2(2, 1)  # what CASA prints is not data
    said, code = _answered(args.request)
    sys.stdout.flush()
    os.dup2(keep, 1)
    print(json.dumps(said, separators=(",", ":")))
    return code


def _answered(path: str) -> Tuple[Dict[str, Any], int]:
    try:
        request = _read(path)
        config.configure()
        return answer(request), 0
    except CasapilotError as error:
        kind = type(error).__name__
        return {"error": error.what, "where": error.where, "todo": error.todo, "kind": kind}, error.exit_code


def _read(path: str) -> Any:
    try:
        if path == "-":
            return json.load(sys.stdin)
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"the request cannot be read: {error}", path) from error
