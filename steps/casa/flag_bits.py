"""Counting packed flags: one bit a visibility, least significant bit first, in rows of whole 64-bit words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WORD_BITS", "column_counts", "popcount", "row_counts", "row_words"]

WORD_BITS = 64
#: Below this many rows the bits are counted one by one.
FEW_ROWS = 16
#: Up to this many words a row, adding columns beats numpy's sum along rows.
NARROW_WORDS = 32
#: Every second bit, two of four bits, four of eight bits, one of eight bits.
_TWOS, _FOURS, _EIGHTS, _ONES = (np.uint64(int(digit * 8, 16)) for digit in ("55", "33", "0f", "01"))


def popcount(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Number of set bits of each word; numpy has this built in since 2.0.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, words)

    Returns
    -------
    ndarray of uint8, the same shape
    """
    if hasattr(np, "bitwise_count"):
        counted: NDArray[np.uint8] = np.bitwise_count(words)
        return counted
    pairs = words - (words >> np.uint64(1) & _TWOS)
    fours = (pairs & _FOURS) + (pairs >> np.uint64(2) & _FOURS)
    octets = fours + (fours >> np.uint64(4)) & _EIGHTS
    summed: NDArray[np.uint8] = (octets * _ONES >> np.uint64(56)).astype(np.uint8)
    return summed


def row_counts(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number of set bits of each row.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, words)

    Returns
    -------
    ndarray of int64, shape (rows,)
    """
    counts = popcount(words)
    if words.shape[1] > NARROW_WORDS:
        summed: NDArray[np.int64] = counts.sum(axis=1, dtype=np.int64)
        return summed
    total = np.zeros(len(words), np.uint32)
    for column in range(words.shape[1]):
        total += counts[:, column]
    return total.astype(np.int64)


def column_counts(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many rows have each bit set. The words are used up: their content is lost.

    The rows are added in pairs, pairs of pairs and so on, as numbers whose binary digits lie in separate
    bit planes: a full adder handles 64 columns at once, and only one row in a thousand is ever unpacked.

    Parameters
    ----------
    words : ndarray of uint64, shape (rows, words)

    Returns
    -------
    ndarray of int64, shape (64 * words,)
    """
    total = np.zeros(words.shape[1] * WORD_BITS, np.int64)
    while len(words):
        halvings = max(0, (len(words) // FEW_ROWS).bit_length() - 1)
        whole = len(words) >> halvings << halvings
        for digit, plane in enumerate(_added(words[:whole], halvings)):
            total += _unpacked(plane).sum(axis=0, dtype=np.int64) << digit
        words = words[whole:]
    return total


def _added(words: NDArray[np.uint64], halvings: int) -> List[NDArray[np.uint64]]:
    """Bit planes of the sums of 2**halvings rows each, lowest digit first."""
    planes = [words]
    for _ in range(halvings):
        half = len(planes[0]) // 2
        low, high = planes[0][:half], planes[0][half:]
        carry = low & high
        low ^= high
        for number in range(1, len(planes)):
            carry = _full_adder(planes[number][:half], planes[number][half:], carry)
        planes = [plane[:half] for plane in planes] + [carry]
    return planes


def _full_adder(
    low: NDArray[np.uint64], high: NDArray[np.uint64], carry: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Add three binary digits: the sum is left in `low`, the carry returned; `high` is used up."""
    both = low & high
    low ^= high
    np.bitwise_and(low, carry, out=high)
    low ^= carry
    np.bitwise_or(both, high, out=carry)
    return carry


def _unpacked(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    octets = np.ascontiguousarray(words).view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little")


def row_words(tiles: NDArray[np.uint8], rows: int, row_bits: int, used_bits: int) -> NDArray[np.uint64]:
    """Take the rows out of tiles, each row into words of its own.

    Parameters
    ----------
    tiles : ndarray of uint8, shape (tiles, bytes)
        One tile a line, each beginning at a whole byte; may be a strided view.
    rows : int
        Rows in a tile; they follow each other without a gap.
    row_bits : int
        Bits of a row.
    used_bits : int
        How many of them count; the bits after these come out as 0.

    Returns
    -------
    ndarray of uint64, shape (tiles * rows, words)
        Always the caller's own: it may write to it.
    """
    count, used_bytes = len(tiles), -(-used_bits // 8)
    octets = np.empty((count * rows, -(-used_bits // WORD_BITS) * 8), np.uint8)
    octets[:, used_bytes:] = 0
    target = octets.reshape(count, rows, -1)[:, :, :used_bytes]
    if row_bits % 8 == 0:
        row_bytes = row_bits // 8
        target[...] = tiles[:, : rows * row_bytes].reshape(count, rows, row_bytes)[:, :, :used_bytes]
    else:
        _shift_rows(tiles, target, row_bits)
    if used_bits % 8:
        octets[:, used_bytes - 1] &= (1 << used_bits % 8) - 1
    return octets.view(np.uint64)


def _shift_rows(tiles: NDArray[np.uint8], target: NDArray[Any], row_bits: int) -> None:
    """Copy rows that do not begin at a whole byte: those with the same shift together."""
    period = next(number for number in (2, 4, 8) if number * row_bits % 8 == 0)
    count, rows, used_bytes = target.shape
    step = period * row_bits // 8
    spare = -(-rows // period) * step + used_bytes + 1
    padded = np.zeros((count, max(spare, tiles.shape[1])), np.uint8)
    padded[:, : tiles.shape[1]] = tiles
    for first in range(min(period, rows)):
        start, shift = divmod(first * row_bits, 8)
        part = target[:, first::period]
        source = np.lib.stride_tricks.as_strided(
            padded[:, start:],
            (count, part.shape[1], used_bytes + 1),
            (padded.strides[0], step, 1),
            writeable=False,
        )
        part[...] = source[:, :, :-1] >> shift
        if shift:
            part |= source[:, :, 1:] << (8 - shift)
