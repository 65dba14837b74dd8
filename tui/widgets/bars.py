"""What frames the main screen: the bar at the top, the rule, the call, and the keys at the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.strip import Strip

from ...steps.checklist.model import Key, State
from ...steps.run.view import Activity, Running, Snapshot
from ..glyphs import Glyphs, clean
from ..overview import FINISHED, ebs_of, title_of
from .items import duration
from .lines import Bar, Drawn
from .paint import Line, Span, fit, paint, width_of, wrap

__all__ = ["CallBar", "Footer", "Rule", "TopBar", "Wall"]
_WIDE = 100


class TopBar(Bar):
    """Which MOUS, what runs in it, for how long, and how far it is."""

    ground = "bar"

    def describe(self, snapshot: Snapshot | None, title: str, eb: str, now: float) -> None:
        """Draw it for `snapshot`."""
        width, glyphs = self.size.width, self.casapilot.glyphs
        right = _activity(snapshot, eb, now, glyphs, width) if snapshot else [("reading ", "dim")]
        left: list[Span] = [(" casapilot ", "bold"), (f" {clean(title)}", "title")]
        if width_of(left) + width_of(right) >= width:
            left.pop(0)
        if eb and width >= _WIDE:  # the line below marks it, too
            left.append((f"  {clean(eb)}", "bold"))
        elif not eb and snapshot and snapshot.rows:
            finished = sum(row.state in FINISHED for row in snapshot.rows)
            left.append((f"  {finished}/{len(snapshot.rows)}", "dim"))
        room = width - width_of(right)
        self.show([*_cut(left, room - 1, glyphs), (" " * max(room - width_of(left), 1), ""), *right])


def _activity(snapshot: Snapshot, eb: str, now: float, glyphs: Glyphs, width: int) -> list[Span]:
    """What goes on, in the EB that is looked at before others, in as many words as the width allows."""
    activity = snapshot.activity
    host = clean(activity.conductor_host)
    if activity.conductor == "dead":
        return [("interrupted: Enter goes on ", "bad bold")]
    running = activity.in_eb(eb) or next(iter(activity.running), None)
    if running is None:
        if activity.conductor == "elsewhere":
            return [(f"run from {host} ", "warn")]
        return [(_waiting(activity) + " ", "dim")]
    mark = glyphs.states[State.RUNNING]
    spans: list[Span] = [(f"{mark} ", "run"), (_name_of(running.key, snapshot, eb), "bold")]
    elapsed = float(int(max(now - running.started, 0.0)))
    spans.append((f"  {duration(elapsed)}", "text"))
    spans += _progress(running, elapsed, glyphs, 10 if width >= _WIDE else 6)
    if running.stopping:
        spans.append(("  stopping" + (" after this call" if width >= _WIDE else ""), "warn"))
    elif activity.queue:
        spans.append((f"  +{len(activity.queue)}", "dim"))
    if activity.conductor == "elsewhere":
        spans.append((f"  on {host}", "warn"))
    return [*spans, (" ", "")]


def _waiting(activity: Activity) -> str:
    if activity.queue:
        return f"{len(activity.queue)} queued"
    states = [worker.state for worker in activity.workers]
    return "CASA starts" if "starting" in states else "CASA is ready" if "idle" in states else "nothing runs"


def _name_of(key: Key, snapshot: Snapshot, eb: str) -> str:
    title = title_of(key, next((row.item.title for row in snapshot.rows if row.key == key), ""))
    elsewhere = len(ebs_of(snapshot)) > 1 and key.eb not in ("", eb)
    return fit(f"{key.eb}: {clean(title)}" if elsewhere else clean(title), 26, "").rstrip()


def _progress(running: Running, elapsed: float, glyphs: Glyphs, width: int) -> list[Span]:
    """CASA's own percentage; where it prints none, how the time compares with that of the last run."""
    if running.percent is not None:
        percent, text = running.percent, f" {running.percent:.0f} %"
    elif running.expected_s:
        percent, text = 100 * elapsed / running.expected_s, f" of {duration(running.expected_s)}"
    else:
        return []
    done = min(max(round(percent / 100 * width), 0), width)
    return [("  " + glyphs.full * done, "run"), (glyphs.empty * (width - done), "faint"), (text, "text")]


