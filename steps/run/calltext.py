"""A task call as the worker writes it, read back."""

from __future__ import annotations

import ast

__all__ = ["keywords"]


def keywords(call: str) -> dict[str, object]:
    """Return the keyword arguments of a call as the worker writes it."""
    try:
        tree = ast.parse(call, mode="eval").body
        given = tree.keywords if isinstance(tree, ast.Call) else []
        return {each.arg: ast.literal_eval(each.value) for each in given if each.arg}
    except (SyntaxError, ValueError):
        return {}
