"""Cures that are no edit: flag versions put right, folders of a gone MS moved out of the way."""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnose.model import Finding
from ..script import Script
from .draft import Draft
from .model import Context

__all__ = ["remove_flagversions", "restore_old_flags"]


def restore_old_flags(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Give the clean flags their name back, where a save step that ran twice has renamed them."""
    for pair in context.old_versions:
        ms, _, version = pair.partition(":")
        name = version.partition(".old")[0]
        yield Draft(
            f"Give {version} of {ms} its name {name} back",
            finding.item,
            action="restore-old-flags",
            why=f"A save under a name that exists renames the older one: {version} has the flags of then.",
            todo="What now has that name is kept beside it. Run the steps behind the save again.",
            name=version,
            targets=(pair,),
        )


def remove_flagversions(finding: Finding, script: Script, context: Context) -> Iterator[Draft]:
    """Move flag versions of an MS that is gone out of the way of the import."""
    if context.stray_versions:
        yield Draft(
            f"Move {', '.join(context.stray_versions)} out of the way",
            "import",
            action="remove-flagversions",
            why="Its MS is gone; importasdm refuses to begin beside it.",
            targets=context.stray_versions,
        )
