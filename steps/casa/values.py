"""Arguments and results of calls as text and as JSON."""

from __future__ import annotations

import json
import math
from typing import Any, Dict, List, Mapping

import numpy as np

__all__ = ["call_text", "plain", "summary"]

TEXT_LIMIT = 4096
RESULT_LIMIT = 8192
_LONG = 200
_DEEPEST = 12


def call_text(task: str, arguments: Mapping[str, Any], limit: int = TEXT_LIMIT) -> str:
    """Return a call as it can be pasted at a CASA prompt; one over `limit` characters is cut with "..."."""
    values = {name: _repr(_listed(value)) for name, value in arguments.items()}
    text = _joined(task, values)
    if len(text) <= limit:
        return text
    short = {name: value if len(value) <= _LONG else value[:_LONG] + "..." for name, value in values.items()}
    return _joined(task, short)[:limit]


def _repr(value: Any) -> str:
    """Return `repr` of anything: a script's own objects may fail at it, which is no failure of the call."""
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _joined(task: str, values: Mapping[str, str]) -> str:
    return f"{task}({', '.join(f'{name}={value}' for name, value in values.items())})"


def _listed(value: Any) -> Any:
    """Return `value` with numpy's own types replaced by Python's."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if type(value) in (list, tuple):
        return type(value)(_listed(each) for each in value)
    if type(value) is dict:
        return {key: _listed(each) for key, each in value.items()}
    return value


def summary(value: Any, limit: int = RESULT_LIMIT) -> Any:
    """Return a result as JSON can hold it; of one larger than `limit` bytes, what it is.

    Returns
    -------
    object
        The value itself, or ``{"type": ..., "keys": [...], "values": {...}}`` with the numbers and
        short strings at its top level.
    """
    if _count(value) <= limit:
        data = plain(value)
        if len(json.dumps(data)) <= limit:
            return data
    return _outline(value, limit)


def _outline(value: Any, limit: int) -> Dict[str, Any]:
    outline: Dict[str, Any] = {"type": type(value).__name__}
    if isinstance(value, np.ndarray):
        return {**outline, "shape": list(value.shape)}
    if not isinstance(value, dict):
        return {**outline, "text": _repr(value)[:_LONG]}
    keys: List[str] = []
    values: Dict[str, Any] = {}
    for key, each in value.items():
        if sum(map(len, keys)) > limit // 8:
            break
        keys.append(str(key)[:_LONG])
        if isinstance(each, (bool, int, float, str, np.generic)) and len(str(each)) <= _LONG:
            values[str(key)[:_LONG]] = plain(each)
    return {**outline, "keys": keys, "values": values}


def _count(value: Any, depth: int = 0) -> int:
    """Return about how many characters `value` takes, without making them."""
    if isinstance(value, np.ndarray):
        return 2 * int(value.size)
    if depth > _DEEPEST:
        return 1
    if isinstance(value, dict):
        return sum(len(str(key)) + _count(each, depth + 1) for key, each in value.items())
    if isinstance(value, (list, tuple, set)):
        return sum(_count(each, depth + 1) for each in value)
    return len(value) if isinstance(value, (str, bytes)) else 2


def plain(value: Any, depth: int = 0) -> Any:
    """Return `value` in JSON's own types: arrays as lists, what has no number or name as text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist(), depth)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if depth < _DEEPEST and isinstance(value, dict):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if depth < _DEEPEST and isinstance(value, (list, tuple, set)):
        return [plain(each, depth + 1) for each in value]
    return _repr(value)[:_LONG]
