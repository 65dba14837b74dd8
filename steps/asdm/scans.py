"""Scans of an ASDM: what was observed when, and with which windows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .model import Field, Scan, Subscan, Window, WindowKind
from .row import Row, disk_uid
from .tables import Tables

__all__ = ["Config", "Record", "read_configs", "read_records", "read_scans", "wvr_integration_s"]

MAIN = (
    "configDescriptionId",
    "fieldId",
    "interval",
    "numIntegration",
    "scanNumber",
    "subscanNumber",
    "dataUID",
    "dataOid",
)
#: The header of a binary file has ended before this.
HEADER_BYTES = 1 << 16
PACKED = re.compile(rb"<numTime>\s*(\d+)\s*</numTime>")


@dataclass(frozen=True, slots=True)
class Config:
    """What was recorded together."""

    processor: str
    """CORRELATOR, RADIOMETER, SPECTROMETER."""
    correlations: str
    """CROSS_AND_AUTO, CROSS_ONLY, AUTO_ONLY."""
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the Main table: what one processor recorded during a subscan."""

    scan: int
    subscan: int
    config: int
    field: int
    length_s: float
    n_integrations: int
    file_name: str
    """Of the data, in ASDMBinary/."""


def read_configs(tables: Tables, windows: tuple[Window, ...]) -> dict[int, Config]:
    """Number of a configuration -> what it recorded."""
    numbers = {window.tag: window.number for window in windows}
    described = {
        row.tag("dataDescriptionId"): numbers.get(row.tag("spectralWindowId"))
        for row in tables.rows("DataDescription")
    }
    found = {}
    for row in tables.optional("ConfigDescription"):
        used = [described.get(tag) for tag in row.tags("dataDescriptionId")]
        found[row.tag("configDescriptionId")] = Config(
            row.text("processorType"),
            row.text("correlationMode"),
            tuple(number for number in used if number is not None),
        )
    return found


def read_records(tables: Tables) -> tuple[Record, ...]:
    """The rows of the Main table; empty, and noted, where it cannot be read."""
    return tuple(_record(row) for row in tables.optional("Main", MAIN))


def _record(row: Row) -> Record:
    return Record(
        scan=row.integer("scanNumber"),
        subscan=row.integer("subscanNumber"),
        config=row.tag("configDescriptionId"),
        field=row.tag("fieldId"),
        length_s=row.seconds("interval"),
        n_integrations=row.integer("numIntegration"),
        file_name=disk_uid(row.text("dataUID") or row.text("dataOid")),
    )


@dataclass
class _Seen:
    """What was recorded during a subscan."""

    fields: dict[int, None] = field(default_factory=dict)
    windows: set[int] = field(default_factory=set)
    lengths: dict[int, float] = field(default_factory=dict)


def read_scans(
    tables: Tables,
    fields: tuple[Field, ...],
    windows: tuple[Window, ...],
    configs: Mapping[int, Config],
    records: tuple[Record, ...],
) -> tuple[Scan, ...]:
    """The scans, by number."""
    seen = _seen(configs, records, {each.number for each in windows if each.kind is WindowKind.WVR})
    named: dict[str, int] = {}
    for each in fields:
        named.setdefault(each.name, each.number)
    subscans: dict[int, list[Subscan]] = {}
    for row in tables.optional("Subscan"):
        scan = row.integer("scanNumber")
        found = seen.get((scan, row.integer("subscanNumber")), _Seen())
        subscans.setdefault(scan, []).append(_subscan(row, found, named))
    scans = [_scan(row, subscans.get(row.integer("scanNumber"), [])) for row in tables.rows("Scan")]
    return tuple(sorted(scans, key=lambda each: each.number))


def _seen(
    configs: Mapping[int, Config], records: tuple[Record, ...], radiometers: set[int]
) -> dict[tuple[int, int], _Seen]:
    found: dict[tuple[int, int], _Seen] = {}
    for record in records:
        config = configs.get(record.config)
        if config is None:
            continue
        seen = found.setdefault((record.scan, record.subscan), _Seen())
        if record.field >= 0:
            seen.fields[record.field] = None
        seen.windows.update(config.windows)
        if config.processor == "CORRELATOR" and record.n_integrations > 0:
            length_s = round(record.length_s / record.n_integrations, 9)
            seen.lengths.update({each: length_s for each in config.windows if each not in radiometers})
    return found


def _subscan(row: Row, seen: _Seen, named: Mapping[str, int]) -> Subscan:
    name = row.text("fieldName")
    return Subscan(
        number=row.integer("subscanNumber"),
        intent=row.text("subscanIntent"),
        fields=tuple(seen.fields) or ((named[name],) if name in named else ()),
        start_s=row.seconds("startTime"),
        end_s=row.seconds("endTime"),
        windows=tuple(sorted(seen.windows)),
        integrations_s=tuple(sorted(seen.lengths.items())),
    )


def _scan(row: Row, subscans: list[Subscan]) -> Scan:
    return Scan(
        number=row.integer("scanNumber"),
        intents=row.words("scanIntent"),
        source=row.text("sourceName"),
        start_s=row.seconds("startTime"),
        end_s=row.seconds("endTime"),
        subscans=tuple(sorted(subscans, key=lambda each: each.number)),
    )


def wvr_integration_s(
    folder: Path, wvr_windows: tuple[Window, ...], configs: Mapping[int, Config], records: tuple[Record, ...]
) -> float | None:
    """Length of an integration of the radiometers, s; None where there are none or it is not known."""
    numbers = {each.number for each in wvr_windows}
    for record in records:
        config = configs.get(record.config)
        # Square-law detectors are read by a RADIOMETER too.
        if config is None or not numbers & set(config.windows) or record.length_s <= 0:
            continue
        if record.n_integrations > 1:
            return round(record.length_s / record.n_integrations, 9)
        n_times = _packed_times(folder / "ASDMBinary" / record.file_name)
        if n_times:
            return round(record.length_s / n_times, 9)
    return None


def _packed_times(path: Path) -> int:
    try:
        with path.open("rb") as file:
            found = PACKED.search(file.read(HEADER_BYTES))
    except OSError:
        return 0
    return int(found[1]) if found else 0
