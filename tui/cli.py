"""The command line: everything the screens do, by the same code, for scripts and tests.

stdout is data, stderr is narration. Exit codes: 0 it worked; 1 it ran and the answer is bad (a step
failed, a check was not met, a lint found something); 2 bad usage or bad input; 3 a person has to confirm
or decide; 4 the surroundings failed (CASA, disk, another process); 130 interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

from ..steps.errors import CasapilotError, UsageError
from ..steps.version import VERSION

__all__ = ["COMMANDS", "command", "main"]

#: Command -> the line about it in --help. The module tui/commands/<command>.py is imported when it is
#: used; it has ``configure(parser)`` and ``main(args) -> int`` (the exit code).
COMMANDS = {
    "demo": "two ALMA execution blocks from ASDM to calibrated data, before your eyes",
    "simulate": "make a synthetic ALMA data set, with the truth beside it",
    "init": "begin the MOUS folder: from ASDMs, or onto what is there already",
    "generate": "write the calibration script of an EB from its metadata",
    "status": "items, their states, where the worker is",
    "run": "run items of the checklist",
    "check": "all checks of items or EBs, what is wrong, and what to do about it",
    "cure": "what may cure it, as changes of the script: shown, and accepted",
    "stop": "stop what runs; when nothing does, end the CASA processes",
    "flags": "count the flags of a measurement set",
    "flux": "flux densities of calibrators, from the ALMA catalogue",
    "plot": "solutions and flags as plots: of a table, or of what an item made",
    "task": "call a CASA task by hand, recorded like a step",
    "log": "the history, from git",
    "script": "steps, calls and lints of a reduction script; edit it without loss",
    "watch": "a CASA log: events, warnings, known issues",
    "checklist": "check a checklist",
    "sign": "sign an item off",
    "note": "write a note on an item",
    "skip": "skip an item, with the reason",
    "restore": "restore the flags an item started from",
    "doctor": "what is missing on this machine, and what to do about it",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an old locale, or a name that is no text
    try:
        if words and words[0] in COMMANDS:
            return command(words[0], words[1:])
        return _open(words)
    except CasapilotError as error:
        from .commands._common import plain

        print(f"casapilot: {error.title}: {plain(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Python writes what is left at its end: not to a reader that has gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def command(name: str, words: list[str]) -> int:
    """Run the command `name` and return its exit code."""
    module = import_module(f".commands.{name}", __package__)
    parser = argparse.ArgumentParser(
        prog=f"casapilot {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=not getattr(module, "OWN_HELP", False),
    )
    module.configure(parser)
    code: int = module.main(_parse(parser, words))
    sys.stdout.flush()
    return code


def _parse(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """Parse; options may stand between the words: run gain --yes DIR."""
    try:
        return parser.parse_intermixed_args(words)
    except TypeError:  # it has sub-commands
        return parser.parse_args(words)


def _open(words: list[str]) -> int:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="casapilot",
        description="Open a MOUS in the terminal, or run a command.",
        epilog=f"commands:\n{commands}\n\nexit codes:\n{(__doc__ or '').partition('Exit codes: ')[2]}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "directory", nargs="?", type=Path, metavar="DIR|COMMAND", help="the MOUS (default: here)"
    )
    parser.add_argument("--version", action="version", version=f"casapilot {VERSION}")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    args = parser.parse_args(words)
    _refuse_unknown(args.directory)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        parser.error("the screens need a terminal; see: casapilot status, casapilot run --all")
    # Nothing that an import makes is garbage; to look for some takes a tenth of the time until the screen.
    gc.disable()
    from .app import open_mous

    gc.freeze()
    gc.enable()
    return open_mous(args.directory, ascii_only=args.ascii, mouse=not args.no_mouse)


def _refuse_unknown(name: Path | None) -> None:
    """A word that is neither a command nor a folder was probably meant as a command."""
    if name is None or name.exists() or len(name.parts) > 1:
        return
    import difflib

    close = difflib.get_close_matches(str(name), COMMANDS, 3, 0.5)
    todo = f"Did you mean: casapilot {' or '.join(close)}?" if close else "See: casapilot --help"
    raise UsageError(f"there is no command and no folder {str(name)!r}", "", todo)


if __name__ == "__main__":
    sys.exit(main())
