"""What a screen costs while it is open: a MOUS with a long history, against the same MOUS when it was new.

    python bench/session.py [--items 200] [--runs 1000] [--events 100000] [--repeats 9]

Timed are the first look (journal and records read), the look four times a second when nothing has changed,
a snapshot, and what a conductor reads of the journal when it starts.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from _measure import show, side_by_side
from casapilot.steps.journal import Journal
from casapilot.steps.mous.mous import Mous
from casapilot.steps.record.runs import Call, FlagChange, Measured, RunRecord, Warned, save_run
from casapilot.steps.run.session import Session
from casapilot.steps.run.start import start_demo
from casapilot.steps.run.unsettled import unsettled

EB = '\n[[eb]]\nname = "{name}"\nuid = "{name}"\nfolder = "{folder}"\nscript = "{script}"\nms = "{name}.ms"\n'
ANTENNAS, SPWS, FIELDS, SCANS = 45, 16, 6, 40
START = 1_700_000_000.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large the MOUS is."""

    items: int
    runs: int
    events: int


def new_mous(folder: Path, items: int) -> Mous:
    """The demo's MOUS, with EBs added until it has so many items."""
    mous, _ = start_demo(folder)
    eb, each = mous.ebs[0], len(Session(mous).order)
    text = (folder / "mous.toml").read_text(encoding="utf-8")
    for number in range(1, -(-items // each)):
        text += EB.format(name=f"X{number:x}", folder=eb.folder.name, script=eb.script.name)
    (folder / "mous.toml").write_text(text, encoding="utf-8")
    return Mous.load(folder)


def summary(flagged: int) -> dict[str, Any]:
    """Flags of one MS, as a record has them."""
    axes = {"antenna": ANTENNAS, "spw": SPWS, "field": FIELDS, "scan": SCANS, "correlation": 2}
    rate = {"flagged": float(flagged), "total": 1e6}
    return {**rate, **{axis: {f"{axis}{n}": rate for n in range(many)} for axis, many in axes.items()}}


def record(number: int, session: Session) -> RunRecord:
    """A run as a rich step leaves it: calls, warnings, checks, flags before and after."""
    key = session.order[number % len(session.order)]
    start = START + 100.0 * number
    return RunRecord(
        id=f"20260101T{number:06d}Z-1",
        key=str(key),
        eb=key.eb,
        title="A step",
        start=start,
        end=start + 60,
        status="done",
        calls=tuple(Call("gaincal", f"gaincal(vis='x.ms', scan='{n}')", 1.0) for n in range(10)),
        warnings=tuple(Warned(f"low SNR in spw {n}", "gaincal", "WARN", 3, "KI-45") for n in range(SPWS)),
        flags=(FlagChange("x.ms", summary(number), summary(number + 1)),),
        checks=(Measured("solutions", "x.cal", 0.1, "%", "pass"),),
    )


def add_history(mous: Mous, size: Size) -> None:
    """Write `size.runs` records, and a journal of `size.events` events."""
    session = Session(mous)
    for number in range(size.runs):
        save_run(record(number, session), mous.runs)
    mous.live.mkdir(parents=True, exist_ok=True)
    with open(mous.journal, "a", encoding="utf-8") as file:
        for number in range(size.events):
            file.write(json.dumps(event(number, str(session.order[0]))) + "\n")


def event(number: int, key: str) -> dict[str, Any]:
    """One of a run of a hundred events: begun, calls and progress, ended."""
    run, place = divmod(number, 100)
    told: dict[str, Any] = {"run": f"r{run}"}
    if place == 0:
        told |= {"kind": "item-started", "key": key}
    elif place == 99:
        told |= {"kind": "item-ended", "key": key, "status": "done"}
    elif place % 2:
        text = f"gaincal(vis='x.ms', caltable='x.cal', field='{place}', solint='int', refant='DV09')"
        told |= {"kind": "call-started", "call": place, "task": "gaincal", "text": text, "line": place}
    else:
        told |= {"kind": "progress", "percent": float(place), "text": f"{place} % done"}
    return {"t": START + number, **told}


def first_look(mous: Mous) -> None:
    """What a screen does when it opens."""
    session = Session(mous)
    session.poll()
    session.snapshot()


def many(call: Any, times: int) -> None:
    """Call it so often that the clock can tell."""
    for _ in itertools.repeat(None, times):
        call()


def main() -> int:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("items", 200), ("runs", 1000), ("events", 100_000), ("repeats", 9)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    size = Size(given.items, given.runs, given.events)
    with tempfile.TemporaryDirectory(prefix="casapilot-bench-") as name:
        old, new = (new_mous(Path(name) / which, size.items) for which in ("old", "new"))
        add_history(old, size)
        megabytes = old.journal.stat().st_size / 1e6
        print(f"{size.items} items, {size.runs} runs, {size.events:,} events ({megabytes:.0f} MB)")
        pair = side_by_side(partial(first_look, old), partial(first_look, new), given.repeats)
        show("first look", pair[0], "when new", pair[1], "500 ms")
        sessions = [Session(old), Session(new)]
        for session in sessions:
            session.poll()
        for what, want, times in (("poll", "1 ms", 50), ("snapshot", "10 ms", 5)):
            calls = [partial(many, getattr(session, what), times) for session in sessions]
            ours, other = side_by_side(calls[0], calls[1], given.repeats)
            show(what, ours / times, "when new", other / times, want)
        journals = [partial(unsettled, Journal(mous.journal)) for mous in (old, new)]
        pair = side_by_side(journals[0], journals[1], given.repeats)
        show("conductor's reading", pair[0], "when new", pair[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
