"""What the calls of the last step returned, for the numbers a checklist asks for."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np

__all__ = ["Results", "size_bytes"]

Kept = Tuple[Dict[str, Any], Any]

MOST_CALLS = 500
MOST_BYTES = 64 << 20


class Results:
    """Task -> (arguments, returned) of each call, the latest last; large ones and too many are let go."""

    def __init__(self) -> None:
        self.of: Dict[str, List[Kept]] = {}
        self._calls = 0
        self._bytes = 0

    def keep(self, task: str, arguments: Dict[str, Any], returned: Any) -> None:
        """Keep one call, unless there is no room for it."""
        size = size_bytes(returned)
        if self._calls >= MOST_CALLS or self._bytes + size > MOST_BYTES:
            return
        self._calls += 1
        self._bytes += size
        self.of.setdefault(task, []).append((dict(arguments), returned))


def size_bytes(value: Any, depth: int = 0) -> int:
    """Return about how much memory `value` takes, bytes."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if depth > 10:
        return 0
    if isinstance(value, dict):
        return 100 + sum(100 + size_bytes(each, depth + 1) for each in value.values())
    if isinstance(value, (list, tuple)):
        return 50 + sum(8 + size_bytes(each, depth + 1) for each in value)
    return len(value) if isinstance(value, (str, bytes)) else 30
