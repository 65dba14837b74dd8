"""Curves of tables for whoever shows them: asked of a CASA process that only reads.

It is never the worker of an EB: a question that keeps that one busy would have a step refused, and while a
step runs it could not answer. A reader of its own is there after half a second, and stays for the next
question.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import errors
from ..errors import CasaError, CasapilotError, UsageError
from ..mous.mous import FILE, Mous
from .launch import LAUNCH, casa_python

__all__ = ["Reader", "Withdrawn", "ask_once", "check_target", "mous_of"]

Answer = dict[str, Any]


class Withdrawn(CasapilotError):
    """Nobody wants the answer any more."""


def ask_once(request: Mapping[str, Any], mous: Mous | None = None) -> Answer:
    """Return the answer to one request, of a process for it alone.

    Parameters
    ----------
    request : mapping
        The fields of `Request` in ``casa/curves/request.py``; `table` as an absolute path.
    mous : Mous, optional
        Names the Python of CASA; that in which the table lies when None.

    Raises
    ------
    CasapilotError
        What the process says is wrong, or that there is no such process.
    """
    command = _command(mous or mous_of(Path(request["table"])), "curves", "-")
    try:
        done = subprocess.run(
            command,
            input=json.dumps(dict(request)).encode(),
            capture_output=True,
            check=False,
            env=_environment(),
        )
    except OSError as error:
        raise CasaError(f"does not start: {error.strerror}", command[0], "See: casapilot doctor") from error
    narration = done.stderr.decode(errors="replace").strip().splitlines()
    return _understood(done.stdout, str(request["table"]), narration[-1] if narration else "")


def mous_of(table: Path) -> Mous | None:
    """Return the MOUS that a table lies in."""
    folder = next((each for each in table.parents if (each / FILE).is_file()), None)
    return Mous.load(folder) if folder else None


def check_target(path: Path, *, over: bool = False) -> bool:
    """Return whether a picture that may be saved there would be written over another.

    Parameters
    ----------
    over : bool
        Whether that is meant.

    Raises
    ------
    UsageError
        It has no name of a PNG file, cannot be there, or would take the place of what is there.
    """
    where = str(path)
    if path.suffix.lower() != ".png":
        raise UsageError("is no name of a PNG file", where, f"Name it {path.stem or 'plot'}.png.")
    if not path.parent.is_dir():
        raise UsageError("lies in a folder that is not there", where, "Make the folder, or name another.")
    if not os.path.lexists(path):
        return False
    if not path.is_file():
        raise UsageError("is there already, and no file", where, "Name another.")
    if not over:
        raise UsageError("is there already", where, "Name another, or write over it with --force.")
    return True


class Reader:
    """A CASA process that is kept for the next question; one question at a time, from one thread.

    Parameters
    ----------
    command : sequence of str, optional
        What is run instead of the MOUS's own CASA.
    """

    def __init__(self, mous: Mous | None = None, command: Sequence[str] | None = None) -> None:
        self._mous = mous
        self._own_command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._told = tempfile.TemporaryFile()  # noqa: SIM115  # as long as we are
        self._lock = threading.Lock()
        self._asking = False
        self._withdrawn = False
        self._closed = False

    def ask(self, request: Mapping[str, Any]) -> Answer:
        """Return the answer, as `ask_once` does, starting the process where there is none.

        Raises
        ------
        Withdrawn
            `withdraw` or `close` was called meanwhile.
        """
        where = str(request.get("table", ""))
        line = json.dumps(dict(request)).encode() + b"\n"
        with self._lock:
            self._asking, self._withdrawn = True, False
        try:
            # A process that left by itself is noticed by the first write or read only.
            answer = self._asked(line) or self._asked(line)
        finally:
            with self._lock:
                self._asking = False
        return _understood(answer, where, self._last_words())

    def withdraw(self) -> None:
        """Give up the question that is being answered, from any thread; nothing where there is none."""
        with self._lock:
            if self._asking:
                self._withdrawn = True
                self._kill()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = self._withdrawn = True
            self._kill()

    def _asked(self, line: bytes) -> bytes:
        """The line that was answered, empty where the process has ended."""
        process = self._ready()
        assert process.stdin is not None and process.stdout is not None
        answer = b""
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        if not answer.endswith(b"\n"):
            with self._lock:
                self._kill()
                self._process = None
            if self._withdrawn:
                raise Withdrawn("is not wanted any more")
            return b""
        return answer

    def _last_words(self) -> str:
        """What the process that ended said last."""
        with contextlib.suppress(OSError, ValueError):
            self._told.seek(max(self._told.seek(0, os.SEEK_END) - 4096, 0))
            lines = self._told.read().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def _ready(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._withdrawn or self._closed:
                raise Withdrawn("is not wanted any more")
            if self._process is None or self._process.poll() is not None:
                self._process = self._start()
            return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        command = list(self._own_command or _command(self._mous, "curves-server"))
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._told,
                env=_environment(),
                cwd="/",
            )
        except OSError as error:
            raise CasaError(
                f"does not start: {error.strerror}", command[0], "See: casapilot doctor"
            ) from error

    def _kill(self) -> None:
        """Without waiting: a disk that hangs holds a process up, and not who has no time."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()


def _command(mous: Mous | None, *words: str) -> list[str]:
    return [casa_python(mous), "-W", "ignore", str(LAUNCH), *words]


def _environment() -> dict[str, str]:
    """One thread: a step that runs needs the cores."""
    own = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "MPLBACKEND": "Agg"}
    return {**{name: value for name, value in os.environ.items() if name != "PYTHONSTARTUP"}, **own}


def _understood(said: bytes, where: str, narration: str) -> Answer:
    """The answer that was said; the error that it is, raised."""
    try:
        answer: Answer = json.loads(said)
    except ValueError as error:
        last = narration or "it said nothing"
        raise CasaError(f"the table was not read: {last}", where, "See: casapilot doctor") from error
    if "error" not in answer:
        return answer
    kind = getattr(errors, str(answer.get("kind")), CasaError)
    raise (kind if issubclass(kind, CasapilotError) else CasaError)(
        answer["error"], answer["where"] or where, answer["todo"]
    )
