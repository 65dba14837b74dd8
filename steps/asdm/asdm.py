"""An ASDM directory, a table at a time, as the person asks."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from .model import Antenna, ExecBlock, Field, Scan, Source, Tsys, Window

__all__ = ["Asdm"]


class Asdm:
    """An ASDM; each table is read when it is first asked for.

    Parameters
    ----------
    folder : Path
        The ASDM directory. `Asdm.read` also checks that it is one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def read(cls, folder: Path) -> Asdm:
        """The ASDM in `folder`; AsdmError where it is none (every property may raise it too)."""
        raise NotImplementedError

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read so far and was inferred or left out, in words."""
        raise NotImplementedError

    @cached_property
    def exec_block(self) -> ExecBlock:
        """The execution block."""
        raise NotImplementedError

    @cached_property
    def antennas(self) -> tuple[Antenna, ...]:
        """The antennas, by number."""
        raise NotImplementedError

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources, by number."""
        raise NotImplementedError

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields, by number."""
        raise NotImplementedError

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The spectral windows, by their number in the MS."""
        raise NotImplementedError

    @cached_property
    def scans(self) -> tuple[Scan, ...]:
        """The scans, by number."""
        raise NotImplementedError

    @cached_property
    def tsys(self) -> tuple[Tsys, ...]:
        """The rows of the SysCal table; empty where there is none."""
        raise NotImplementedError

    @cached_property
    def n_online_flags(self) -> int:
        """Rows of the Flag table."""
        raise NotImplementedError

    @cached_property
    def wvr_integration_s(self) -> float | None:
        """Length of an integration of the radiometers, s."""
        raise NotImplementedError

    @property
    def science_windows(self) -> tuple[Window, ...]:
        """Full-resolution windows with data of OBSERVE_TARGET."""
        raise NotImplementedError

    @property
    def tsys_windows(self) -> tuple[Window, ...]:
        """Full-resolution windows with data of CALIBRATE_ATMOSPHERE."""
        raise NotImplementedError

    @property
    def wvr_windows(self) -> tuple[Window, ...]:
        """Windows of the radiometers that have data."""
        raise NotImplementedError

    def window(self, number: int) -> Window:
        """The window of that number in the MS."""
        raise NotImplementedError

    def field(self, number: int) -> Field:
        """The field of that number."""
        raise NotImplementedError

    def scans_with(self, intent: str) -> tuple[Scan, ...]:
        """Scans with an intent: `CALIBRATE_PHASE`, or any part of it (`PHASE`)."""
        raise NotImplementedError

    def fields_with(self, intent: str) -> tuple[Field, ...]:
        """Fields observed on source in scans with an intent, in the order observed."""
        raise NotImplementedError

    def scans_without_tsys(self) -> tuple[int, ...]:
        """Numbers of the CALIBRATE_ATMOSPHERE scans during which the SysCal table has no row."""
        raise NotImplementedError

    def facts(self) -> dict[str, object]:
        """What the ASDM tells of the facts that a checklist may ask for (steps/checklist/facts.py)."""
        raise NotImplementedError
