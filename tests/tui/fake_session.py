"""A Session without CASA and git: a reduction of NGC 5921 stopped in its tracks, or moved on by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from casapilot.steps.checklist.model import Check, Checklist, Item, Key, Kind, Phase, Reference, State
from casapilot.steps.errors import RecordError
from casapilot.steps.mous.mous import Eb, Mous
from casapilot.steps.record.history import HistoryEntry
from casapilot.steps.record.runs import Call, FlagChange, Measured, RunRecord, Warned
from casapilot.steps.run.view import Activity, Plan, Row, Running, Snapshot, WorkerView

NOW = 1_763_811_688.0
"""Where the clock of the tests stands: 2025-11-22 11:41:28 UTC."""
LIST, EB = "vla-line", "NGC5921"

PHASES = (
    Phase("apriori", "Import and a priori flags", "Are the right fields, times and antennas in?"),
    Phase("calibration", "Calibration", "Do bandpass, gains and flux density convince you?"),
    Phase("imaging", "Imaging of the line", "Is the noise even and the line believable?"),
)

_ITEMS: tuple[tuple[str, str, Kind, str], ...] = (
    ("about", "apriori", Kind.NOTE, "What was observed"),
    ("import", "apriori", Kind.RUN, "Import of the UVFITS file"),
    ("listobs", "apriori", Kind.RUN, "Summary of the observation"),
    ("autoflag", "apriori", Kind.RUN, "Flag autocorrelations"),
    ("refant", "apriori", Kind.DECISION, "Reference antenna"),
    ("setjy", "calibration", Kind.RUN, "Flux density model of 3C 286"),
    ("bandpass", "calibration", Kind.RUN, "Bandpass"),
    ("gaincal", "calibration", Kind.RUN, "Gains over time"),
    ("look", "calibration", Kind.MANUAL, "Solutions look smooth"),
    ("fluxscale", "calibration", Kind.RUN, "Flux density of 1445+099"),
    ("applycal", "calibration", Kind.RUN, "Apply the calibration"),
    ("contsub", "imaging", Kind.RUN, "Subtract the continuum"),
    ("clean", "imaging", Kind.RUN, "Clean the cube"),
    ("moments", "imaging", Kind.RUN, "Moment maps"),
)
_WHY = {
    "bandpass": (
        "Each antenna answers a little differently at each frequency. On a strong source whose spectrum is "
        "known to be flat, that response is measured and then divided out.\n\nWithout it the line would sit "
        "on a curved baseline."
    ),
    "gaincal": "Amplitude and phase of each antenna drift with time; a source near the target tells how.",
}
_LOOK_FOR = {
    "bandpass": ("phase flat within 5 degrees", "amplitude within 5 % from channel to channel"),
    "gaincal": ("phases that can be followed by eye from scan to scan", "no antenna with jumps"),
    "look": ("smooth amplitudes", "no wrapped phases"),
}
_ANTENNAS = {"1": 3.9, "5": 9.6, "9": 3.9, "15": 3.9, "21": 41.2, "28": 0.0}

SCRIPT = """# CASA script of NGC 5921
step_title = {1: 'Import of the UVFITS file',
              2: 'Bandpass',
              3: 'Gains over time'}
thesteps = mysteps

# Import of the UVFITS file
mystep = 1
if mystep in thesteps:
    importuvfits(fitsfile='NGC5921.fits', vis='ngc5921.ms')

# Bandpass
mystep = 2
if mystep in thesteps:
    print('Step', mystep, step_title[mystep])
    os.system('rm -rf ngc5921.bcal')
    bandpass(vis='ngc5921.ms', caltable='ngc5921.bcal', field='0', spw='', refant='15',
             solint='inf', combine='scan', solnorm=False)  # on 3C 286

# Gains over time
mystep = 3
if mystep in thesteps:
    gaincal(vis='ngc5921.ms', caltable='ngc5921.gcal', field='0,1', spw='0:6~56',
            gaintype='G', solint='inf', refant='15', gaintable=['ngc5921.bcal'])
