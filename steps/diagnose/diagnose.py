"""From what all checks of an execution block say to what is wrong with it."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..record.runs import Warned
from .causes import Cause, causes
from .conditions import MARGINAL, Scope, holds
from .model import Finding, Severity
from .symptoms import Symptom, Told, symptoms_of
from .words import evidence, fill, listed, where

__all__ = ["diagnose"]

RANK = {Severity.FAIL: 0, Severity.LOOK: 1, Severity.NOTE: 2}
UNEXPLAINED, CONDITIONS = "unexplained", "poor-conditions"
OUTLIER = 2.0
"""What air and noise make is an antenna's own fault where it is so many times beyond its limit (ours)."""
FOLDED = 4
"""So many findings of a cause that folds are one, as long as none is far beyond the others."""
#: Metrics that name other antennas than the one that is to blame.
OTHERS = ("reference_changes",)
#: Metrics that name the scans of targets next to the scan of a calibrator that is to blame, and its field.
NEXT_TO = {"gain_jump_deg": 2, "gain_amp_jump_percent": 2}


def diagnose(
    eb: str, told: Sequence[Told], facts: Mapping[str, object] | None = None, known: Sequence[Cause] = ()
) -> tuple[Finding, ...]:
    """Return what is wrong with an execution block, the important first.

    Several numbers that have one cause are one finding; what follows from a cause that is known by other
    numbers is folded into it and proves nothing more.

    Parameters
    ----------
    eb : str
        Its short name.
    told : sequence of Told
        What each item's last run has measured, in the order of the checklist.
    facts : mapping, optional
        Facts of the data (`checklist.facts`).
    known : sequence of Cause
        The causes to tell apart; those of `checklists/causes.toml` by default.
    """
    return _Diagnosis(eb, told, facts or {}, known or causes()).findings()


