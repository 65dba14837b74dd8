"""The words of the command line: of `casapilot simulate`, and of what it starts in CASA's Python."""

from __future__ import annotations

import argparse
from typing import Dict, Set, Tuple

from ..errors import UsageError
from .defects import ALL, CURES, NAMES, TYPICAL
from .options import ARRAYS, BANDS, TARGETS, Options

__all__ = ["add_arguments", "defect_table", "options_of", "parse_defects"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what may be asked of the simulator."""
    parser.add_argument("--array", choices=ARRAYS, default="12m", help="default: 12m, with radiometers")
    parser.add_argument("--ebs", type=int, default=2, metavar="N", help="execution blocks (default: 2)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="another seed, other data (default: 1)"
    )
    parser.add_argument(
        "--defects", default="typical", metavar="WHICH", help="none, typical (default), all, or names: a,b,c"
    )
    parser.add_argument("--target", choices=TARGETS, default="single", help="one field or a mosaic of seven")
    parser.add_argument("--line", action="store_true", help="a target with lines only (default: both)")
    parser.add_argument("--continuum", action="store_true", help="a target with continuum only")
    parser.add_argument(
        "--spws", type=int, default=2, metavar="N", help="science windows, 1 to 4 (default: 2)"
    )
    parser.add_argument("--band", type=int, choices=BANDS, default=6, help="default: 6")
    parser.add_argument(
        "--antennas", type=int, default=0, metavar="N", help="default: 10, or 9 of the 7m array"
    )
    parser.add_argument(
        "--channels", type=int, default=128, metavar="N", help="of a wide window (default: 128)"
    )
    parser.add_argument("--cycles", type=int, default=3, metavar="N", help="scans of the target (default: 3)")


def options_of(args: argparse.Namespace) -> Options:
    """Return what was asked for.

    Raises
    ------
    UsageError
        It makes no sense.
    """
    both = args.line == args.continuum
    try:
        return Options(
            array=args.array,
            n_ebs=args.ebs,
            seed=args.seed,
            defects=parse_defects(args.defects),
            target=args.target,
            line=both or args.line,
            continuum=both or args.continuum,
            n_spws=args.spws,
            band=args.band,
            n_antennas=args.antennas,
            channels=args.channels,
            cycles=args.cycles,
        )
    except ValueError as error:
        raise UsageError(str(error), "", "See: casapilot simulate --help") from error


def parse_defects(text: str) -> Tuple[str, ...]:
    """Return the defects that a word of the command line means, in the order of the catalogue.

    Raises
    ------
    UsageError
        One of them does not exist.
    """
    sets: Dict[str, Tuple[str, ...]] = {"none": (), "typical": TYPICAL, "all": ALL}
    asked: Set[str] = set()
    for name in text.split(","):
        asked.update(sets.get(name.strip(), (name.strip(),)))
    asked.discard("")
    unknown = sorted(asked - set(NAMES))
    if unknown:
        raise UsageError(
            f"no such defect: {', '.join(unknown)}",
            "",
            f"There are none, typical, all and {', '.join(NAMES)}.",
        )
    return tuple(name for name in NAMES if name in asked)


def defect_table() -> str:
    """Return one line a defect: its name, and the cure."""
    width = max(map(len, CURES))
    return "\n".join(f"  {name:{width}}  {cure}" for name, (_, cure) in CURES.items())
