"""The calibration script of execution blocks, written from their metadata.

In a MOUS each EB named, or each without a script, gets its <ms>.scriptForCalibration.py, as a commit.
Elsewhere ASDM directories are named, and the script goes into the folder that holds them, or to --out or
--stdout. A script that exists is never replaced without --force. It needs nothing but CASA's own tasks, and
each decision in it stands beside its reason.

antennapos.csv and flux.csv are taken from the EB's folder, the MOUS, or beside the ASDM. Where the site's
CASA has almaqa2csg, say with --with which of the two is to write the script.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ...steps.errors import CasaError, MousError, NeedsPerson, UsageError
from ...steps.mous.mous import Eb, Mous, find_mous
from ._common import confirm, initials, say

if TYPE_CHECKING:
    from ...steps.generate import CalibrationPlan, Wishes

__all__ = ["configure", "main"]

OWN, SITE = "own", "almaqa2csg"


@dataclass(frozen=True, slots=True)
class Job:
    """A script to be written."""

    asdm: Path
    script: Path
    mous: Mous | None = None
    eb: Eb | None = None

    @property
    def name(self) -> str:
        """What to call it."""
        return self.eb.name if self.eb else self.asdm.name


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("which", nargs="*", metavar="EB|ASDM", help="default: each EB that has no script")
    parser.add_argument("--refant", default="", metavar="NAME", help="the reference antenna")
    parser.add_argument("--step", default="calib", choices=("calib",), help="only calib so far")
    parser.add_argument(
        "--flux",
        action="append",
        default=[],
        metavar="FIELD=JY@HZ[:SPIX]",
        help="flux of the flux calibrator",
    )
    parser.add_argument(
        "--antpos", type=Path, metavar="FILE", help="corrections of antenna positions, as CSV"
    )
    parser.add_argument("--bandpass", default="", metavar="FIELD", help="the bandpass calibrator")
    parser.add_argument("--casa", metavar="VERSION", help="the CASA that may run it; none: any")
    parser.add_argument("--with", dest="generator", choices=(SITE, OWN), help="who writes the script")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it there (one ASDM)")
    parser.add_argument("--stdout", action="store_true", help="write it to standard output (one ASDM)")
    parser.add_argument("--force", action="store_true", help="replace a script that exists")
    parser.add_argument("--initials", default="", metavar="XX", help="yours (default: the user's name)")


def main(args: argparse.Namespace) -> int:
    """Write the scripts."""
    jobs = _jobs(args)
    if (args.stdout or args.out) and len(jobs) != 1:
        raise UsageError(f"{len(jobs)} scripts do not fit into one file", "", "Name one EB or ASDM.")
    writes = [job for job in jobs if not args.stdout and not args.out]
    if not args.force:
        _refuse_existing(writes if args.which else [])
        jobs = [job for job in jobs if job not in writes or args.which or not job.script.exists()]
    if not jobs:
        say("each EB has a script already; name one and use --force to replace it")
        return 0
    generator = _generator(args, jobs)
    for job in jobs:
        if generator == SITE:
            _by_site(args, job)
        else:
            _by_us(args, job)
    return 0


def _jobs(args: argparse.Namespace) -> list[Job]:
    """What is asked for: ASDM directories by path, EBs of the MOUS by name."""
    mous = _mous()
    if not args.which:
        if mous is None:
            raise UsageError("which ASDM?", "", "Name its directory, or go to the folder of a MOUS.")
        return [_of_eb(mous, eb) for eb in mous.ebs]
    jobs = []
    for word in args.which:
        eb = next((eb for eb in mous.ebs if word in (eb.name, eb.uid)), None) if mous else None
        path = Path(word)
        if eb is not None and mous is not None:
            jobs.append(_of_eb(mous, eb))
        elif path.is_dir():
            jobs.append(_of_asdm(_where(path)))
        else:
            names = f"EBs here: {', '.join(eb.name for eb in mous.ebs)}." if mous else ""
            raise UsageError("is neither an EB of this MOUS nor a directory", word, names or "Name an ASDM.")
    return jobs


def _where(path: Path) -> Path:
    """Whole path of an ASDM; one that is linked stays in the folder that it is linked into."""
    path = Path(os.path.abspath(path))
    return path.parent.resolve() / path.name


def _mous(start: Path = Path()) -> Mous | None:
    try:
        return find_mous(start)
    except MousError:
        if any((folder / "mous.toml").is_file() for folder in (start.resolve(), *start.resolve().parents)):
            raise
        return None


def _of_eb(mous: Mous, eb: Eb) -> Job:
    return Job(eb.folder / eb.uid, eb.script, mous, eb)


def _of_asdm(path: Path) -> Job:
    """An ASDM by its path; it may be that of an EB of a MOUS."""
    mous = _mous(path.parent)
    eb = next((eb for eb in mous.ebs if eb.folder / eb.uid == path), None) if mous else None
    if mous is not None and eb is not None:
        return _of_eb(mous, eb)
    return Job(path, path.parent / f"{path.name}.ms.scriptForCalibration.py")


def _refuse_existing(jobs: list[Job]) -> None:
    for job in jobs:
        if job.script.exists():
            raise NeedsPerson(
                "there is a script already", str(job.script), "See it, then replace it with --force."
            )


# -- which generator -------------------------------------------------------------------------------------


def _generator(args: argparse.Namespace, jobs: list[Job]) -> str:
    """Our own; the site's where it is there and a person wants it."""
    from ...steps.generate import has_site_generator

    if args.generator == OWN or args.stdout or args.out:
        if args.generator == SITE:
            raise UsageError("almaqa2csg writes beside the ASDM", "", "Leave out --out and --stdout.")
        return OWN
    python = _casa_python(jobs[0])
    there = bool(python) and has_site_generator(python)
    if args.generator == SITE:
        if not there:
            raise CasaError("the CASA in use has no almaqa2csg", python, "Use --with own, or another CASA.")
        return SITE
    if not there:
        return OWN
    say(f"{python} has the observatory's script generator, almaqa2csg")
    if not sys.stdin.isatty():
        raise NeedsPerson(
            "which generator is to write the script?", "", "Say --with almaqa2csg or --with own."
        )
    return SITE if confirm("Let almaqa2csg write the script?") else OWN


