"""Cures of an EB: what they have to know is read from its ASDM and folder; accepted, they are committed."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..cures import Context, FieldFact, FluxFact, Proposal, ScanFact, WindowFact, propose
from ..errors import CasapilotError, ControlError, NeedsPerson, ScriptError
from ..mous.mous import Eb, Mous
from ..record import Message, commit_event
from ..script import Script
from ..wholefile import write_whole

if TYPE_CHECKING:
    from ..asdm import Asdm
    from ..diagnose import Finding
    from ..record.runs import Measured
    from .session import Session

__all__ = ["accept", "proposals_by_finding", "proposals_of", "read_context"]

_OLD = re.compile(r"(?P<name>.+)\.old\.?\d+(?:\.\d+)?")
_LIST = "FLAG_VERSION_LIST"
_ON_SOURCE_S = 1e-3


def proposals_of(
    mous: Mous,
    eb: Eb,
    findings: Sequence[Finding],
    initials: str = "",
    measured: Iterable[Measured] = (),
    is_no_help: Callable[[Finding, Proposal], bool] = lambda finding, cure: False,
) -> tuple[Proposal, ...]:
    """Propose what may cure the findings of an EB, in their order; nothing where there is no script.

    What is proposed for one finding is not proposed again for another, and neither is what would come after
    it: that is seen when it has run.

    Parameters
    ----------
    measured : iterable of Measured
        The checks that the findings come from.
    is_no_help : callable
        Whether the script had a cure when its steps ran last, and the finding is there still.

    Raises
    ------
    ScriptError
        The script cannot be read.
    """
    by_finding = proposals_by_finding(mous, eb, findings, initials, measured)
    found: dict[tuple[str, str], Proposal] = {}
    for finding in findings:
        mine = [replace(each, is_tried=is_no_help(finding, each)) for each in by_finding.get(finding.id, ())]
        for each in mine:
            known = found.setdefault((each.kind, each.title), each)
            if known is not each and not each.is_tried:
                break
    return tuple(found.values())


def proposals_by_finding(
    mous: Mous,
    eb: Eb,
    findings: Sequence[Finding],
    initials: str = "",
    measured: Iterable[Measured] = (),
) -> dict[str, tuple[Proposal, ...]]:
    """Propose for each finding by itself, also what another one has had proposed: id -> its proposals."""
    kinds = {kind for finding in findings for kind in finding.cures}
    if not kinds or not eb.script.exists():
        return {}
    script = Script.read(eb.script)
    context = read_context(mous, eb, kinds, initials)
    context = replace(context, good_radiometers=_good_radiometers(measured, context.antennas))
    return {finding.id: propose(finding, script, context) for finding in findings}


def _good_radiometers(measured: Iterable[Measured], antennas: Sequence[str]) -> frozenset[str]:
    """Antennas in no check of the radiometers beyond its limit; none where the phases were not compared."""
    told = [each for each in measured if each.metric.startswith("wvr_") and each.value is not None]
    bad = {each.antenna for check in told for each in check.offenders if each.beyond}
    is_known = any(check.metric == "wvr_residual" for check in told)
    return frozenset(antennas) - bad if is_known else frozenset()


def read_context(mous: Mous, eb: Eb, kinds: set[str], initials: str = "") -> Context:
    """Read what cures of some kinds have to know; what cannot be read is left out."""
    known: dict[str, object] = {
        "ms": eb.ms,
        "initials": initials or _user(),
        "date": datetime.date.today().isoformat(),
        "old_versions": _old_versions(eb.folder),
        "stray_versions": _stray(eb.folder),
    }
    with contextlib.suppress(CasapilotError, OSError):
        from ..asdm import Asdm

        asdm = Asdm.read(eb.folder / (eb.asdm or eb.uid))
        known |= _observed(asdm, kinds)
    if "antpos" in kinds:
        known["positions"] = _positions(mous, eb)
    if "setjy-flux" in kinds:
        known["fluxes"] = _fluxes(mous, eb)
    return Context(**known)  # type: ignore[arg-type]  # each of its name's type


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"


def _observed(asdm: Asdm, kinds: set[str]) -> dict[str, object]:
    windows = asdm.science_windows
    numbers = [window.number for window in windows]
    lengths = [
        length
        for scan in asdm.scans_with("OBSERVE_TARGET") or asdm.scans
        for number in numbers
        if (length := scan.integration_s(number)) is not None and length > _ON_SOURCE_S
    ]
    found: dict[str, object] = {
        "scans": tuple(ScanFact(scan.number, scan.intents, scan.fields, scan.windows) for scan in asdm.scans),
        "fields": tuple(FieldFact(each.number, each.name, each.ra_rad, each.dec_rad) for each in asdm.fields),
        "windows": tuple(
            WindowFact(each.number, each.n_channels, each.width_hz, each.products) for each in windows
        ),
        "integration_s": max(lengths, default=0.0),
        "antennas": tuple(each.name for each in asdm.antennas),
    }
    if {"tsys-gainfield", "flag-tsys"} & kinds:
        found["tsys_fields"] = _with_tsys(asdm)
    if "refant" in kinds:
        found["references"] = _references(asdm)
    return found


def _with_tsys(asdm: Asdm) -> tuple[int, ...]:
    """Fields of the Tsys scans that have left rows in the SysCal table."""
    without = asdm.scans_without_tsys()
    scans = [each for each in asdm.scans_with("CALIBRATE_ATMOSPHERE") if each.number not in without]
    return tuple(dict.fromkeys(field for scan in scans for field in scan.fields))


def _references(asdm: Asdm) -> tuple[str, ...]:
    from ..generate import Metadata
    from ..generate.refant import choose_refant

    return choose_refant(Metadata.of(asdm)).ranking


def _positions(mous: Mous, eb: Eb) -> dict[str, tuple[float, float, float]]:
    """Corrections of an antennapos.csv beside the ASDM or in the folder of the MOUS."""
    from ..generate import Wishes, with_tables

    with contextlib.suppress(CasapilotError):
        rows = with_tables(Wishes(), eb.uid, (eb.folder, mous.root)).positions
        return {row.antenna: row.offset_m for row in rows}
    return {}


def _fluxes(mous: Mous, eb: Eb) -> tuple[FluxFact, ...]:
    """What is known of the flux calibrator: given by hand before the catalogue's."""
    from ..fluxes import FILE, FluxBook, Origin, Question, conditions
    from .calibrators import calibrators_of

    try:
        of, book = calibrators_of(eb), FluxBook(mous.own / FILE)
    except CasapilotError:
        return ()
    found = []
    for each in of.fields:
        if "flux" not in each.roles or each.is_solar or not of.windows:
            continue
        question = Question(each.name, of.date, sum(hz for _, hz in of.windows) / len(of.windows))
        flux = book.near(question, Origin.GIVEN) or book.near(question)
        if flux is not None:
            spix = -0.7 if flux.spectral_index is None else flux.spectral_index
            found.append(FluxFact(each.field, flux.jy, flux.frequency_hz, spix, conditions(flux)))
    return tuple(found)