"""
_STEPS = {"import": (1, 1), "bandpass": (2, 6), "gaincal": (3, 7)}


def _item(name: str, phase: str, kind: Kind, title: str) -> Item:
    return Item(
        id=name,
        title=title,
        phase=phase,
        kind=kind,
        step=f"^{title}$" if kind is Kind.RUN else "",
        why=_WHY.get(name, f"{title}: why this is done, in two sentences. The second of them is here."),
        look_for=_LOOK_FOR.get(name, ()),
        instead="Look at the data of the worst antenna, flag it, and run this again.",
        refs=(Reference("CASA docs, synthesis calibration"),),
        choices=("15, in the middle", "9, also quiet", "none of them") if kind is Kind.DECISION else (),
        check=(Check("snr"),),
    )


ITEMS = tuple(_item(*each) for each in _ITEMS)
CHECKLIST = Checklist(LIST, "VLA spectral line", "1.0", "2026-11-22", "casapilot", phases=PHASES, items=ITEMS)


def key(name: str, eb: str = EB) -> Key:
    """The key of an item."""
    return Key(LIST, name, eb)


def flag_summary(shift: float) -> dict[str, Any]:
    """The dict of flagdata's summary, `shift` percentage points above a plain one."""

    def counts(percent: float) -> dict[str, float]:
        return {"flagged": min(percent, 100.0) * 1000, "total": 100_000.0}

    antennas = {name: counts(value + shift * (name == "21") * 4) for name, value in _ANTENNAS.items()}
    return {
        **counts(8.1 + shift),
        "antenna": antennas,
        "spw": {"0": counts(8.1 + shift)},
        "field": {"1331+30500002_0": counts(2.0), "N5921_2": counts(9.0 + shift)},
        "scan": {str(n): counts(5.0 + n) for n in range(1, 8)},
        "correlation": {"RR": counts(8.0 + shift), "LL": counts(8.2 + shift)},
    }


def run_of(
    name: str, seconds: float, *, status: str = "done", change: float = 0.0, warns: int = 0
) -> RunRecord:
    """A run record of an item."""
    number = [item.id for item in ITEMS].index(name)
    warned = (
        Warned(
            "[low] SNR in 2 of 52 solutions",
            "bandpass",
            "WARN",
            warns,
            "KI-45",
            cause="The source is weak in this window.",
            cure="Average in time, or combine windows.",
        ),
        Warned("Leap second table is old", "", "WARN", 3, "KI-1", True),
    )
    return RunRecord(
        id=f"20251122T1130{number:02}Z-{number}",
        key=str(key(name)),
        eb=EB,
        step=number,
        title=name,
        calls=(Call("bandpass", "bandpass(vis='ngc5921.ms', caltable='ngc5921.bcal', field='0')", seconds),),
        start=NOW - 600,
        end=NOW - 600 + seconds,
        status=status,
        reasons=("tclean: PSF is blank [nothing unflagged]",) if status == "failed" else (),
        warnings=warned if warns else (),
        flags=(FlagChange("ngc5921.ms", flag_summary(0.0), flag_summary(change)),),
        versions_saved=("ngc5921.ms:casapilot_before_" + name,),
        rests_on=("ngc5921.ms:casapilot_before_" + name,),
        outputs=(f"ngc5921.{name}",),
        checks=(Measured("snr", "3C 286", 154.2, "", "pass"),),
    )


def _row(item: Item, state: State = State.TODO, **more: Any) -> Row:
    phase = next(phase.title for phase in PHASES if phase.id == item.phase)
    step = ITEMS.index(item) if item.kind is Kind.RUN else None
    return Row(key(item.id), item, phase, state, step=step, **more)


def _done(item: Item, seconds: float, change: float = 0.0, warns: int = 0) -> Row:
    run = run_of(item.id, seconds, change=change, warns=warns)
    return _row(
        item,
        State.WARNED if warns else State.DONE,
        seconds=seconds,
        flagged_percent=run.flagged_percent,
        flagged_change=run.flagged_change,
        warnings=warns,
        run=run,
    )


def rows() -> tuple[Row, ...]:
    """The list as it stands while gaincal runs."""
    by_id = {item.id: item for item in ITEMS}
    done = {
        "about": _row(by_id["about"], State.DONE, signed="ab 2025-11-22"),
        "import": _done(by_id["import"], 3.2),
        "listobs": _done(by_id["listobs"], 1.1),
        "autoflag": _done(by_id["autoflag"], 2.4, change=3.9),
        "refant": _row(by_id["refant"], State.DONE, detail="15, in the middle"),
        "setjy": _done(by_id["setjy"], 4.0),
        "bandpass": _done(by_id["bandpass"], 42.0, change=0.3, warns=2),
        "gaincal": _row(by_id["gaincal"], State.RUNNING, run=run_of("gaincal", 70.0)),
    }
    blocked = {"fluxscale": "needs Gains over time", "applycal": "needs Flux density of 1445+099"}
    return tuple(
        done.get(item.id) or _row(item, blocked=blocked.get(item.id, ""), detail=blocked.get(item.id, ""))
        for item in ITEMS
    )


