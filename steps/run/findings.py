"""What the checks of an execution block come to: recorded by the last runs, or measured anew."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..checklist.model import Check, Item, Key
from ..diagnose import Finding, Told, diagnose
from ..errors import CasaError
from ..mous.mous import Eb, Mous
from ..record.runs import Measured, RunRecord
from .launch import LAUNCH, casa_python
from .outcome import fill, measure, request

__all__ = ["Again", "findings_of", "told_of"]

#: Of an item the run whose numbers are taken.
LastRun = Callable[[Key], RunRecord | None]


def told_of(
    keys: Sequence[Key], last_run: LastRun, again: Mapping[Key, tuple[Measured, ...]] | None = None
) -> tuple[Told, ...]:
    """Return what the items have told, in their order.

    Parameters
    ----------
    keys : sequence of Key
        Items of one EB.
    again : mapping, optional
        What was measured anew; it takes the place of what is recorded.
    """
    told = []
    for key in keys:
        run = last_run(key)
        checks = (again or {}).get(key, run.checks if run else ())
        warnings = tuple(each for each in (run.warnings if run else ()) if not each.muted)
        if checks or warnings:
            told.append(Told(key.item, checks, warnings))
    return tuple(told)


def findings_of(mous: Mous, eb: str, told: Sequence[Told]) -> tuple[Finding, ...]:
    """Return what is wrong with an EB, the important first."""
    return diagnose(eb, told, mous.facts)


class Again:
    """Checks of one EB measured anew by a CASA process of their own, which reads and nothing else.

    Parameters
    ----------
    items : mapping
        The items whose checks are wanted.
    last_run : callable
        Gives what is kept where a number cannot be had again: from flag counts before and after a step, and
        from what a task returned.
    """

    def __init__(self, mous: Mous, eb: Eb, items: Mapping[Key, Item], last_run: LastRun) -> None:
        self._mous = mous
        self._eb = eb
        self._items = items
        self._last_run = last_run
        self._answers: dict[str, dict[str, Any]] = {}
        self.kept: dict[tuple[Key, str, str], str] = {}
        """Item, metric and what it is of -> why its number is that of the last run, and none of now."""

    def measure(self, tell: Callable[[str], None] = lambda text: None) -> dict[Key, tuple[Measured, ...]]:
        """Measure them all.

        Parameters
        ----------
        tell : callable
            Is told what has been measured.

        Raises
        ------
        CasaError
            There is no CASA, or its process died.
        """
        wanted = {_name(each): each for each in self._requests()}
        for each, answer in zip(wanted.values(), self._ask(list(wanted.values())), strict=False):
            self._answers[_name(each)] = answer
            tell(f"{each['metric']} {each['of']}".rstrip())
        if len(self._answers) < len(wanted):
            raise CasaError(
                "the process that measures has died", str(self._eb.folder), "See: casapilot doctor"
            )
        return {key: self._of_item(key, item) for key, item in self._items.items()}

    def _requests(self) -> Iterator[dict[str, Any]]:
        for item in self._items.values():
            for check in item.check:
                if check.of:
                    yield request(check, fill(check.of, self._mous, self._eb), self._mous)

    def _ask(self, requests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if not requests:
            return
        command = [casa_python(self._mous), "-W", "ignore", str(LAUNCH), "check"]
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "MPLBACKEND": "Agg"}
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=environment,
            )  # fmt: skip
        except OSError as error:
            raise CasaError(
                f"does not start: {error.strerror}", command[0], "See: casapilot doctor"
            ) from error
        with process:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps({"folder": str(self._eb.folder), "checks": requests}).encode())
            process.stdin.close()
            for line in process.stdout:
                answer: dict[str, Any] = json.loads(line)
                if "kind" in answer:
                    raise CasaError(answer["error"], answer["where"], answer["todo"])
                yield answer

    def _of_item(self, key: Key, item: Item) -> tuple[Measured, ...]:
        run = self._last_run(key)
        found = measure(item, self._mous, self._eb, run.flags if run else (), self._answered)
        kept = {(each.metric, each.of): each for each in (run.checks if run else ())}
        return tuple(self._or_kept(key, each, kept.get((each.metric, each.of))) for each in found)

    def _or_kept(self, key: Key, now: Measured, recorded: Measured | None) -> Measured:
        if now.verdict != "unknown" or recorded is None:
            return now
        if now.of:
            self.kept[key, now.metric, now.of] = now.text.rpartition(": ")[2]
        return recorded

    def _answered(self, check: Check, of: str) -> Mapping[str, Any]:
        if not of:
            raise CasaError("it is known from the run of its step only")
        answer = self._answers[_name(request(check, of, self._mous))]
        if "error" in answer:
            raise CasaError(answer["error"], answer["where"], answer["todo"])
        return answer


def _name(request: Mapping[str, Any]) -> str:
    return json.dumps(request, sort_keys=True)