# -- flag versions -----------------------------------------------------------------------------------------


def _listed(folder: Path) -> list[str]:
    try:
        text = (folder / _LIST).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return []
    return [line.partition(" : ")[0].strip() for line in text.splitlines() if line.strip()]


def _old_versions(folder: Path) -> tuple[str, ...]:
    """Versions that a save under their name has renamed, and that are whole: "ms:version"."""
    found = []
    for versions in sorted(folder.glob("*.flagversions")):
        ms = versions.name.removesuffix(".flagversions")
        for name in _listed(versions):
            whole = (versions / f"flags.{name}" / "table.dat").is_file()
            if _OLD.fullmatch(name) and whole and (folder / ms).is_dir():
                found.append(f"{ms}:{name}")
    return tuple(found)


def _stray(folder: Path) -> tuple[str, ...]:
    """Folders of flag versions whose MS is gone."""
    return tuple(
        each.name
        for each in sorted(folder.glob("*.ms.flagversions"))
        if each.is_dir() and not (folder / each.name.removesuffix(".flagversions")).exists()
    )


def carry_out(proposal: Proposal, eb: Eb) -> str:
    """Do what a proposal does instead of an edit; what was done, in a sentence.

    Raises
    ------
    NeedsPerson
        What it would work on is not there any more.
    """
    done = [_ACTIONS[proposal.action](eb.folder, target) for target in proposal.targets]
    return " ".join(done)


