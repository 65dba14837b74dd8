"""The tasks that a CASA has: parameters, defaults, allowed values, a line about each. CASA is not imported.

casatasks carries the XML that its tasks are generated from; where an older one does not, the signature and
the text of the task itself say less, but enough. All of it is read as files, so it takes a fraction of a
second and also works while CASA is busy.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import sys
import warnings
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple
from xml.etree import ElementTree

__all__ = ["Parameter", "Task", "main", "read_task", "read_tasks"]

#: Modules of casatasks that are no tasks.
NO_TASKS = frozenset(("__init__", "__main__", "casalog", "version"))
_LONGEST = 200
"""Characters of the line about a parameter."""


class Parameter(NamedTuple):
    """One parameter of a task."""

    name: str
    default: str
    """As Python writes it; empty where there is none, or none that can be told."""
    type: str = ""
    """As CASA names it: string, int, double, bool, path, stringVec, variant, ..."""
    about: str = ""
    allowed: Tuple[str, ...] = ()
    """The only values it may have, as Python writes them; empty where CASA names none."""
    must_exist: bool = False
    """Whether it names a file that must be there."""
    under: Tuple[Tuple[str, str, bool], ...] = ()
    """Of which parameters' values it is a matter: (parameter, value as Python writes it, whether equal)."""


class Task(NamedTuple):
    """One task."""

    name: str
    about: str
    group: str
    file: str
    parameters: Tuple[Parameter, ...]


def read_tasks(folder: str) -> Dict[str, Task]:
    """Return the tasks of the casatasks package in `folder`, by name."""
    found = {}
    for name in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(name)
        if suffix == ".py" and stem not in NO_TASKS and not stem.startswith("_"):
            task = read_task(folder, stem)
            if task is not None:
                found[stem] = task
    return found


def read_task(folder: str, name: str) -> Optional[Task]:
    """Return one task, or None where the file holds none or cannot be read."""
    path = os.path.join(folder, f"{name}.py")
    try:
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # texts of tasks hold what no string of Python should
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None
    signature = _signature(tree, name)
    if signature is None:
        return None
    arguments, text = signature
    about, group, told = _told(os.path.join(folder, "__xml__", f"{name}.xml"))
    spoken = _spoken(text)
    parameters = []
    for argument, default in arguments:
        known = told.get(argument) or Parameter(argument, "")
        parameters.append(known._replace(default=default, about=known.about or spoken.get(argument, "")))
    return Task(name, about or _first_line(text, name), group, path, tuple(parameters))


# -- the Python file -----------------------------------------------------------------------------------


def _signature(tree: ast.Module, name: str) -> Optional[Tuple[List[Tuple[str, str]], str]]:
    """Return names and defaults of the arguments, and the text, of a function or of a class's __call__."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == f"_{name}":
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and each.name == "__call__":
                    return _arguments(each)[1:], ast.get_docstring(node) or ""
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _arguments(node), ast.get_docstring(node) or ""
    return None


def _arguments(function: ast.FunctionDef) -> List[Tuple[str, str]]:
    names = [each.arg for each in function.args.args]
    defaults: List[Optional[ast.expr]] = [None] * (len(names) - len(function.args.defaults))
    return [(name, _default(node)) for name, node in zip(names, [*defaults, *function.args.defaults])]  # noqa: B905  # Python 3.8


def _default(node: Optional[ast.expr]) -> str:
    try:
        return "" if node is None else repr(ast.literal_eval(_Bare().visit(node)))
    except ValueError:
        return ""


class _Bare(ast.NodeTransformer):
    """Literals without what the generator of casatasks wraps them in: bool(True), numpy.array([...])."""

    def visit_Call(self, node: ast.Call) -> Any:
        """Take its first argument in place of a call."""
        return self.visit(node.args[0]) if node.args else node


def _first_line(text: str, name: str) -> str:
    first = text.strip().partition("\n")[0].strip()
    return _short(re.sub(rf"^{re.escape(name)}\s*-+\s*", "", first))


def _spoken(text: str) -> Dict[str, str]:
    """Return what a task's text says of its parameters, a line of each."""
    listed = text.partition("parameter descriptions")[2].partition("\n--------- ")[0]
    return {match[1]: _short(match[2]) for match in re.finditer(r"^(\w+) +(\S.*)$", listed, re.MULTILINE)}


