"""What the placeholders in the texts of a checklist stand for.

A text may name what differs from site to site, from goal to goal and from EB to EB: ``{site.ticket}``,
``{goal.rms}``, ``{ms}``, ``{eb}``, ``{mous}``. They are replaced by plain text when it is shown; nothing
is ever evaluated. What nobody has set is said in words.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

from .lines import Where
from .model import Checklist, Item, Phase
from .placeholders import PLACEHOLDERS
from .source import nearest, printable

__all__ = ["GOAL", "SITE", "Words", "tell", "tell_checklist", "texts_of", "wrong_word"]

#: Name of a placeholder, as it stands between the braces -> what it stands for.
Words = Mapping[str, str]

#: Settings of a site ([site] in mous.toml) that our own checklists speak of -> the words without them.
SITE = {
    "ticket_system": "the ticket system",
    "ticket": "the data reduction ticket of this MOUS",
    "manager": "your data reduction manager",
    "expert": "an experienced reducer",
    "guide": "the guide of your site",
    "guide_url": "",
    "data_path": "the place where the archive stages data",
    "delivery_path": "the delivery area",
    "analysis_utils": "the site's analysisUtils",
}

#: What was asked for ([goal] in mous.toml) -> the words without it.
GOAL = {
    "rms": "the requested rms",
    "beam": "the requested angular resolution",
    "frequency": "the representative frequency",
    "bandwidth": "the bandwidth of the requested rms",
    "sources": "those of the Observing Tool",
    "windows": "those of the Observing Tool",
}

_WORD = re.compile(r"\{([A-Za-z][\w.]*)\}")
_SETTING = re.compile(r"(site|goal)\.([a-z][a-z0-9_]*)")


def wrong_word(text: str) -> tuple[str, str] | None:
    """What is wrong with the placeholders of `text`, and what to do; None when nothing is.

    Braces around anything but a single word are just braces.
    """
    for name in _WORD.findall(text):
        if name not in PLACEHOLDERS and not _SETTING.fullmatch(name):
            known = (*PLACEHOLDERS, *(f"site.{each}" for each in SITE), *(f"goal.{each}" for each in GOAL))
            return f"{{{printable(name)}}} is not a placeholder", nearest(name, known)
    return None


def texts_of(of: Item | Phase) -> Iterator[tuple[Where, str]]:
    """The texts of an item or phase in which placeholders may stand, and where in its table each is."""
    if isinstance(of, Phase):
        yield ("pause",), of.pause
        yield from (((("points", index)), text) for index, text in enumerate(of.points))
        return
    yield ("why",), of.why
    yield from ((("look_for", index), text) for index, text in enumerate(of.look_for))
    yield ("instead",), of.instead
    for index, ref in enumerate(of.refs):
        yield ("refs", index, "title"), ref.title
        yield ("refs", index, "url"), ref.url
    yield from ((("check", index, "help"), check.help) for index, check in enumerate(of.check))


def tell(item: Item, words: Words) -> Item:
    """`item` with `words` in its texts; file names that it makes or measures stay as they are."""
    if not any(_WORD.search(text) for _, text in texts_of(item)):
        return item
    return dataclasses.replace(
        item,
        why=_say(item.why, words),
        look_for=tuple(_say(text, words) for text in item.look_for),
        instead=_say(item.instead, words),
        refs=tuple(
            dataclasses.replace(ref, title=_say(ref.title, words), url=_say(ref.url, words))
            for ref in item.refs
            if _is_set(ref.url, words)
        ),
        check=tuple(dataclasses.replace(check, help=_say(check.help, words)) for check in item.check),
    )


def tell_checklist(checklist: Checklist, words: Words) -> Checklist:
    """`checklist` with `words` in the texts of its phases and items; {ms} and {eb} may stay."""
    phases = tuple(
        dataclasses.replace(
            phase,
            pause=_say(phase.pause, words),
            points=tuple(_say(text, words) for text in phase.points),
        )
        for phase in checklist.phases
    )
    items = tuple(tell(item, words) for item in checklist.items)
    return dataclasses.replace(checklist, phases=phases, items=items)


def _say(text: str, words: Words) -> str:
    return _WORD.sub(lambda match: _word(match, words), text) if "{" in text else text


def _is_set(url: str, words: Words) -> bool:
    """Whether all is known that an address consists of; one with a hole in it leads nowhere."""
    return not any(_SETTING.fullmatch(name) and not words.get(name) for name in _WORD.findall(url))


def _word(match: re.Match[str], words: Words) -> str:
    name = match[1]
    setting = _SETTING.fullmatch(name)
    if words.get(name):
        return words[name]
    if setting is None:
        return match[0]
    known = SITE if setting[1] == "site" else GOAL
    return known.get(setting[2]) or f"the {setting[2].replace('_', ' ')}"
