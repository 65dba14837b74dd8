"""A reduction script: its steps, calls and lints; edits that change only what they mean to.

STEP is a number or a regular expression on the step's title; - means the whole script. Every edit needs a
reason (--why), marks itself with a comment, and is committed where FILE lies in a MOUS of casapilot.
convert needs no reason and sets no mark; what it cannot convert whole it leaves as it is, and says why.
--dry-run writes nothing: it prints the diff.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...steps.errors import MousError, NeedsPerson, ScriptError, UsageError
from ...steps.script import (
    Call,
    Mark,
    Script,
    Severity,
    Step,
    add_item,
    as_value,
    comment_in,
    comment_out,
    convert,
    drop_item,
    find_call,
    insert_after,
    insert_at_end,
    insert_at_start,
    insert_before,
    lint,
    remove_parameter,
    set_parameter,
    unified,
)
from ._common import confirm, emit, initials, say, table

Edit = Callable[[Script, argparse.Namespace, Mark], Script]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
    for name, (text, _) in _SHOWS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("--json", action="store_true", help="as JSON")
        if name == "calls":
            command.add_argument("--commented", action="store_true", help="those commented out too")
    for name, (text, words, _) in _EDITS.items():
        command = commands.add_parser(name, help=text, description=text)
        for word in ("file", "step", *words):
            kind = Path if word == "file" else str
            command.add_argument(word, type=kind, metavar=word.upper())
        _edit_options(command, name)
    command = commands.add_parser("convert", help=_CONVERT, description=f"{_CONVERT}; shows the diff first")
    command.add_argument("file", type=Path, metavar="FILE|EB", help="the script, or the EB whose it is")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--dry-run", action="store_true", help="print the diff, write nothing")
    command.add_argument("--initials", default="", metavar="XX", help="yours (default: the user's name)")


def _edit_options(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("--why", default="", metavar="TEXT", help="the reason, in a few words")
    command.add_argument("--initials", default="", metavar="XX", help="yours (default: the user's name)")
    command.add_argument("--dry-run", action="store_true", help="print the diff, write nothing")
    command.add_argument("--nth", type=int, metavar="N", help="which of several calls, counted from 1")
    if name == "set":
        command.add_argument("--raw", action="store_true", help="VALUE is Python as it stands")
    if name == "insert":
        place = command.add_mutually_exclusive_group()
        place.add_argument("--start", action="store_true", help="at the start of the step (default: its end)")
        place.add_argument("--before", metavar="TASK", help="before the call of TASK")
        place.add_argument("--after", metavar="TASK", help="behind the call of TASK")


def main(args: argparse.Namespace) -> int:
    """Show something of a script, or edit it."""
    if args.what == "convert":
        return _convert(args)
    script = Script.read(args.file)
    if args.what in _SHOWS:
        return _SHOWS[args.what][1](script, args)
    return _edit(script, args, _EDITS[args.what][2])


def _steps(script: Script, args: argparse.Namespace) -> int:
    if args.json:
        emit([_span(step, number=step.number, title=step.title, line=step.line) for step in script.steps])
    elif script.steps:
        rows = [(str(step.number), step.name, f"line {step.line}") for step in script.steps]
        print(_clean(table(rows, right=(0,))))
    else:
        say("no steps found")
    return 0


def _calls(script: Script, args: argparse.Namespace) -> int:
    calls = [call for call in script.calls if args.commented or not call.commented]
    if args.json:
        emit([_call(call) for call in calls])
        return 0
    rows = [(_number(call), f"line {call.line}", call.task, _arguments(call)) for call in calls]
    if rows:
        print(_clean(table(rows, right=(0,))))
    return 0


def _lint(script: Script, args: argparse.Namespace) -> int:
    found = lint(script)
    if args.json:
        emit(
            [
                {name: getattr(one, name) for name in ("line", "code", "severity", "text", "todo")}
                for one in found
            ]
        )
    else:
        for one in found:
            print(
                _clean(
                    f"{args.file}:{one.line}: {one.severity.value}: {one.text} [{one.code}]\n    {one.todo}"
                )
            )
        if not found:
            say("nothing found")
    return 1 if any(one.severity is Severity.ERROR for one in found) else 0


def _edit(script: Script, args: argparse.Namespace, edit: Edit) -> int:
    if not args.why.strip() and not args.dry_run:
        raise UsageError("an edit needs a reason", str(args.file), 'Say why: --why "low SNR in spw 3".')
    new = edit(script, args, Mark(args.why, initials(args.initials)))
    diff = _clean(unified(script, new, args.file.name), keep="\n\t\r")
    if args.dry_run:
        sys.stdout.write(diff)
        return 0
    sys.stderr.write(diff)
    say(_save(args.file.resolve(), new.content, args.why, args.initials))
    return 0


def _convert(args: argparse.Namespace) -> int:
    path = _script_of(args.file)
    old = Script.read(path)
    new, findings = (done := convert(old)).script, done.findings
    if new.content == old.content:
        say("nothing to convert: CASA 6 takes it as it is")
        return 0
    diff = _clean(unified(old, new, path.name), keep="\n\t\r")
    (sys.stdout if args.dry_run else sys.stderr).write(diff)
    for one in findings:
        say(f"{path.name}:{one.line}: look at it: {one.text} [{one.code}]\n    {one.todo}")
    if args.dry_run:
        return 0
    if not args.yes and not confirm("Write it so?"):
        raise NeedsPerson("not written: nobody confirmed it", str(path), "Say --yes when the diff is right.")
    say(_save(path.resolve(), new.content, "converted to the Python 3 of CASA 6", args.initials))
    return 0


def _script_of(path: Path) -> Path:
    """The script meant by a path, or by the name of an EB of the MOUS we are in."""
    if path.is_file() or len(path.parts) != 1:
        return path
    from ...steps.mous.mous import find_mous

    try:
        ebs = find_mous(Path()).ebs
    except MousError as error:
        raise ScriptError("there is no such file", str(path), "Check the path.") from error
    for eb in ebs:
        if str(path) in (eb.name, eb.uid, eb.folder.name):
            return eb.script
    names = ", ".join(eb.name for eb in ebs) or "none"
    raise ScriptError("is neither a file nor an EB", str(path), f"The EBs here: {names}.")


def _save(path: Path, content: bytes, why: str, who: str) -> str:
    """Write the file, and commit it where it lies in a MOUS."""
    from ...steps.mous.mous import find_mous
    from ...steps.script.write import write_script

    try:
        mous = find_mous(path.parent)
    except MousError:
        write_script(path, content)
        return f"written: {path} (it is in no MOUS of casapilot, so there is no history)"
    from ...steps.run.session import Session

    commit = Session(mous).save_script(path, content, why, who)
    return f"committed: {commit[:10]}"


def _set(script: Script, args: argparse.Namespace, mark: Mark) -> Script:
    call = _find(script, args)
    value = args.value if args.raw else as_value(script, call, args.param, args.value)
    return set_parameter(script, call, args.param, value, mark)


def _insert(script: Script, args: argparse.Namespace, mark: Mark) -> Script:
    code = sys.stdin.read() if args.code == "-" else args.code
    step = _step(script, args.step)
    task = args.before or args.after
    if task:
        place = insert_before if args.before else insert_after
        return place(script, find_call(script, step, task, args.nth), code, mark)
    if step is None:
        raise UsageError("a whole script has no start or end to insert at", "", "Name the step.")
    return (insert_at_start if args.start else insert_at_end)(script, step, code, mark)


def _step(script: Script, text: str) -> Step | None:
    return None if text == "-" else script.step(text)


def _find(script: Script, args: argparse.Namespace, *, commented: bool = False) -> Call:
    return find_call(script, _step(script, args.step), args.task, args.nth, commented=commented)


def _span(what: Step | Call, **more: object) -> dict[str, Any]:
    return {**more, "start": what.start, "end": what.end}


def _call(call: Call) -> dict[str, Any]:
    parameters = {
        name: {"text": param.text, "start": param.start, "end": param.end}
        for name, param in call.parameters.items()
    }
    return _span(call, step=call.step, task=call.task) | {
        "parameters": parameters,
        "line": call.line,
        "commented": call.commented,
    }


def _number(call: Call) -> str:
    return "-" if call.step is None else str(call.step)


def _arguments(call: Call) -> str:
    text = ", ".join(f"{name}={' '.join(param.text.split())}" for name, param in call.parameters.items())
    text = f"# {text}" if call.commented else text
    return text if len(text) <= 100 else text[:97] + "..."


def _clean(text: str, keep: str = "\n\t") -> str:
    """Text of a script as a terminal may be given it: without control characters."""
    shown = "".join(letter if letter.isprintable() or letter in keep else "?" for letter in text)
    return shown.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8")


_CONVERT = "turn the Python 2 of CASA 5 and older into the Python 3 of CASA 6"

_SHOWS: dict[str, tuple[str, Callable[[Script, argparse.Namespace], int]]] = {
    "steps": ("its steps, in the order of the file", _steps),
    "calls": ("its calls of CASA tasks", _calls),
    "lint": ("what is suspicious in it; exit code 1 when there are errors", _lint),
}

_EDITS: dict[str, tuple[str, tuple[str, ...], Edit]] = {
    "set": ("give a parameter of a call a value", ("task", "param", "value"), _set),
    "remove": (
        "take a parameter out of a call",
        ("task", "param"),
        lambda script, args, mark: remove_parameter(script, _find(script, args), args.param, mark),
    ),
    "drop-item": (
        "take an item out of a selection: antenna = 'DV01,DV02'",
        ("task", "param", "item"),
        lambda script, args, mark: drop_item(script, _find(script, args), args.param, args.item, mark),
    ),
    "add-item": (
        "add an item to a selection",
        ("task", "param", "item"),
        lambda script, args, mark: add_item(script, _find(script, args), args.param, args.item, mark),
    ),
    "comment": (
        "comment a call out",
        ("task",),
        lambda script, args, mark: comment_out(script, _find(script, args), mark),
    ),
    "uncomment": (
        "comment a call in again",
        ("task",),
        lambda script, args, mark: comment_in(script, _find(script, args, commented=True), mark),
    ),
    "insert": ("insert code (- reads it from standard input)", ("code",), _insert),
}