def rows_of(number: int, eb: str) -> tuple[Row, ...]:
    """The lists of several EBs: one runs, one has failed, one is through, one is fresh; and so on."""
    by_id = {item.id: item for item in ITEMS}
    states = (
        [State.RUNNING if row.state is State.RUNNING else None for row in rows()],
        [State.FAILED if row.item.id == "bandpass" else None for row in rows()],
        [State.DONE] * len(ITEMS),
        [State.TODO] * len(ITEMS),
    )[number % 4]
    found = []
    for row, state in zip(rows(), states, strict=True):
        if state is State.DONE:
            row = _done(by_id[row.item.id], 5.0)
        elif state is State.TODO or (number % 4 == 1 and row.item.id == "gaincal"):
            row = _row(by_id[row.item.id])
        elif state is State.FAILED:
            row = replace(row, state=state, run=run_of(row.item.id, 9.0, status="failed"))
        run = replace(row.run, key=str(row.key._replace(eb=eb)), eb=eb) if row.run else None
        found.append(replace(row, key=row.key._replace(eb=eb), run=run))
    return tuple(found)


def _gaincal(eb: str, percent: float) -> Running:
    call = "gaincal(vis='ngc5921.ms', caltable='ngc5921.gcal', field='0,1', spw='0:6~56', refant='15')"
    return Running(
        key("gaincal", eb), "20251122T114046Z-7", NOW - 42, expected_s=70.0, percent=percent, call=call
    )


def runs(name: str, eb: str = EB, **more: Any) -> tuple[Running, ...]:
    """One item of an EB in progress."""
    return (Running(key(name, eb), "20251122T114100Z-1", NOW - 5, **more),)


