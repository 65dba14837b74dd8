"""What was done by hand before casapilot, as run records: the items show as done and can be run again."""

from __future__ import annotations

import dataclasses
import getpass
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..checklist.model import Checklist, Item, Key, Kind, Per
from ..errors import CasapilotError
from ..mous.adopt import AdoptedEb, AdoptedStep, Likely
from ..mous.mous import Eb, Mous
from ..mous.products import products_of
from ..record.runs import RunRecord, save_run
from ..script import Script, Step, step_sha
from ..version import VERSION
from .pairs import NO_VERSION
from .policy import ms_touched, script_version, version_exists

__all__ = ["ADOPTED", "adopted_runs", "write_adopted"]

ADOPTED = "adopted"


def write_adopted(mous: Mous, checklists: Sequence[Checklist], adopted: Sequence[AdoptedEb]) -> list[Path]:
    """Write a record for each item that was done by hand, whole or in part, and return the files.

    An EB of which there is a record already is left alone.
    """
    if any(mous.runs.glob("*.json")):
        return []
    return [save_run(run, mous.runs) for run in adopted_runs(mous, checklists, adopted)]


def adopted_runs(
    mous: Mous, checklists: Sequence[Checklist], adopted: Sequence[AdoptedEb]
) -> list[RunRecord]:
    """Records of what was done by hand, as of now where nothing tells when.

    Parameters
    ----------
    adopted : sequence of AdoptedEb
        As `mous.adopt.assess` found it.

    Returns
    -------
    list of RunRecord
        With status "adopted" for what was done, "failed" for what was done in part; none for the rest.
    """
    found: list[RunRecord] = []
    now = time.time()
    for each in adopted:
        eb = next((eb for eb in mous.ebs if eb.uid == each.eb.uid), None)
        if eb is not None and eb.script.exists():
            found += _of_eb(mous, eb, each, checklists, now)
    return found


def _of_eb(
    mous: Mous, eb: Eb, adopted: AdoptedEb, checklists: Sequence[Checklist], now: float
) -> Iterator[RunRecord]:
    script = Script.read(eb.script)
    steps = {(step.number, step.name): step for step in script.steps}
    items = _items(script, checklists, eb)
    last = 0.0
    for told in adopted.steps:
        step = steps.get((told.number, told.title))
        if step is None or told.likely not in (Likely.DONE, Likely.PARTLY):
            continue
        start = told.start or last or now
        last = max(told.end or start, start)
        for key, item in items.get(step.start, ()):
            yield _record(mous, eb, script, step, told, key, item, (start, last))


def _items(script: Script, checklists: Sequence[Checklist], eb: Eb) -> dict[int, list[tuple[Key, Item]]]:
    """Where a step begins -> the items that run it."""
    found: dict[int, list[tuple[Key, Item]]] = {}
    for checklist in checklists:
        for item in checklist.items:
            if item.kind is not Kind.RUN or item.per is not Per.EB:
                continue
            try:
                step = script.step_by_title(item.step)
            except CasapilotError:
                continue
            found.setdefault(step.start, []).append((Key(checklist.id, item.id, eb.name), item))
    return found


def _record(
    mous: Mous, eb: Eb, script: Script, step: Step, told: AdoptedStep, key: Key, item: Item,
    times: tuple[float, float],
) -> RunRecord:  # fmt: skip
    done = told.likely is Likely.DONE
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(times[0]))
    record = RunRecord(
        id=f"{stamp}-{key.item}-{eb.name}-{ADOPTED}",
        key=str(key),
        eb=eb.name,
        eb_uid=eb.uid,
        step=step.number if isinstance(step.number, int | float) else None,
        title=item.title,
        script=str(eb.script.relative_to(mous.root)),
        step_sha=step_sha(script, step),
        start=times[0],
        end=times[1],
        status=ADOPTED if done else "failed",
        reasons=told.doubts if done else (f"done in part by hand before casapilot: {told.why}",),
        host=socket.gethostname(),
        user=getpass.getuser(),
        versions={"casapilot": VERSION, **({"casa": told.casa} if told.casa else {})},
    )
    return _with_flags(_with_products(record, mous, eb, script, step, told), eb, script, step)


def _with_products(
    record: RunRecord, mous: Mous, eb: Eb, script: Script, step: Step, told: AdoptedStep
) -> RunRecord:
    there = [product for product in products_of(script, step) if str(product) in told.products]
    files = [product.path(eb.folder) for product in there if not product.part]
    source = f"Told by {told.log}." if told.log else "Told by its products alone."
    return dataclasses.replace(
        record,
        outputs=tuple(str(path.relative_to(mous.root)) for path in files),
        versions_saved=tuple(
            f"{product.name}:{product.part}"
            for product in there
            if version_exists(eb.folder, product.name, product.part)
        ),
        notes=(source,),
    )


def _with_flags(record: RunRecord, eb: Eb, script: Script, step: Step) -> RunRecord:
    """Say which flags it started from, where the script kept them; and where nobody did."""
    rests, notes = [], []
    for ms in ms_touched(script, step, eb.folder):
        version = script_version(script, step, ms)
        if version and version_exists(eb.folder, ms, version):
            rests.append(f"{ms}:{version}")
        elif ms not in {Path(out).name for out in record.outputs}:
            notes.append(
                f"{NO_VERSION} of {ms} was kept from before {record.title}: run again, it starts from the "
                "flags as they are now. To start clean, first run again the step that makes that MS."
            )
    return dataclasses.replace(record, rests_on=tuple(rests), notes=(*record.notes, *notes))
