"""What lies beside an ASDM and belongs into its script: antennapos.csv, flux.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import ScriptError
from .plan import Wishes
from .tables import ANTENNAPOS, FLUX, find_table, read_fluxes, read_positions

__all__ = ["with_tables", "write_new"]


def with_tables(wishes: Wishes, uid: str, folders: Sequence[Path], antpos: Path | None = None) -> Wishes:
    """Complete `wishes` with the tables found.

    Parameters
    ----------
    wishes : Wishes
    uid : str
        The EB's, as on disk: the tables have rows of several EBs.
    folders : sequence of Path
        Where to look, the first first.
    antpos : Path
        The antennapos.csv to take; it is looked for when None.

    Raises
    ------
    UsageError
        A table cannot be read.
    """
    antpos = antpos or find_table(ANTENNAPOS, folders)
    if antpos is not None:
        rows = read_positions(antpos, uid)
        wishes = replace(wishes, positions=rows, positions_source=antpos.name)
    flux = find_table(FLUX, folders)
    if flux is not None:
        wishes = replace(wishes, flux_rows=read_fluxes(flux, uid), flux_source=flux.name)
    return wishes


def write_new(path: Path, content: bytes) -> None:
    """Write a script that is not there yet, whole or not at all; ScriptError where that cannot be."""
    todo = "Nothing was written. See --force, or ask for access to the folder."
    try:
        with open(path, "xb") as file:
            try:
                file.write(content)
            except BaseException:
                path.unlink()
                raise
    except OSError as error:
        raise ScriptError(f"cannot be written: {error.strerror}", str(path), todo) from error
