"""A flag that a person has pointed at in a plot, as an edit of the EB's script."""

from __future__ import annotations

from ..cures.places import add_flags, calls_of, rendered, step_of, tables_of
from ..errors import ScriptError
from ..plot.flagging import Flagging
from ..script import Mark, Script, insert_after

__all__ = ["place_of", "with_flag"]


def place_of(flagging: Flagging) -> str:
    """Return where in the script a flag goes, in words."""
    if flagging.in_table:
        return "the Tsys table, where the script makes it"
    return "Initial flagging" if _is_split(flagging) else "A priori flagging"


def _is_split(flagging: Flagging) -> bool:
    """Whether the MS is that of the science spws, which the steps from "Initial flagging" on work on."""
    return ".split" in flagging.vis


def with_flag(content: bytes, name: str, flagging: Flagging, mark: Mark) -> bytes:
    """Return a script that flags so.

    Visibilities of the split MS are flagged at the end of "Initial flagging", those of the MS as it was
    imported at the end of "A priori flagging": later, nothing would come of it. Of a Tsys table what is bad
    is flagged right after it is made.

    Parameters
    ----------
    content : bytes
        The script as it is.
    name : str
        Of the script, for errors.

    Raises
    ------
    ScriptError
        It has no such step.
    """
    script = Script.parse(content, name)
    code = rendered("flagdata", flagging.parameters)
    if not flagging.in_table:
        item = "initial-flags" if _is_split(flagging) else "apriori-flags"
        return add_flags(script, item, code, mark).content
    step_of(script, "tsys")
    made = [call for call in calls_of(script, ("tsys",), "gencal") if tables_of(script, (call,))]
    if not made:
        raise ScriptError("has no call of gencal that makes a Tsys table", name, "Edit it by hand.")
    return insert_after(script, made[-1], code, mark).content
