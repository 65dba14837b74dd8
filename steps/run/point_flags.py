"""A flag that a person has pointed at in a plot, as an edit of the EB's script."""

from __future__ import annotations

from ..cures.places import add_flags, calls_of, rendered, step_of, tables_of
from ..errors import ScriptError
from ..plot.flagging import Flagging
from ..script import Mark, Script, insert_after

__all__ = ["with_flag"]


def with_flag(content: bytes, name: str, flagging: Flagging, mark: Mark) -> bytes:
    """Return a script that flags so.

    Visibilities are flagged at the end of "Initial flagging"; of a Tsys table what is bad is flagged right
    after it is made.

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
        return add_flags(script, "initial-flags", code, mark).content
    step_of(script, "tsys")
    made = [call for call in calls_of(script, ("tsys",), "gencal") if tables_of(script, (call,))]
    if not made:
        raise ScriptError("has no call of gencal that makes a Tsys table", name, "Edit it by hand.")
    return insert_after(script, made[-1], code, mark).content
