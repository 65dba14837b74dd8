"""Success is judged by what came out: outputs that exist and are new, numbers that are as they should be."""

from __future__ import annotations

import dataclasses
import glob
import shutil
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checklist.model import Check, Item
from ..mous.goal import Goal
from ..mous.mous import Eb, Mous
from ..record.runs import Call, FlagChange, Measured, Offender, RunRecord, offender
from .flag_growth import flag_growth
from .observe import StepOutcome
from .taskcall import keywords

__all__ = [
    "fill",
    "judge",
    "left_alone",
    "measure",
    "outputs_since",
    "remove_half_written",
    "request",
    "stamp",
]

#: Parameters of tasks that name what they make, where a half-written one may be removed.
OUTPUT_PARAMETERS = frozenset(("caltable", "concatvis", "fluxtable", "imagename", "outfile", "outputvis"))

#: What the counts before and after a step tell; the CASA process is not asked.
FLAG_METRICS = frozenset(("flagged_percent", "flagged_change", "flag_growth_percent"))

#: So begin the names of metrics that hold an MS against the goal.
GOAL = "goal_"

Measure = Callable[[Check, str], Mapping[str, Any]]


def fill(text: str, mous: Mous, eb: Eb) -> str:
    """Fill the placeholders {ms}, {eb}, {mous} of a checklist's text."""
    for name, value in (("ms", eb.ms), ("eb", eb.name), ("mous", mous.uid)):
        text = text.replace("{" + name + "}", value)
    return text


def request(check: Check, of: str, mous: Mous) -> dict[str, Any]:
    """Return what the CASA process is asked for a check; of the goal's with what is known of the goal."""
    asked: dict[str, Any] = {
        "metric": check.metric,
        "of": of,
        "limit": check.limit,
        "below": check.below,
        "note": check.note,
    }
    if check.metric.startswith(GOAL):
        asked["goal"] = (mous.goal or Goal()).of_ms(mous.sb)
    return asked


def stamp(path: Path) -> int:
    """When `path`, or a file right in it, was last written, ns; tables are folders written in place."""
    newest = path.lstat().st_mtime_ns
    if path.is_dir() and not path.is_symlink():
        for each in path.iterdir():
            newest = max(newest, each.lstat().st_mtime_ns)
    return newest


def outputs_since(item: Item, mous: Mous, eb: Eb, since_ns: int) -> tuple[list[Path], list[str]]:
    """Return the item's outputs written since `since_ns`, and the patterns that no such file matches."""
    made: list[Path] = []
    missing: list[str] = []
    for pattern in item.outputs:
        name = fill(pattern, mous, eb)
        new = [path for path in sorted(eb.folder.glob(name)) if stamp(path) >= since_ns]
        made += new
        if not new:
            missing.append(name)
    return made, missing


def left_alone(item: Item, missing: Sequence[str], calls: Sequence[Call], eb: Eb) -> list[str]:
    """Return those of the `missing` patterns that files of before match, where a step called no task at all.

    The import of an ALMA script leaves an MS that is there already (``if not os.path.exists``): nothing is
    wrong with it, but nothing was made either. Of the whole script in a bare CASA no calls are known.
    """
    return [] if calls or item.whole else [name for name in missing if any(eb.folder.glob(name))]


def remove_half_written(
    item: Item, mous: Mous, eb: Eb, calls: Sequence[Call], since_s: float, keep: Container[str] = ()
) -> list[str]:
    """Remove what a step that was cut short has written, and return the names.

    That is the item's outputs and what the call in progress was making, where written since `since_s`
    (unix time, s) and lying in the EB's folder, but for the names in `keep`. Links are removed, not what
    they lead to.
    """
    made, _ = outputs_since(item, mous, eb, int(since_s * 1e9))
    for call in calls:
        if call.seconds is None:
            made += [path for path in _being_made(call, eb.folder) if stamp(path) >= since_s * 1e9]
    removed = []
    for path in dict.fromkeys(made):
        if path.name not in keep and path.parent.resolve().is_relative_to(eb.folder.resolve()):
            _remove(path)
            removed.append(path.name)
    return removed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _being_made(call: Call, folder: Path) -> list[Path]:
    """Existing files that the call names as its outputs; an image has several, behind its name."""
    found: list[Path] = []
    for name, value in keywords(call.text).items():
        if name in OUTPUT_PARAMETERS and isinstance(value, str) and value:
            found += [folder / value] if (folder / value).exists() else []
            found += sorted(folder.glob(f"{glob.escape(value)}.*")) if name == "imagename" else []
    return found