# -- the XML --------------------------------------------------------------------------------------------


def _told(path: str) -> Tuple[str, str, Dict[str, Parameter]]:
    """Return the line about a task, its group, and what its XML says of each parameter."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return "", "", {}
    task = next((each for each in root.iter() if _tag(each) == "task"), root)
    under: Dict[str, List[Tuple[str, str, bool]]] = {}
    for when in (each for each in task.iter() if _tag(each) == "when"):
        for branch in when:
            value = (str(when.get("param")), _value(branch), _tag(branch) == "equals")
            for default in branch:
                if _tag(default) == "default":
                    under.setdefault(str(default.get("param")), []).append(value)
    found = {}
    for node in (each for each in task.iter() if _tag(each) == "param"):
        parameter = _parameter(node)
        found[parameter.name] = parameter._replace(under=tuple(under.get(parameter.name, ())))
    about = next((_short(each.text) for each in task if _tag(each) == "shortdescription"), "")
    return about, str(task.get("category") or ""), found


def _parameter(node: Any) -> Parameter:
    about = next((each.text for each in node if _tag(each) == "shortdescription"), "")
    kinds = [node.get("type") or ""] + [str(each.get("type")) for each in node if _tag(each) == "any"]
    kind = next((each for each in kinds if each), "variant")
    allowed = [each for each in node if _tag(each) == "allowed" and each.get("kind", "enum") == "enum"]
    values = [each for group in allowed for each in group if _tag(each) == "value"]
    return Parameter(
        name=str(node.get("name")),
        default="",
        type=kind,
        about=_short(about),
        allowed=tuple(dict.fromkeys(_literal(each.text, each.get("type") or kind) for each in values)),
        must_exist=node.get("mustexist") == "true",
    )


def _value(branch: Any) -> str:
    """Return the value a branch is about, as Python writes it."""
    text, kind = branch.get("value"), branch.get("type") or ""
    return _literal(text, kind)


def _literal(text: Optional[str], kind: str) -> str:
    """Return what stands in the XML as Python writes it."""
    words = (text or "").strip()
    if kind == "bool" or words in ("True", "False"):
        return str(words.lower() in ("true", "t", "1"))
    if kind in ("string", "path", "stringVec", "stringArray"):
        return repr(words)
    try:
        return repr(ast.literal_eval(words))
    except (ValueError, SyntaxError):
        return repr(words)


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _short(text: Optional[str]) -> str:
    words = " ".join((text or "").replace("\\'", "'").split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


# -- the command ----------------------------------------------------------------------------------------


def _folder() -> str:
    """Where casatasks lies; it is not imported."""
    spec = importlib.util.find_spec("casatasks")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return places[0] if places else ""


def as_json(task: Task) -> Dict[str, Any]:
    """Return a task in JSON's own types."""
    return {**task._asdict(), "parameters": list(_rows(task.parameters))}


def _rows(parameters: Tuple[Parameter, ...]) -> Iterator[Dict[str, Any]]:
    for each in parameters:
        yield {name: value for name, value in each._asdict().items() if value or name in ("name", "default")}


def main(argv: List[str]) -> int:
    """Print the tasks of this CASA as JSON; 4 when there is none."""
    del argv
    folder = _folder()
    if not folder:
        sys.stderr.write("casatasks is not installed in this Python\n")
        return 4
    tasks = [as_json(task) for task in read_tasks(folder).values()]
    json.dump({"folder": folder, "tasks": tasks}, sys.stdout)
    return 0