class _Diagnosis:
    """One execution block; what is explained is taken out of `left`."""

    def __init__(
        self, eb: str, told: Sequence[Told], facts: Mapping[str, object], known: Sequence[Cause]
    ) -> None:
        self.eb = eb
        self.causes = known
        self.by_id = {each.id: each for each in known}
        self.left = list(symptoms_of(told))
        self.warnings = [(each.item, warning) for each in told for warning in each.warnings]
        self.explained: set[str] = set()
        self.scope = _scope(told, facts)
        self.shown: dict[str, list[Symptom]] = {}
        """What shows a finding, by its id; nothing of one that only the log tells of."""
        self.before: list[tuple[Cause, Finding]] = []
        """The findings so far, each with its cause."""

    def findings(self) -> tuple[Finding, ...]:
        """Return all of them."""
        found = [finding for cause in self.causes for finding in self._of_cause(cause)]
        found = [self._with_rest(each) for each in found]
        found = self._settled(self._together(found)) + list(self._unexplained())
        return tuple(sorted(found, key=lambda each: (RANK[each.severity], -len(each.evidence))))

    def _together(self, found: list[Finding]) -> list[Finding]:
        """Take several that air and noise make for one, where none of them is far beyond its limit.

        A single one is a note where all antennas show such.
        """
        mine = [each for each in found if self._is_noise(each)]
        cause = self.by_id.get(CONDITIONS)
        if len(mine) == 1 and any(self._is_of_all(each) for each in found if each not in mine):
            return [dataclasses.replace(e, severity=Severity.NOTE) if e in mine else e for e in found]
        if cause is None or len(mine) < 2:
            return found
        shown = [symptom for id in dict.fromkeys(each.id for each in mine) for symptom in self.shown[id]]
        evidence = tuple(dict.fromkeys(said for each in mine for said in each.evidence))
        one = dataclasses.replace(self._finding(cause, shown), evidence=evidence, severity=cause.severity)
        also = {item: None for each in mine for item in (each.item, *each.also) if item != one.item}
        one = dataclasses.replace(one, also=tuple(also))
        return [each for each in found if each not in mine] + [one]

    def _is_noise(self, finding: Finding) -> bool:
        if finding.severity is not Severity.LOOK or not self.by_id[finding.cause].noise:
            return False
        shown = self.shown.get(finding.id, [])
        return bool(shown) and all(_ratio(each) < OUTLIER for each in shown)

    def _is_of_all(self, finding: Finding) -> bool:
        cause = self.by_id[finding.cause]
        return cause.noise and cause.per == "all"

    def _settled(self, found: list[Finding]) -> list[Finding]:
        """Take what may only follow from something that fails for a note."""
        if not any(each.severity is Severity.FAIL for each in found):
            return found
        return [
            dataclasses.replace(each, severity=Severity.NOTE) if self.by_id[each.cause].last else each
            for each in found
        ]

    def _with_rest(self, finding: Finding) -> Finding:
        """Fold in what else stands out of an antenna at the place where something is known to be wrong."""
        if finding.severity is Severity.NOTE or len(finding.antennas) != 1:
            return finding
        rest = [each for each in self.left if each.antenna in finding.antennas and _is_within(each, finding)]
        self.left = [each for each in self.left if each not in rest]
        return _with(finding, (), rest, ())

    def _of_cause(self, cause: Cause) -> Iterator[Finding]:
        shown = [each for each in self.left if any(each.shows(pattern) for pattern in cause.shows)]
        loud = {each.antenna for each in shown if each.antenna and each.level is not Severity.NOTE}
        if cause.per == "antenna" and cause.many and self.scope.is_many(len(loud)):
            yield self._made(self.by_id[cause.many], shown)
            return
        is_shared = cause.many and cause.severity is Severity.LOOK and len(loud) >= 3
        if cause.per == "antenna" and is_shared and all(map(_hardly, shown)):
            # What several antennas share, each hardly beyond the limit, is no fault of theirs.
            self.left = [each for each in self.left if each not in shown]
            yield self._made(self.by_id[cause.many], list(map(_quiet, shown)))
            return
        for place in _folded(cause, _places(cause, shown)):
            if not holds(cause.only, place, self.scope):
                continue
            if cause.per == "antenna" and cause.many and not place[0].antenna:
                # All together are beyond the limit, and nobody stands out of the noise.
                quiet = list(map(_quiet, place))
                self.left = [each for each in self.left if each not in place]
                yield self._made(self.by_id[cause.many], quiet)
            else:
                yield self._made(cause, place)
        said = [(item, each) for item, each in self.warnings if each.known in cause.known and not each.note]
        if said and not shown and not self.explained & set(cause.known):
            yield self._of_warnings(cause, said)

    def _made(self, cause: Cause, shown: Sequence[Symptom]) -> Finding:
        shown = sorted(shown, key=lambda each: (RANK[each.level], each.order))
        finding = self._finding(cause, shown)
        self.explained |= set(cause.known)
        follows = [each for each in self.left if each not in shown and self._follows(each, cause, finding)]
        if finding.severity is not Severity.NOTE and _is_marginal([*shown, *follows]):
            finding = dataclasses.replace(finding, severity=Severity.NOTE)
        loud = [each for each in follows if each.level is not Severity.NOTE]
        if cause.grows and loud and not _is_marginal(loud):
            finding = dataclasses.replace(finding, severity=Severity.LOOK)
        claimed = {id(each) for each in (*shown, *follows)}
        self.left = [each for each in self.left if id(each) not in claimed]
        self.shown.setdefault(finding.id, []).extend(shown)
        self.before.append((cause, finding))
        metrics = {each.metric for each in shown}
        told = [
            warning
            for _, warning in self.warnings
            if warning.known in cause.known and warning.text.partition(" ")[0] not in metrics
        ]
        return _with(finding, shown, follows, told)

    def _follows(self, each: Symptom, cause: Cause, finding: Finding) -> bool:
        """Whether a number is a consequence of a finding, or of it and those before of the same antenna."""
        if _follows(each, cause, finding):
            return True
        parts = [f for c, f in self.before if _names(each, c) and f.antennas == (each.antenna,)]
        if not (parts and finding.antennas == (each.antenna,) and _names(each, cause)):
            return False
        return _is_within(each, _joined([*parts, finding]), anywhen=True)

    def _finding(self, cause: Cause, shown: Sequence[Symptom]) -> Finding:
        place = self._place(cause, shown)
        antennas = tuple(dict.fromkeys(each.antenna for each in shown if each.antenna))
        antennas = antennas if cause.names_antennas else ()
        fields = tuple(dict.fromkeys(each.field for each in shown if each.field))
        title = fill(
            cause.title,
            antennas=listed(antennas) or "an antenna",
            fields=listed(fields) or "a source",
            where=where(*place),
            value=f"{shown[0].value:.3g} {shown[0].unit}".rstrip(),
        )
        is_mended = all(each.is_mended for each in shown)
        return Finding(
            cause=cause.id,
            severity=_severity(cause, shown),
            eb=self.eb,
            item=min(shown, key=lambda each: each.order).item,
            title=f"{title}; mended since" if is_mended else title,
            antennas=antennas,
            spws=place[0],
            pols=place[1],
            scans=place[2],
            fields=fields,
            why=cause.why,
            what_to_do="Nothing: a later step has seen to it." if is_mended else cause.todo,
            cures=() if is_mended else cause.cures,
            value=shown[0].value,
            known=cause.known,
        )

    def _place(
        self, cause: Cause, shown: Sequence[Symptom]
    ) -> tuple[tuple[int, ...], tuple[str, ...], tuple[int, ...]]:
        """Spws, polarisations and scans, where it is not all of them and the cause is a matter of places."""
        if not cause.names_places:
            return (), (), ()
        proof = [each for each in shown if each.level is shown[0].level]
        spws = tuple(sorted({spw for each in proof for spw in each.spws}))
        pols = tuple(sorted({pol for each in proof for pol in each.pols}))
        scans = tuple(sorted({scan for each in proof for scan in each.scans}))
        is_all = len(spws) >= self.scope.spws > 0 and cause.per != "spw"
        return () if is_all else spws, () if len(pols) >= self.scope.pols else pols, scans

    def _of_warnings(self, cause: Cause, told: Sequence[tuple[str, Warned]]) -> Finding:
        said = tuple(f"{each.count}x {each.text}" for _, each in told)
        title = fill(cause.title, antennas="an antenna", fields="a source", where="", value="")
        return Finding(
            cause.id,
            Severity.NOTE if cause.severity is Severity.NOTE else Severity.LOOK,
            self.eb,
            told[0][0],
            title,
            evidence=said,
            why=cause.why,
            what_to_do=cause.todo,
            cures=cause.cures,
            known=cause.known,
        )

    def _unexplained(self) -> Iterator[Finding]:
        """Return what no cause explains: an antenna with all that it stands out in, else number by number."""
        cause = self.by_id.get(UNEXPLAINED)
        loud = [each for each in self.left if each.level is not Severity.NOTE]
        places: dict[tuple[str, str], list[Symptom]] = {}
        for each in loud:
            places.setdefault((each.antenna, "" if each.antenna else each.metric), []).append(each)
        for shown in places.values():
            if cause is not None:
                yield self._made(cause, shown)


