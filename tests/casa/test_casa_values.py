"""Arguments and results as text and JSON."""

from __future__ import annotations

import ast
import json
import keyword
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa.values import RESULT_LIMIT, call_text, plain, summary
from hypothesis import given
from hypothesis import strategies as st

_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
)
_NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
_VALUES = st.recursive(
    _LEAVES | st.builds(np.array, st.lists(st.floats(), max_size=4)) | st.builds(np.int64, st.integers(0, 9)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(), inner, max_size=4),
    max_leaves=20,
)
_LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(_VALUES)
def test_any_result_becomes_strict_json_of_bounded_size(value: Any) -> None:
    text = json.dumps(summary(value), allow_nan=False)
    assert len(text) <= 2 * RESULT_LIMIT


@given(st.dictionaries(_NAMES, _LITERALS, max_size=5))
def test_a_short_call_can_be_pasted_and_gives_the_same_arguments(arguments: dict[str, Any]) -> None:
    tree = ast.parse(call_text("gaincal", arguments, limit=10**9), mode="eval").body
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "gaincal"
    assert {each.arg: ast.literal_eval(each.value) for each in tree.keywords} == arguments


@given(st.dictionaries(_NAMES, _LITERALS, max_size=5), st.integers(20, 200))
def test_a_long_call_is_cut_to_the_limit(arguments: dict[str, Any], limit: int) -> None:
    assert len(call_text("tclean", arguments, limit)) <= limit


def test_a_long_value_is_cut_but_the_others_are_whole() -> None:
    text = call_text("flagdata", {"vis": "x.ms", "inpfile": ["a" * 5000], "mode": "list"})
    assert text.startswith("flagdata(vis='x.ms', inpfile=['aaa") and text.endswith("..., mode='list')")


def test_arrays_are_pasted_as_lists() -> None:
    text = call_text(
        "setjy", {"fluxdensity": np.array([1.0, 0.5]), "spw": [np.int64(3)], "at": {"x": np.float32(2)}}
    )
    assert text == "setjy(fluxdensity=[1.0, 0.5], spw=[3], at={'x': 2.0})"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"fluxd": np.array([1.0, 0.0])}, {"fluxd": [1.0, 0.0]}),
        ({0: {"name": "V"}}, {"0": {"name": "V"}}),
        (float("nan"), "nan"),
        (np.array(["a"]), ["a"]),
        ((1, {2}), [1, [2]]),
        (1 + 2j, "(1+2j)"),
        (np.bool_(True), True),
    ],
)
def test_small_results_are_kept_whole(value: Any, expected: Any) -> None:
    assert summary(value) == plain(value) == expected


def test_a_large_result_is_told_by_its_keys_and_its_plain_values() -> None:
    result = {"flagged": 5.0, "total": 9.0, "name": "flags", "spw:channel": {str(n): n for n in range(5000)}}
    assert summary(result) == {
        "type": "dict",
        "keys": ["flagged", "total", "name", "spw:channel"],
        "values": {"flagged": 5.0, "total": 9.0, "name": "flags"},
    }


def test_a_large_array_is_told_by_its_shape_without_being_copied() -> None:
    assert summary(np.broadcast_to(1.0, (10**6, 10**6))) == {"type": "ndarray", "shape": [10**6, 10**6]}
    assert summary("x" * 10000) == {"type": "str", "text": "'" + "x" * 199}


def test_what_contains_itself_does_not_hang() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert json.dumps(summary(loop))


def test_what_cannot_be_shown_is_named_by_its_type() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError

    assert summary({"x": Shy()}) == {"x": "<Shy>"}
    assert call_text("setjy", {"x": Shy()}) == "setjy(x=<Shy>)"