def judge(
    item: Item, outcome: StepOutcome, missing: list[str], checks: tuple[Measured, ...]
) -> tuple[str, tuple[str, ...]]:
    """Return the run's status (done, failed, interrupted, lost) and the reasons it is not simply done."""
    reasons: list[str] = []
    if outcome.error:
        reasons.append(outcome.error)
    if outcome.status in ("interrupted", "lost", "unbegun"):
        return outcome.status, tuple(reasons)
    reasons += [text for text in outcome.quiet_failures if not any(text in reason for reason in reasons)]
    reasons += [f"did not make {name}" for name in missing]
    reasons += [check.text for check in checks if check.verdict == "fail"]
    failed = outcome.status != "done" or bool(reasons)
    return ("failed" if failed else "done"), tuple(dict.fromkeys(reasons))


def measure(
    item: Item, mous: Mous, eb: Eb, flags: tuple[FlagChange, ...], ask: Measure
) -> tuple[Measured, ...]:
    """Compute the item's checks; what cannot be computed is said, not guessed."""
    return tuple(_measured(check, fill(check.of, mous, eb), flags, ask) for check in item.check)


def _measured(check: Check, of: str, flags: tuple[FlagChange, ...], ask: Measure) -> Measured:
    offenders: tuple[Offender, ...]
    try:
        value, detail, offenders = _flag_metric(check, flags)
        if value is None and check.metric not in FLAG_METRICS:
            answer = ask(check, of)
            value = None if answer.get("value") is None else float(answer["value"])
            detail = str(answer.get("text") or "")
            offenders = tuple(offender(each) for each in answer.get("offenders", ()))
    except Exception as error:
        text = f"{check.metric} of {of}: {getattr(error, 'what', error)}"
        return Measured(check.metric, of, None, check.unit, "unknown", text)
    if value is None:
        verdict, words = ("pass", detail) if detail else ("unknown", "no value")
        return Measured(check.metric, of, None, check.unit, verdict, f"{check.metric} of {of}: {words}")
    verdict, limit = _verdict(check, value)
    name = f"{check.metric} of {of}" if of else check.metric
    text = f"{name} is {value:.6g} {check.unit}".rstrip() + (f", {limit}" if limit else "")
    text += f" ({detail})" if detail else ""
    return Measured(
        check.metric, of, value, check.unit, verdict, text, check.limit, check.below, offenders, check.note
    )


def _flag_metric(
    check: Check, flags: tuple[FlagChange, ...]
) -> tuple[float | None, str, tuple[Offender, ...]]:
    """Value, words and offenders of what the counts of flags tell; None where they do not."""
    if check.metric == "flag_growth_percent":
        value, words, rises = flag_growth(flags) or (None, "the flags were not counted before and after", ())
        return value, words, tuple(_beyond(check, each) for each in rises)
    record = RunRecord(id="", key="", flags=flags)
    if check.metric == "flagged_percent":
        return record.flagged_percent, "", ()
    return (record.flagged_change if check.metric == "flagged_change" else None), "", ()


def _beyond(check: Check, each: Offender) -> Offender:
    return dataclasses.replace(each, beyond=check.limit is not None and each.value > check.limit)


def _verdict(check: Check, value: float) -> tuple[str, str]:
    """Return pass, look or fail, and the limit in words."""
    if check.expect is not None and check.within_percent is not None:
        off = 100.0 * (value - check.expect) / check.expect
        words = f"{off:+.2f} % from {check.expect:g} (allowed {check.within_percent:g} %)"
        return ("pass" if abs(off) <= check.within_percent else "fail"), words
    sign = -1.0 if check.below else 1.0
    for verdict, limit in (("fail", check.fail), ("look", check.warn)):
        if limit is not None and sign * value > sign * limit:
            return verdict, f"{'below' if check.below else 'above'} {limit:g} {check.unit}".rstrip()
    return "pass", ""
