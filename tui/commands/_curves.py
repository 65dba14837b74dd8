"""Asks the Python that has CASA for the curves of a table."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ...steps import errors
from ...steps.errors import CasaError, CasapilotError
from ...steps.mous.mous import FILE, Mous
from ...steps.run.launch import LAUNCH, casa_python

__all__ = ["ask"]


def ask(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of CASA's process; its errors are raised here."""
    table = Path(request["table"])
    command = [casa_python(_mous_of(table)), "-W", "ignore", str(LAUNCH), "curves", "-"]
    try:
        done = subprocess.run(command, input=json.dumps(request).encode(), capture_output=True, check=False)
    except OSError as error:
        raise CasaError(f"does not start: {error.strerror}", command[0], "See: casapilot doctor") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        narration = done.stderr.decode(errors="replace").strip().splitlines()
        last = narration[-1] if narration else f"it ended with {done.returncode}"
        raise CasaError(f"the table was not read: {last}", str(table), "See: casapilot doctor") from error
    if "error" in answer:
        kind = getattr(errors, str(answer.get("kind")), CasaError)
        raise (kind if issubclass(kind, CasapilotError) else CasaError)(
            answer["error"], answer["where"], answer["todo"]
        )
    return answer


def _mous_of(table: Path) -> Mous | None:
    folder = next((each for each in table.parents if (each / FILE).is_file()), None)
    return Mous.load(folder) if folder else None
