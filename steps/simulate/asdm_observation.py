"""Tables of an ASDM about what was observed: sources, fields, scans and the execution block."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Dict, Iterator, List, Sequence, Set, Tuple

from .asdm_instrument import state_of
from .asdm_xml import (
    Row,
    flag,
    interval,
    matrix,
    nanoseconds,
    number,
    reference,
    tag,
    tags,
    text,
    texts,
    uid_of,
    values,
)
from .model import WVR_S, Block, Field, Scan, Setup, Source, Subscan
from .spectrum import centre_hz

__all__ = ["Piece", "main_rows", "observation_tables", "pieces"]

#: Where calibration results of a scan came from, for the Scan table.
ORIGINS = {
    "CALIBRATE_WVR": "WVR",
    "CALIBRATE_ATMOSPHERE": "TOTAL_POWER",
    "OBSERVE_TARGET": "NONE",
    "OBSERVE_CHECK_SOURCE": "NONE",
}


@dataclass(frozen=True)
class Piece:
    """A row of the Main table: what one setup recorded in one subscan."""

    scan: Scan
    subscan: Subscan
    setup: Setup
    uid: str
    """Of its binary file."""

    @property
    def file_name(self) -> str:
        """Of its binary file, in ASDMBinary/."""
        return self.uid.replace(":", "_").replace("/", "_")


def pieces(block: Block, uids: Iterator[str]) -> List[Piece]:
    """All pieces in the order observed; each takes a uid."""
    setups = {setup.number: setup for setup in block.setups}
    return [
        Piece(scan, subscan, setups[index], next(uids))
        for scan in block.scans
        for subscan in scan.subscans
        for index in sorted(subscan.setups)
    ]


def observation_tables(block: Block) -> Dict[str, List[Row]]:
    """Name of a table -> its rows."""
    return {
        "Source": _sources(block),
        "Field": [_field(block, each) for each in sorted(block.fields, key=lambda each: each.number)],
        "Scan": [_scan(block, each) for each in block.scans],
        "Subscan": [_subscan(block, scan, each) for scan in block.scans for each in scan.subscans],
        "ExecBlock": [_exec_block(block)],
        "SBSummary": [_sb_summary(block)],
    }


def main_rows(block: Block, written: Sequence[Tuple[Piece, int, int]]) -> List[Row]:
    """The Main table: of each piece the size of its file in bytes, and its number of integrations."""
    return [_main(block, piece, size, n_times) for piece, size, n_times in written]


def _main(block: Block, piece: Piece, size: int, n_times: int) -> Row:
    start_s, n_antennas = piece.subscan.start_s, len(block.antennas)
    correlator = piece.setup.kind == "correlator"
    length_s = n_times * (piece.subscan.integration_s if correlator else WVR_S)
    return {
        "time": str(nanoseconds(start_s + length_s / 2)),
        "numAntenna": str(n_antennas),
        "timeSampling": "INTEGRATION",
        "interval": str(nanoseconds(length_s)),
        "numIntegration": str(n_times),
        "scanNumber": str(piece.scan.number),
        "subscanNumber": str(piece.subscan.number),
        "dataSize": str(size),
        "dataUID": reference(piece.uid, "Main"),
        "configDescriptionId": tag("ConfigDescription", piece.setup.number),
        "execBlockId": tag("ExecBlock", 0),
        "fieldId": tag("Field", piece.subscan.field),
        "stateId": tags("State", [state_of(piece.subscan.intent)] * n_antennas),
    }


def _sources(block: Block) -> List[Row]:
    fields = {field.number: field for field in block.fields}
    setups = {setup.number: setup for setup in block.setups}
    seen: Dict[int, Set[int]] = {}
    for scan in block.scans:
        for subscan in scan.subscans:
            windows = seen.setdefault(fields[subscan.field].source, set())
            windows.update(*(setups[index].windows for index in subscan.setups))
    return [
        _source(block, source, window)
        for source in sorted(block.sources, key=lambda each: each.number)
        for window in sorted(seen.get(source.number, ()))
    ]


def _source(block: Block, source: Source, window: int) -> Row:
    row = {
        "sourceId": str(source.number),
        "timeInterval": interval(block.start_s, block.end_s),
        "code": text(source.code),
        "direction": values([number(source.ra_rad), number(source.dec_rad)]),
        "properMotion": values([0.0, 0.0]),
        "sourceName": text(source.name),
        "directionCode": "J2000",
        "spectralWindowId": tag("SpectralWindow", window),
    }
    if source.rest_hz:
        row.update(
            numLines="1",
            transition=texts(["Undefined"]),
            restFrequency=values([number(source.rest_hz)]),
            sysVel=values([0.0]),
        )
    if source.flux_jy:
        n = len(source.flux_jy)
        row.update(
            numFreq=str(n),
            numStokes="4",
            frequency=values([number(hz) for hz, _ in source.flux_jy]),
            stokesParameter=values(["I", "Q", "U", "V"]),
            flux=matrix((n, 4), [f"{number(jy)} 0.0 0.0 0.0" for _, jy in source.flux_jy]),
            size=matrix((n, 2), [0.0] * (2 * n)),
        )
    return row


def _field(block: Block, field: Field) -> Row:
    direction = matrix((1, 2), [number(field.ra_rad), number(field.dec_rad)])
    return {
        "fieldId": tag("Field", field.number),
        "fieldName": text(field.name),
        "numPoly": "1",
        "delayDir": direction,
        "phaseDir": direction,
        "referenceDir": direction,
        "time": str(nanoseconds(block.start_s)),
        "code": "none",
        "directionCode": "J2000",
        "sourceId": str(field.source),
    }


def _scan(block: Block, scan: Scan) -> Row:
    names = {field.number: field.name for field in block.fields}
    fields = list(dict.fromkeys(names[each.field] for each in scan.subscans))
    origins = [ORIGINS.get(each, "CHANNEL_AVERAGE_CROSS") for each in scan.intents]
    return {
        "scanNumber": str(scan.number),
        "startTime": str(nanoseconds(min(each.start_s for each in scan.subscans))),
        "endTime": str(nanoseconds(max(each.end_s for each in scan.subscans))),
        "numIntent": str(len(scan.intents)),
        "numSubscan": str(len(scan.subscans)),
        "scanIntent": values(scan.intents),
        "calDataType": values(origins),
        "calibrationOnLine": values([flag(each != "NONE") for each in origins]),
        "numField": str(len(fields)),
        "fieldName": texts(fields),
        "sourceName": text(scan.source),
        "execBlockId": tag("ExecBlock", 0),
    }


def _subscan(block: Block, scan: Scan, subscan: Subscan) -> Row:
    n = subscan.n_integrations
    return {
        "scanNumber": str(scan.number),
        "subscanNumber": str(subscan.number),
        "startTime": str(nanoseconds(subscan.start_s)),
        "endTime": str(nanoseconds(subscan.end_s)),
        "fieldName": text(next(each.name for each in block.fields if each.number == subscan.field)),
        "subscanIntent": subscan.intent,
        "numIntegration": str(n),
        "numSubintegration": values([0] * n),
        "execBlockId": tag("ExecBlock", 0),
    }


def _baselines_m(block: Block) -> Tuple[float, float]:
    lengths = [
        math.sqrt(sum((one.position_m[axis] - other.position_m[axis]) ** 2 for axis in range(3)))
        for one, other in combinations(block.antennas, 2)
    ]
    return (min(lengths), max(lengths)) if lengths else (0.0, 0.0)


def _related(block: Block, suffix: str) -> str:
    """A uid in the project's family. Not ALMA-like: the observatory gives each its own."""
    return f"{uid_of(block.mous_uid)}{suffix}"


