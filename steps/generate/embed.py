"""Take a function out of the recipes with all that it needs, to stand in a script of its own."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

__all__ = ["source_of"]

RECIPES = Path(__file__).parent / "recipes" / "almahelpers.py"


@cache
def source_of(function: str) -> tuple[str, ...]:
    """Lines of code that define a function of the recipes: imports, constants, the functions it calls.

    Parameters
    ----------
    function : str
        Its name.
    """
    text = RECIPES.read_text(encoding="utf-8")
    lines = text.splitlines()
    body = ast.parse(text).body
    defined = {name: node for node in body for name in _defines(node)}
    wanted = _needed(function, defined)
    kept: list[str] = []
    for node in body:
        names = _defines(node) & wanted
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept += _import(node, names)
        elif names and node.end_lineno:
            kept += ["", *lines[node.lineno - 1 : node.end_lineno]]
    return tuple(kept)


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return set()


def _needed(function: str, defined: dict[str, ast.stmt]) -> set[str]:
    found: set[str] = set()
    queue = [function]
    while queue:
        name = queue.pop()
        if name in found or name not in defined:
            continue
        found.add(name)
        node = defined[name]
        if not isinstance(node, ast.Import | ast.ImportFrom):
            queue += [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    return found


def _import(node: ast.Import | ast.ImportFrom, names: set[str]) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return []
    aliases = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in names]
    if not aliases:
        return []
    if isinstance(node, ast.ImportFrom):
        return [ast.unparse(ast.ImportFrom(module=node.module, names=aliases, level=node.level))]
    return [ast.unparse(ast.Import(names=aliases))]