def _severity(cause: Cause, shown: Sequence[Symptom]) -> Severity:
    return shown[0].level if shown[0].level in (Severity.FAIL, Severity.NOTE) else cause.severity


def _scope(told: Sequence[Told], facts: Mapping[str, object]) -> Scope:
    counted = {check.metric: check.value for each in told for check in each.checks if check.value}
    antennas, spws = counted.get("n_antennas") or facts.get("n_antennas"), facts.get("n_spws")
    pols = facts.get("polarisations")
    return Scope(
        int(antennas) if isinstance(antennas, int | float) else 0,
        spws if isinstance(spws, int) else 0,
        1 if pols == 1 else 2,
    )


def _places(cause: Cause, shown: Sequence[Symptom]) -> list[list[Symptom]]:
    """Return what shows a cause, place by place."""
    places: dict[object, list[Symptom]] = {}
    for each in shown:
        for key in _keys(cause, each):
            places.setdefault(key, []).append(each)
    return list(places.values())


def _folded(cause: Cause, places: list[list[Symptom]]) -> list[list[Symptom]]:
    """The same, with what many have about as much of in one place."""
    if not cause.folds or len(places) < FOLDED:
        return places
    worst = [max(each.value for each in place) for place in places]
    most = OUTLIER * statistics.median(worst)
    usual = [n for n, value in enumerate(worst) if value < most]
    if len(usual) < FOLDED:
        return places
    together = sorted((each for n in usual for each in places[n]), key=lambda each: -each.value)
    return [place for n, place in enumerate(places) if n not in usual] + [together]


