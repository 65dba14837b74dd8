"""Call a CASA task by hand, in the EB's own CASA process: in turn with its steps, recorded and committed.

  casapilot task flagdata vis=x.ms.split mode=summary
  casapilot task "gaincal(vis='x.ms.split', caltable='test.g', gaintable=['x.bandpass'])"

Values are Python literals; quotes that the shell has taken are not missed where CASA wants a text. What would
change what an item rests on or has made is said first, and wants --yes. The task goes on when this command is
interrupted (casapilot stop stops it). What it printed and returned goes to stdout, all else to stderr.

Exit code 0: it was called and ended well; 1: it failed; 2: CASA has no such task, parameter or value; 3:
somebody has to confirm it; 4: it was not begun; 130: this command was interrupted, and the task goes on.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ...steps.errors import NeedsPerson, UsageError
from ._common import columns, confirm, emit, initials, open_session, plain, say, split_directory, table

if TYPE_CHECKING:
    from ...steps.checklist.model import Key
    from ...steps.record.runs import RunRecord
    from ...steps.run.session import Session
    from ...steps.run.taskcall import TaskCall
    from ...steps.run.tasklist import TaskInfo

__all__ = ["configure", "main"]

OWN_HELP = True
"""--help takes the name of a task here."""
_MOST_LINES = 2000
"""So many lines that a task printed are passed on; all of them are in its log."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(usage=parser)
    parser.add_argument("words", nargs="*", metavar="NAME [KEY=VALUE ...]", help="the task and its values")
    parser.add_argument(
        "-h", "--help", nargs="?", const="", metavar="NAME", help="this help, or that of a task"
    )
    parser.add_argument("--list", nargs="?", const="", metavar="WORD", help="the tasks there are, by a word")
    parser.add_argument("--last", metavar="NAME", help="the last call of a task by hand; - is of any")
    parser.add_argument("--undo", action="store_true", help="put back the flags of before the last call")
    parser.add_argument(
        "--into", metavar="STEP", help="put the last call (of NAME) into this step of the script"
    )
    parser.add_argument("--why", default="", help="the reason for --into: the history keeps it")
    parser.add_argument("--initials", default="", help="of who puts it there")
    parser.add_argument("--eb", help="in this execution block (default: the one here, or the only one)")
    parser.add_argument("--yes", action="store_true", help="confirm what it changes behind the script's back")
    parser.add_argument("--json", action="store_true", help="the run record, as JSON")


def main(args: argparse.Namespace) -> int:
    if args.help == "" or not (
        args.help or args.list is not None or args.last or args.undo or args.words or args.into
    ):
        args.usage.print_help()
        return 0 if args.help == "" else 2
    words, directory = split_directory(args.words)
    session = open_session(directory)
    if args.help or args.list is not None:
        return _tell(session, args.help, args.list)
    eb = _eb(session, args.eb, directory)
    if args.last:
        print(plain(_last(session, eb, args.last).text))
        return 0
    if args.undo:
        return _undo(session, eb, args.yes)
    if args.into:
        return _into(session, eb, args, words[0] if words else "-")
    return _run(session, eb, _call(session, words), args)


def _eb(session: Session, name: str | None, directory: Path) -> str:
    """The EB that is meant: named, the one whose folder one is in, or the only one."""
    ebs = session.mous.ebs
    if name:
        return session.mous.eb(name).name
    here = directory.resolve()
    found = [eb for eb in ebs if here == eb.folder.resolve() or eb.folder.resolve() in here.parents]
    if len(found or ebs) == 1:
        return (found or list(ebs))[0].name
    raise UsageError(
        "in which execution block?", "", f"Say --eb: {', '.join(eb.name for eb in ebs) or 'none'}."
    )


def _call(session: Session, words: list[str]) -> TaskCall:
    from ...steps.run.taskcall import TaskCall, loose_literal, parse_call

    if len(words) == 1 and "(" in words[0]:
        return parse_call(words[0])
    task = session.tasks.task(words[0])
    arguments: dict[str, object] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(
                f"{word!r} has no name", "", f"Write it as NAME=VALUE; see casapilot task --help {task.name}"
            )
        if name in arguments:
            raise UsageError(f"{name} is given twice", "", "Give it once.")
        kind = task.parameter(name).type if task.parameters else ""
        arguments[name] = loose_literal(value, name, kind)
    return TaskCall(task.name, arguments)


# -- what is told ----------------------------------------------------------------------------------------


def _tell(session: Session, name: str | None, word: str | None) -> int:
    tasks = session.tasks
    if tasks.source != "CASA":
        say(
            "No CASA answers: this is what was known of it before."
            if tasks.source == "kept"
            else "No CASA answers."
        )
    if name:
        print(plain(described(tasks.task(name))))
        return 0
    found = tasks.named(word or "")
    if found:
        print(table([[each.name, each.group, each.about] for each in found]))
    return 0 if found else 1


