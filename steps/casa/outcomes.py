"""Judge a call by what came of it: CASA tasks can fail without an exception.

Sources: seen with CASA 6.7.0 on real ALMA data and on simulated data; each rule has its test.
"""

from __future__ import annotations

import os
import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

__all__ = ["Call", "Stamp", "Verdict", "judge", "look", "outputs"]

Stamp = Optional[Tuple[Any, ...]]


class Verdict(NamedTuple):
    """What is wrong with a call that returned normally."""

    text: str
    fatal: bool
    """Whether the step has failed with it."""


class Call(NamedTuple):
    """A call that has returned."""

    task: str
    arguments: Mapping[str, Any]
    before: Mapping[str, Stamp]
    """The outputs it names, as they were before it."""
    returned: Any
    log: str
    """What it wrote to CASA's log."""

    def get(self, name: str, default: Any) -> Any:
        """The argument `name`, or what CASA takes when it is not given."""
        return self.arguments.get(name, default)


def _named_by(names: str, *tasks: str) -> Dict[str, Tuple[str, ...]]:
    return {task: tuple(names.split()) for task in tasks}


#: Task -> the parameters that name what it must make. One that is not given is not asked for.
OUTPUTS: Dict[str, Tuple[str, ...]] = {
    **_named_by("caltable", "accor", "bandpass", "blcal", "fringefit", "gaincal", "gencal", "polcal"),
    **_named_by("caltable", "polfromgain", "rerefant", "smoothcal", "wvrgcal"),
    **_named_by("fluxtable", "fluxscale"),
    **_named_by(
        "outputvis", "cvel", "cvel2", "fixvis", "hanningsmooth", "mstransform", "msuvbin", "partition"
    ),
    **_named_by("outputvis", "importasap", "phaseshift", "split", "uvcontsub"),
    **_named_by("concatvis", "concat", "virtualconcat"),
    **_named_by("vis", "importatca", "importfitsidi", "importgmrt", "importmiriad", "importuvfits"),
    **_named_by("vis", "importvla", "importasdm"),
    **_named_by(
        "outfile", "imcollapse", "imdev", "immath", "immoments", "impbcor", "impv", "imrebin", "imsmooth"
    ),
    **_named_by("outfile", "imsubimage", "imtrans", "sdbaseline", "sdcal", "sdgaincal", "sdtimeaverage"),
    **_named_by("output", "imregrid", "imreframe"),
    **_named_by("linefile contfile", "imcontsub"),
    **_named_by("imagename", "feather", "importfits"),
    **_named_by("fitsimage", "exportfits"),
    **_named_by("fitsfile", "exportuvfits"),
    **_named_by("listfile", "listobs", "listcal", "listvis"),
    **_named_by("figfile", "plotants"),
}


def outputs(task: str, arguments: Mapping[str, Any]) -> List[str]:
    """Return the paths that a call names and has to make."""
    paths = [arguments.get(name) for name in OUTPUTS.get(task, ())]
    if task == "importasdm" and not arguments.get("vis") and isinstance(arguments.get("asdm"), str):
        paths = [arguments["asdm"].rstrip("/") + ".ms"]
    if task in ("tclean", "deconvolve") and isinstance(arguments.get("imagename"), str):
        return _image_names(arguments["imagename"])
    if task == "imregrid" and arguments.get("output") == "get":
        return []  # it only returns the grid then
    if task == "immoments" and len(_listed(arguments.get("moments"))) > 1:
        return []  # `outfile` is the beginning of several names then
    return [path for path in paths if isinstance(path, str) and path]


