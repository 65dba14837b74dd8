"""A person's word on an item: into ticks.toml, and committed."""

from __future__ import annotations

from ..checklist.model import Item, Kind
from ..checklist.ticks import Choice, Entry, Note, SignOff, Skip, Ticks, Unskip, append
from ..errors import UsageError
from ..mous.mous import Mous
from ..record import Message, commit_event

__all__ = ["tick"]

#: Kind of entry -> (action in the history, word in the subject).
_WORDS: dict[type[Entry], tuple[str, str]] = {
    SignOff: ("sign-off", "signed off"),
    Note: ("note", "note"),
    Skip: ("skip", "skipped"),
    Unskip: ("skip", "to do again"),
    Choice: ("sign-off", "decided"),
}


def tick(mous: Mous, item: Item, entry: Entry) -> Ticks:
    """Write one entry, commit it, and return all that is in ticks.toml then.

    Raises
    ------
    UsageError
        The reason, the text or the choice is missing or is none of the item's.
    """
    _check(item, entry)
    mous.own.mkdir(parents=True, exist_ok=True)
    ticks = append(mous.ticks, entry)
    action, word = _WORDS[type(entry)]
    text = _text(entry)
    line = " ".join(text.split())
    head = f"{entry.key.eb}: " if entry.key.eb else ""
    subject = f"{head}{item.title} {word}" + (f": {line}" if line else "")
    commit_event(
        mous.root,
        Message(
            action=action,
            subject=subject if len(subject) <= 72 else f"{head}{item.title} {word}"[:72],
            body=text,
            item=entry.key.path,
            eb=mous.eb(entry.key.eb).uid if entry.key.eb else "",
            signed_by=entry.initials if isinstance(entry, SignOff) else "",
        ),
        paths=[mous.ticks],
    )
    return ticks


def _text(entry: Entry) -> str:
    if isinstance(entry, Skip):
        return entry.reason
    if isinstance(entry, Choice):
        return f"{entry.choice} ({entry.text})" if entry.text else entry.choice
    return "" if isinstance(entry, Unskip) else entry.text


def _check(item: Item, entry: Entry) -> None:
    key = str(entry.key)
    if isinstance(entry, Skip) and not entry.reason.strip():
        raise UsageError("a skip needs a reason", key, "Say why in a few words: the history keeps them.")
    if isinstance(entry, Note) and not entry.text.strip():
        raise UsageError("the note is empty", key, "Write something.")
    if isinstance(entry, SignOff) and not entry.initials.strip():
        raise UsageError("a sign-off needs initials", key, "Give yours.")
    if isinstance(entry, SignOff) and item.kind is Kind.DECISION:
        raise UsageError("is a decision", key, f"Choose one of: {', '.join(item.choices)}.")
    if isinstance(entry, Choice) and entry.choice not in item.choices:
        raise UsageError(f"has no choice {entry.choice!r}", key, f"Choose one of: {', '.join(item.choices)}.")
