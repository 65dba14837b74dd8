"""Reading the flags of neighbouring rows from the tiles they are stored in, without any lock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Dict, Iterator, NamedTuple, Tuple

import numpy as np

from . import flag_bits
from .flag_layout import Cube, OtherLayout, blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Piece", "TileReader"]

#: How much of a file is held at a time, bytes.
BLOCK_BYTES = 1 << 22


class Piece(NamedTuple):
    """Flags of some neighbouring rows of a cube in one column of tiles."""

    rows: slice
    """Which of the rows asked for."""
    words: NDArray[np.uint64]
    """The bits of each row, shape (rows, words); the reader may use them up."""
    correlations: slice
    channels: slice
    row_bits: Tuple[int, int]
    """Channels and correlations in a row of bits; correlations vary fastest."""

    def cell_counts(self, columns: NDArray[np.int64]) -> NDArray[np.int64]:
        """What was counted for each column of bits, as channels x correlations of this piece."""
        channels, correlations = self.row_bits
        counts = columns[: channels * correlations].reshape(channels, correlations)
        return counts[:, : self.correlations.stop - self.correlations.start]


class TileReader:
    """Reads the tiles of cubes in blocks of bounded size, whatever the size of the set."""

    def __init__(self, block_bytes: int = BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes
        self._files: Dict[str, BinaryIO] = {}
        self._buffer = np.empty(0, np.uint8)

    def __enter__(self) -> TileReader:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def pieces(self, cube: Cube, position: int, count: int) -> Iterator[Piece]:
        """The flags of `count` rows of `cube` from `position` on."""
        tile_rows = cube.tile[2]
        stripes = max(1, self._block_bytes // cube.stripe_bytes)
        done = 0
        while done < count:
            stripe, skipped = divmod(position + done, tile_rows)
            many = min(stripes, blocks(skipped + count - done, tile_rows))
            rows = min(many * tile_rows - skipped, count - done)
            block = self._read(cube, stripe, many)
            yield from _block_pieces(cube, block, slice(done, done + rows), skipped)
            done += rows

    def cells(self, cube: Cube, position: int, count: int) -> NDArray[np.uint8]:
        """The flags of `count` rows, a row's bits without gaps between tiles: shape (count, bytes)."""
        if cube.tile[0] != cube.shape[0]:
            raise OtherLayout("the tiles part the correlations")
        cells = np.zeros((count, cube.shape[0] * cube.shape[1] // 8 + 16), np.uint8)
        for piece in self.pieces(cube, position, count):
            start, shift = divmod(piece.channels.start * cube.shape[0], 8)
            octets = piece.words.view(np.uint8)
            cells[piece.rows, start : start + octets.shape[1]] |= octets << shift
            if shift:
                cells[piece.rows, start + 1 : start + 1 + octets.shape[1]] |= octets >> (8 - shift)
        return cells

    def _read(self, cube: Cube, stripe: int, count: int) -> NDArray[np.uint8]:
        size = count * cube.stripe_bytes
        if len(self._buffer) < size:
            self._buffer = np.empty(size, np.uint8)
        file = self._open(cube.path)
        file.seek(stripe * cube.stripe_bytes)
        block = self._buffer[:size]
        if file.readinto(block) != size:  # type: ignore[attr-defined]  # BinaryIO lacks it, files have it
            raise OtherLayout(f"{os.path.basename(cube.path)} ends too early")
        return block.reshape(count, -1, cube.tile_bytes)

    def _open(self, path: str) -> BinaryIO:
        if path not in self._files:
            self._files[path] = open(path, "rb", buffering=0)  # noqa: SIM115  # closed in __exit__
        return self._files[path]


def _block_pieces(cube: Cube, block: NDArray[np.uint8], rows: slice, skipped: int) -> Iterator[Piece]:
    """The columns of tiles in a block of shape (stripes, tiles side by side, bytes)."""
    tile_correlations, tile_channels, tile_rows = cube.tile
    for number in range(block.shape[1]):
        channel_tile, correlation_tile = divmod(number, cube.across[0])
        correlations = _span(correlation_tile, tile_correlations, cube.shape[0])
        channels = _span(channel_tile, tile_channels, cube.shape[1])
        width = correlations.stop - correlations.start
        count = channels.stop - channels.start
        used_bits = count * tile_correlations
        words = flag_bits.row_words(
            block[:, number], tile_rows, tile_channels * tile_correlations, used_bits
        )[skipped : skipped + rows.stop - rows.start]
        if width != tile_correlations:
            words &= _padding_mask(tile_correlations, width, words.shape[1])
        yield Piece(rows, words, correlations, channels, (count, tile_correlations))


def _padding_mask(tile_correlations: int, width: int, words: int) -> NDArray[np.uint64]:
    """Words with the bits of correlations that exist set."""
    bits = np.arange(words * flag_bits.WORD_BITS) % tile_correlations < width
    return np.packbits(bits, bitorder="little").view(np.uint64)


def _span(number: int, size: int, whole: int) -> slice:
    return slice(number * size, min((number + 1) * size, whole))
