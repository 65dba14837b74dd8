"""Plot a caltable, or the tables that an item made, as text: solutions against time, frequency or antenna.

What stands out against the other antennas comes first and is marked "!". Of a measurement set the flags
are shown, antenna by spw. Of an item that is a person's judgement, the tables it judges. Piped, it is text
without colour; --json prints the curves as they are. A PNG file is shown as the terminal can: by kitty's
protocol or sixels, else in half blocks or ASCII.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...steps.errors import UsageError
from ._common import emit, open_session, pick_one, plain, say, split_directory
from ._curves import ask

if TYPE_CHECKING:
    from ...steps.plot.sheet import Picture

__all__ = ["configure", "main"]

SIZE = (80, 24)
#: What a character stands for -> how a terminal shows it (SGR), where it has colours.
COLOURS = {
    "title": "1",
    "loud": "1;31",
    "axis": "2",
    "behind": "2",
    "sky": "2",
    "first": "36",
    "second": "33",
}
LISTS = ("antenna", "spw", "pol", "field", "scan", "overlay", "intent", "average")
KINDS = ("vis", "flags", "plan", "uv", "array", "wvr")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="+",
        metavar="TABLE|ITEM|FILE.png",
        help="a caltable, an MS, an item (and the MOUS), or a picture",
    )
    parser.add_argument("--eb", help="the execution block of the item")
    parser.add_argument(
        "--kind", default="", choices=KINDS, help="of an MS: visibilities, flags, scan plan, uv coverage ..."
    )
    parser.add_argument(
        "--x",
        default="",
        metavar="AXIS",
        help="time, freq, channel, uvdist, antenna; flags: spw, scan, time",
    )
    parser.add_argument("--y", default="", metavar="WHAT", help="phase, amp, tsys, snr, elevation, path ...")
    parser.add_argument("--antenna", default="", metavar="A,..", help="names or numbers; so for the next")
    parser.add_argument("--spw", default="", metavar="N,..", help="numbers, or a range like 17~23")
    parser.add_argument("--pol", default="", metavar="X,Y")
    parser.add_argument("--field", default="", metavar="F,..")
    parser.add_argument("--scan", default="", metavar="N,..")
    parser.add_argument("--intent", default="", metavar="I,..", help="of an MS: BANDPASS, PHASE, TARGET ...")
    parser.add_argument("--column", default="", choices=("data", "corrected", "model"))
    parser.add_argument("--average", default="", metavar="channel|scan|time|baseline|none,..")
    parser.add_argument("--refant", default="", metavar="A", help="what phases are told against")
    parser.add_argument(
        "--overlay", default="pol,time", metavar="antenna|spw|time|pol,..", help="(default: pol,time)"
    )
    parser.add_argument("--by-name", action="store_true", help="in the table's order, not the worst first")
    parser.add_argument("--page", type=int, default=1, metavar="N")
    parser.add_argument("--all", action="store_true", help="all pages")
    parser.add_argument(
        "--size", default="", metavar="WxH", help="characters (default: the terminal, or 80x24)"
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only")
    parser.add_argument("--json", action="store_true", help="the curves, as JSON")
    parser.add_argument("--png", type=Path, metavar="FILE", help="a picture of the page, drawn by matplotlib")
    parser.add_argument("--force", action="store_true", help="write over a picture that is there")


def main(args: argparse.Namespace) -> int:
    if len(args.words) == 1 and args.words[0].lower().endswith(".png"):
        return _show(Path(args.words[0]), args)
    width, height = _size(args.size)
    tables = _tables(args)
    if len(tables) > 1 and (args.png or args.json):
        names = ", ".join(plain(table.name) for table in tables)
        raise UsageError(f"--png and --json take one table, not {len(tables)}", "", f"Name one of: {names}.")
    for n, table in enumerate(tables):
        if n:
            print()
        _plot(args, table, width, height)
    return 0


def _show(path: Path, args: argparse.Namespace) -> int:
    """Show a picture on the terminal; piped, or where ASCII is asked for, as text."""
    from ..pictures import Ability, in_ascii, open_picture
    from ..showing import picture_text

    if args.png or args.json:
        raise UsageError("a picture is shown as it is", plain(str(path)), "Leave --png and --json out.")
    if args.ascii or args.size or not sys.stdout.isatty():
        width, height = _size(args.size)
        print("\n".join(in_ascii(open_picture(path), width, height - 1)))
        return 0
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    print(picture_text(path, Ability.ASCII if dumb else None))
    return 0


def _plot(args: argparse.Namespace, table: Path, width: int, height: int) -> None:
    from ...steps.plot.grid import draw_grid
    from ...steps.plot.model import Curves, read_answer
    from ...steps.plot.page import draw_page, layout_of
    from ...steps.run.plotting import check_target

    most = layout_of(width, height).panels
    request = _request(args, table, most, width)
    was_there = bool(args.png) and check_target(args.png, over=args.force)
    answer = ask(request)
    if args.png:
        say(f"wrote {'over ' if was_there else ''}{plain(str(args.png))}")
        return
    if args.json:
        emit(answer)
        return
    curves = read_answer(answer)
    signs = _signs(args)
    if not isinstance(curves, Curves):
        _print(draw_grid(curves, width, max(height, len(curves.rows) + 3) if args.all else height, signs))
        return
    pages = max(1, -(-len(curves.panels) // most))
    if not curves.drawn:
        raise UsageError(f"there is no page {args.page}", plain(table.name), f"It has {pages}.")
    _print(draw_page(curves, width, height, signs))
    for page in range(1, pages if args.all else 0):
        more = read_answer(ask({**request, "start": page * most}))
        if isinstance(more, Curves):
            _print(draw_page(more, width, height, signs))
    if pages > 1 and not args.all:
        say(f"page {args.page} of {pages}; others with --page N, or --all")


def _request(args: argparse.Namespace, table: Path, most: int, width: int) -> dict[str, Any]:
    if args.page < 1:
        raise UsageError("--page begins with 1")
    request: dict[str, Any] = {"table": str(table.absolute()), "x": args.x, "y": args.y}
    request |= {"plot": args.kind, "column": args.column, "refant": args.refant}
    request |= {name: _split(getattr(args, name)) for name in LISTS}
    request |= {"order": "name" if args.by_name else "worst", "points": 2 * width, "limit": most}
    request["start"] = 0 if args.all else (args.page - 1) * most
    if args.png:
        request["png"] = str(args.png.absolute())
    return request


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _tables(args: argparse.Namespace) -> list[Path]:
    """What the words name: a table on disk, or an item and what its last run made."""
    first = Path(args.words[0])
    if len(args.words) == 1 and (first / "table.dat").is_file():
        return [first]
    words, directory = split_directory(args.words)
    if len(words) != 1 or len(first.parts) > 1:
        todo = "Name a caltable, an MS, or an item of a MOUS: casapilot status"
        raise UsageError(f"{plain(args.words[0])} is no table of CASA", "", todo)
    from ...steps.run.plottable import Sort, plottable

    session = open_session(directory)
    session.poll()
    key = pick_one(session, words[0], args.eb)
    run = session.last_run(key)
    paths = [session.mous.root / name for name in run.outputs] if run else []
    tables = [path for path in paths if (path / "table.dat").is_file()]
    if not tables:
        snapshot = session.snapshot()
        things = plottable(snapshot.row(key), snapshot.rows, session.mous)
        for sort in (Sort.SOLUTIONS, Sort.MS):
            tables = tables or list(dict.fromkeys(thing.path for thing in things if thing.sort is sort))
    if not tables:
        todo = "Name a caltable, or an item that makes or judges one, when that has run."
        raise UsageError(f"{words[0]} has made no table that is still there", "", todo)
    return tables


def _size(text: str) -> tuple[int, int]:
    if not text:
        if not sys.stdout.isatty():
            return SIZE
        found = shutil.get_terminal_size(SIZE)
        return found.columns, max(12, found.lines - 2)  # room for the prompt
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit() and int(width) <= 1000 and int(height) <= 1000):
        raise UsageError(f"--size is not {text!r}", "", "Write it like 80x24.")
    if int(width) < 26 or int(height) < 10:
        raise UsageError(f"{text} is too small for a plot", "", "26x10 is the smallest.")
    return int(width), int(height)


def _signs(args: argparse.Namespace) -> Any:
    from ...steps.plot.page import ASCII, UNICODE
    from ..glyphs import wants_ascii

    return ASCII if args.ascii or wants_ascii(os.environ) else UNICODE


def _print(picture: Picture) -> None:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        print(plain(picture.text))
        return
    for row in picture.rows:
        print("".join(_coloured(plain(text), role.value) for text, role in row).rstrip())


def _coloured(text: str, role: str) -> str:
    code = COLOURS.get(role)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text.strip() else text
