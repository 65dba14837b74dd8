"""The calls of CASA tasks in a script, also those that are commented out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from .lines import Kind, closing
from .marks import COMMENTED_OUT
from .model import Call, Number, Param, Step
from .source import EXTRAS, Source, parse
from .tasks import HELPERS, MODULES, TASKS

__all__ = ["Named", "find_calls", "find_helpers", "find_named", "innermost", "step_number"]

_CALLS = "(call function: [(identifier) (attribute)] @function arguments: (argument_list) @arguments) @call"
_MODULE = re.compile(
    rb"^[ \t]*import[ \t]+(?:casatasks|casaplotms|casaviewer)[ \t]+as[ \t]+(\w+)", re.MULTILINE
)
_RENAMED = re.compile(rb"\b(\w+)[ \t]+as[ \t]+(\w+)")
_FROM = re.compile(rb"\bfrom[ \t]+casa\w*[ \t]+import[ \t]+([^#\r\n]*)")
_COMMENTED = re.compile(rb"#[#>\t ]*(?:\w+[ \t]*=[ \t]*)?(?:\w+\.)?(\w+)[ \t]*\(")
#: Longest call that is looked for in a comment, lines.
_MOST_LINES = 200


Named = tuple[str, Node, Node]


def find_named(source: Source) -> tuple[Named, ...]:
    """Every call of anything: what is called, the call, its arguments."""
    content = source.content
    return tuple(
        (
            content[match["function"][0].start_byte : match["function"][0].end_byte].decode(
                "utf-8", "replace"
            ),
            match["call"][0],
            match["arguments"][0],
        )
        for match in source.find(_CALLS)
    )


def find_calls(source: Source, named: tuple[Named, ...], steps: tuple[Step, ...]) -> tuple[Call, ...]:
    """All calls of CASA tasks, in the order of the file."""
    tasks = _Tasks(source.content)
    live = [
        _call(source, steps, task, node, arguments)
        for name, node, arguments in named
        if (task := tasks.task(name))
    ]
    commented = _commented(source, steps, tasks) if b"#" in source.content else ()
    return tuple(sorted((*live, *commented), key=lambda call: (call.start, -call.end)))


def find_helpers(source: Source, named: tuple[Named, ...], steps: tuple[Step, ...]) -> tuple[Call, ...]:
    """The calls of analysisUtils and its kin, named with their object: es.checkCalTable.

    Also those that casapilot commented out.
    """
    live = [_call(source, steps, name, node, arguments) for name, node, arguments in named if _helper(name)]
    return tuple(sorted((*live, *_taken_out(source, steps, _helper)), key=lambda call: call.start))


def _helper(name: str) -> str:
    """The name of a call where it is a helper's; empty where it is none."""
    return name if "." in name and name.partition(".")[0] in HELPERS else ""


def _taken_out(source: Source, steps: tuple[Step, ...], known: Callable[[str], str]) -> Iterator[Call]:
    for index, line in enumerate(source.lines):
        ours = line.kind is Kind.COMMENT and COMMENTED_OUT.match(source.content, line.start, line.end)
        if ours:
            yield from _ours(source, steps, index + 1, int(ours[1]), known)


def innermost(steps: tuple[Step, ...], offset: int) -> Step | None:
    """The step that an offset lies in."""
    starts = [step.start for step in steps]
    for step in reversed(steps[: bisect_right(starts, offset)]):
        if offset < step.end:
            return next(other for other in steps if other.start == step.start)
    return None


def step_number(steps: tuple[Step, ...], offset: int) -> Number:
    """Number of the step that an offset lies in; None outside of any."""
    step = innermost(steps, offset)
    return None if step is None else step.number


class _Tasks:
    """Which names are tasks in this script: it may import them under others."""

    def __init__(self, content: bytes) -> None:
        self._modules = MODULES | {found.decode() for found in _MODULE.findall(content)}
        self._renamed = {
            new.decode(): old.decode()
            for names in _FROM.findall(content)
            for old, new in _RENAMED.findall(names)
            if old.decode() in TASKS
        }

    def task(self, name: str) -> str:
        """The task that is called as `name`; empty where it is none."""
        module, _, last = name.rpartition(".")
        if module and module not in self._modules:
            return ""
        last = self._renamed.get(last, last) if not module else last
        return last if last in TASKS else ""


