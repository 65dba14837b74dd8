"""Write an execution block as an ASDM directory that importasdm takes."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

from ..errors import AsdmError
from .asdm_bdf import Stretch, write_correlator, write_radiometers
from .asdm_instrument import instrument_tables, setup_windows
from .asdm_monitoring import monitoring_tables
from .asdm_observation import Piece, main_rows, observation_tables, pieces
from .asdm_xml import Row, uid_of, write_index, write_table
from .model import WVR_S, Block

__all__ = ["write_asdm"]


def write_asdm(block: Block, folder: Path) -> None:
    """Write an execution block as an ASDM directory.

    The data are asked of the block a subscan and setup at a time, and written at once. Not ALMA-like: no
    channel averages or square-law detectors, no binary tables, no CalAtmosphere and other results of the
    observatory's own calibration but CalWVR.

    Parameters
    ----------
    block : Block
        What to write.
    folder : Path
        The directory to make, usually named as the block's uid.

    Raises
    ------
    AsdmError
        `folder` exists already.
    ValueError
        Windows, setups, fields or sources are not numbered 0, 1, 2 ...: importasdm counts its rows.
    """
    _check_numbers(block)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise AsdmError(
            "something is there already", str(folder), "Remove it or choose another folder."
        ) from None
    binaries = folder / "ASDMBinary"
    binaries.mkdir()
    uids = _uids(block.uid)
    written = [_write_piece(block, piece, binaries) for piece in pieces(block, uids)]
    tables: Dict[str, List[Row]] = {
        "Main": main_rows(block, written),
        **instrument_tables(block),
        **observation_tables(block),
        **monitoring_tables(block),
    }
    _write_tables(block, folder, tables, uids)


def _check_numbers(block: Block) -> None:
    numbered: Dict[str, List[int]] = {
        "windows": [each.number for each in block.windows],
        "setups": [each.number for each in block.setups],
        "fields": [each.number for each in block.fields],
        "sources": [each.number for each in block.sources],
    }
    for name, numbers in numbered.items():
        if sorted(numbers) != list(range(len(numbers))):
            raise ValueError(f"{name} are numbered {numbers}, not 0 to {len(numbers) - 1}")


def _uids(block_uid: str) -> Iterator[str]:
    """Uids that follow the block's own."""
    family, number = uid_of(block_uid).rsplit("/X", 1)
    first = int(number, 16) + 1
    return (f"{family}/X{each:x}" for each in count(first))


def _write_tables(block: Block, folder: Path, tables: Dict[str, List[Row]], uids: Iterator[str]) -> None:
    own = uid_of(block.uid)
    listed = []
    for name, rows in sorted(tables.items()):
        uid = next(uids)
        listed.append((name, len(rows), uid))
        if rows:
            write_table(folder / f"{name}.xml", name, rows, uid, own)
    write_index(folder / "ASDM.xml", own, _calendar(block.end_s), listed)


def _calendar(time_s: float) -> str:
    """MJD seconds as a date of the calendar: 2016-06-12T02:19:00.000000000."""
    days, seconds = divmod(time_s, 86400.0)
    # Fliegel and Van Flandern 1968, for the Gregorian calendar.
    left = int(days) + 2400001 + 68569
    century = 4 * left // 146097
    left -= (146097 * century + 3) // 4
    year = 4000 * (left + 1) // 1461001
    left = left - 1461 * year // 4 + 31
    month = 80 * left // 2447
    day = left - 2447 * month // 80
    left = month // 11
    hours, rest = divmod(int(seconds), 3600)
    return (
        f"{100 * (century - 49) + year + left:04d}-{month + 2 - 12 * left:02d}-{day:02d}"
        f"T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}.000000000"
    )


def _write_piece(block: Block, piece: Piece, folder: Path) -> Tuple[Piece, int, int]:
    """Write a piece's binary file; its size in bytes and how many integrations it has."""
    correlator = piece.setup.kind == "correlator"
    integration_s = piece.subscan.integration_s if correlator else WVR_S
    stretch = Stretch(
        uid=piece.uid,
        block_uid=uid_of(block.uid),
        scan=piece.scan.number,
        subscan=piece.subscan.number,
        start_s=piece.subscan.start_s,
        integration_s=integration_s,
        n_antennas=len(block.antennas),
    )
    path = folder / piece.file_name
    auto = block.auto(piece.scan, piece.subscan, piece.setup)
    if not correlator:
        data = auto[piece.setup.windows[0]]
        return piece, write_radiometers(path, stretch, data), len(data)
    windows = setup_windows(block, piece.setup)
    cross = block.cross(piece.scan, piece.subscan, piece.setup)
    size = write_correlator(path, stretch, windows, cross, auto)
    return piece, size, len(auto[windows[0].number])
