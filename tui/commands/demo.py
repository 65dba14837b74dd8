"""Two ALMA execution blocks, simulated, laid out and calibrated before your eyes.

It is what a reducer does by hand, command by command: simulate, init, generate, then run every item of the
checklist. With --vla it is a real observation instead: neutral hydrogen in NGC 5921, whose data come with
CASA's data package, imaged and held against the published numbers.

Without a terminal, or with --headless, all items are run and the table of items is printed; exit code 0
means that each item was done, or is told with the reason why it was not.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...steps.errors import MousError
from ._common import plain, say

__all__ = ["configure", "main"]

FOLDER = Path("casapilot-demo")
TRUTH = "truth.json"
#: Who did it, in the history.
REDUCER = "demo"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory", nargs="?", type=Path, metavar="DIR", help=f"default: {FOLDER}, with --vla {FOLDER}-vla"
    )
    parser.add_argument("--vla", action="store_true", help="NGC 5921, a real observation of the VLA")
    parser.add_argument("--headless", action="store_true", help="run everything, without screens")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, other data")
    parser.add_argument("--array", choices=("12m", "7m"), default="12m", help="default: 12m")
    parser.add_argument(
        "--defects", default="typical", metavar="WHICH", help="as of casapilot simulate (default: typical)"
    )


def main(args: argparse.Namespace) -> int:
    default = FOLDER.with_name(f"{FOLDER}-vla") if args.vla else FOLDER
    root = (args.directory or default).resolve()
    if args.vla:
        _begin_vla(root)
    else:
        _begin_alma(root, args)
    if args.headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _headless(root)
    from ..app import open_mous

    return open_mous(root, autorun=True)


def _begin_vla(root: Path) -> None:
    from ...steps.run.start import start_demo

    _, said = start_demo(root)
    for sentence in said:
        say(sentence)


def _begin_alma(root: Path, args: argparse.Namespace) -> None:
    """Make the ASDMs, lay them out and write their scripts; what is there already is kept."""
    from ...steps.mous.mous import Mous

    if not (root / "mous.toml").exists():
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise MousError("is there, and not a MOUS of casapilot", str(root), "Choose a new folder.")
        _lay_out(root, [f"--seed={args.seed}", f"--array={args.array}", f"--defects={args.defects}"])
    mous = Mous.load(root)
    if not (root / TRUTH).exists():
        raise MousError("is another MOUS", str(root), "Choose a new folder.")
    bare = [str(eb.folder / eb.uid) for eb in mous.ebs if not eb.script.exists()]
    if bare:
        _do("generate", ["--with", "own", "--initials", REDUCER, *bare])


def _lay_out(root: Path, options: Sequence[str]) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{root.name}-", dir=root.parent) as temporary:
        staged = Path(temporary, "staged")
        _do("simulate", [*options, "--json", str(staged)], quiet=True)
        truth = json.loads((staged / TRUTH).read_text())
        asdms = sorted(str(path) for path in staged.glob("uid___*"))
        about = ["--project", truth["project"], "--reducer", REDUCER, "--conflict-of-interest", "none"]
        about += ["--aot", str(staged / "goal.aot")]
        _do("init", [truth["mous"], str(root), "--asdm", *asdms, "--move", *about, "--yes"])
        shutil.copy(staged / TRUTH, root / TRUTH)


def _do(name: str, words: Sequence[str], *, quiet: bool = False) -> None:
    """Do what a person would do with a command of ours, and say so."""
    import contextlib
    import io

    from ..cli import command

    say(f"\n$ casapilot {name} {shlex.join(words)}")
    with contextlib.redirect_stdout(io.StringIO() if quiet else sys.stderr):
        command(name, list(words))


def _headless(root: Path) -> int:
    from ._common import open_session
    from .run import SETTLED, go_on, run_keys

    say(f"\n$ casapilot run --all   (in {root})")
    session = open_session(root)
    go_on(session)
    kinds = session.kinds()
    rows = session.snapshot().rows
    keys = [
        row.key for row in rows if kinds[row.key].value in ("run", "check") and row.state.value not in SETTLED
    ]
    code = run_keys(session, keys, confirmed=False, leave_out=True)
    _print_numbers(root)
    session.poll()
    if session.snapshot().activity.conductor == "idle":
        session.shutdown()
    say(f"The history: casapilot log {root}   (or git log in that folder)")
    return 0 if code == 3 else code


def _print_numbers(root: Path) -> None:
    """Print each number with the one that it should be."""
    from ._common import open_session

    if (root / TRUTH).exists():
        lines = list(_against_truth(root))
    else:
        rows = open_session(root).snapshot().rows
        checks = [check for row in rows if row.run for check in row.run.checks]
        lines = [f"{check.verdict:8}{check.text}" for check in checks]
    if lines:
        print()
    for line in lines:
        print(plain(line))


def _against_truth(root: Path) -> Iterator[str]:
    """Flux densities that were found beside those that were put in."""
    from ...steps.mous.mous import Mous
    from ...steps.watch.fluxes import read_fluxes

    blocks = {block["uid"]: block for block in json.loads((root / TRUTH).read_text())["blocks"]}
    yield f"{'EB':<8}{'source':<14}{'spw':>4}{'found, Jy':>18}{'put in, Jy':>12}"
    for eb in Mous.load(root).ebs:
        for flux in read_fluxes(eb.folder / f"{eb.ms}.split.fluxscale"):
            true = blocks.get(eb.uid, {}).get("flux_jy", {}).get(flux.field, {}).get(str(flux.spw))
            if true:
                found = f"{flux.jy:.3f} +- {flux.error_jy:.3f}"
                off = f"{flux.jy / true - 1:+.1%}"
                yield f"{eb.name:<8}{flux.field:<14}{flux.spw:>4}{found:>18}{true:>12.3f}{off:>8}"
