"""Counting packed bits, against numpy's own unpackbits and sum."""

from __future__ import annotations

import numpy as np
import pytest
from casapilot.steps.casa import flag_bits
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


def random_words(seed: int, rows: int, words: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, (rows, words), np.uint64)


def as_bits(words: np.ndarray) -> np.ndarray:
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, bitorder="little")


@given(SEEDS, st.integers(0, 700), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_rows_and_columns_are_counted_to_the_last_bit(seed: int, rows: int, words: int) -> None:
    given_words = random_words(seed, rows, words)
    bits = as_bits(given_words)
    assert flag_bits.row_counts(given_words).tolist() == bits.sum(axis=1).tolist()
    assert flag_bits.column_counts(given_words).tolist() == bits.sum(axis=0).tolist()


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 31, 32, 33, 4096, 70001])
def test_columns_that_are_all_set_are_counted_whatever_the_number_of_rows(rows: int) -> None:
    words = np.full((rows, 2), 2**64 - 1, np.uint64)
    assert flag_bits.column_counts(words).tolist() == [rows] * 128


def test_wide_rows_are_counted_beyond_what_a_byte_holds() -> None:
    words = np.full((3, 500), 2**64 - 1, np.uint64)
    assert flag_bits.row_counts(words).tolist() == [32000] * 3


def test_an_older_numpy_counts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    words = random_words(7, 50, 3)
    expected = as_bits(words).reshape(50, 3, 64).sum(axis=2).tolist()
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert flag_bits.popcount(words).tolist() == expected
    assert flag_bits.popcount(words[:, ::2]).tolist() == [[first, last] for first, _, last in expected]


@st.composite
def packed_tiles(draw: st.DrawFn) -> tuple[np.ndarray, int, int, int]:
    """Tiles of random bits, padded to whole bytes and beyond: tiles, rows, bits of a row, bits that count."""
    rows, row_bits = draw(st.integers(1, 40)), draw(st.integers(1, 200))
    used = draw(st.integers(1, row_bits))
    size = -(-rows * row_bits // 8) + draw(st.integers(0, 3))
    tiles = np.random.default_rng(draw(SEEDS)).integers(0, 256, (draw(st.integers(1, 5)), size), np.uint8)
    return tiles, rows, row_bits, used


@given(packed_tiles())
@settings(max_examples=150, deadline=None)
def test_rows_come_out_of_tiles_whether_or_not_they_begin_at_a_byte(
    given_tiles: tuple[np.ndarray, int, int, int],
) -> None:
    tiles, rows, row_bits, used = given_tiles
    bits = np.unpackbits(tiles, axis=1, bitorder="little")[:, : rows * row_bits]
    expected = bits.reshape(len(tiles) * rows, row_bits)[:, :used]
    found = as_bits(flag_bits.row_words(tiles, rows, row_bits, used))
    assert np.array_equal(found[:, :used], expected)
    assert not found[:, used:].any()


def test_rows_that_were_taken_out_can_be_used_up_without_harm_to_the_tiles() -> None:
    tiles = np.full((2, 64), 255, np.uint8)
    words = flag_bits.row_words(tiles, 8, 64, 64)
    words[...] = 0
    assert tiles.min() == 255