def _listed(value: Any) -> List[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


_IMAGES = (".image", ".image.tt0", ".residual", ".residual.tt0", ".psf", ".psf.tt0", ".model", ".model.tt0")


def _image_names(imagename: str) -> List[str]:
    return [imagename + suffix for suffix in _IMAGES]


def look(paths: List[str]) -> Dict[str, Stamp]:
    """Return what can be seen of `paths` from outside: None for one that is not there."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
        if not os.path.isdir(path):
            return status.st_ino, status.st_size, status.st_mtime_ns
        inside = [(entry.name, entry.stat()) for entry in os.scandir(path)]
    except OSError:
        return None
    files = sorted((name, each.st_size, each.st_mtime_ns) for name, each in inside)
    return (status.st_ino, *files)


def judge(call: Call) -> Optional[Verdict]:
    """Return what is wrong with a call that returned normally; None when nothing is seen to be."""
    for rule in (*_RULES.get(call.task, ()), _new_outputs, _not_false):
        verdict = rule(call)
        if verdict is not None:
            return verdict
    return None


def _new_outputs(call: Call) -> Optional[Verdict]:
    if call.task in ("tclean", "deconvolve"):
        return _new_images(call)
    for path, before in call.before.items():
        now = _stamp(path)
        if now is None:
            return Verdict(f"returned normally, but {path} was not made", True)
        if now == before:
            return Verdict(f"returned normally, but {path} is as it was before: nothing was written", True)
    return None


def _new_images(call: Call) -> Optional[Verdict]:
    new = [path for path, before in call.before.items() if _stamp(path) not in (None, before)]
    name = call.get("imagename", "")
    if call.before and not new:
        return Verdict(f"returned normally, but no {name}.* was made", True)
    restores = call.get("restoration", True) and call.task == "tclean"
    if restores and call.before and not any(".image" in path[len(name) :] for path in new):
        return Verdict(f"returned normally, but {name}.image was not made", True)
    return None


def _not_false(call: Call) -> Optional[Verdict]:
    return Verdict("returned False", True) if call.returned is False else None


def _first(pattern: str, log: str) -> str:
    found = re.search(pattern, log)
    return found.group(1).strip() if found else ""


def _setjy(call: Call) -> Optional[Verdict]:
    if call.get("listmodels", False):
        return None
    unknown = _first(r"\t([^\t\n]* is not recognized by [^\t\n]*)", call.log)
    if unknown:
        return Verdict(f"{unknown}: its flux density was set to 1 Jy", True)
    if call.returned == {}:
        return Verdict("set no model: nothing matches the selection", True)
    return None


def _statwt(call: Call) -> Optional[Verdict]:
    missing = _first(r"ms::msselect\t([^\n]*No match found[^\n]*)", call.log)
    if not missing:
        return None
    return Verdict(f"selected nothing ({missing}) and changed the weights of the WHOLE MS", True)


def _flagdata(call: Call) -> Optional[Verdict]:
    bad = re.findall(r"\tCannot create agent [^:\t\n]*: *([^\n]*)", call.log)
    if not bad:
        return None
    return Verdict(f"{len(bad)} of its commands flagged nothing: {bad[0].strip()}", False)


def _blank(call: Call) -> Optional[Verdict]:
    blank = len(re.findall(r"\tPSF is blank", call.log))
    if not blank:
        return None
    if str(call.get("specmode", "mfs")).startswith("cube"):
        return Verdict(f"the PSF of {blank} channels is blank: they hold no unflagged data", False)
    return Verdict("the PSF is blank: no unflagged data were selected", True)


def _wvrgcal(call: Call) -> Optional[Verdict]:
    if isinstance(call.returned, dict) and call.returned.get("success") is False:
        reason = _first(r"\tSEVERE\t[^\t]*\t([^\n]*)", call.log)
        return Verdict(f"made no table: {reason or 'no useful input data'}", True)
    return None


def _concat(call: Call) -> Optional[Verdict]:
    path = call.get("concatvis", "")
    inputs = call.get("vis", [])
    if call.before.get(path) is None or path in _listed(inputs):
        return None
    return Verdict(f"{path} existed: the data were added to what was in it already", True)


def _flagmanager(call: Call) -> Optional[Verdict]:
    if call.get("mode", "list") != "save":
        return None
    table = f"{str(call.get('vis', '')).rstrip('/')}.flagversions/flags.{call.get('versionname', '')}"
    return (
        None if os.path.exists(os.path.join(table, "table.dat")) else Verdict(f"{table} was not made", True)
    )


_RULES: Dict[str, Tuple[Callable[[Call], Optional[Verdict]], ...]] = {
    "setjy": (_setjy,),
    "statwt": (_statwt,),
    "flagdata": (_flagdata,),
    "flagcmd": (_flagdata,),
    "tclean": (_blank,),
    "wvrgcal": (_wvrgcal,),
    "concat": (_concat,),
    "flagmanager": (_flagmanager,),
}