def _give_back(folder: Path, target: str) -> str:
    """Rename X.old.<epoch> to X, and what is X now to X.later: no flags are lost."""
    ms, _, version = target.partition(":")
    versions = folder / f"{ms}.flagversions"
    name = version.partition(".old")[0]
    if not (versions / f"flags.{version}").is_dir():
        raise NeedsPerson(f"there is no flag version {version} any more", ms, "Look again: casapilot cure")
    later = _free(versions, f"{name}.later")
    names = {version: name}
    if (versions / f"flags.{name}").is_dir():
        (versions / f"flags.{name}").rename(versions / f"flags.{later}")
        names[name] = later
    (versions / f"flags.{version}").rename(versions / f"flags.{name}")
    _rename_listed(versions, names)
    return f"{version} of {ms} is called {name} again" + (
        f", the other one {later}." if len(names) > 1 else "."
    )


def _free(versions: Path, name: str) -> str:
    known = set(_listed(versions))
    tries = (name if n == 1 else f"{name}-{n}" for n in range(1, 10_000))
    return next(each for each in tries if each not in known and not (versions / f"flags.{each}").exists())


def _rename_listed(versions: Path, names: dict[str, str]) -> None:
    path = versions / _LIST
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
    new = []
    for line in lines:
        name, mark, rest = line.partition(" : ")
        new.append(f"{names.get(name.strip(), name.strip())}{mark}{rest}" if mark else line)
    write_whole(path, "".join(new).encode("utf-8", "surrogateescape"))


def _move_away(folder: Path, name: str) -> str:
    """Set flag versions of a gone MS aside; they are deleted by whoever is sure of it."""
    if (folder / name.removesuffix(".flagversions")).exists():
        raise NeedsPerson(f"{name} belongs to an MS that is there", str(folder), "It is left alone.")
    source = folder / name
    if not source.is_dir():
        raise NeedsPerson(f"{name} is not there any more", str(folder), "Look again: casapilot cure")
    tries = (folder / f"{name}.aside{'' if n == 1 else f'-{n}'}" for n in range(1, 10_000))
    target = next(each for each in tries if not each.exists())
    source.rename(target)
    return f"{name} is called {target.name} now."


_ACTIONS = {"restore-old-flags": _give_back, "remove-flagversions": _move_away}


def accept(session: Session, proposal: Proposal, initials: str = "") -> str:
    """`Session.accept`: an edit is written and committed, an action carried out and committed.

    Raises
    ------
    ScriptError
        It is not proposed any more, or there is nothing that could be done for a person.
    ControlError
        Something runs whose files an action would touch.
    """
    eb = session.mous.eb(proposal.eb)
    now = again(session.proposals(eb.name, initials), proposal)
    if now.already:
        return ""
    if now.action:
        session.poll()
        activity = session.snapshot().activity
        refuse_busy(activity.is_busy(eb.name) or activity.conductor == "elsewhere", eb.name)
        done = carry_out(now, eb)
        return commit_event(
            session.mous.root,
            Message(
                action="flag-restore",
                subject=f"{eb.name}: {now.title}",
                body=f"{done} {now.why}",
                eb=eb.uid,
            ),
        )
    if not now.content:
        raise ScriptError("is no change that casapilot can make", now.title, now.todo)
    why = now.title if now.why.startswith(now.title) else f"{now.title}. {now.why}"
    return session.save_script(eb.script, now.content, why, initials or _user())


def again(proposals: Sequence[Proposal], asked: Proposal) -> Proposal:
    """The same proposal for the script as it is now: another one may have been accepted meanwhile.

    Raises
    ------
    ScriptError
        It is not proposed any more.
    """
    same = [each for each in proposals if each.id == asked.id]
    for each in sorted(same, key=lambda each: each.title != asked.title):
        return each
    raise ScriptError("is not proposed any more", asked.title, "Look again: casapilot cure")


def refuse_busy(busy: bool, eb: str) -> None:
    """Flags and files are left alone while something of the EB runs."""
    if busy:
        raise ControlError(f"something of {eb} runs", "", "Let it end, or stop it: casapilot stop")
