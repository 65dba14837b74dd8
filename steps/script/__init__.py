"""Reduction scripts: parse, edit without loss, lint."""

from .comments import comment_in, comment_out
from .convert import Conversion, convert
from .diff import unified
from .edit import find_call, remove_parameter, set_parameter
from .finding import Finding, Severity
from .insert import insert_after, insert_at_end, insert_at_start, insert_before
from .lint import lint
from .marks import Mark
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
from .selection import add_item, drop_item
from .typed import as_value

__all__ = [
    "Broken",
    "Call",
    "Conversion",
    "Finding",
    "FlagVersion",
    "Mark",
    "Number",
    "Old",
    "Param",
    "Redirection",
    "Script",
    "Severity",
    "Step",
    "Title",
    "VersionAct",
    "add_item",
    "as_value",
    "comment_in",
    "comment_out",
    "convert",
    "drop_item",
    "find_call",
    "insert_after",
    "insert_at_end",
    "insert_at_start",
    "insert_before",
    "lint",
    "remove_parameter",
    "set_parameter",
    "step_sha",
    "unified",
]
