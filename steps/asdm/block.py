"""The execution block of an ASDM, and its system temperatures."""

from __future__ import annotations

import math
from statistics import median

from .model import ExecBlock, Tsys, Window
from .row import Row, disk_uid
from .tables import Tables

__all__ = ["read_exec_block", "read_tsys"]

SYSCAL = ("antennaId", "spectralWindowId", "timeInterval", "numReceptor", "numChan", "tsysSpectrum")


def read_exec_block(tables: Tables) -> ExecBlock:
    """The execution block; what the ASDM does not say is empty or 0."""
    row = next(iter(tables.optional("ExecBlock")), Row(str(tables.folder / "ExecBlock.xml"), {}))
    summary = next(iter(tables.optional("SBSummary")), Row(str(tables.folder / "SBSummary.xml"), {}))
    project, unit = row.text("projectUID") or row.text("projectId"), summary.text("obsUnitSetUID")
    goal = _goal(summary)
    return ExecBlock(
        uid=disk_uid(tables.head.entity or row.text("execBlockUID")) or tables.folder.name,
        project_uid=disk_uid(project),
        # Real ASDMs often name the project there.
        mous_uid=disk_uid(unit) if unit != project else "",
        sb_uid=disk_uid(summary.text("sbSummaryUID")),
        sb_name=dict(goal).get("SBName", ""),
        session_uid=disk_uid(row.text("sessionReference")),
        telescope=row.text("telescopeName"),
        array_name=row.text("arrayName"),
        config_name=row.text("configName"),
        start_s=row.seconds("startTime"),
        end_s=row.seconds("endTime"),
        n_antennas=row.integer("numAntenna") or tables.count("Antenna"),
        base_range_m=(row.real("baseRangeMin"), row.real("baseRangeMax")),
        aborted=row.truth("aborted"),
        science_goal=goal,
    )


def _goal(summary: Row) -> tuple[tuple[str, str], ...]:
    pairs = [item.partition("=") for item in summary.words("scienceGoal")]
    return tuple((key.strip(), value.strip()) for key, mark, value in pairs if mark)


def read_tsys(tables: Tables, windows: tuple[Window, ...]) -> tuple[Tsys, ...]:
    """The rows of the SysCal table that hold a system temperature."""
    numbers = {window.tag: window.number for window in windows}
    found = [
        _tsys(tables, row, numbers) for row in tables.optional("SysCal", SYSCAL) if row.has("tsysSpectrum")
    ]
    return tuple(found)


def _tsys(tables: Tables, row: Row, numbers: dict[int, int]) -> Tsys:
    start_s, length_s = tables.start_s(row)
    values, n_receptors = row.reals("tsysSpectrum"), max(1, row.integer("numReceptor", 1))
    n_channels = max(1, len(values) // n_receptors)
    spectra = [values[index * n_channels : (index + 1) * n_channels] for index in range(n_receptors)]
    bad = sum(not value > 0 for value in values)
    return Tsys(
        antenna=row.tag("antennaId"),
        window=numbers.get(row.tag("spectralWindowId"), -1),
        time_s=start_s + length_s / 2,
        interval_s=length_s,
        median_k=tuple(_median(spectrum) for spectrum in spectra),
        negative_percent=100 * bad / len(values) if values else 0.0,
    )


def _median(values: tuple[float, ...]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return median(finite) if finite else math.nan