def _call(source: Source, steps: tuple[Step, ...], task: str, node: Node, arguments: Node) -> Call:
    return Call(
        step=step_number(steps, node.start_byte),
        task=task,
        start=node.start_byte,
        end=node.end_byte,
        line=source.line_number(node.start_byte),
        commented=False,
        parameters=_parameters(source, task, arguments, 0),
    )


def _parameters(source: Source, task: str, arguments: Node, shift: int) -> Mapping[str, Param]:
    names = TASKS.get(task, ())
    found: dict[str, Param] = {}
    position = 0
    for node in arguments.named_children:
        if node.type == "keyword_argument":
            key, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if key is None or value is None:
                continue
            name = source.text(key.start_byte + shift, key.end_byte + shift)
        elif node.type in EXTRAS or node.type in ("dictionary_splat", "list_splat"):
            continue
        else:
            name, value = (names[position] if position < len(names) else str(position)), node
            position += 1
        start, end = value.start_byte + shift, value.end_byte + shift
        found[name] = Param(source.text(start, end), start, end)
    return found


def _commented(source: Source, steps: tuple[Step, ...], tasks: _Tasks) -> Iterator[Call]:
    behind = 0
    for index, line in enumerate(source.lines):
        if line.kind is not Kind.COMMENT or line.start < behind:
            continue
        ours = COMMENTED_OUT.match(source.content, line.start, line.end)
        if ours:
            behind = source.lines[min(index + int(ours[1]), len(source.lines) - 1)].next
            yield from _ours(source, steps, index + 1, int(ours[1]), tasks.task)
            continue
        found = _COMMENTED.match(source.content, line.body, line.end)
        if found and tasks.task(found[1].decode("utf-8", "replace")):
            call = _uncovered(source, steps, index, found, tasks)
            if call is not None:
                behind = call.end
                yield call


def _ours(
    source: Source, steps: tuple[Step, ...], index: int, count: int, known: Callable[[str], str]
) -> Iterator[Call]:
    """The calls in lines that casapilot commented out: whole statements, one sign a line."""
    lines = source.lines[index : index + count]
    if not lines:
        return
    shift = lines[0].start
    text = bytearray(source.content[shift : lines[-1].next])
    for line in lines:
        if line.kind is Kind.COMMENT:
            text[line.body - shift] = 0x20
    for name, node, arguments in find_named(Source(bytes(text))):
        task = known(name)
        if task:
            start, end = node.start_byte + shift, node.end_byte + shift
            parameters = _parameters(source, task, arguments, shift)
            number = step_number(steps, start)
            yield Call(number, task, start, end, source.line_number(start), True, parameters)


def _uncovered(
    source: Source, steps: tuple[Step, ...], index: int, found: re.Match[bytes], tasks: _Tasks
) -> Call | None:
    """The call under the comment signs from line `index` on; None where it is prose after all."""
    start = found.start(1)
    text = _masked(source, index, start)
    end = closing(text, found.end() - 1 - start)
    if end is None:
        return None
    root = parse(text[:end]).root_node
    node = (
        root.named_children[0].named_children[0]
        if root.named_child_count == 1 and not root.has_error
        else None
    )
    arguments = node.child_by_field_name("arguments") if node is not None and node.type == "call" else None
    if arguments is None or arguments.type != "argument_list":
        return None
    task = tasks.task(found[1].decode("utf-8", "replace"))
    parameters = _parameters(source, task, arguments, start)
    if not parameters or not _looks_like_code(arguments):
        return None
    return Call(step_number(steps, start), task, start, start + end, index + 1, True, parameters)


def _looks_like_code(arguments: Node) -> bool:
    """Tell ``split(vis = 'x')`` from ``split (see above)``: prose gives neither keywords nor strings."""
    return any(node.type in ("keyword_argument", "string") for node in arguments.named_children)


def _masked(source: Source, index: int, start: int) -> bytes:
    """The comment lines from `start` on with a blank for each comment sign: all offsets stay true."""
    lines = source.lines
    pieces = [source.content[start : lines[index].next]]
    for line in lines[index + 1 : index + _MOST_LINES]:
        if line.kind is not Kind.COMMENT:
            break
        text = source.content[line.start : line.next]
        signs = len(text) - len(text.lstrip(b"# \t\f"))
        pieces.append(b" " * signs + text[signs:])
    return b"".join(pieces)
