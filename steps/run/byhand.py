"""A CASA task called by hand, performed like an item: in turn, counted, watched, recorded, committed.

Its key is ``console/<task>.<n>@<eb>``: the n-th call by hand in that EB. What is asked for lies in a file
of its own, so that a queue survives its conductor.
"""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checklist.model import Item, Key, Kind
from ..errors import CasapilotError, ControlError
from ..journal import Journal
from ..mous.mous import Eb, Mous
from ..record.runs import RunRecord, save_run
from .effects import (
    CONSOLE,
    concerned,
    effects,
    may_touch_flags,
    ms_named,
    task_of,
    words_of,
)
from .flagkeeping import FlagKeeper
from .outcome import stamp
from .pairs import split_pair
from .policy import all_ms, is_ms
from .taskcall import TaskCall, literal
from .workers import Worker

__all__ = ["begin", "ended", "item_of", "load_request", "of_call", "queue_call", "tables_before"]

FOLDER = "byhand"
TABLES = "tables-before.json"
_LOCK = "table.lock"
_RESULT = 300
"""Characters of what a call returned that are kept in its record."""


# -- what is asked for -----------------------------------------------------------------------------------


def queue_call(mous: Mous, eb: str, call: TaskCall, taken: Iterable[str] = ()) -> Key:
    """Keep what is asked for where the conductor finds it, also after it has died; return its key.

    Parameters
    ----------
    taken : iterable of str
        Keys as text that are in use.
    """
    folder = mous.live / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [_number(Key.parse(text)) for text in taken if Key.parse(text)[::2] == (CONSOLE, eb)]
    numbers += [int(path.stem.rpartition(".")[2]) for path in folder.glob(f"{eb}.*.json")]
    number = max(numbers, default=0)
    text = json.dumps({"task": call.task, "arguments": repr(dict(call.arguments)), "user": getpass.getuser()})
    while True:
        number += 1
        try:
            with open(folder / f"{eb}.{number}.json", "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return Key(CONSOLE, f"{call.task}.{number}", eb)


def load_request(mous: Mous, key: Key) -> TaskCall:
    """Read what `queue_call` kept.

    Raises
    ------
    ControlError
        It is not there any more.
    """
    path = mous.live / FOLDER / f"{key.eb}.{_number(key)}.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return TaskCall(str(told["task"]), dict(literal(str(told["arguments"]))))
    except (OSError, ValueError, KeyError, TypeError, CasapilotError) as error:
        raise ControlError("what was asked for cannot be read", str(path), "Ask for it again.") from error


def item_of(key: Key) -> Item:
    """Return an item that stands for a call by hand."""
    task = task_of(key)
    return Item(id=key.item, title=f"{task} by hand", phase="", kind=Kind.RUN)


def _number(key: Key) -> int:
    found = re.fullmatch(r".*\.(\d+)", key.item)
    return int(found[1]) if found else 0


# -- before the call -------------------------------------------------------------------------------------


def of_call(draft: RunRecord, call: TaskCall) -> RunRecord:
    """`draft` of a call by hand."""
    return dataclasses.replace(draft, params=dict(call.arguments))


def begin(
    draft: RunRecord, key: Key, eb: Eb, call: TaskCall, worker: Worker, keeper: FlagKeeper, folder: Path
) -> RunRecord:
    """Count flags, save a version of those that the call may change, and have the worker begin."""
    named = ms_named(call.arguments, eb.folder)
    changes = effects(call.task, call.arguments)
    draft = dataclasses.replace(draft, versions_before=tuple(_versions(eb.folder, named)))
    for ms in named:
        if f"flags:{ms}" in changes:
            version = f"casapilot_before_hand_{_number(key)}"
            draft = keeper.save(draft, ms, version, f"casapilot: before {call.task} by hand")
    counted = named if may_touch_flags(call.task) else ()
    ping = worker.ask("ping")
    draft = dataclasses.replace(
        draft,
        flags=keeper.count_before(counted, draft.id),
        ms_before=tuple(all_ms(eb.folder)),
        versions={**draft.versions, "casa": str(ping.get("casa", ""))},
    )
    (folder / TABLES).write_text(json.dumps(stamps(eb.folder)), encoding="utf-8")
    save_run(draft, folder)
    worker.ask(
        "call",
        run=draft.id,
        eb=eb.name,
        item=key.path,
        task=call.task,
        arguments=repr(dict(call.arguments)),
        title=draft.title,
        folder=str(folder),
    )
    return draft


def _versions(folder: Path, names: Iterable[str]) -> Iterable[str]:
    """The flag versions there are, from the disk: CASA need not be asked."""
    for ms in names:
        for path in sorted((folder / f"{ms}.flagversions").glob("flags.*")):
            yield f"{ms}:{path.name.removeprefix('flags.')}"


def stamps(folder: Path) -> dict[str, int]:
    """Return name -> when it was last written, ns, of all files and tables in a folder; MSs by their data."""
    found = {}
    for path in folder.iterdir():
        if not path.name.startswith(".") and not path.name.endswith(".flagversions"):
            try:
                found[path.name] = _stamp(path)
            except OSError:
                continue  # it has just gone
    return found


def _stamp(path: Path) -> int:
    """As `outcome.stamp`, but reading alone renews the lock file of a table, and the folder with it."""
    if not path.is_dir():
        return stamp(path)
    inside = [each.lstat().st_mtime_ns for each in path.iterdir() if each.name != _LOCK]
    return max(inside, default=path.lstat().st_mtime_ns)


# -- after it --------------------------------------------------------------------------------------------


def ended(
    record: RunRecord,
    key: Key,
    eb: Eb,
    root: Path,
    folder: Path,
    journal: Journal,
    runs: Sequence[RunRecord],
    worker: Worker,
) -> RunRecord:
    """Return the record with what the call returned, what it changed, and whose result that was.

    Parameters
    ----------
    folder : Path
        The run's own, in live/.
    runs : sequence of RunRecord
        The runs of the EB before it.
    """
    before = tables_before(folder)
    now = stamps(eb.folder)
    written = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    flags = _flags_changed(record, worker, eb.folder)
    changed = (*flags, *_changed(record, task_of(key), written, before, eb.folder))
    outputs = [str((eb.folder / name).relative_to(root)) for name in written if _is_new(name, before, now)]
    outputs += [
        str((eb.folder / name).relative_to(root)) for name in written
        if f"table:{name}" in changed and name in now and not _is_new(name, before, now)
    ]  # fmt: skip
    notes = [
        f"changed behind the script's back: {words_of(effect)}, which concerns {', '.join(titles)}"
        for effect, titles in concerned(changed, runs).items()
        if titles
    ]
    cut = [effect.removeprefix("table:") for effect in changed if effect.startswith("table:")]
    if cut and record.status in ("lost", "interrupted"):
        notes.append(f"was there before, and may be half-written now: {', '.join(cut)}")
    if record.rests_on and any(effect.startswith("flags:") for effect in changed):
        notes.append("what runs again puts those flags back: to keep them, put the call into the script")
    return dataclasses.replace(
        record,
        changed=changed,
        outputs=tuple(outputs),
        result=_returned(record.id, journal),
        notes=(*record.notes, *notes),
    )


def _flags_changed(record: RunRecord, worker: Worker, folder: Path) -> tuple[str, ...]:
    """The MSs that have other flags now, as effects; equal counts can be of different flags."""
    counted = [each for each in record.flags if each.before and each.after]
    found = [
        f"flags:{each.ms}" for each in counted
        if each.before != each.after or _differs(record, each.ms, worker, folder)
    ]  # fmt: skip
    if record.status in ("lost", "interrupted") and not record.versions_restored:
        told = effects(task_of(Key.parse(record.key)), record.params)
        found += [effect for effect in told if effect.startswith("flags:")]
    return tuple(dict.fromkeys(found))


def _differs(record: RunRecord, ms: str, worker: Worker, folder: Path) -> bool:
    """Whether the flags are, bit for bit, others than those saved before the call; False where none were."""
    versions = [version for name, version in map(split_pair, record.rests_on) if name == ms]
    if not versions or record.versions_restored:
        return False
    with contextlib.suppress(CasapilotError):
        return not worker.ask("same-flags", ms=str(folder / ms), version=versions[0])["same"]
    return False


def _changed(
    record: RunRecord, task: str, written: Sequence[str], before: Mapping[str, int], folder: Path
) -> Iterable[str]:
    """What the call has really changed of what was there, besides flags."""
    for effect in effects(task, record.params):
        kind, _, name = effect.partition(":")
        if kind in ("corrected", "model", "weights", "data") and name in written:
            yield effect
        if kind == "version" and record.status == "done":
            yield effect
    for name in written:
        if name in before and not is_ms(folder / name) and not name.endswith(".flagversions"):
            yield f"table:{name}"


def _is_new(name: str, before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    return name not in before and name in now


def tables_before(folder: Path) -> dict[str, int]:
    """What `stamps` were before the call whose run has the folder `folder`; nothing for a step."""
    try:
        found: dict[str, int] = json.loads((folder / TABLES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _returned(run: str, journal: Journal) -> str:
    events, _ = journal.read(journal.last("item-started", run))
    results = [
        event.get("result") for event in events if event.kind == "call-ended" and event.get("run") == run
    ]
    return in_short(results[-1]) if results else ""


def in_short(value: Any) -> str:
    """Return what a call returned, in a line; of a large dict what its top level holds."""
    if value is None:
        return ""
    text = repr(value)
    while isinstance(value, dict) and len(text) > _RESULT and len(value) == 1:
        value = next(iter(value.values()))  # visstat: one dict for each data description
    if isinstance(value, dict) and isinstance(value.get("keys"), list) and "type" in value:
        text = _outline(value.get("values", {}), value["keys"])
    elif isinstance(value, dict) and len(text) > _RESULT:
        text = _outline({name: each for name, each in value.items() if not hasattr(each, "__len__")}, value)
    return text if len(text) <= _RESULT else f"{text[: _RESULT - 3]}..."


def _outline(values: Mapping[str, Any], names: Iterable[Any]) -> str:
    told = [f"{name} {each}" for name, each in values.items()]
    return f"a dict: {', '.join([*told, *(str(name) for name in names if name not in values)])}"
