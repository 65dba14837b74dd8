"""Lints about the data: which EB, which MS, which antenna, which flags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .finding import Finding, Severity
from .model import Call, VersionAct
from .script import Script
from .values import value_of

__all__ = ["antpos_zero", "foreign_uid", "refant", "unsplit", "version_saved_twice"]

_UID = re.compile(rb"uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+", re.IGNORECASE)
_MOUS = b"uid___A001_"
_REFANT = re.compile(rb"#[^\r\n]*\breference antenna[ \t]*=[ \t]*([A-Za-z0-9]+)", re.IGNORECASE)
#: Share of one uid above which a script counts as one about that EB alone.
_OWN_SHARE = 0.8
_ACT_ON_FLAGS_OR_DATA = frozenset(
    "applycal bandpass blcal clearcal delmod fluxscale flagcmd flagdata flagmanager ft gaincal polcal setjy "
    "statwt".split()
)
_SOLVERS = frozenset("bandpass blcal fringefit gaincal polcal rerefant".split())


def foreign_uid(script: Script) -> Iterator[Finding]:
    """Another EB's uid than the script's own."""
    found = [match for match in _UID.finditer(script.content) if not match.group().startswith(_MOUS)]
    own = _own_uid(script, Counter(match.group() for match in found))
    seen: set[tuple[int, bytes]] = set()
    for match in found:
        line = script.source.line_number(match.start())
        if own is None or match.group() == own or (line, match.group()) in seen:
            continue
        seen.add((line, match.group()))
        comment = _in_comment(script, match.start())
        yield Finding(
            line,
            "foreign-uid",
            Severity.NOTE if comment else Severity.ERROR,
            f"{match.group().decode()} is another EB than {own.decode()}"
            + (" (in a comment)" if comment else ""),
            "Check whether it was copied from the script of another EB.",
        )


def _own_uid(script: Script, counts: Counter[bytes]) -> bytes | None:
    """The EB that the script is about; None where it is about several."""
    named = _UID.search(script.name.rpartition("/")[2].encode("utf-8", "replace"))
    if named and named.group() in counts:
        return named.group()
    if not counts:
        return None
    uid, most = counts.most_common(1)[0]
    return uid if most >= _OWN_SHARE * counts.total() else None


def _in_comment(script: Script, offset: int) -> bool:
    node = script.source.tree.root_node.descendant_for_byte_range(offset, offset + 1)
    return node is not None and node.type == "comment"


def unsplit(script: Script) -> Iterator[Finding]:
    """A call behind the split that still acts on the MS before it: it never reaches the split data."""
    splits: dict[str, Call] = {}
    for call in script.calls:
        if call.commented:
            continue
        vis = script.value(call, "vis")
        made = script.value(call, "outputvis")
        if call.task in _ACT_ON_FLAGS_OR_DATA and vis in splits and call.step != splits[vis].step:
            split = splits[vis]
            made = script.value(split, "outputvis")
            yield Finding(
                call.line,
                "unsplit-ms",
                Severity.ERROR,
                f"{call.task} acts on {vis}, which line {split.line} has split to {made}",
                "Let it act on the split MS (spw numbers may differ there), or move it before the split.",
            )
        elif call.task in ("split", "mstransform") and made == f"{vis}.split" and call.step is not None:
            splits.setdefault(vis, call)


def refant(script: Script) -> Iterator[Finding]:
    """Solves that do not all use the reference antenna that the script names first."""
    used: list[tuple[int, str]] = []
    for match in _REFANT.finditer(script.content):
        used.append((script.source.line_number(match.start()), match[1].decode()))
    for call in script.calls:
        antenna = _first_antenna(script, call, "refant") if call.task in _SOLVERS else ""
        if antenna and not call.commented:
            used.append((call.line, antenna))
    for call in script.helpers:
        if (
            not call.commented
            and call.task.endswith(".plotWVRSolutions")
            and "," not in script.value(call, "antenna")
        ):
            antenna = _first_antenna(script, call, "antenna")
            used += [(call.line, antenna)] if antenna else []
    used.sort()
    for line, antenna in used[1:]:
        if antenna != used[0][1]:
            yield Finding(
                line,
                "refant",
                Severity.WARNING,
                f"reference antenna {antenna} here, {used[0][1]} in line {used[0][0]}",
                "Use one reference antenna throughout, or say why not.",
            )


def _first_antenna(script: Script, call: Call, name: str) -> str:
    param = call.parameters.get(name)
    value = value_of(param.text, script.constants) if param else ""
    first = value[0] if isinstance(value, list) and value else value
    return first.partition(",")[0].partition("@")[0].strip() if isinstance(first, str) else ""


def antpos_zero(script: Script) -> Iterator[Finding]:
    """Antenna position corrections that are all zero: the correction is silently switched off."""
    for call in script.calls:
        param = call.parameters.get("parameter")
        if (
            call.commented
            or call.task != "gencal"
            or script.value(call, "caltype") != "antpos"
            or param is None
        ):
            continue
        values = value_of(param.text, script.constants)
        if isinstance(values, list) and values and not any(values):
            yield Finding(
                script.source.line_number(param.start),
                "antpos-zero",
                Severity.ERROR,
                f"all {len(values)} antenna position corrections are zero",
                "Put the real corrections back, or leave the step out.",
            )


def version_saved_twice(script: Script) -> Iterator[Finding]:
    """Two saves of one flag version: CASA renames the first, the name then holds the later flags."""
    first: dict[tuple[str, str], int] = {}
    for version in script.versions:
        key = (version.ms, version.name)
        if version.act is not VersionAct.SAVE:
            if version.act is VersionAct.DELETE:
                first.pop(key, None)
            continue
        if key in first:
            yield Finding(
                version.line,
                "version-saved-twice",
                Severity.WARNING,
                f"flag version {version.name} of {version.ms} is saved in line {first[key]} already",
                "Give it another name: CASA would rename the first one, and the name would hold later flags.",
            )
        first.setdefault(key, version.line)
