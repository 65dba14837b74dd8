"""A conductor that dies at a given event: ``python run_mortal.py ROOT before|after KIND [N]``."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from casapilot.steps.journal import Event, Journal
from casapilot.steps.run import conductor

ROOT, WHEN, KIND = sys.argv[1:4]
LEFT = [int(sys.argv[4]) if len(sys.argv) > 4 else 1]
append = Journal.append


def mortal(self: Journal, kind: str, **fields: Any) -> Event:
    """Append, and die before or after the event meant."""
    LEFT[0] -= kind == KIND
    if kind == KIND and LEFT[0] == 0 and WHEN == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    event = append(self, kind, **fields)
    if kind == KIND and LEFT[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return event


Journal.append = mortal  # type: ignore[method-assign]  # the point of this file
sys.exit(conductor.main([ROOT]))
