"""Where in a script a cure has its place: steps by what they do, tables and MSs as the script writes them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ..errors import ScriptError
from ..script import Call, Mark, Script, Step, insert_at_end, set_parameter
from .model import Context

__all__ = [
    "A_PRIORI",
    "STEPS",
    "add_flags",
    "calls_of",
    "each_call",
    "elements",
    "is_split_numbered_anew",
    "numbers",
    "rendered",
    "set_if_other",
    "split_of",
    "step_of",
    "tables_of",
    "text_of",
    "values",
]

#: Item -> regular expression of its step's title; those of checklists/alma-calibration.toml.
STEPS = {
    "import": r"import of the asdm",
    "syscal-times": r"syscal",
    "fixplanets": r"fixplanets",
    "listobs": r"^\s*listobs\s*(\(|$)",
    "apriori-flags": r"a priori flagging",
    "wvr": r"generation.*\bwvr cal table",
    "tsys": r"generation.*tsys cal table",
    "antpos": r"generation.*antenna position",
    "apply-apriori": r"application of the (wvr|tsys|antpos)",
    "split": r"split out science spws",
    "initial-flags": r"initial flagging",
    "flux-model": r"model for the flux calibrator",
    "bandpass": r"bandpass calibration",
    "gain": r"^\s*gain calibration",
    "apply": r"application of the bandpass",
}
#: Items that work on the MS as it was imported: their spws have its numbers.
A_PRIORI = frozenset(
    {"import", "syscal-times", "listobs", "apriori-flags", "wvr", "tsys", "antpos", "apply-apriori"}
)

HAND = "Edit it by hand."


def step_of(script: Script, item: str) -> Step:
    """The step of an item; ScriptError where the script has none, or several."""
    return script.step_by_title(STEPS[item])


def calls_of(script: Script, items: tuple[str, ...], *tasks: str) -> tuple[Call, ...]:
    """The calls of some tasks that are not commented out, in the steps of some items that there are."""
    found = []
    for item in items:
        try:
            step = step_of(script, item)
        except ScriptError:
            continue
        found += [call for call in script.calls_in(step) if call.task in tasks and not call.commented]
    return tuple(found)


def each_call(script: Script, calls: tuple[Call, ...], edit: Callable[[Script, Call], Script]) -> Script:
    """Edit some calls, the last first: what stands in front of an edit keeps its place."""
    for call in sorted(calls, key=lambda each: each.start, reverse=True):
        script = edit(script, call)
    return script


def values(script: Script, call: Call, name: str) -> list[str]:
    """A parameter that is one text or a list of texts, as a list; empty where it cannot be told."""
    param = call.parameters.get(name)
    if param is None:
        return []
    parts = elements(param.text)
    texts = [param.text] if parts is None else parts
    return [text_of(script, text) for text in texts]


def text_of(script: Script, text: str) -> str:
    """The value of a text as the script writes it; the writing itself where it cannot be told."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return text
    value = _value(node, script)
    return value if isinstance(value, str) else text


def _value(node: ast.expr, script: Script) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return script.constants.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _value(node.left, script), _value(node.right, script)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    return None


def elements(text: str) -> list[str] | None:
    """The elements of a list, each as it is written; None where `text` is no list."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    return [ast.get_source_segment(text.strip(), each) or "" for each in node.elts]


def split_of(script: Script, context: Context) -> str:
    """How the script writes the name of the split MS."""
    for call in script.calls:
        for name in ("vis", "outputvis"):
            found = values(script, call, name)
            if not call.commented and len(found) == 1 and found[0].endswith(".split"):
                return call.parameters[name].text
    return repr(f"{context.ms}.split")


def is_split_numbered_anew(script: Script) -> bool:
    """Whether the spws of the split data are counted from 0: split does so unless told not to."""
    for call in script.calls:
        made = values(script, call, "outputvis")
        if (
            not call.commented
            and call.task in ("split", "mstransform")
            and made
            and made[0].endswith(".split")
        ):
            reindex = call.parameters.get("reindex")
            return reindex is None or reindex.text.strip() not in ("False", "F", "0")
    return False


def tables_of(script: Script, calls: tuple[Call, ...]) -> set[str]:
    """Names of the caltables that some calls make."""
    return {name for call in calls for name in values(script, call, "caltable")}


def rendered(task: str, parameters: dict[str, str]) -> str:
    """A call as scripts of ALMA write it: one parameter a line; `parameters` are Python source."""
    lines = [f"{name} = {text}" for name, text in parameters.items()]
    return f"{task}(" + ",\n  ".join(lines) + ")"


def add_flags(script: Script, item: str, code: str, mark: Mark) -> Script:
    """Put a call at the end of an item's step."""
    return insert_at_end(script, step_of(script, item), code, mark)


def set_if_other(script: Script, call: Call, name: str, value: str, mark: Mark) -> Script:
    """Set a parameter where it has another value."""
    old = call.parameters.get(name)
    if old is not None and _same(old.text, value):
        return script
    return set_parameter(script, call, name, value, mark)


def _same(one: str, other: str) -> bool:
    try:
        return bool(ast.literal_eval(one) == ast.literal_eval(other))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return one.strip() == other.strip()


def numbers(text: str) -> Iterator[int]:
    """The numbers of a selection without channels: "0~2,5"."""
    for part in text.split(","):
        first, _, last = part.strip().partition("~")
        if first.isdecimal() and (last.isdecimal() or not last):
            yield from range(int(first), int(last or first) + 1)