def _cut(spans: Sequence[Span], room: int, glyphs: Glyphs) -> list[Span]:
    """The first of `spans` that fit into `room` columns, the last one cut."""
    kept: list[Span] = []
    for text, style in spans:
        left = room - width_of(kept)
        if left <= 0:
            break
        kept.append((fit(text, left, glyphs.more) if len(text) > left else text, style))
    return kept


class Rule(Bar):
    """The line under both panes; says where in the right one one is, and what was just done."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wall_at = -1
        self._position = ""
        self._message: Span = ("", "")

    def place(self, wall_at: int, position: str) -> None:
        """Where the wall stands, and the position in the right pane."""
        self._wall_at, self._position = wall_at, position
        self._compose_line()

    def say(self, text: str, style: str = "text") -> None:
        """Show a message (none: take it away)."""
        self._message = (clean(text), style)
        self._compose_line()

    def on_resize(self) -> None:
        self._compose_line()

    def _compose_line(self) -> None:
        width, glyphs = self.size.width, self.casapilot.glyphs
        if self._message[0]:
            text = fit(self._message[0], min(len(self._message[0]), width - 6), glyphs.more)
            spans: list[Span] = [(glyphs.rule * 2, "faint"), (f" {text} ", self._message[1])]
            self.show([*spans, (glyphs.rule * (width - width_of(spans)), "faint")])
            return
        rule = glyphs.rule * width
        if 0 <= self._wall_at < width:
            rule = rule[: self._wall_at] + glyphs.floor + rule[self._wall_at + 1 :]
        tail = f" {self._position} " if self._position else ""
        self.show(
            [(rule[: max(width - len(tail) - 2, 0)], "faint"), (tail, "dim"), (glyphs.rule * 2, "faint")]
        )


class Wall(Drawn):
    """The line between the panes."""

    def render_line(self, y: int) -> Strip:
        return paint([(self.casapilot.glyphs.wall, "faint")], self.size.width, self.casapilot.palette)


class CallBar(Bar):
    """The CASA call that runs, or that would run."""

    def describe(self, calls: Sequence[str], running: bool) -> None:
        """Draw the first of `calls`, and how many more there are."""
        width, height = self.size.width, max(self.size.height, 1)
        if not calls:
            self.show()
            return
        more = f"  +{len(calls) - 1} more" if len(calls) > 1 else ""
        mark = self.casapilot.glyphs.states[State.RUNNING] if running else self.casapilot.glyphs.prompt
        lines = wrap(clean(calls[0]), width - 3)
        if len(lines) > height:
            rest = " ".join(lines[height - 1 :])
            lines = [*lines[: height - 1], fit(rest, width - 3 - len(more), self.casapilot.glyphs.more)]
        shown: list[Line] = []
        for number, text in enumerate(lines):
            head = f" {mark} " if number == 0 else "   "
            last = number == len(lines) - 1
            shown.append(
                [(head, "run" if running else "faint"), (text, "code"), (more if last else "", "dim")]
            )
        self.show(*shown)


class Footer(Bar):
    """What can be done here and now."""

    ground = "bar"

    def offer(self, here: Iterable[tuple[str, str, bool]], always: Iterable[tuple[str, str]]) -> None:
        """Draw (key, word, possible) of `here` as far as there is room, then (key, word) of `always`."""
        tail = [span for key, word in always for span in _hint(key, word, True)]
        room = self.size.width - width_of(tail) - 1
        hints = [(_hint(*each), each[2], len(each[0]) + len(each[1]) + 3) for each in here]
        needed = sum(width for _, _, width in hints)
        for dropped in (False, True):
            for index in range(len(hints) - 1, -1, -1):
                if needed > room and hints[index][1] is dropped:
                    needed -= hints.pop(index)[2]
        head = [span for hint, _, _ in hints for span in hint]
        self.show([(" ", ""), *head, (" " * max(room - needed, 0), ""), *tail])


def _hint(key: str, word: str, possible: bool) -> list[Span]:
    return [(key, "key bold" if possible else "faint"), (f" {word}  ", "text" if possible else "faint")]
