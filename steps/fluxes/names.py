"""Names of calibrators: one source has several, and the catalogue matches by their beginnings."""

from __future__ import annotations

import re

from ..errors import UsageError

__all__ = ["first_alias", "same_source"]

_LONGEST = 80
_COORDINATES = re.compile(r"([JB])(\d{4})\d*(?:\.\d+)?([+-])(\d{2})(\d*)(?:\.\d+)?")

#: Names of old for sources that ALMA calls by their coordinates.
_ALIASES = {
    "3C48": "J0137+3309",
    "3C84": "J0319+4130",
    "3C111": "J0418+3801",
    "3C120": "J0433+0521",
    "3C138": "J0521+1638",
    "3C147": "J0542+4951",
    "3C273": "J1229+0203",
    "3C274": "J1230+1223",
    "3C279": "J1256-0547",
    "3C286": "J1331+3030",
    "3C345": "J1642+3948",
    "3C446": "J2225-0457",
    "3C454.3": "J2253+1608",
    "BLLAC": "J2202+4216",
    "CTA102": "J2232+1143",
    "NRAO530": "J1733-1304",
    "OJ287": "J0854+2006",
}


def first_alias(name: str) -> str:
    """Make a name fit to be sent: what stands before the first ``;``, without what is no part of a name.

    Raises
    ------
    UsageError
        Nothing is left of it, or it is longer than any name.
    """
    first = name.split(";")[0].replace("\u2212", "-").strip().strip("'\"")
    found = " ".join("".join(c if c.isprintable() else " " for c in first).split())
    if not found or len(found) > _LONGEST:
        raise UsageError(f"{name[:100]!r} is not the name of a source", "", "Write it as J1058+0133.")
    return found


def same_source(one: str, other: str) -> bool:
    """Whether two names, each maybe a list of aliases with ``;``, mean the same source.

    3C 273 is 3c273 and J1229+0203. J1058+015 is J1058+0133: up to 2012 ALMA wrote tenths of a degree. '3c27'
    is not 3C273, although the catalogue takes it for that.
    """
    return any(_same(a, b) for a in _aliases(one) for b in _aliases(other))


def _aliases(names: str) -> set[str]:
    plain = {re.sub(r"[\s_]+", "", each).upper().replace("\u2212", "-") for each in names.split(";")}
    return {_ALIASES.get(each, each) for each in plain if each}


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    first, second = _COORDINATES.fullmatch(one), _COORDINATES.fullmatch(other)
    if first is None or second is None or first.group(1, 2, 3, 4) != second.group(1, 2, 3, 4):
        return False
    a, b = sorted((first[5], second[5]), key=len)
    if len(a) == 1 and len(b) >= 2:
        return int(a) == int(b[:2]) // 6
    return bool(a) and a == b[: len(a)]
