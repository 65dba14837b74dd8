"""Where the flags of a measurement set are on disk: the files of the tiled storage managers.

Rows of one cell shape make one hypercube, stored in a file of its own (``table.f<n>_TSM<k>``) as tiles of
equal size; a tile holds its flags as bits, least significant first, padded at the upper edges of the cube.
All that is relied on is checked here: another layout raises `OtherLayout`, and the caller has to read
through casatools instead. Source: casacore, tables/DataMan (TSMCube, TiledShapeStMan, TiledColumnStMan).
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from ..errors import FlagError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cube", "Layout", "OtherLayout", "blocks", "find_layout"]

#: Tiles that hold one range of rows and take more than this are not read as one, bytes.
LARGEST_STRIPE_BYTES = 1 << 24


def blocks(whole: int, size: int) -> int:
    """How many blocks of `size` cover `whole`."""
    return -(-whole // size)


class OtherLayout(Exception):
    """The flags are not stored in the expected form; says what is different."""


class Cube(NamedTuple):
    """One hypercube: all rows of one cell shape."""

    path: str
    shape: Tuple[int, int, int]
    """Correlations, channels, rows."""
    tile: Tuple[int, int, int]
    tile_bytes: int

    @property
    def across(self) -> Tuple[int, int]:
        """How many tiles lie side by side along correlations and channels."""
        return blocks(self.shape[0], self.tile[0]), blocks(self.shape[1], self.tile[1])

    @property
    def stripe_bytes(self) -> int:
        """Bytes of the tiles that hold one range of rows."""
        return self.across[0] * self.across[1] * self.tile_bytes


class Layout(NamedTuple):
    """Where the flags of each row are.

    Interval i of rows ends before row `stop_row[i]`, and its last row is the one before position
    `stop_position[i]` of cube `cube[i]`; the rows before it are in the positions before that.
    """

    cubes: List[Cube]
    stop_row: NDArray[np.int64]
    cube: NDArray[np.int64]
    stop_position: NDArray[np.int64]

    def rows_in_cubes(self, start: int, stop: int) -> Iterator[Tuple[Cube, NDArray[np.int64], int]]:
        """For rows start to stop: cube, those of the rows that it holds, position of the first of them."""
        first = int(np.searchsorted(self.stop_row, start, side="right"))
        last = int(np.searchsorted(self.stop_row, stop, side="left")) + 1
        begins = np.concatenate([[0], self.stop_row])[first:last]
        stops = self.stop_row[first:last]
        positions = self.stop_position[first:last] - (stops - np.maximum(begins, start))
        begins, stops = np.maximum(begins, start), np.minimum(stops, stop)
        for number in np.unique(self.cube[first:last]):
            mine = np.flatnonzero(self.cube[first:last] == number)
            rows = _ranges(begins[mine], stops[mine])
            yield self.cubes[number], rows, int(positions[mine[0]])


def _ranges(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """All whole numbers from each start to before its stop."""
    lengths = stops - starts
    skipped = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return np.repeat(skipped, lengths) + np.arange(lengths.sum())


def find_layout(main: Any) -> Layout:
    """Where the flags of an open main table are.

    Raises
    ------
    OtherLayout
        They are not stored in a form that is understood here.
    FlagError
        Some rows have none.
    """
    managers = [each for each in main.getdminfo().values() if "FLAG" in each["COLUMNS"]]
    if len(managers) != 1 or list(managers[0]["COLUMNS"]) != ["FLAG"]:
        raise OtherLayout("FLAG does not have a storage manager of its own")
    manager, rows = managers[0], int(main.nrows())
    header = os.path.join(main.name(), f"table.f{manager['SEQNR']}")
    if not os.path.isfile(header):
        raise OtherLayout("the flags lie in other tables (a multi-MS, or a selection saved as a table)")
    cubes = manager["SPEC"].get("HYPERCUBES", {})
    if manager["TYPE"] == "TiledColumnStMan":
        return _checked(Layout([_cube(header, 0, cubes["*1"])], *_whole(rows)), rows)
    if manager["TYPE"] == "TiledShapeStMan":
        found = [_cube(header, number + 1, cubes[f"*{number + 1}"]) for number in range(len(cubes))]
        return _checked(Layout(found, *_row_map(header)), rows)
    raise OtherLayout(f"FLAG is stored by {manager['TYPE']}")


def _cube(header: str, number: int, info: Dict[str, Any]) -> Cube:
    shape = tuple(int(size) for size in info["CubeShape"])
    tile = tuple(int(size) for size in info["TileShape"])
    path = f"{header}_TSM{number}"
    if len(shape) != 3 or len(tile) != 3 or min(*shape, *tile) < 1:
        raise OtherLayout(f"a hypercube has the shape {shape} in tiles of {tile}")
    cube = Cube(path, shape, tile, int(info["BucketSize"]))
    if cube.tile_bytes != blocks(tile[0] * tile[1] * tile[2], 8):
        raise OtherLayout(f"tiles of {tile} take {cube.tile_bytes} bytes")
    if cube.stripe_bytes > LARGEST_STRIPE_BYTES:
        raise OtherLayout(f"tiles of {tile} are too large to read one by one")
    expected = blocks(shape[2], tile[2]) * cube.stripe_bytes
    if not os.path.isfile(path) or os.path.getsize(path) < expected:
        raise OtherLayout(f"{os.path.basename(path)} is not a file of {expected} bytes")
    return cube


def _whole(rows: int) -> Tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return np.array([rows]), np.array([0]), np.array([rows])


def _row_map(header: str) -> Tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Read the three blocks that end the header: last row, cube and last position of each interval."""
    with open(header, "rb") as file:
        data = file.read()
    found: List[NDArray[np.int64]] = []
    end = len(data)
    for _ in range(3):
        start = data.rfind(b"\0\0\0\x05Block\0\0\0\x01", 0, end)
        while start >= 4 and struct.unpack_from(">I", data, start - 4)[0] != end - start + 4:
            start = data.rfind(b"\0\0\0\x05Block\0\0\0\x01", 0, start)
        if start < 4:
            raise OtherLayout(f"{os.path.basename(header)} does not end in a map of its rows")
        count = struct.unpack_from(">I", data, start + 13)[0]
        if end - start - 17 != 4 * count:
            raise OtherLayout(f"{os.path.basename(header)} maps its rows in another form")
        found.insert(0, np.frombuffer(data, ">u4", count, start + 17).astype(np.int64))
        end = start - 4
    if not len(found[0]) == len(found[1]) == len(found[2]):
        raise OtherLayout(f"{os.path.basename(header)} maps its rows in another form")
    return found[0] + 1, found[1] - 1, found[2] + 1


def _checked(layout: Layout, rows: int) -> Layout:
    """The layout, when every row has its place and the rows of each cube are in row order."""
    counts = np.diff(layout.stop_row, prepend=0)
    if layout.stop_row[-1:].sum() < rows or (layout.cube < 0).any():
        # Reading such a row through casatools ends the process.
        raise FlagError("some rows have no flags", todo="Wait until it is written, or import it again.")
    if layout.stop_row[-1:].sum() > rows or (counts < 1).any() or (layout.cube >= len(layout.cubes)).any():
        raise OtherLayout("the map of rows does not fit the table")
    for number, cube in enumerate(layout.cubes):
        mine = layout.cube == number
        stops = layout.stop_position[mine]
        if not np.array_equal(stops, np.cumsum(counts[mine])) or stops[-1:].sum() > cube.shape[2]:
            raise OtherLayout("rows of one shape are not stored in the order of rows")
    return layout
