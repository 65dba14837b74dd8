"""The one registry of what can be done with the keyboard: what it is called, its keys, and when not.

A guard returns why an action is not possible now, in a few words, and "" when it is: the reason for every
greyed key. Keys belong to a pane ("list", "log", ...), to "main" (every pane), or to "move" (any list).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..steps.checklist.model import Kind, State
from ..steps.run.view import Row, Snapshot
from .overview import BAD, ebs_of

__all__ = ["ACTIONS", "BY_ID", "TABS", "Action", "Situation", "headless", "obvious", "reason"]

TABS = ("why", "script", "log", "flags", "plots", "history")


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guards look at."""

    snapshot: Snapshot
    row: Row | None
    """The item under the cursor."""
    pane: str = "list"
    """What has the focus: "list" or one of TABS."""
    call: str = ""
    """The CASA call shown at the bottom."""
    tab: str = "why"
    """The tab that is open."""
    plotted: str = ""
    """What is drawn in the plots, as `casapilot plot` has it asked for."""
    pointed: bool = False
    """Whether the crosshair of the plots means a point or a cell, or a picture is shown."""


Guard = Callable[[Situation], str]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done."""

    id: str
    keys: tuple[str, ...]
    word: str
    """What the footer calls it."""
    about: str
    """One sentence for the help."""
    pane: str = "main"
    guard: Guard | None = None
    group: str = "view"
    """Its prefix in the palette."""


def _row(here: Situation) -> str:
    return "" if here.row else "no item is under the cursor"


def _writable(here: Situation) -> str:
    activity = here.snapshot.activity
    if activity.conductor == "elsewhere":
        host = activity.conductor_host or "another host"
        return f"it is run from {host}: open casapilot there; here you can only look"
    return _row(here)


def _run(here: Situation) -> str:
    row = here.row
    if refused := _writable(here):
        return refused
    assert row is not None
    if obvious(here) in ("go on", "watch", "sign off", "choose", "read", "generate"):
        return ""
    if row.key in here.snapshot.activity.queue:
        return "it is in the queue already"
    return row.blocked


def _run_all(here: Situation) -> str:
    if refused := _writable(here):
        return refused
    if here.snapshot.activity.conductor == "dead":
        return "what was interrupted has to be settled first: Enter goes on"
    return "" if _follows(here) else "nothing that CASA could run is left from here on"


def _follows(here: Situation) -> bool:
    rows = here.snapshot.rows
    start = next((i for i, row in enumerate(rows) if here.row and row.key == here.row.key), 0)
    return any(row.item.kind in (Kind.RUN, Kind.CHECK) for row in rows[start:])


def _stop(here: Situation) -> str:
    activity = here.snapshot.activity
    if activity.conductor == "elsewhere":
        return _writable(here)
    if not activity.running and not activity.queue:
        return "nothing runs"
    stopping = activity.running and all(each.stopping == "now" for each in activity.running)
    return "it is being stopped now" if stopping else ""


def _edit(here: Situation) -> str:
    return _writable(here) or _script(here)


def _console(here: Situation) -> str:
    return _writable(here) or ("" if ebs_of(here.snapshot) else "there is no execution block yet")


def _reads_script(here: Situation) -> str:
    return "" if here.row and here.row.key.eb else _script(here)


def _script(here: Situation) -> str:
    if here.row and (here.row.item.step or here.row.item.whole):
        return ""
    return _row(here) or "no script step belongs to this item"


def _lacks_script(here: Situation) -> bool:
    """Whether no item of the EB has a step yet: its script is to be generated, or to be put there."""
    rows = [row for row in here.snapshot.rows if here.row and row.key.eb == here.row.key.eb]
    return not any(row.step is not None for row in rows)


def _generate(here: Situation) -> str:
    return _writable(here) or _of_eb(here)


def _restore(here: Situation) -> str:
    row = here.row
    if refused := _writable(here):
        return refused
    assert row is not None
    if here.snapshot.activity.in_eb(row.key.eb):
        where = f" in {row.key.eb}" if len(ebs_of(here.snapshot)) > 1 else ""
        return f"wait until nothing runs{where}, or stop it (x)"
    if row.run is None:
        return "it has not run: its flags are as they were"
    if not row.run.rests_on:
        return "its run saved no flag version: it does not touch flags"
    return ""


def _sign(here: Situation) -> str:
    row = here.row
    if refused := _writable(here):
        return refused
    assert row is not None
    if row.item.kind is Kind.RUN and row.run is None and row.state is not State.SKIPPED:
        return "it has not run yet: there is nothing to judge"
    return "it still runs" if row.state is State.RUNNING else ""


def _skip(here: Situation) -> str:
    row = here.row
    if refused := _writable(here):
        return refused
    assert row is not None
    if row.state is State.RUNNING:
        return "it runs: stop it first (x)"
    return "it is done: there is nothing to skip" if row.state in (State.DONE, State.WARNED) else ""


def _choose(here: Situation) -> str:
    if refused := _writable(here):
        return refused
    return "" if here.row and here.row.item.kind is Kind.DECISION else "this item is not a decision"


def _has_run(here: Situation) -> str:
    row = here.row
    if row is None:
        return _row(here)
    return "" if row.run or row.state is State.RUNNING else "it has not run yet"


def _drawn(here: Situation) -> str:
    return "" if here.plotted else "there is no plot in sight"


def _pointed(here: Situation) -> str:
    if here.pointed:
        return ""
    return _drawn(here) or "no point is under the crosshair: the arrows move it"


def _ebs(here: Situation) -> str:
    return "" if len(ebs_of(here.snapshot)) > 1 else "there is one execution block"


def _of_eb(here: Situation) -> str:
    return _row(here) or ("" if ebs_of(here.snapshot) else "there is no execution block yet")


def _bad(here: Situation) -> str:
    wrong = (*BAD, State.WARNED)
    return "" if any(row.state in wrong for row in here.snapshot.rows) else "nothing has failed or warned"


def _call(here: Situation) -> str:
    return "" if here.call else "no CASA call belongs to this item"


def obvious(here: Situation) -> str:
    """What Enter does now: one word or two."""
    row, activity = here.row, here.snapshot.activity
    if activity.conductor == "dead":
        return "go on"
    if row is None:
        return ""
    if row.state is State.RUNNING:
        return "watch"
    if row.item.kind is Kind.DECISION:
        return "choose"
    if row.item.kind is Kind.MANUAL:
        return "generate" if row.item.id == "generate" and _lacks_script(here) else "sign off"
    if row.item.kind is Kind.NOTE:
        return "read"
    return "run" if row.run is None else "run again"


ACTIONS = (
    Action("run", ("enter",), "run", "Do what is obvious for this item.", "main", _run, "item"),
    Action("run-all", ("A",), "run all", "Run everything from this item on.", "main", _run_all, "item"),
    Action("stop", ("x",), "stop", "Stop what runs: after this call, or now.", "main", _stop, "item"),
    Action("edit", ("e",), "edit", "Edit the script of this item.", "main", _edit, "script"),
    Action(
        "restore", ("r",), "restore flags", "Put back the flags it started from.", "main", _restore, "flags"
    ),
    Action("sign", ("s",), "sign off", "Sign this item off with your initials.", "main", _sign, "item"),
    Action("note", ("n",), "note", "Write a note on this item.", "main", _writable, "item"),
    Action("skip", ("-",), "skip", "Skip this item with a reason, or take that back.", "main", _skip, "item"),
    Action("choose", ("c",), "choose", "Make the choice that this item asks for.", "main", _choose, "item"),
    Action(
        "console", ("T",), "task", "Any CASA task by hand, in the CASA of this EB.", "main", _console, "task"
    ),
    Action("generate", (), "generate", "Make this EB's script from its ASDM.", "main", _generate, "script"),
    Action("copy", ("y",), "copy call", "Copy the CASA call at the bottom.", "main", _call, "item"),
    Action("guided", ("v",), "guided", "Show or hide why and what to look for.", "main"),
    Action("tab-why", ("1",), "why", "Why this item, what to look for, what came out.", "main"),
    Action("tab-script", ("2",), "script", "The script, with this item's step.", "main", _reads_script),
    Action("tab-log", ("3",), "log", "What its last run printed.", "main", _has_run),
    Action("tab-flags", ("4",), "flags", "Flags before and after its last run.", "main", _has_run),
    Action("tab-plots", ("5",), "plots", "Plots of what it made or judges, what stands out first.", "main"),
    Action("tab-history", ("6",), "history", "What the history says of this item.", "main"),
    Action("other-pane", ("tab",), "other pane", "Go to the pane on the other side.", "main"),
    Action("pane-right", ("l", "right"), "look inside", "Go to the pane on the right.", "list"),
    Action("next-tab", ("}", "ctrl+n"), "next tab", "The next tab on the right.", "main"),
    Action("previous-tab", ("{",), "tab before", "The tab before it.", "main"),
    Action("zoom", ("z",), "zoom", "Give the pane on the right the whole width, or take it back.", "main"),
    Action("next-phase", ("]",), "next phase", "To the first item of the next phase.", "list"),
    Action("previous-phase", ("[",), "phase before", "To the first item of the phase before.", "list"),
    Action("to-running", (".",), "to what runs", "To the item that runs, and stay with it.", "main"),
    Action(
        "to-failed",
        (",",),
        "to what failed",
        "To the next item to look at: those that failed, then those that warned.",
        "main",
        _bad,
    ),
    Action("next-eb", (">",), "next EB", "The same item in the next execution block.", "main", _ebs, "EB"),
    Action("previous-eb", ("<",), "EB before", "The same in the execution block before.", "main", _ebs, "EB"),
    Action(
        "matrix", ("m",), "all EBs", "All items of all execution blocks in one table.", "main", _ebs, "EB"
    ),
    Action(
        "cures", ("C",), "cures", "What is wrong with this EB, and what may cure it.", "main", _of_eb, "find"
    ),
    Action("filter", ("/",), "filter", "Show only the items that hold a text.", "list"),
    Action("search", ("/",), "search", "Search for a text.", "log"),
    Action("search-next", ("n",), "next", "To the next line that holds it.", "log"),
    Action("search-previous", ("N",), "before", "To the one before.", "log"),
    Action("warnings-only", ("w",), "warnings only", "Only the lines with a warning or an error.", "log"),
    Action("other-log", ("f",), "other log", "The next of its logs.", "log"),
    Action("raw-log", ("t",), "times", "Show the lines as they are, with date and origin in full.", "log"),
    Action("open-log", ("o",), "pager", "Open this log in $PAGER.", "log"),
    Action("open-script", ("o",), "pager", "Open this script in $PAGER.", "script"),
    Action("search-script", ("/",), "search", "Search for a text.", "script"),
    Action("script-next", ("n",), "next", "To the next line that holds it.", "script"),
    Action("script-previous", ("N",), "before", "To the one before.", "script"),
    Action("flags-axis", ("a", "space"), "axis", "By antenna, spw, field, scan or correlation.", "flags"),
    Action(
        "plot-flag",
        ("enter",),
        "flag",
        "Flag what the crosshair points at (arrows move it).",
        "plots",
        _pointed,
    ),
    Action("plot-in", ("+", "="), "closer", "One panel alone; then closer.", "plots", _drawn),
    Action("plot-page", ("space",), "page", "The next page of panels.", "plots", _drawn),
    Action("plot-table", ("t",), "table", "The next of its tables and pictures.", "plots", _drawn),
    Action(
        "plot-choose",
        ("D",),
        "choose",
        "Choose field, scan, intent, data column, averages and the rest.",
        "plots",
        _drawn,
    ),
    Action("plot-antenna", ("a",), "antenna", "One antenna alone, the next; then all.", "plots", _drawn),
    Action("plot-spw", ("w",), "spw", "One spw alone, the next; then all.", "plots", _drawn),
    Action("plot-pol", ("p",), "pol", "One polarisation alone, the next; then all.", "plots", _drawn),
    Action("plot-what", ("d",), "what", "Amplitude, phase, SNR: what the table has.", "plots", _drawn),
    Action("plot-against", ("f",), "against", "Against time, frequency, antenna.", "plots", _drawn),
    Action(
        "plot-overlay", ("o",), "overlay", "What lies in one panel: times, antennas, spws.", "plots", _drawn
    ),
    Action("plot-order", ("O",), "order", "The worst first, or by name.", "plots", _drawn),
    Action("plot-out", ("-",), "further", "Further away, then all panels.", "plots", _drawn),
    Action("plot-all", ("0",), "all panels", "Back to all panels.", "plots", _drawn),
    Action("plot-list", ("i",), "list", "All tables and pictures of this item.", "plots", _drawn),
    Action("plot-save", ("S",), "save PNG", "Save this page as a picture.", "plots", _drawn),
    Action("plot-page-before", ("b",), "page before", "The page before.", "plots", _drawn),
    Action("plot-table-before", ("T",), "table before", "The table before.", "plots", _drawn),
    Action("plot-antenna-before", ("A",), "antenna before", "The antenna before.", "plots", _drawn),
    Action("plot-spw-before", ("W",), "spw before", "The spw before.", "plots", _drawn),
    Action("show-commit", ("enter",), "show", "Show this entry whole, with its diff.", "history"),
    Action("all-history", ("a",), "of all items", "The history of all items, or of this one.", "history"),
    Action("palette", (":", "ctrl+p"), "more", "Everything that can be done, by name.", "main"),
    Action("help", ("?", "f1"), "help", "What the keys do here, and why some do not.", "main"),
    Action("shell", ("!",), "shell", "A shell in the folder of the MOUS.", "main"),
    Action("mouse", (), "mouse", "Take the mouse, or leave it to the terminal.", "main"),
    Action("redraw", ("ctrl+l",), "redraw", "Draw the screen anew.", "main"),
    Action("back", ("escape",), "back", "One step back.", "main"),
    Action("quit", ("q", "ctrl+q"), "quit", "Close the screen; what runs goes on.", "main"),
    Action("move-up", ("up", "k"), "up", "One line up.", "move"),
    Action("move-down", ("down", "j"), "down", "One line down.", "move"),
    Action("move-page-up", ("pageup", "ctrl+b"), "page up", "One page up.", "move"),
    Action("move-page-down", ("pagedown", "ctrl+f"), "page down", "One page down.", "move"),
    Action("move-top", ("g", "home"), "top", "To the first line.", "move"),
    Action("move-end", ("G", "end"), "end", "To the last line; a log is followed from there.", "move"),
    Action("move-left", ("left", "h"), "left", "Some columns to the left.", "move"),
    Action("move-right", ("right", "l"), "right", "Some columns to the right.", "move"),
)

BY_ID = {action.id: action for action in ACTIONS}


def reason(action: Action, here: Situation) -> str:
    """Why `action` is not possible now; empty when it is."""
    return action.guard(here) if action.guard else ""


def headless(here: Situation) -> str:
    """The command line that shows or does the same as this pane."""
    row = here.row
    pane = here.pane if here.pane != "list" else "list"
    item = f"{row.item.id}" if row else "ITEM"
    eb = f" --eb {row.key.eb}" if row and row.key.eb else ""
    return {
        "list": f"casapilot status    casapilot run {item}{eb}",
        "why": "casapilot status --json",
        "script": "casapilot script steps FILE    casapilot script calls FILE",
        "log": "casapilot watch FILE",
        "flags": "casapilot flags MS --by antenna,spw,field,scan,correlation",
        "plots": f"casapilot plot {here.plotted or item + eb}",
        "history": f"casapilot log --item {row.key.path}" if row else "casapilot log",
    }[pane]
