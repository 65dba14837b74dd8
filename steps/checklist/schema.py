"""The JSON Schema of a checklist, for editors: made from the dataclasses and the strings under their fields.

Draft 4, which is what the TOML editors read. ``python -m casapilot.steps.checklist.schema`` writes it
to checklists/schema.json.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import textwrap
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from . import model
from .facts import FACTS
from .merge import SHIPPED
from .metrics import METRICS
from .read import Slot, slots_of
from .shape import HEAD, OVERRIDE, SCHEMA

__all__ = ["descriptions", "make_schema", "schema_text"]

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}

#: Names that a list in the code closes.
_CLOSED = {
    (model.Fact, "fact"): sorted(FACTS),
    (model.Check, "metric"): sorted(METRICS),
    (model.Check, "unit"): sorted({unit for metric in METRICS.values() for unit in metric.units}),
    (model.Param, "type"): ["bool", "float", "int", "list", "str"],
}

_ROOT = {
    "checklist": "What it is called, and who looks after it.",
    "phase": "The groups of items, in order.",
    "item": "The lines to do, in order.",
    "override": "Changes of items that come from another file.",
}


def make_schema() -> dict[str, Any]:
    """The schema as plain values."""
    properties: dict[str, Any] = {
        "schema": {"description": "Version of this form.", "type": "integer", "enum": [SCHEMA]},
        "checklist": {"description": _ROOT["checklist"], **_table(model.Checklist, HEAD, ("id",))},
        "phase": _list_of(_reference(model.Phase), _ROOT["phase"]),
        "item": _list_of(_reference(model.Item), _ROOT["item"]),
        "override": _list_of({"$ref": "#/definitions/Override"}, _ROOT["override"]),
    }
    definitions = {cls.__name__: _table(cls, slots_of(cls)) for cls in _TABLES}
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "casapilot checklist",
        "type": "object",
        "additionalProperties": False,
        "required": ["schema", "checklist"],
        "properties": properties,
        "definitions": {**definitions, "Override": _override()},
    }


def schema_text() -> str:
    """The text of schema.json."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def descriptions(cls: type) -> dict[str, str]:
    """Field of a dataclass -> the string that stands under it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    found: dict[str, str] = {}
    name = ""
    for statement in getattr(tree, "body", ()):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and name:
            found[name] = " ".join(str(statement.value.value).split())
            name = ""
    return found


_TABLES: tuple[type, ...] = (model.Phase, model.Item, model.Fact, model.Reference, model.Param, model.Check)


def _override() -> dict[str, Any]:
    table = _table(model.Item, OVERRIDE, ("item", "because"))
    table["properties"]["item"]["description"] = "Id of the item that it changes."
    table["properties"]["because"]["description"] = "Why it is different here."
    return table


def _table(cls: type, slots: Mapping[str, Slot], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    if required is None:
        required = tuple(slot.name for slot in slots.values() if slot.required)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {slot.name: _property(cls, slot) for slot in slots.values()},
    }


def _property(cls: type, slot: Slot) -> dict[str, Any]:
    described = {"description": descriptions(cls).get(slot.name, "")}
    if (cls, slot.name) in _CLOSED:
        return {**described, "type": "string", "enum": _CLOSED[cls, slot.name]}
    if slot.name == "date":
        return {**described, "type": "string", "format": "date"}
    return {**described, **_type(slot.hint)}


def _type(hint: Any) -> dict[str, Any]:
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _type(typing.get_args(hint)[0])}
    if typing.get_args(hint):
        return {"type": [_TYPES[kind] for kind in typing.get_args(hint)]}
    if hint is object:
        return {"type": [*_TYPES.values(), "array"]}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _reference(hint)
    if issubclass(hint, Enum):
        return {"type": "string", "enum": [each.value for each in hint]}
    return {"type": _TYPES[hint]}


def _reference(cls: type) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{cls.__name__}"}


def _list_of(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "type": "array", "items": items}


def main() -> None:
    """Write schema.json beside the checklists."""
    (SHIPPED / "schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
