"""Items, their states, and where the workers are.

With several execution blocks: a table for each. --matrix shows all of them as one: a line for each item, a
column for each EB. Its signs: . to do, > runs, + queued, v done, ! done but look, F failed, ? lost, ~ stale,
- skipped. "noted" is what warned of nothing but what is mended since. Below the table stands what to look at:
what is wrong with each EB first. Exit code 0.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from ...steps.checklist.model import State
from ...steps.errors import UsageError
from ..found import settled
from ..glyphs import ASCII
from ..overview import MOUS, ebs_of, matrix, progress_of
from ._common import add_directory, columns, emit, open_session, plain, table
from .lookat import WIDTH, look_at

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.run.view import Row, Running, Snapshot

__all__ = ["configure", "main", "print_items", "summary_line"]

_NUMBERS = "{:>7} {:>5} {:>5} {:>3}"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--matrix", action="store_true", help="items against EBs, a sign for each")
    parser.add_argument("--eb", help="only this execution block")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    session = open_session(args.directory)
    snapshot = session.snapshot()
    findings = {eb: session.findings(eb) for eb in ebs_of(snapshot)}
    noted = settled(snapshot, findings)
    if args.json:
        emit(as_json(snapshot, noted))
    elif args.matrix:
        print_matrix(snapshot, noted)
    else:
        print_items(snapshot, args.eb, noted)
        print(summary_line(snapshot, noted))
        told = look_at(snapshot, args.eb, width=columns() or WIDTH, findings=findings)
        print("".join(f"\n{plain(line)}" for line in told), end="\n" if told else "")
    return 0


def print_items(snapshot: Snapshot, eb: str | None = None, noted: AbstractSet[Key] = frozenset()) -> None:
    """Print the table of items, a line each; with several EBs a table for each.

    `noted` are those that warned of nothing but what is mended since (`found.settled`).
    """
    ebs = ebs_of(snapshot)
    if eb is not None and eb not in ebs:
        raise UsageError(f"there is no EB {eb!r}", "", f"There are: {', '.join(ebs) or 'none'}.")
    print(plain(snapshot.title))
    if len(ebs) < 2:
        _print_table(snapshot.rows, noted)
    else:
        for each in progress_of(snapshot):
            if eb in (None, each.eb):
                tail = f"  {each.words}" if each.words else ""
                print(plain(f"\n{each.eb}  {each.finished}/{each.total}{tail}"))
                _print_table([row for row in snapshot.rows if row.key.eb == each.eb], noted)
        of_mous = [row for row in snapshot.rows if not row.key.eb]
        if of_mous and eb is None:
            print(f"\n{MOUS}")
            _print_table(of_mous, noted)
    for problem in snapshot.problems:
        print(plain(problem))


def _print_table(shown: Sequence[Row], noted: AbstractSet[Key]) -> None:
    rows = [["state", "step", "item", "time", "flagged", "change", "warnings", ""]]
    rows += [_cells(row, noted) for row in shown]
    text, width = table(rows, right=(1, 3, 4, 5, 6)), columns()
    if width is not None and max(map(len, text.splitlines())) > width:
        text = "\n".join(_narrow(shown, width, noted))
    print(text)


def _narrow(shown: Sequence[Row], width: int, noted: AbstractSet[Key]) -> Iterator[str]:
    """The same for a terminal that is not wide enough: titles are cut, and words stand where numbers lack."""
    room = max(width - len(_NUMBERS.format("", "", "", "")) - 15, 20)
    yield f"{'state':7} {'step':>5} {'item':{room}} {_NUMBERS.format('time', 'flags', '+/-', 'w')}"
    for row in shown:
        state, step, _, *numbers, warnings, detail = _cells(row, noted)
        numbers = [each.removesuffix(" %") for each in numbers]
        line = f"{state:7} {step:>5} {_cut(row.item.title, row.key.item, room):{room}} "
        if any((*numbers, warnings)) or not detail:
            yield (line + _NUMBERS.format(*numbers, warnings)).rstrip()
            yield from textwrap.wrap(detail, width, initial_indent=" " * 14, subsequent_indent=" " * 14)
        else:
            why = detail.removeprefix("does not apply: ")
            yield line + textwrap.shorten(why, width - len(line), placeholder="...")


def _cut(title: str, name: str, room: int) -> str:
    """Title and id of an item: the id whole, for it is what commands take."""
    left = room - len(name) - 3
    short = title if len(title) <= left else title[: max(left - 2, 0)].rstrip() + ".."
    return f"{short if left > 3 else ''} [{name}]".strip()


def print_matrix(snapshot: Snapshot, noted: AbstractSet[Key] = frozenset()) -> None:
    """Print all items against all EBs."""
    lines = matrix(snapshot)
    columns = [*ebs_of(snapshot)]
    columns += [MOUS] if any(line.cells and MOUS in line.cells for line in lines) else []
    print(plain(snapshot.title))
    rows = [["", *columns]]
    for line in lines:
        cells = line.cells
        title = line.title if cells is None else f"  {line.title}"
        rows.append(
            [title, *("" if cells is None else _sign(cells.get(eb), snapshot, noted) for eb in columns)]
        )
    done = {each.eb: f"{each.finished}/{each.total}" for each in progress_of(snapshot)}
    print(table([*rows, ["finished", *(done.get(eb, "") for eb in columns)]]))


def _sign(row: Row | None, snapshot: Snapshot, noted: AbstractSet[Key]) -> str:
    if row is None:
        return ""
    if row.key in noted:
        return ASCII.states[State.DONE]
    return "+" if row.key in snapshot.activity.queue else ASCII.states[row.state]


def _state(row: Row, noted: AbstractSet[Key]) -> str:
    return "noted" if row.key in noted else row.state.value


def _cells(row: Row, noted: AbstractSet[Key]) -> list[str]:
    name = f"{row.item.title} [{row.key.item}]"
    return [
        _state(row, noted),
        "" if row.step is None else f"{row.step:g}",
        name,
        "" if row.seconds is None else f"{row.seconds:.1f} s",
        "" if row.flagged_percent is None else f"{row.flagged_percent:.1f} %",
        "" if row.flagged_change is None else f"{row.flagged_change:+.1f}",
        str(row.warnings) if row.warnings else "",
        row.detail,
    ]


def summary_line(snapshot: Snapshot, noted: AbstractSet[Key] = frozenset()) -> str:
    """Return one line: how many items are in which state, and what goes on."""
    counts: dict[str, int] = {}
    for row in snapshot.rows:
        counts[_state(row, noted)] = counts.get(_state(row, noted), 0) + 1
    activity = snapshot.activity
    parts = [", ".join(f"{count} {state}" for state, count in counts.items())]
    parts.append(
        f"conductor {activity.conductor}"
        + (f" on {activity.conductor_host}" if activity.conductor_host else "")
    )
    parts += [
        f"{f'CASA {worker.casa}'.strip()} for {worker.eb} {worker.state} (pid {worker.pid})"
        for worker in activity.workers
    ]
    return "; ".join(parts)


def as_json(snapshot: Snapshot, noted: AbstractSet[Key] = frozenset()) -> dict[str, Any]:
    """Return the whole of it as plain values."""
    activity = snapshot.activity
    return {
        "title": snapshot.title,
        "problems": list(snapshot.problems),
        "items": [
            {
                "key": str(row.key),
                "item": row.key.item,
                "eb": row.key.eb,
                "title": row.item.title,
                "kind": row.item.kind.value,
                "phase": row.phase_title,
                "step": row.step,
                "state": row.state.value,
                "noted": row.key in noted,
                "detail": row.detail,
                "blocked": row.blocked,
                "seconds": row.seconds,
                "flagged_percent": row.flagged_percent,
                "flagged_change": row.flagged_change,
                "warnings": row.warnings,
                "signed": row.signed,
                "note": row.note,
                "run": row.run.id if row.run else None,
                "checks": [
                    {"metric": c.metric, "of": c.of, "value": c.value, "unit": c.unit, "verdict": c.verdict}
                    for c in (row.run.checks if row.run else ())
                ],
            }
            for row in snapshot.rows
        ],
        "activity": {
            "conductor": activity.conductor,
            "conductor_host": activity.conductor_host,
            "running": [_running(each) for each in activity.running],
            "queue": [str(key) for key in activity.queue],
            "workers": [
                {"eb": w.eb, "state": w.state, "pid": w.pid, "host": w.host, "casa": w.casa}
                for w in activity.workers
            ],
        },
    }


def _running(running: Running) -> dict[str, Any]:
    return {
        "key": str(running.key),
        "eb": running.key.eb,
        "run": running.run or None,
        "started": running.started,
        "call": running.call,
        "percent": running.percent,
        "warnings": running.warnings,
        "stopping": running.stopping,
    }
