import dataclasses
import json
from pathlib import Path

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record.runs import (
    Call,
    FlagChange,
    Measured,
    RunRecord,
    Warned,
    load_run,
    save_run,
)
from hypothesis import given, settings
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.fixed_dictionaries({"flagged": st.integers(0, 10**12), "total": st.integers(0, 10**12)})
CALL = st.builds(Call, TEXT, TEXT, st.none() | NUMBERS, st.booleans(), TEXT)
WARNED = st.builds(Warned, TEXT, TEXT, TEXT, st.integers(), TEXT, st.booleans())
CHANGE = st.builds(FlagChange, TEXT, st.none() | COUNTS, st.none() | COUNTS)
MEASURED = st.builds(Measured, TEXT, TEXT, st.none() | NUMBERS, TEXT, TEXT, TEXT)


def tuples(values):
    return st.lists(values, max_size=2).map(tuple)


#: A value for a field of each type that a record has.
VALUES = {
    "str": TEXT,
    "float": NUMBERS,
    "float | None": st.none() | NUMBERS,
    "int | float | None": st.none() | st.integers() | st.sampled_from([1.5]),
    "dict[str, Any]": st.dictionaries(TEXT, TEXT | st.integers() | st.none() | NUMBERS, max_size=3),
    "dict[str, str]": st.dictionaries(TEXT, TEXT, max_size=2),
    "tuple[str, ...]": tuples(TEXT),
    "tuple[Call, ...]": tuples(CALL),
    "tuple[Warned, ...]": tuples(WARNED),
    "tuple[FlagChange, ...]": tuples(CHANGE),
    "tuple[Measured, ...]": tuples(MEASURED),
}
FIELDS = {field.name: VALUES[field.type] for field in dataclasses.fields(RunRecord)}
RECORDS = st.builds(RunRecord, **{**FIELDS, "id": st.just("20261122T114128Z-13")})


@settings(deadline=None)
@given(record=RECORDS)
def test_a_record_that_is_written_is_read_back_the_same(tmp_path_factory, record):
    folder = tmp_path_factory.mktemp("runs") / "new"
    path = save_run(record, folder)
    assert load_run(path) == record
    assert [each.name for each in folder.iterdir()] == [f"{record.id}.json"]


def test_a_record_written_again_takes_the_place_of_the_first(tmp_path):
    save_run(RunRecord("r", "a/b"), tmp_path)
    path = save_run(RunRecord("r", "a/b", status="done"), tmp_path)
    assert load_run(path).status == "done"


def test_fields_of_a_newer_casapilot_are_passed_over(tmp_path):
    path = save_run(RunRecord("r", "a/b"), tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "mood": "good"}))
    assert load_run(path) == RunRecord("r", "a/b")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"id": "r"}', '{"id": "r", "key": "k", "calls": [1]}', "\xff"]
)
def test_what_is_not_a_record_is_said_with_its_path(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match="not a run record") as caught:
        load_run(path)
    assert caught.value.where == str(path)


def test_a_record_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written"):
        save_run(RunRecord("r", "a/b"), Path(tmp_path / "file" / "runs"))


def test_the_flagged_percentage_is_of_all_visibilities_of_all_sets():
    before, after = {"flagged": 10, "total": 100}, {"flagged": 20, "total": 100}
    other = {"flagged": 0, "total": 300}
    record = RunRecord("r", "k", flags=(FlagChange("a", before, after), FlagChange("b", other, other)))
    assert record.flagged_percent == pytest.approx(5.0)
    assert record.flagged_change == pytest.approx(2.5)
    assert RunRecord("r", "k").flagged_percent is None
    assert RunRecord("r", "k", flags=(FlagChange("a", None, after),)).flagged_change is None