def _casa_python(job: Job) -> str:
    from ...steps.run.launch import casa_python

    try:
        return casa_python(job.mous)
    except CasaError:
        return ""


def _by_site(args: argparse.Namespace, job: Job) -> None:
    from ...steps.generate import run_site_generator

    before = job.script.read_bytes() if job.script.exists() else None
    made = run_site_generator(_casa_python(job), job.asdm.parent, job.asdm.name, args.refant)
    content = made.read_bytes()
    if made.name != job.script.name:
        say(
            f"{job.name}: almaqa2csg has named it {made.name}; it is not {job.script.name}, and not committed"
        )
        return
    # The change is committed as such: until then the file is what git knows.
    made.unlink() if before is None else made.write_bytes(before)
    _save(job, content, "script generated by almaqa2csg", args.initials)


# -- our own ---------------------------------------------------------------------------------------------


def _by_us(args: argparse.Namespace, job: Job) -> None:
    from ...steps.asdm import Asdm
    from ...steps.generate import Metadata, make_plan, script_text

    asdm = Asdm.read(job.asdm)
    metadata = Metadata.of(asdm)
    plan = make_plan(metadata, _wishes(args, job, metadata.block.uid))
    text = script_text(plan)
    for problem in asdm.problems:
        say(f"{job.name}: {problem}")
    _tell(job, plan)
    if args.stdout:
        sys.stdout.write(text)
        return
    if args.out:
        job = Job(job.asdm, args.out.resolve())
        if not args.force:
            _refuse_existing([job])
    _save(job, text.encode(), f"script generated, refant {plan.refant.name}", args.initials)


def _wishes(args: argparse.Namespace, job: Job, uid: str) -> Wishes:
    from ...steps.generate import Wishes, parse_flux, with_tables

    folders = [job.asdm.parent, *([job.mous.root] if job.mous else []), job.asdm.resolve().parent]
    wishes = Wishes(
        refant=args.refant,
        bandpass=args.bandpass,
        fluxes=tuple(parse_flux(text) for text in args.flux),
        casa=_casa(args.casa, job),
    )
    return with_tables(wishes, uid, folders, args.antpos)


def _casa(asked: str | None, job: Job) -> str:
    """Version of the CASA that will run it; empty when that is not known without asking it."""
    if asked is not None:
        if asked.lower() in ("none", "any"):
            return ""
        if not all(word.isdigit() for word in asked.split(".")):
            raise UsageError(f"{asked!r} is not a version", "--casa", "Write it as 6.7 or 6.7.0, or none.")
        return asked
    if _casa_python(job) != sys.executable:
        return ""
    try:
        return ".".join(version("casatools").split(".")[:2])
    except PackageNotFoundError:
        return ""


def _tell(job: Job, plan: CalibrationPlan) -> None:
    """Say what was decided, where a person should know it before the first run."""
    say(f"{job.name}: reference antenna {plan.refant.name}: {plan.refant.why}")
    lost = plan.tsys.lost if plan.tsys else ()
    missing = [f"the SYSCAL table is missing {each}" for each in lost]
    for note in (*missing, *plan.roles.notes, f"{plan.metadata.name(plan.flux.field)}: {plan.flux.why}"):
        say(f"{job.name}: {note}")
    if plan.tsys and plan.tsys.missing:
        say(f"{job.name}: no Tsys for spw {', '.join(map(str, plan.tsys.missing))}: its step stops there")
    if plan.mode.why:
        say(f"{job.name}: {plan.mode.mode.value} ({plan.mode.why}): do the gains by hand, as the script says")


def _save(job: Job, content: bytes, why: str, who: str) -> None:
    """Write the script, and commit it where it lies in a MOUS."""
    from ...steps.generate import write_new
    from ...steps.run.edits import save_script
    from ...steps.script.write import write_script

    old = job.script.read_bytes() if job.script.exists() else None
    if old is not None:
        lines = f"{len(old.splitlines())} lines" + (", the same text" if old == content else "")
        say(f"{job.name}: replacing {job.script.name} ({lines})")
    if job.mous is None or job.eb is None:
        (write_new if old is None else write_script)(job.script, content)
        say(f"written: {job.script}")
        return
    if old is not None:
        commit = save_script(job.mous, job.script, content, why, initials(who))
    else:
        write_new(job.script, content)
        commit = _commit_new(job.mous, job.eb, why, initials(who))
    say(f"{job.eb.name}: {job.script.name} committed: {commit[:10]}")


def _commit_new(mous: Mous, eb: Eb, why: str, who: str) -> str:
    from ...steps.record import Message, commit_event

    return commit_event(
        mous.root,
        Message(
            action="edit",
            subject=f"{eb.name}: {why}",
            body=f"Written from the metadata of the ASDM, for {who}.",
            eb=eb.uid,
        ),
        paths=[eb.script],
    )