def _keys(cause: Cause, each: Symptom) -> Iterable[object]:
    if cause.per == "antenna":
        return (each.antenna,)
    if cause.per == "field":
        return (each.field,)
    return each.spws if cause.per == "spw" else ("",)


def _names(each: Symptom, cause: Cause) -> bool:
    """Whether it is of a metric in which a cause shows."""
    return any(each.shows(pattern) for pattern in (*cause.follows, *cause.shows))


def _joined(parts: Sequence[Finding]) -> Finding:
    """Findings of one antenna as one of all their places; none means everywhere."""
    spws, pols, scans = (
        tuple(dict.fromkeys(one for part in parts for one in part)) if all(parts) else ()
        for parts in zip(*((each.spws, each.pols, each.scans) for each in parts), strict=True)
    )
    return dataclasses.replace(parts[0], spws=spws, pols=pols, scans=scans)


def _follows(each: Symptom, cause: Cause, finding: Finding) -> bool:
    """Whether a number is a consequence of a finding: of its antennas, and not of other places."""
    if not _names(each, cause):
        return False
    its = each.antenna and finding.antennas and each.metric not in OTHERS
    if its and each.antenna not in finding.antennas:
        return False
    if cause.per == "spw" and not each.spws:
        return False
    if (
        cause.per == "field"
        and not each.antenna
        and each.field not in ("", *(finding.fields or (each.field,)))
    ):
        return False
    return _is_within(each, finding, anywhen=cause.anywhen)


def _is_within(each: Symptom, finding: Finding, *, anywhen: bool = False) -> bool:
    """Whether a number is of no other spw, polarisation and scan than a finding."""
    for mine, its in ((each.spws, finding.spws), (each.pols, finding.pols)):
        if mine and its and not set(mine) <= set(its):
            return False
    if anywhen or not (each.scans and finding.scans):
        return True
    near = NEXT_TO.get(each.metric, 0) if each.field in ("", *finding.fields) else 0
    return any(abs(one - other) <= near for one in each.scans for other in finding.scans)


def _with(
    finding: Finding, shown: Sequence[Symptom], follows: Sequence[Symptom], told: Sequence[Warned]
) -> Finding:
    said = (
        *finding.evidence,
        *evidence((*shown, *follows)),
        *(f"{each.count}x {each.text}" for each in told),
    )
    items = dict.fromkeys((*finding.also, *(each.item for each in (*shown, *follows))))
    also = tuple(item for item in items if item != finding.item)
    return dataclasses.replace(finding, evidence=said, also=also)


def _is_marginal(shown: Sequence[Symptom]) -> bool:
    """Whether it is one number that is hardly beyond its limit."""
    (first, *rest) = shown
    return not rest and first.count == 1 and _hardly(first)


def _hardly(each: Symptom) -> bool:
    """Whether a number is hardly beyond its limit."""
    return bool(each.limit) and each.level is not Severity.FAIL and _ratio(each) < MARGINAL


def _ratio(each: Symptom) -> float:
    """By what factor a number is beyond its limit."""
    if not each.limit or (each.below and each.value <= 0.0):
        return float("inf")
    return each.limit / each.value if each.below else each.value / each.limit


def _quiet(each: Symptom) -> Symptom:
    return dataclasses.replace(each, level=Severity.NOTE)
