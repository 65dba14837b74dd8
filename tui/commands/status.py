"""Items, their states, and where the worker is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ._common import add_directory, emit, open_session, plain, table

if TYPE_CHECKING:
    from ...steps.run.view import Row, Snapshot

__all__ = ["configure", "main", "print_items", "summary_line"]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_directory(parser)


def main(args: argparse.Namespace) -> int:
    snapshot = open_session(args.directory).snapshot()
    if args.json:
        emit(as_json(snapshot))
    else:
        print_items(snapshot)
        print(summary_line(snapshot))
    return 0


def print_items(snapshot: Snapshot) -> None:
    """Print the table of items, a line each."""
    print(snapshot.title)
    rows = [["state", "step", "item", "time", "flagged", "change", "warnings", ""]]
    rows += [_cells(row) for row in snapshot.rows]
    print(table(rows, right=(1, 3, 4, 5, 6)))
    for problem in snapshot.problems:
        print(plain(problem))


def _cells(row: Row) -> list[str]:
    name = f"{row.item.title} [{row.key.item}]"
    return [
        row.state.value,
        "" if row.step is None else f"{row.step:g}",
        name,
        "" if row.seconds is None else f"{row.seconds:.1f} s",
        "" if row.flagged_percent is None else f"{row.flagged_percent:.1f} %",
        "" if row.flagged_change is None else f"{row.flagged_change:+.1f}",
        str(row.warnings) if row.warnings else "",
        row.detail,
    ]


def summary_line(snapshot: Snapshot) -> str:
    """Return one line: how many items are in which state, and what goes on."""
    counts: dict[str, int] = {}
    for row in snapshot.rows:
        counts[row.state.value] = counts.get(row.state.value, 0) + 1
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


def as_json(snapshot: Snapshot) -> dict[str, Any]:
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
            "running": str(activity.running) if activity.running else None,
            "run": activity.run or None,
            "call": activity.call,
            "percent": activity.percent,
            "warnings": activity.warnings,
            "queue": [str(key) for key in activity.queue],
            "stopping": activity.stopping,
            "workers": [
                {"eb": w.eb, "state": w.state, "pid": w.pid, "host": w.host, "casa": w.casa}
                for w in activity.workers
            ],
        },
    }
