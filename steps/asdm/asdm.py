"""An ASDM directory, a table at a time, as the person asks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from ..errors import AsdmError
from .block import read_exec_block, read_tsys
from .facts import facts_of
from .instrument import read_antennas, read_windows
from .model import Antenna, ExecBlock, Field, Scan, Source, Tsys, Window, WindowKind
from .scans import Config, Record, read_configs, read_records, read_scans, wvr_integration_s
from .sky import read_fields, read_sources
from .tables import Tables

__all__ = ["Asdm"]

Numbered = TypeVar("Numbered", Field, Window)

#: Without these nothing can be said, and importasdm makes no MS.
NEEDED = ("Antenna", "DataDescription", "Field", "Polarization", "Scan", "SpectralWindow", "Station")


class Asdm:
    """An ASDM; each table is read when it is first asked for.

    Every property may raise AsdmError: a table is damaged, or is in a binary form that only CASA reads.

    Parameters
    ----------
    folder : Path
        The ASDM directory. `Asdm.read` also checks that it is one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables = Tables(folder)

    @classmethod
    def read(cls, folder: Path) -> Asdm:
        """Open the ASDM in a directory.

        Raises
        ------
        AsdmError
            There is no such directory, or it has not the tables of an ASDM.
        """
        if not folder.is_dir():
            raise AsdmError("there is no such directory", str(folder), "Name the directory of the ASDM.")
        asdm = cls(folder)
        missing = [name for name in NEEDED if not asdm._tables.has(name)]
        if len(missing) == len(NEEDED):
            todo = "Name the directory that holds ASDM.xml and Main.xml."
            raise AsdmError("this is not an ASDM: it has none of its tables", str(folder), todo)
        if missing:
            todo = "The copy is not complete: download the ASDM again."
            raise AsdmError(f"tables are missing: {', '.join(missing)}", str(folder), todo)
        return asdm

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read so far and was inferred or left out, in words."""
        return self._tables.problems

    @cached_property
    def exec_block(self) -> ExecBlock:
        """The execution block."""
        return read_exec_block(self._tables)

    @cached_property
    def antennas(self) -> tuple[Antenna, ...]:
        """The antennas, by number."""
        return read_antennas(self._tables)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources, by number."""
        return read_sources(self._tables, self.windows)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields, by number."""
        return read_fields(self._tables)

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The spectral windows, by their number in the MS."""
        return read_windows(self._tables)

    @cached_property
    def scans(self) -> tuple[Scan, ...]:
        """The scans, by number."""
        return read_scans(self._tables, self.fields, self.windows, self.configs, self._records)

    @cached_property
    def tsys(self) -> tuple[Tsys, ...]:
        """The rows of the SysCal table; empty where there is none."""
        return read_tsys(self._tables, self.windows)

    @cached_property
    def configs(self) -> dict[int, Config]:
        """What was recorded together, by number."""
        return read_configs(self._tables, self.windows)

    @cached_property
    def _records(self) -> tuple[Record, ...]:
        return read_records(self._tables)

    @cached_property
    def n_online_flags(self) -> int:
        """Rows of the Flag table."""
        return self._tables.count("Flag")

    @cached_property
    def n_tsys(self) -> int:
        """Rows of the SysCal table, without reading it."""
        return self._tables.count("SysCal")

    @cached_property
    def wvr_integration_s(self) -> float | None:
        """Length of an integration of the radiometers, s."""
        return wvr_integration_s(self.folder, self.wvr_windows, self.configs, self._records)

    @property
    def science_windows(self) -> tuple[Window, ...]:
        """Full-resolution windows with data of OBSERVE_TARGET; without a target those of the bandpass."""
        return self.windows_with("OBSERVE_TARGET") or self.windows_with("CALIBRATE_BANDPASS")

    @property
    def wvr_windows(self) -> tuple[Window, ...]:
        """Windows of the radiometers that have data."""
        used = {number for scan in self.scans for number in scan.windows}
        return tuple(each for each in self.windows if each.kind is WindowKind.WVR and each.number in used)

    def windows_with(self, intent: str) -> tuple[Window, ...]:
        """Full-resolution windows with data of an intent."""
        used = {number for scan in self.scans_with(intent) for number in scan.windows}
        return tuple(each for each in self.windows if each.is_full_resolution and each.number in used)

    def window(self, number: int) -> Window:
        """The window of that number in the MS."""
        return _numbered(self.windows, number, "spectral window", self.folder)

    def field(self, number: int) -> Field:
        """The field of that number."""
        return _numbered(self.fields, number, "field", self.folder)

    def scans_with(self, intent: str) -> tuple[Scan, ...]:
        """Scans with an intent: `CALIBRATE_PHASE`, or any part of it (`PHASE`)."""
        return tuple(scan for scan in self.scans if any(intent in each for each in scan.intents))

    def fields_with(self, intent: str) -> tuple[Field, ...]:
        """Fields observed on source in scans with an intent, in the order observed."""
        found = dict.fromkeys(_on_source(self.scans_with(intent)))
        known = {each.number: each for each in self.fields}
        return tuple(known[number] for number in found if number in known)

    def scans_without_tsys(self) -> tuple[int, ...]:
        """Numbers of the CALIBRATE_ATMOSPHERE scans during which the SysCal table has no row."""
        times = sorted({each.time_s for each in self.tsys})
        return tuple(
            scan.number
            for scan in self.scans_with("CALIBRATE_ATMOSPHERE")
            if not any(scan.start_s <= time_s <= scan.end_s for time_s in times)
        )

    def facts(self) -> dict[str, object]:
        """What the ASDM tells of the facts that a checklist may ask for (steps/checklist/facts.py)."""
        return facts_of(self)


def _on_source(scans: Iterable[Scan]) -> list[int]:
    """Fields of subscans on the source; of all subscans of a scan that has none (an ATMOSPHERE scan)."""
    found = []
    for scan in scans:
        on = [each for each in scan.subscans if each.intent == "ON_SOURCE"] or scan.subscans
        found.extend([number for each in on for number in each.fields])
    return found


def _numbered(items: Iterable[Numbered], number: int, what: str, folder: Path) -> Numbered:
    for each in items:
        if each.number == number:
            return each
    raise AsdmError(f"there is no {what} {number}", str(folder))
