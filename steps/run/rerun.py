"""The full re-run from scratch: what it needs, and what its worker is asked for."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import CasaError, MousError
from ..mous.mous import Eb, Mous
from ..record.runs import RunRecord, blob, save_run
from ..script import Script
from .policy import all_ms
from .scripts import whole_sha
from .workers import Worker

__all__ = ["begin", "check_room", "clean_log", "inputs_of", "of_script"]

#: Where the script runs, and the file that says that the folder is ours (`casa.whole` makes both).
FOLDER, OURS = "rerun", ".casapilot-rerun"
MARK = b"casapilot: full re-run from scratch of"
MARGIN_BYTES = 256 << 20
LARGEST_COPY_BYTES = 16 << 20


def clean_log(eb: Eb) -> str:
    """Name of the clean log of an EB."""
    return f"{eb.ms}.calibration.log"


def of_script(draft: RunRecord, eb: Eb, script: Script, mous: Mous) -> RunRecord:
    """`draft` of a run of the whole script."""
    content = script.content
    return dataclasses.replace(
        draft,
        script=str(eb.script.relative_to(mous.root)),
        script_blob=blob(content),
        step_sha=whole_sha(content),
    )


def begin(
    draft: RunRecord, item_path: str, eb: Eb, script: Script, worker: Worker, folder: Path
) -> RunRecord:
    """Have the worker begin, and return `draft` with what is known by then.

    Parameters
    ----------
    folder : Path
        Where the draft lies, and the run's logs go.
    """
    inputs, copies = inputs_of(eb, script)
    versions = {**draft.versions, "casa": str(worker.ask("ping").get("casa", ""))}
    draft = dataclasses.replace(draft, ms_before=tuple(all_ms(eb.folder)), versions=versions)
    save_run(draft, folder)
    worker.ask(
        "whole",
        run=draft.id,
        item=item_path,
        title=draft.title,
        script=str(eb.script),
        folder=str(folder),
        log=clean_log(eb),
        inputs=inputs,
        copies=copies,
        steps=len(script.steps),
    )
    return draft


def check_room(eb: Eb, script: Script) -> None:
    """Refuse to begin where something is in the way, missing, or the disk too small.

    Raises
    ------
    MousError
        The folder ``rerun`` or the clean log is there and not ours, or there is nothing to import.
    CasaError
        All that the script makes would not fit on the disk a second time.
    """
    place, log = eb.folder / FOLDER, eb.folder / clean_log(eb)
    if os.path.lexists(place) and (place.is_symlink() or not (place / OURS).is_file()):
        raise MousError("is there already and was not made by casapilot", str(place), "Move it elsewhere.")
    if os.path.lexists(log) and not _is_ours(log):
        todo = "Move it elsewhere: the clean log of the re-run gets this name."
        raise MousError("is there already and is not of a full re-run of casapilot's", str(log), todo)
    if not inputs_of(eb, script)[0]:
        raise MousError("there is nothing to import", str(eb.folder), f"Link the ASDM {eb.uid} into it.")
    kept = {eb.uid, FOLDER}
    size = sum(_size(path) for path in eb.folder.iterdir() if path.name not in kept)
    free = shutil.disk_usage(eb.folder).free + (_size(place) if place.is_dir() else 0)
    if free < size + MARGIN_BYTES:
        raise CasaError(
            f"only {free / 1e9:.1f} GB are free, the full re-run needs {(size + MARGIN_BYTES) / 1e9:.1f} GB",
            str(eb.folder),
            "Make room on this disk, then run it again.",
        )


def _is_ours(log: Path) -> bool:
    try:
        with log.open("rb") as file:
            return MARK in file.read(1 << 16)
    except OSError:
        return False


def _size(path: Path) -> int:
    """Bytes of a file or a whole folder; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    total = 0
    with os.scandir(path) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            total += _size(Path(entry.path)) if stat.S_ISDIR(status.st_mode) else status.st_size
    return total


# -- what the script reads -----------------------------------------------------------------------------


def inputs_of(eb: Eb, script: Script) -> tuple[list[str], list[str]]:
    """Return what of the EB's folder the script reads: raw data to link, and small files to copy.

    Raw data are the ASDM, and what import tasks are given. Small files are those that the script names (a
    list of flags, a module it imports) and that do not begin with the EB's uid, as what it makes does.
    """
    imported = {eb.uid} | {Path(name).name for name in _imported(script) if "/" not in name.rstrip("/")}
    linked = sorted(name for name in imported if name and (eb.folder / name).exists() and name != eb.ms)
    text = script.content.decode("utf-8", "replace")
    copied = [
        path.name
        for path in sorted(eb.folder.iterdir())
        if path.is_file() and path != eb.script and path.name not in linked and _is_read(path, text, eb)
    ]
    return linked, copied


def _imported(script: Script) -> Iterator[str]:
    """What is written out as an argument of the import tasks."""
    for call in script.calls:
        if call.commented or not call.task.startswith("import"):
            continue
        for name, parameter in call.parameters.items():
            if name in ("vis", "1"):
                continue
            try:
                value = ast.literal_eval(parameter.text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
            if isinstance(value, str):
                yield value.rstrip("/")


def _is_read(path: Path, text: str, eb: Eb) -> bool:
    if path.name.startswith((eb.uid, eb.ms)) or path.lstat().st_size > LARGEST_COPY_BYTES:
        return False
    if path.suffix == ".py" and re.search(
        rf"^\s*(?:import|from)\s+{re.escape(path.stem)}\b", text, re.MULTILINE
    ):
        return True
    return re.search(rf"['\"/]{re.escape(path.name)}['\"]", text) is not None
