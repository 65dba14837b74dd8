"""A flag version of one MS, as text: "ms:version"."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["NO_VERSION", "split_pair", "versions_of"]

#: How a note begins that says which MS has no flags to go back to.
NO_VERSION = "No flag version"


def split_pair(pair: str) -> tuple[str, str]:
    """Return MS and version; the name of an MS may hold colons, that of a version cannot."""
    ms, _, version = pair.rpartition(":")
    return ms, version


def versions_of(pairs: Iterable[str]) -> str:
    """Return the versions of some pairs, each once, for a person to read."""
    return ", ".join(dict.fromkeys(split_pair(pair)[1] for pair in pairs))
