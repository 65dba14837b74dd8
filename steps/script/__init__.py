"""Reduction scripts: parse, edit without loss, lint."""

from .model import (
    Broken,
    Call,
    FlagVersion,
    Number,
    Old,
    Param,
    Redirection,
    Step,
    Title,
    VersionAct,
)
from .script import Script, step_sha

__all__ = [
    "Broken",
    "Call",
    "FlagVersion",
    "Number",
    "Old",
    "Param",
    "Redirection",
    "Script",
    "Step",
    "Title",
    "VersionAct",
    "step_sha",
]
