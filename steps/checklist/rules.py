"""What must be true of an item by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .facts import FACTS
from .lines import Where
from .metrics import METRICS
from .model import Check, Fact, Item, Kind, Param, Phase
from .placeholders import wrong_glob, wrong_placeholder
from .source import Source, printable
from .words import texts_of, wrong_word

__all__ = ["ID", "Placed", "check_id", "check_item", "check_line", "check_texts"]

T = TypeVar("T")

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")

_PARAM_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An item, and the place in a file that it comes from."""

    item: Item
    source: Source
    where: Where

    def report(self, name: str, text: str, todo: str = "") -> None:
        """Note a problem with the key `name`, unless something is wrong with it already."""
        where = (*self.where, name)
        if self.source.is_right(where):
            self.source.report(where, text, todo)


def check_id(source: Source, where: Where, value: str) -> None:
    """Note when `value` is not a name that keys, files and command lines can hold."""
    if not ID.fullmatch(value):
        text = f'"{printable(value)}" is not a short name'
        source.report(where, text, "Use letters, digits, - and _, beginning with a letter or digit.")


def check_line(source: Source, where: Where, value: str) -> None:
    """Note when `value` is not one line of text."""
    if not value.strip() or "\n" in value:
        source.report(where, f'"{where[-1]}" must be one line of text')


def check_texts(source: Source, where: Where, of: Item | Phase) -> None:
    """Note placeholders in the texts of an item or phase that stand for nothing."""
    for place, text in texts_of(of):
        _report_pair(source, (*where, *place), wrong_word(text))


def check_item(placed: Placed) -> None:
    """Note all that is wrong with an item by itself."""
    check_id(placed.source, (*placed.where, "id"), placed.item.id)
    check_line(placed.source, (*placed.where, "title"), placed.item.title)
    if placed.source.is_right((*placed.where, "kind")):
        _check_kind(placed)
    _check_step(placed)
    _check_numbers(placed)
    check_texts(placed.source, placed.where, placed.item)
    _check_each(placed, "outputs", placed.item.outputs, _check_output)
    _check_each(placed, "when", placed.item.when, _check_fact)
    _check_each(placed, "params", placed.item.params, _check_param)
    _check_each(placed, "check", placed.item.check, _check_check)


def _check_each(
    placed: Placed, name: str, values: Sequence[T], check: Callable[[Source, Where, T], None]
) -> None:
    for index, value in enumerate(values):
        where = (*placed.where, name, index)
        if placed.source.is_right(where):
            check(placed.source, where, value)


def _check_output(source: Source, where: Where, glob: str) -> None:
    _report_pair(source, where, wrong_glob(glob))


def _check_kind(placed: Placed) -> None:
    """Each kind has keys that it needs and keys that would say something without effect."""
    item = placed.item
    for name, kind, todo in (
        ("step", Kind.RUN, 'Write: step = "words of the title of its step in the script"'),
        ("choices", Kind.DECISION, 'Write: choices = ["...", "..."]'),
    ):
        value = getattr(item, name)
        if item.kind is kind and not value and not (name == "step" and _is_whole(placed)):
            placed.report(name, f'an item of kind "{kind.value}" needs "{name}"', todo)
        if item.kind is not kind and value:
            placed.report(name, f'"{name}" is for items of kind "{kind.value}", not "{item.kind.value}"')
    if item.kind is Kind.DECISION and len(set(item.choices)) < max(2, len(item.choices)):
        placed.report("choices", "a decision needs two or more different choices")
    if item.kind is Kind.CHECK and not item.check:
        placed.report("check", 'an item of kind "check" needs a check', "Write: [[item.check]]")
    for name in ("step", "optional"):
        if item.whole and getattr(item, name):
            placed.report(name, f'"{name}" goes not with "whole": it runs all steps', "Leave one out.")
    for name in ("outputs", "params", "whole", "optional"):
        if item.kind is not Kind.RUN and getattr(item, name):
            placed.report(name, f'"{name}" is for items of kind "run", not "{item.kind.value}"')
    if item.kind not in (Kind.RUN, Kind.CHECK) and item.check:
        placed.report("check", f'an item of kind "{item.kind.value}" computes nothing')


def _is_whole(placed: Placed) -> bool:
    """Whether the item runs the whole script, or was meant to."""
    return placed.item.whole or not placed.source.is_right((*placed.where, "whole"))