def _exec_block(block: Block) -> Row:
    shortest, longest = _baselines_m(block)
    return {
        "execBlockId": tag("ExecBlock", 0),
        "startTime": str(nanoseconds(block.start_s)),
        "endTime": str(nanoseconds(block.end_s)),
        "execBlockNum": "1",
        "execBlockUID": reference(uid_of(block.uid), "ASDM"),
        "projectUID": reference(_related(block, "0"), "ObsProject"),
        "configName": "7M" if block.array == "7m" else "A",
        "telescopeName": block.observatory,
        "observerName": "casapilot",
        "numObservingLog": "1",
        "observingLog": texts([f"Simulated for project {block.project}"]),
        "sessionReference": reference(_related(block, "5"), "Session"),
        "baseRangeMin": number(shortest),
        "baseRangeMax": number(longest),
        "baseRmsMinor": "0.0",
        "baseRmsMajor": "0.0",
        "basePa": "0.0",
        "aborted": "false",
        "numAntenna": str(len(block.antennas)),
        "schedulerMode": "INTERACTIVE",
        "siteAltitude": "5000.0",
        "siteLongitude": number(math.radians(-67.7549)),
        "siteLatitude": number(math.radians(-23.0229)),
        "observingScript": "StandardInterferometry.py",
        "arrayName": "Array001",
        "antennaId": tags("Antenna", range(len(block.antennas))),
        "sBSummaryId": tag("SBSummary", 0),
    }


def _representative_hz(block: Block) -> float:
    """The middle of the first window of the targets; 0 where there is none."""
    setups = {setup.number: setup for setup in block.setups}
    observed = {
        number
        for scan in block.scans
        if "OBSERVE_TARGET" in scan.intents
        for subscan in scan.subscans
        for index in subscan.setups
        for number in setups[index].windows
    }
    windows = [each for each in block.windows if each.number in observed and each.kind != "wvr"]
    return centre_hz(windows[0]) if windows else 0.0


def _sb_summary(block: Block) -> Row:
    ghz = _representative_hz(block) / 1e9
    field = next(iter(block.fields))
    return {
        "sBSummaryId": tag("SBSummary", 0),
        "sbSummaryUID": reference(_related(block, "3"), "SchedBlock"),
        "projectUID": reference(_related(block, "0"), "ObsProject"),
        # Not ALMA-like: the real ones often name the project again.
        "obsUnitSetUID": reference(uid_of(block.mous_uid), "OUSStatus"),
        "frequency": number(ghz),
        "frequencyBand": f"ALMA_RB_{block.band:02d}",
        "sbType": "OBSERVER",
        "sbDuration": str(nanoseconds(block.end_s - block.start_s)),
        "numObservingMode": "1",
        "observingMode": texts(["Standard Interferometry"]),
        "numberRepeats": "1",
        "numScienceGoal": "2",
        "scienceGoal": texts([f"SBName = {block.sb_name}", f"representativeFrequency = {ghz:.6f} GHz"]),
        "numWeatherConstraint": "1",
        "weatherConstraint": texts(["maxPWVC = 2.0 mm"]),
        "centerDirection": values([number(field.ra_rad), number(field.dec_rad)]),
        "centerDirectionCode": "J2000",
    }
