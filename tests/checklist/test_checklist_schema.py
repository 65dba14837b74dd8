import json
import re
import subprocess
import sys

from casapilot.steps.checklist import model
from casapilot.steps.checklist.merge import SHIPPED
from casapilot.steps.checklist.schema import descriptions, make_schema, schema_text
from casapilot.steps.checklist.toml import loads
from casapilot.steps.checklist.write import to_toml
from checklist_strategies import SHORT, checklists, relaxed
from hypothesis import given

SCHEMA = make_schema()
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def faults(schema, value, where=""):
    """What draft 4 has against `value`, as far as this schema uses it."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    is_bool = isinstance(value, bool)
    if not any(isinstance(value, TYPES[kind]) and (not is_bool or kind == "boolean") for kind in kinds):
        yield f"{where}: {value!r} is not of {kinds}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r}"
    if isinstance(value, dict):
        yield from (f"{where}: no {name}" for name in schema["required"] if name not in value)
        for name, each in value.items():
            if name not in schema["properties"]:
                yield f"{where}: unknown {name}"
            else:
                yield from faults(schema["properties"][name], each, f"{where}.{name}")
    if isinstance(value, list) and "items" in schema:
        for each in value:
            yield from faults(schema["items"], each, where)


def test_the_file_is_what_the_dataclasses_say():
    """When it is not: python -m casapilot.steps.checklist.schema."""
    assert (SHIPPED / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_module_writes_the_file():
    command = [sys.executable, "-m", "casapilot.steps.checklist.schema"]
    assert subprocess.run(command, capture_output=True).stderr == b""
    assert json.loads((SHIPPED / "schema.json").read_text()) == SCHEMA


def test_every_key_is_described():
    tables = [SCHEMA["properties"]["checklist"], *SCHEMA["definitions"].values()]
    texts = [each["description"] for table in tables for each in table["properties"].values()]
    assert len(texts) > 60
    assert all(texts)


def test_a_description_is_the_string_under_the_field():
    assert descriptions(model.Phase)["pause"] == "What to ask oneself before going on."


@relaxed
@given(checklists())
def test_the_schema_takes_any_checklist_that_the_loader_takes(checklist):
    assert list(faults(SCHEMA, loads(to_toml(checklist)))) == []


def test_the_schema_finds_what_an_editor_should_underline():
    data = loads(re.sub("date = .*", 'date = "2026-11-22"', SHORT))
    assert list(faults(SCHEMA, data)) == []
    data["item"][1]["whyy"] = "x"
    data["item"][1]["check"][0]["metric"] = "x"
    data["item"][2]["sign"] = 1
    del data["phase"][0]["title"]
    assert len(list(faults(SCHEMA, data))) == 4


def test_the_schema_keeps_to_draft_4():
    assert not re.search(r'"(\$defs|const|if|examples|\$id)"', schema_text())
