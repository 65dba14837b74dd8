"""Is all of the ASDM in the MS, and is it an observation that can be calibrated?

`of` is an MS; its ASDM is the folder of the same name without ``.ms`` beside it. The ASDM is read as
what it is, XML, without its binaries.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

import numpy as np

from ..asdm_rows import asdm_of, rows_of
from ..flag_count import open_unlocked
from ..intents import NO_SOURCE, kinds_of
from ..ms_names import Names, read_names
from ..spans import read_spans
from .answers import Answer, NothingToTell, Offender, Place, Results, existing

__all__ = ["fields_at_zero", "import_missing", "intents_missing", "rows_missing", "targets_unbracketed"]

CHUNK_ROWS = 1 << 18
ZERO_RAD = 1e-7
"""A field nearer to 0, 0 than this has no coordinates."""
NEEDED = ("BANDPASS", "FLUX", "PHASE", "TARGET")
"""Intents without which there is nothing to calibrate, or nothing to calibrate with."""
ALSO = {"FLUX": ("AMPLI",), "PHASE": ("DIFFGAIN",)}


class Rows(NamedTuple):
    """Columns of the main table."""

    scan: Any
    field: Any
    state: Any
    ddid: Any
    antenna1: Any
    antenna2: Any
    time_s: Any


def _rows(path: str) -> Rows:
    columns = ("SCAN_NUMBER", "FIELD_ID", "STATE_ID", "DATA_DESC_ID", "ANTENNA1", "ANTENNA2", "TIME")
    with open_unlocked(path) as main:
        starts = range(0, main.nrows(), CHUNK_ROWS)
        parts = [
            [main.getcol(name, n, min(CHUNK_ROWS, main.nrows() - n)) for n in starts] for name in columns
        ]
    return Rows(*(np.concatenate(part) if part else np.zeros(0, int) for part in parts))


def _asdm(folder: str, of: str) -> str:
    path = asdm_of(folder, of)
    if not os.path.isfile(os.path.join(path, "Main.xml")):
        raise NothingToTell("the ASDM is not here to compare with", of)
    return path


def _pairs(rows: Iterable[Tuple[str, ...]]) -> Dict[str, str]:
    return {row[0]: row[1] for row in rows}


def import_missing(of: str, folder: str, results: Results) -> Answer:
    """How many antennas, scans, fields and correlator spws of the ASDM have no row in the MS.

    None should be: an import that was cut short, or an ASDM without some of its binaries, loses them without
    an error (reference alma-reduction 4.3, steps 0 to 3; KI-117, KI-122).
    """
    path, asdm = existing(folder, of), _asdm(folder, of)
    names, rows = read_names(path), _rows(path)
    seen = np.unique(np.concatenate([rows.antenna1, rows.antenna2])).tolist()
    antennas = {names.antennas[n] for n in seen}
    lost = [Offender(1.0, name, Place(antenna=name))
            for (name,) in rows_of(asdm, "Antenna", "name") if name not in antennas]  # fmt: skip
    observed = list(rows_of(asdm, "Main", "scanNumber", "fieldId", "configDescriptionId"))
    scans = set(np.unique(rows.scan).tolist())
    lost += [Offender(1.0, f"scan {scan}", Place(scan=scan))
             for scan in sorted({int(each[0]) for each in observed}) if scan not in scans]  # fmt: skip
    fields = {names.fields[n] for n in np.unique(rows.field).tolist()}
    called = _pairs(rows_of(asdm, "Field", "fieldId", "fieldName"))
    wanted = dict.fromkeys(called.get(each[1], "") for each in observed)
    lost += [
        Offender(1.0, f"field {name}", Place(field=name)) for name in wanted if name and name not in fields
    ]
    spws = {names.spw_of[n] for n in np.unique(rows.ddid).tolist()}
    used = {spw for each in {each[2] for each in observed} for spw in _spws(asdm).get(each, [])}
    lost += [Offender(1.0, f"spw {spw}", Place(spw=spw)) for spw in sorted(used - spws)]
    words = ", ".join(each.who for each in lost[:6]) + (f" and {len(lost) - 6} more" if len(lost) > 6 else "")
    return Answer(float(len(lost)), "", words or "all antennas, scans, fields and spws are there", lost)


def _spws(asdm: str) -> Dict[str, List[int]]:
    """Configuration -> spws that it observes."""
    spw_of = _pairs(rows_of(asdm, "DataDescription", "dataDescriptionId", "spectralWindowId"))
    found = {}
    for config, listed in rows_of(asdm, "ConfigDescription", "configDescriptionId", "dataDescriptionId"):
        ids = [spw_of.get(word, "") for word in listed.split() if word.startswith("DataDescription_")]
        found[config] = [int(each.rpartition("_")[2]) for each in ids if each]
    return found


def rows_missing(of: str, folder: str, results: Results) -> Answer:
    """Part of a scan's integrations that are not in the MS, %, of the worst scan or antenna.

    Of scans against the ASDM's own numbers of integrations (where it is there), of the correlator's spws; of
    antennas against the antenna that has the most rows in that scan. Radiometers and total-power detectors do
    not count: they pack their integrations. Nothing is missing in a whole import; less than 1 % may be an
    integration that the correlator dropped (reference alma-reduction 4.3, steps 0 to 3).
    """
    path = existing(folder, of)
    names, rows = read_names(path), _rows(path)
    science = [n for n, spw in enumerate(names.spw_of) if names.is_science(spw)]
    rows = Rows(*(column[np.isin(rows.ddid, science)] for column in rows))
    if not len(rows.scan):
        raise NothingToTell("has no row of a correlator", of)
    found = [*_short_scans(rows, names, _expected(folder, of)), *_short_antennas(rows, names)]
    found.sort(key=lambda each: -each.value)
    worst = [f"{each.who} {each.value:.1f} %" for each in found[:4] if each.value > 0.0]
    return Answer(found[0].value if found else 0.0, "%", ", ".join(worst) or "none is missing", found)


def _expected(folder: str, of: str) -> Dict[int, int]:
    """Scan -> integrations of all its subscans in the ASDM (of its longest setup); empty without an ASDM."""
    try:
        asdm = _asdm(folder, of)
    except NothingToTell:
        return {}
    kinds = _pairs(rows_of(asdm, "ConfigDescription", "configDescriptionId", "processorType"))
    total: Dict[Tuple[int, str], int] = {}
    for scan, config, count in rows_of(asdm, "Main", "scanNumber", "configDescriptionId", "numIntegration"):
        if kinds.get(config, "") == "CORRELATOR":
            total[int(scan), config] = total.get((int(scan), config), 0) + int(count or 0)
    found: Dict[int, int] = {}
    for (number, _), count_of in total.items():
        found[number] = max(found.get(number, 0), count_of)
    return found


def _short_scans(rows: Rows, names: Names, expected: Dict[int, int]) -> Iterator[Offender]:
    for scan in np.unique(rows.scan).tolist():
        if expected.get(scan):
            here = rows.scan == scan
            most = max(
                len(np.unique(rows.time_s[here & (rows.ddid == n)])) for n in np.unique(rows.ddid[here])
            )
            share = max(0.0, 100.0 * (1.0 - most / expected[scan]))
            yield Offender(
                share, f"scan {scan}", Place(scan=scan, field=names.fields[int(rows.field[here][0])])
            )


def _short_antennas(rows: Rows, names: Names) -> Iterator[Offender]:
    scans, which = np.unique(rows.scan, return_inverse=True)
    count = np.zeros((len(scans), len(names.antennas)))
    cross = rows.antenna1 != rows.antenna2
    for antenna in (rows.antenna1, rows.antenna2):
        np.add.at(count, (which.ravel()[cross], antenna[cross]), 1)
    used = count.sum(axis=0) > 0
    for s, n in np.argwhere((count < count.max(axis=1, keepdims=True)) & used[None]).tolist():
        share = 100.0 * (1.0 - count[s, n] / count[s].max())
        place = Place(names.antennas[n], scan=int(scans[s]))
        yield Offender(float(share), f"{place.antenna} scan {place.scan}", place)


def fields_at_zero(of: str, folder: str, results: Results) -> Answer:
    """How many fields with data are at the coordinates 0, 0, and so have none.

    Moving sources in older data: until fixplanets has given them their own, uvw, models and elevations of
    them are wrong (reference alma-reduction 1.3, "Running fixplanets on fields with 0,0 coordinates").
    """
    path = existing(folder, of)
    names = read_names(path)
    with open_unlocked(f"{path}/FIELD") as table:
        where = [np.ravel(table.getcell("PHASE_DIR", n))[:2] for n in range(table.nrows())]
    lost = [Offender(1.0, names.fields[n], Place(field=names.fields[n]))
            for n in sorted({span.field for span in read_spans(path)})
            if np.all(np.abs(where[n]) < ZERO_RAD)]  # fmt: skip
    words = ", ".join(each.who for each in lost)
    return Answer(float(len(lost)), "", words or "all fields have coordinates", lost)


def intents_missing(of: str, folder: str, results: Results) -> Answer:
    """How many of the intents that a calibration needs have no scan, or none in a spw of the targets.

    Bandpass, flux, phase, target. The ALMA pipeline takes 0.7 of its score for each that is missing
    (reference alma-reduction 4.2, intents). An amplitude calibrator stands for the flux calibrator. Where
    phases come from other windows than the targets' (bandwidth switching, band to band), spws are not
    compared.
    """
    path = existing(folder, of)
    names = read_names(path)
    spws = _spws_of_intents(path, names)
    if not spws:
        raise NothingToTell("has no intents", of)
    lost = [Offender(1.0, kind) for kind in NEEDED if not _spws_of(kind, spws)]
    targets = {spw for spw in _spws_of("TARGET", spws) if names.is_science(spw)}
    is_switched = "DIFFGAIN" in spws or not targets <= _spws_of("PHASE", spws)
    for kind in () if is_switched else ("BANDPASS", "FLUX"):
        there = _spws_of(kind, spws)
        lost += [Offender(1.0, f"{kind} in spw {spw}", Place(spw=spw))
                 for spw in (sorted(targets - there) if there else ())]  # fmt: skip
    words = ", ".join(f"no scan for {each.who}" for each in lost)
    return Answer(float(len(lost)), "", words or "bandpass, flux, phase and target were observed", lost)


def _spws_of_intents(path: str, names: Names) -> Dict[str, Set[int]]:
    """Intent -> spws with rows of it."""
    found: Dict[str, Set[int]] = {}
    for span in read_spans(path):
        for kind in kinds_of(names.intent(span.state)):
            found.setdefault(kind, set()).add(names.spw_of[span.ddid])
    return found


def _spws_of(kind: str, spws: Dict[str, Set[int]]) -> Set[int]:
    """The spws of an intent, or of one that stands for it."""
    return set().union(*(spws.get(each, ()) for each in (kind, *ALSO.get(kind, ()))))


def targets_unbracketed(of: str, folder: str, results: Results) -> Answer:
    """How many scans of targets lie not between two scans of a phase calibrator.

    applycal has nothing to interpolate to there, and takes the last phases as they are (reference
    alma-reduction 4.3, steps 0 to 3). Scans of atmosphere, pointing and the like do not count, nor check
    sources.
    """
    path = existing(folder, of)
    names = read_names(path)
    kinds = [kinds_of(modes) for modes in names.intents]
    scans: Dict[int, Tuple[str, Set[str]]] = {}
    for span in sorted(each for each in read_spans(path) if 0 <= each.state < len(kinds)):
        if not set(kinds[span.state]) & (set(NO_SOURCE) - {"WVR"}):
            scans.setdefault(span.scan, (names.fields[span.field], set()))[1].update(kinds[span.state])
    phases = [scan for scan, (_, of_scan) in scans.items() if {"PHASE", "DIFFGAIN"} & of_scan]
    targets = [(scan, field) for scan, (field, of_scan) in sorted(scans.items()) if "TARGET" in of_scan]
    if not phases or not targets:
        raise NothingToTell("has no scans of targets and phase calibrators", of)
    alone = [Offender(1.0, f"scan {scan} of {field}", Place(scan=scan, field=field))
             for scan, field in targets if not min(phases) < scan < max(phases)]  # fmt: skip
    words = ", ".join(each.who for each in alone)
    return Answer(float(len(alone)), "", words or "each target scan lies between two", alone)