def described(task: TaskInfo) -> str:
    """A task with its parameters: default, allowed values, a line about each."""
    width = columns() or 100
    lines = [f"{task.name}: {task.about}", ""]
    name_width = max((len(each.name) for each in task.parameters), default=0)
    for each in task.parameters:
        head = f"  {'  ' if each.under else ''}{each.name:{name_width}} = {each.default or '(none)'}  "
        allowed = f" [{' '.join(each.allowed)}]" if each.allowed else ""
        of = ", ".join(
            f"{name} {'is' if equal else 'is not'} {value}" for name, value, equal in each.under[:3]
        )
        text = f"# {each.about}{allowed}" + (
            f" (where {of}{', ...' if len(each.under) > 3 else ''})" if of else ""
        )
        lines += textwrap.wrap(text, width, initial_indent=head, subsequent_indent=" " * (name_width + 7))
    return "\n".join(lines)


def _last(session: Session, eb: str, task: str) -> TaskCall:
    from ...steps.checklist.model import Key
    from ...steps.run.effects import task_of
    from ...steps.run.taskcall import TaskCall

    for run in reversed(session.calls_by_hand(eb)):
        name = task_of(Key.parse(run.key))
        if task in ("-", name):
            return TaskCall(name, run.params)
    raise UsageError(
        f"{eb}: {'nothing' if task == '-' else task} has been called by hand", "", "See: casapilot log"
    )


# -- what is done ----------------------------------------------------------------------------------------


def _run(session: Session, eb: str, call: TaskCall, args: argparse.Namespace) -> int:
    from .run import exit_code, follow

    call = session.tasks.task(call.task).checked(call)
    changes = () if args.yes else session.foresee(eb, call)
    confirmed = args.yes
    if changes:
        say("This is not in the script:\n  " + "\n  ".join(changes))
        confirmed = confirm("Go on?")
        if not confirmed:
            raise NeedsPerson("the script does not know of it", call.task, "Confirm it with --yes.")
    session.poll()
    session.new_events()
    queued = session.call_task(eb, call.text, confirmed=confirmed)
    if queued.ahead:
        say(f"{eb}: it waits for {', '.join(key.item for key in queued.ahead)}.")
    events = follow(session)
    session.poll()
    _report(session, queued.key, as_json=args.json)
    return exit_code([str(queued.key)], events)


def _report(session: Session, key: Key, *, as_json: bool) -> None:
    run = session.last_run(key)
    if run is None:
        return
    if as_json:
        emit({**asdict(run), "flags": [each.ms for each in run.flags]})
    else:
        _print_console(session.mous.live / run.id / "console.log")
    for line in told(run):
        say(line)


def _print_console(path: Path) -> None:
    """Pass on what the task printed, and what it returned."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines[:_MOST_LINES]:
        print(plain(line))
    if len(lines) > _MOST_LINES:
        say(f"and {len(lines) - _MOST_LINES} more lines: {path}")
    sys.stdout.flush()


def told(run: RunRecord) -> list[str]:
    """What there is to say of a call by hand that has ended."""
    said = " ".join(run.reasons)
    warned = [
        f"{each.count}x {each.text}" for each in run.warnings if not each.muted and each.text not in said
    ]
    if any(change.startswith("flags:") for change in run.changed):
        warned.append(
            "Put it into the script: casapilot task --into STEP; or take it back: casapilot task --undo"
        )
    return [*warned[:5], *run.notes, *warned[5:]]


def _undo(session: Session, eb: str, yes: bool) -> int:
    from ...steps.checklist.model import Key
    from .run import follow

    session.poll()
    run = session.undoable(eb)
    if run is None:
        raise UsageError(f"{eb}: no call by hand has changed flags", "", "There is nothing to put back.")
    if not yes:
        call = run.calls[0].text if run.calls else run.title
        say(f"All flags set since this are undone, by hand and by items: {call}")
        if not confirm("Put the flags of before it back?"):
            raise NeedsPerson("flags would be put back", eb, "Confirm it with --yes.")
    session.new_events()
    session.restore(Key.parse(run.key), confirmed=True)
    events = follow(session)
    ended = [event for event in events if event.kind == "restore-ended"]
    return 0 if ended and ended[-1].get("ok") else 4


def _into(session: Session, eb: str, args: argparse.Namespace, task: str) -> int:
    from ...steps.run.intoscript import Place
    from ...steps.script import Script, unified

    call = _last(session, eb, task)
    path = session.mous.eb(eb).script
    place = Place(_number(args.into), "")
    before = path.read_bytes()
    after = session.with_call(eb, place, call, args.why, initials(args.initials))
    print(plain(unified(Script.parse(before), Script.parse(after), path.name)), end="")
    if not args.why.strip():
        raise UsageError("an edit needs a reason", "", "Say --why in a few words: the history keeps them.")
    if not (args.yes or confirm("Save it?")):
        raise NeedsPerson("the script would be changed", path.name, "Confirm it with --yes.")
    commit = session.save_script(path, after, args.why, initials(args.initials))
    say(f"Saved and committed as {commit[:10]}.")
    return 0


def _number(text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not the number of a step", "", "See: casapilot script steps FILE"
        ) from error