class FakeSession:
    """The interface of steps/run/session.py; `asked` holds what was asked of it."""

    def __init__(self, root: Path, ebs: tuple[str, ...] = (EB,)) -> None:
        self.mous = Mous(
            root=root,
            uid="uid://A001/X1/X2",
            title="NGC 5921",
            ebs=tuple(
                Eb(eb, "uid", root / "Calibration", root / "Calibration" / "n5921.py", "ngc5921.ms")
                for eb in ebs
            ),
        )
        self.checklists = (CHECKLIST,)
        self.asked: list[tuple[Any, ...]] = []
        self.undoes: tuple[str, ...] = ()
        self.save_error: Exception | None = None
        self.found: tuple[Any, ...] = ()
        self.rows = rows()
        if ebs != (EB,):
            self.rows = tuple(row for n, eb in enumerate(ebs) for row in rows_of(n, eb))
        self.activity = Activity(
            conductor="busy",
            workers=tuple(WorkerView(eb, "busy", 4711, "node-12", "6.7.0-31") for eb in ebs),
            running=tuple(_gaincal(eb, 60.0 - n) for n, eb in enumerate(ebs) if n % 4 == 0),
            queue=(key("fluxscale", ebs[0]), key("applycal", ebs[0])),
        )
        self._changed = True
        self._lay_out()

    def _lay_out(self) -> None:
        self.mous.live.mkdir(parents=True, exist_ok=True)
        self.mous.ebs[0].folder.mkdir(exist_ok=True)
        (self.mous.root / "mous.toml").write_text("[mous]\nuid = 'uid://A001/X1/X2'\n", encoding="utf-8")
        self.script.write_text(SCRIPT, encoding="utf-8")
        casa = "2025-11-22 11:41:{:02}\t{}\tgaincal::::casa\t{}\n"
        lines = [casa.format(n, "INFO", f"Beginning solution interval {n}/40 [{n}%]") for n in range(40)]
        lines.append(casa.format(40, "WARN", "2 of 52 solutions flagged due to SNR < 3 in [red]spw=0[/red]"))
        lines.append(casa.format(41, "SEVERE", "\x1b[31mno unflagged data\x1b[0m on antenna 21"))
        self.casa_log.write_text("".join(lines), encoding="utf-8")
        self.console.write_text("the other log\n", encoding="utf-8")

    @property
    def script(self) -> Path:
        return self.mous.ebs[0].script

    @property
    def console(self) -> Path:
        return self.mous.live / "console.log"

    @property
    def casa_log(self) -> Path:
        return self.mous.live / "casa.log"

    # What tests change

    def change(self, name: str, **fields: Any) -> None:
        """Change the row of an item."""
        self.rows = tuple(replace(row, **fields) if row.key == key(name) else row for row in self.rows)
        self._changed = True

    def act(self, **fields: Any) -> None:
        """Change what goes on."""
        self.activity = replace(self.activity, **fields)
        self._changed = True

    def rest(self) -> None:
        """Nothing runs: gaincal is done."""
        gaincal = next(item for item in ITEMS if item.id == "gaincal")
        self.rows = tuple(
            _done(gaincal, 70.0, 0.1) if row.key == key("gaincal") else row for row in self.rows
        )
        self.act(conductor="idle", running=(), queue=())

    # The interface

    def poll(self) -> bool:
        changed, self._changed = self._changed, False
        return changed

    def snapshot(self) -> Snapshot:
        return Snapshot("NGC 5921", self.rows, self.activity)

    def plan(self, keys: list[Key]) -> Plan:
        refused = {
            str(row.key): row.blocked
            for row in self.rows
            if row.key in keys and row.blocked and len(keys) == 1
        }
        return Plan(tuple(k for k in keys if str(k) not in refused), self.undoes, refused)

    def with_resting(self, keys: list[Key]) -> list[Key]:
        return list(keys)

    def run(self, keys: list[Key], *, confirmed: bool = False, jobs: int | None = None) -> None:
        self.asked.append(("run", tuple(k.item for k in keys), confirmed))

    def stop(self, how: str = "after-call", eb: str = "") -> None:
        self.asked.append(("stop", how, eb) if eb else ("stop", how))

    def go_on(self) -> None:
        self.asked.append(("go_on",))

    def restore(self, key: Key, *, confirmed: bool = False) -> None:
        self.asked.append(("restore", key.item, confirmed))

    def sign(self, key: Key, initials: str, text: str = "") -> None:
        self.asked.append(("sign", key.item, initials, text))

    def note(self, key: Key, text: str) -> None:
        self.asked.append(("note", key.item, text))

    def skip(self, key: Key, reason: str) -> None:
        self.asked.append(("skip", key.item, reason))

    def unskip(self, key: Key) -> None:
        self.asked.append(("unskip", key.item))

    def choose(self, key: Key, choice: str, initials: str = "") -> None:
        self.asked.append(("choose", key.item, choice))

    def script_of(self, key: Key) -> Path | None:
        return self.script

    def step_span(self, key: Key) -> tuple[int, int] | None:
        number = _STEPS.get(key.item, (0, 0))[0]
        content = self.script.read_bytes()
        start = content.find(f"mystep = {number}\n".encode())
        end = content.find(b"\n\n", start)
        return None if not number or start < 0 else (start, end if end > 0 else len(content))

    def changed_by(self, path: Path, content: bytes) -> list[Key]:
        return [key("bandpass")] if content != path.read_bytes() else []

    def save_script(self, path: Path, content: bytes, why: str, initials: str) -> str:
        if self.save_error is not None:
            raise self.save_error
        path.write_bytes(content)
        self.asked.append(("save_script", path.name, why, initials))
        return "0123456789abcdef"

    def logs(self, key: Key) -> list[Path]:
        return [self.console, self.casa_log]

    def flags(self, key: Key) -> list[FlagChange]:
        run = next((row.run for row in self.rows if row.key == key), None)
        return list(run.flags) if run else []

    def history(self, key: Key | None = None, limit: int = 200) -> list[HistoryEntry]:
        events = [("bandpass", "run", "done"), ("bandpass", "run", "failed"), ("setjy", "run", "done"),
                  ("import", "edit", ""), ("import", "init", "")]  # fmt: skip
        entries = [
            HistoryEntry(
                commit=f"{n:040x}",
                time=int(NOW) - 60 * n,
                author="A. Beobachter",
                action=action,
                item=f"{LIST}/{item}",
                step=n,
                eb=EB,
                status=status,
                flagged_percent=8.4,
                subject=f"NGC5921: {item} {status}, 8.4 % flagged (+0.3)",
                body="Body [of it].\n\nItem: x",
            )
            for n, (item, action, status) in enumerate(events)
        ]
        return [entry for entry in entries if key is None or entry.item == key.path]

    def findings(self, eb: str) -> tuple[Any, ...]:
        return self.found

    def diff(self, commit: str) -> str:
        if commit == "gone":
            raise RecordError("there is no such commit", commit)
        return (
            "diff --git a/n5921.py b/n5921.py\n--- a/n5921.py\n+++ b/n5921.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
        )

    def shutdown(self) -> None:
        self.asked.append(("shutdown",))