def _check_step(placed: Placed) -> None:
    try:
        pattern = re.compile(placed.item.step)
    except (re.error, RecursionError, OverflowError) as error:
        text = f'"step" is not a regular expression: {error}'
        placed.report("step", text, "A bracket or star of the title itself needs a backslash.")
        return
    if placed.item.step and pattern.search(""):
        placed.report("step", '"step" matches every title', "Name words of the title of its step.")


def _check_numbers(placed: Placed) -> None:
    item = placed.item
    if item.minutes is not None and item.minutes < 0:
        placed.report("minutes", '"minutes" cannot be negative')
    if item.needs is not None and len(set(item.needs)) < len(item.needs):
        placed.report("needs", '"needs" names an item twice')


def _check_fact(source: Source, where: Where, fact: Fact) -> None:
    kind = FACTS.get(fact.fact)
    if kind is None:
        source.unknown((*where, "fact"), "fact", fact.fact, FACTS)
        return
    bounds = (fact.at_least, fact.at_most) != (None, None)
    if fact.equals is None and not bounds:
        source.report(where, f'"when" says nothing about {fact.fact}', "Write: equals = ...")
    if fact.equals is not None and type(fact.equals) is not kind.type:
        source.report((*where, "equals"), f"{fact.fact} is {_KINDS[kind.type]}")
    elif kind.choices and fact.equals is not None and fact.equals not in kind.choices:
        source.unknown((*where, "equals"), fact.fact, str(fact.equals), kind.choices)
    if bounds and kind.type is not int:
        source.report(where, f"{fact.fact} is {_KINDS[kind.type]}: it has no size", "Write: equals = ...")


_KINDS: dict[type, str] = {str: "a string", int: "a whole number", bool: "true or false"}


def _check_param(source: Source, where: Where, param: Param) -> None:
    check_id(source, (*where, "name"), param.name)
    types = _PARAM_TYPES.get(param.type)
    if types is None:
        source.unknown((*where, "type"), "type", param.type, _PARAM_TYPES)
        return
    default = param.default
    if default is not None and type(default) not in types:
        source.report((*where, "default"), f'"default" must be of type {param.type}')
    elif param.choices and default is not None and str(default) not in param.choices:
        source.unknown((*where, "default"), "choice", str(default), param.choices)


def _check_check(source: Source, where: Where, check: Check) -> None:
    metric = METRICS.get(check.metric)
    if metric is None:
        source.unknown((*where, "metric"), "metric", check.metric, METRICS)
        return
    if check.unit not in metric.units:
        units = " or ".join(f'"{unit}"' for unit in metric.units)
        source.report((*where, "unit"), f"{check.metric} is in {units}", f"Write: unit = {units}")
    if metric.of and not check.of:
        source.report((*where, "of"), f'{check.metric} needs "of": {metric.of}')
    if check.of:
        _report_pair(source, (*where, "of"), _wrong_of(check.of))
    _check_limits(source, where, check)


def _check_limits(source: Source, where: Where, check: Check) -> None:
    if all(limit is None for limit in (check.note, check.warn, check.fail, check.expect)):
        source.report(
            where, "the check has no threshold: it could not fail", "Write: note, warn, fail or expect."
        )
    if (check.expect is None) != (check.within_percent is None):
        missing = "within_percent" if check.within_percent is None else "expect"
        source.report((*where, missing), f'"expect" and "within_percent" go together: no "{missing}"')
    if check.expect == 0:
        source.report((*where, "expect"), "there is no percentage of 0", "Use warn and fail.")
    if check.within_percent is not None and check.within_percent <= 0:
        source.report((*where, "within_percent"), '"within_percent" must be above 0')
    if check.warn is not None and check.fail is not None:
        wrong = check.warn < check.fail if check.below else check.warn > check.fail
        if wrong:
            source.report((*where, "warn"), "it would fail before it warns", "Swap warn and fail?")
    if check.note is not None and check.limit is not None:
        wrong = check.note < check.limit if check.below else check.note > check.limit
        if wrong:
            source.report((*where, "note"), "it would warn before it notes", "Swap note and warn?")


def _wrong_of(text: str) -> tuple[str, str] | None:
    if text.startswith(("/", "~")) or ".." in text.split("/"):
        return f'"{printable(text)}" is outside the EB\'s folder', "Name something inside it."
    return wrong_placeholder(text)


def _report_pair(source: Source, where: Where, wrong: tuple[str, str] | None) -> None:
    if wrong is not None:
        source.report(where, *wrong)
