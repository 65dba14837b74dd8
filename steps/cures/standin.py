"""Tsys of another scan in place of a bad one: applycal flags what has a flagged Tsys next to it in time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from ..script import Script
from .model import Context, FieldFact, ScanFact

__all__ = ["RECIPE", "angle", "code", "is_always", "stand_ins"]

#: As it stands in the script, in Python 2 and 3.
RECIPE = """\
def tsys_of_other_scan(table, antenna, pols, bad, good):
  import numpy
  try:
    from casatools import table as tables
  except ImportError:
    from taskinit import tbtool as tables
  tb = tables()
  tb.open(table + '/ANTENNA')
  number = list(tb.getcol('NAME')).index(antenna)
  tb.close()
  tb.open(table, nomodify = False)
  columns = [tb.getcol(name).tolist() for name in ('SPECTRAL_WINDOW_ID', 'SCAN_NUMBER', 'ANTENNA1')]
  rows = dict((place, row) for row, place in enumerate(zip(*columns)))
  for spw in sorted(set(columns[0])):
    both = [who for who in sorted(set(columns[2])) if (spw, bad, who) in rows and (spw, good, who) in rows]
    if number not in both or len(both) < 2:
      continue
    cell = lambda column, scan, who: tb.getcell(column, rows[spw, scan, who])
    tsys, flag = cell('FPARAM', bad, number), cell('FLAG', bad, number)
    for pol in [pol for pol in pols if flag[pol].all()]:
      change = [cell('FPARAM', bad, who)[pol] / numpy.maximum(cell('FPARAM', good, who)[pol], 1e-3)
                for who in both if who != number]
      tsys[pol] = cell('FPARAM', good, number)[pol] * numpy.median(change, axis = 0)
      flag[pol] = cell('FLAG', good, number)[pol]
    tb.putcell('FPARAM', rows[spw, bad, number], tsys)
    tb.putcell('FLAG', rows[spw, bad, number], flag)
  tb.close()
"""
_MADE = re.compile(rb"^\s*def tsys_of_other_scan\(", re.MULTILINE)


def angle(one: FieldFact, other: FieldFact) -> float:
    """Between two fields, radians (haversine)."""
    east, north = other.ra_rad - one.ra_rad, other.dec_rad - one.dec_rad
    half = (
        math.sin(north / 2) ** 2 + math.cos(one.dec_rad) * math.cos(other.dec_rad) * math.sin(east / 2) ** 2
    )
    return 2 * math.asin(min(1.0, math.sqrt(half)))


def stand_ins(bad: Iterable[int], context: Context) -> dict[int, int]:
    """Bad Tsys scan -> the good one that stands in for it, where there is one.

    It is one of the same source, or else of the nearest in the sky; of these the nearest in time.
    """
    gone, measured = set(bad), _measured(context)
    known = set(context.tsys_fields)
    good = [each for each in measured if each.number not in gone and (not known or known & set(each.fields))]
    return {
        each.number: min(good, key=lambda other: _distance(each, other, context)).number
        for each in measured
        if each.number in gone and good
    }


def is_always(bad: Iterable[int], context: Context) -> bool:
    """Whether these are all Tsys scans there are, of several: none is left to tell what is right."""
    measured = {each.number for each in _measured(context)}
    return len(measured) > 1 and measured <= set(bad)


def _measured(context: Context) -> list[ScanFact]:
    return [each for each in context.scans if any("ATMOSPHERE" in text for text in each.intents)]


def _distance(scan: ScanFact, other: ScanFact, context: Context) -> tuple[float, int]:
    if set(scan.fields) & set(other.fields):
        return 0.0, abs(scan.number - other.number)
    fields = [context.field_of(str(each.fields[0])) if each.fields else None for each in (scan, other)]
    apart = angle(fields[0], fields[1]) if fields[0] and fields[1] else math.pi
    return apart, abs(scan.number - other.number)


def code(
    script: Script, table: str, antennas: Sequence[str], pols: Sequence[int], scans: Mapping[int, int]
) -> str:
    """What fills flagged solutions of a table (its name is Python source); empty where the script does."""
    calls = [
        f"tsys_of_other_scan({table}, {name!r}, {list(pols)}, {bad}, {good})"
        for name in antennas
        for bad, good in sorted(scans.items())
    ]
    new = [call for call in calls if call.encode() not in script.content]
    if not new:
        return ""
    return ("" if _MADE.search(script.content) else RECIPE + "\n") + "\n".join(new)
