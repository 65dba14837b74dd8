"""Reading tiled files, written here bit by bit as casacore's documentation describes them."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import flag_layout
from casapilot.steps.casa.flag_layout import Cube, Layout, OtherLayout, find_layout
from casapilot.steps.casa.flag_tiles import TileReader
from casapilot.steps.errors import FlagError
from hypothesis import given, settings
from hypothesis import strategies as st

ORDER = "rows of one shape are not stored in the order of rows"


def write_cube(path: Path, flags: np.ndarray, tile: tuple[int, int, int], *, padding: int = 1) -> Cube:
    """Write flags (correlations, channels, rows) as a hypercube, padded with bits that must not count."""
    counts = [-(-size // part) for size, part in zip(flags.shape, tile, strict=True)]
    padded = np.full([count * part for count, part in zip(counts, tile, strict=True)], padding, np.uint8)
    padded[: flags.shape[0], : flags.shape[1], : flags.shape[2]] = flags
    octets = b""
    for row in range(counts[2]):
        for channel in range(counts[1]):
            for correlation in range(counts[0]):
                place = (correlation, channel, row)
                part = padded[tuple(slice(n * s, (n + 1) * s) for n, s in zip(place, tile, strict=True))]
                octets += np.packbits(part.reshape(-1, order="F"), bitorder="little").tobytes()
    path.write_bytes(octets)
    return Cube(str(path), flags.shape, tile, -(-tile[0] * tile[1] * tile[2] // 8))


@st.composite
def cubes(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, int, int]]:
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 20)), draw(st.integers(1, 60)))
    tile = (draw(st.integers(1, 5)), draw(st.integers(1, 25)), draw(st.integers(1, 25)))
    flags = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(0, 2, shape, np.uint8)
    return flags, tile


@given(cubes(), st.data(), st.sampled_from([1, 100, 1 << 20]))
@settings(max_examples=80, deadline=None)
def test_every_flag_of_any_range_of_rows_is_read_once(
    tmp_path_factory: pytest.TempPathFactory,
    cube: tuple[np.ndarray, tuple[int, int, int]],
    data: st.DataObject,
    block_bytes: int,
) -> None:
    flags, tile = cube
    start = data.draw(st.integers(0, flags.shape[2] - 1))
    count = data.draw(st.integers(1, flags.shape[2] - start))
    stored = write_cube(tmp_path_factory.getbasetemp() / "cube", flags, tile)
    found = np.full((count, *flags.shape[:2]), 9)
    with TileReader(block_bytes) as reader:
        for piece in reader.pieces(stored, start, count):
            bits = np.unpackbits(piece.words.view(np.uint8), axis=1, bitorder="little")
            cells = np.array([piece.cell_counts(row) for row in bits])
            found[piece.rows, piece.correlations, piece.channels] = cells.transpose(0, 2, 1)
            assert bits.sum() == cells.sum(), "padding was counted"
    assert np.array_equal(found, flags[:, :, start : start + count].transpose(2, 0, 1))


@given(cubes(), st.sampled_from([1, 100, 1 << 20]))
@settings(max_examples=50, deadline=None)
def test_cells_are_the_same_bits_whatever_the_tiles(
    tmp_path_factory: pytest.TempPathFactory,
    cube: tuple[np.ndarray, tuple[int, int, int]],
    block_bytes: int,
) -> None:
    flags, tile = cube
    correlations, channels, rows = flags.shape
    stored = write_cube(tmp_path_factory.getbasetemp() / "cube", flags, (correlations, *tile[1:]))
    with TileReader(block_bytes) as reader:
        cells = reader.cells(stored, 0, rows)
    bits = np.unpackbits(cells, axis=1, bitorder="little")
    expected = flags.reshape(correlations * channels, rows, order="F").T
    assert np.array_equal(bits[:, : correlations * channels], expected)
    assert not bits[:, correlations * channels :].any()


def test_a_file_that_ends_too_early_is_said(tmp_path: Path) -> None:
    stored = write_cube(tmp_path / "cube", np.ones((2, 4, 100), np.uint8), (2, 4, 10))
    (tmp_path / "cube").write_bytes(b"\0" * 15)
    with TileReader() as reader, pytest.raises(OtherLayout, match="ends too early"):
        list(reader.pieces(stored, 0, 100))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path, rows = tmp_path / "cube", 400_000
    with path.open("wb") as file:
        file.truncate(rows * 64)
    stored = Cube(str(path), (4, 128, rows), (4, 128, 1000), 64000)
    tracemalloc.start()
    try:
        with TileReader() as reader:
            assert sum(piece.rows.stop - piece.rows.start for piece in reader.pieces(stored, 0, rows)) == rows
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


class FakeTable:
    """A main table that has only what `find_layout` asks for."""

    def __init__(self, folder: Path, rows: int, kind: str = "TiledShapeStMan") -> None:
        self.folder, self.rows = folder, rows
        self.manager: dict[str, Any] = {
            "COLUMNS": ["FLAG"],
            "TYPE": kind,
            "SEQNR": 3,
            "SPEC": {"HYPERCUBES": {}},
        }

    def nrows(self) -> int:
        return self.rows

    def name(self) -> str:
        return str(self.folder)

    def getdminfo(self) -> dict[str, Any]:
        return {"*1": {"COLUMNS": ["DATA"], "TYPE": "TiledShapeStMan"}, "*2": self.manager}

    def add_cube(self, rows: int, number: int = 1) -> None:
        shape, tile = (2, 4, rows), (2, 4, 10)
        write_cube(self.folder / f"table.f3_TSM{number}", np.zeros(shape, np.uint8), tile)
        cube = {"CubeShape": np.array(shape), "TileShape": np.array(tile), "BucketSize": 10}
        self.manager["SPEC"]["HYPERCUBES"][f"*{number}"] = cube

    def write_map(self, *blocks: list[int], tail: bytes = b"") -> None:
        data = b"TiledShapeStMan, and what comes before the maps"
        for block in blocks:
            body = struct.pack(f">I5sII{len(block)}I", 5, b"Block", 1, len(block), *block)
            data += struct.pack(">I", len(body) + 4) + body
        (self.folder / "table.f3").write_bytes(data + tail)


@pytest.fixture
def two_shapes(tmp_path: Path) -> FakeTable:
    """Rows 0-9 and 15-19 are of the first shape, rows 10-14 of the second."""
    table = FakeTable(tmp_path, 20)
    table.add_cube(15)
    table.add_cube(5, number=2)
    table.write_map([9, 14, 19], [1, 2, 1], [9, 4, 14])
    return table


def read_rows(layout: Layout, start: int, stop: int) -> list[tuple[int, list[int], int]]:
    return [(cube.shape[2], rows.tolist(), first) for cube, rows, first in layout.rows_in_cubes(start, stop)]


def test_rows_are_found_in_their_cubes(two_shapes: FakeTable) -> None:
    layout = find_layout(two_shapes)
    whole = [*range(10), *range(15, 20)]
    assert read_rows(layout, 0, 20) == [(15, whole, 0), (5, list(range(10, 15)), 0)]
    assert read_rows(layout, 3, 5) == [(15, [3, 4], 3)]
    assert read_rows(layout, 8, 17) == [(15, [8, 9, 15, 16], 8), (5, list(range(10, 15)), 0)]
    assert read_rows(layout, 12, 16) == [(15, [15], 10), (5, [12, 13, 14], 2)]
    assert read_rows(layout, 10, 15) == [(5, list(range(10, 15)), 0)]


def test_a_map_whose_content_looks_like_a_block_is_read_from_its_end(two_shapes: FakeTable) -> None:
    five_block = list(struct.unpack(">4I", b"\0\0\0\x05Block\0\0\0\x01\0\0\0"))
    two_shapes.write_map(five_block, [9, 14, 19], [1, 2, 1], [9, 4, 14])
    assert find_layout(two_shapes).stop_row.tolist() == [10, 15, 20]


def test_one_cube_needs_no_map(tmp_path: Path) -> None:
    table = FakeTable(tmp_path, 15, "TiledColumnStMan")
    (tmp_path / "table.f3").touch()
    table.add_cube(15, number=1)
    (tmp_path / "table.f3_TSM1").rename(tmp_path / "table.f3_TSM0")
    assert read_rows(find_layout(table), 4, 6) == [(15, [4, 5], 4)]


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        (([9, 14, 19], [1, 2, 1], [9, 4, 19]), ORDER),
        (([4, 14, 19], [1, 2, 1], [9, 9, 4]), ORDER),
        (([9, 14, 19], [1, 1, 1], [9, 14, 19]), ORDER),
        (([9, 14, 24], [1, 2, 1], [9, 4, 19]), "does not fit"),
        (([9, 9, 19], [1, 2, 1], [9, 4, 14]), "does not fit"),
        (([9, 14, 19], [1, 3, 1], [9, 4, 14]), "does not fit"),
        (([9, 14], [1, 2, 1], [9, 4, 14]), "another form"),
        (([9, 14, 19], [1, 2, 1]), "does not end in a map"),
    ],
)
def test_a_map_that_is_not_understood_is_not_guessed(
    two_shapes: FakeTable, blocks: tuple[list[int], ...], reason: str
) -> None:
    two_shapes.write_map(*blocks)
    with pytest.raises(OtherLayout, match=reason):
        find_layout(two_shapes)


@pytest.mark.parametrize(
    "blocks", [([9, 14], [1, 2], [9, 4]), ([9, 14, 19], [1, 0, 1], [9, 0, 14]), ([], [], [])]
)
def test_rows_without_flags_are_an_error_since_casatools_would_abort_on_them(
    two_shapes: FakeTable, blocks: tuple[list[int], ...]
) -> None:
    two_shapes.write_map(*blocks)
    with pytest.raises(FlagError, match="some rows have no flags"):
        find_layout(two_shapes)


def test_a_map_of_another_width_is_not_guessed(two_shapes: FakeTable) -> None:
    two_shapes.write_map([9], [1], [9], tail=b"more")
    with pytest.raises(OtherLayout, match="does not end in a map"):
        find_layout(two_shapes)


def other_manager(table: FakeTable) -> None:
    table.manager["TYPE"] = "StandardStMan"


def shared_manager(table: FakeTable) -> None:
    table.manager["COLUMNS"] = ["FLAG", "DATA"]


def no_files(table: FakeTable) -> None:
    (table.folder / "table.f3").unlink()


def no_cube_file(table: FakeTable) -> None:
    (table.folder / "table.f3_TSM2").unlink()


def short_file(table: FakeTable) -> None:
    (table.folder / "table.f3_TSM1").write_bytes(b"\0" * 19)


def larger_tiles(table: FakeTable) -> None:
    table.manager["SPEC"]["HYPERCUBES"]["*1"]["BucketSize"] = 80


def flat_cells(table: FakeTable) -> None:
    table.manager["SPEC"]["HYPERCUBES"]["*1"]["CubeShape"] = np.array([8, 15])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (other_manager, "StandardStMan"),
        (shared_manager, "of its own"),
        (no_files, "other tables"),
        (no_cube_file, "is not a file of 10 bytes"),
        (short_file, "is not a file of 20 bytes"),
        (larger_tiles, "take 80 bytes"),
        (flat_cells, "has the shape"),
    ],
)
def test_storage_of_another_kind_is_named(two_shapes: FakeTable, change: Any, reason: str) -> None:
    change(two_shapes)
    with pytest.raises(OtherLayout, match=reason):
        find_layout(two_shapes)


def test_tiles_too_large_to_hold_are_left_to_casatools(
    two_shapes: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flag_layout, "LARGEST_STRIPE_BYTES", 9)
    with pytest.raises(OtherLayout, match="too large"):
        find_layout(two_shapes)
