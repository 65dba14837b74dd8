import json

import pytest
from casapilot.steps.errors import RecordError
from casapilot.steps.record.book import Head, RunBook, read_head
from casapilot.steps.record.runs import FlagChange, RunRecord, save_run
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(
    key=TEXT,
    status=TEXT,
    title=TEXT,
    start=st.floats(0, 1e10),
    restored=st.lists(TEXT, max_size=2).map(tuple),
)
def test_the_head_of_a_record_is_that_of_the_record_read_whole(
    tmp_path_factory, key, status, title, start, restored
):
    counts = {"flagged": 1, "status": "inner", "start": 3, "key": "inner"}
    record = RunRecord("r1", key, title=title, start=start, status=status, versions_restored=restored)
    flags = (FlagChange("a.ms", counts, {"antenna": {"start": 5, "status": counts}}),)
    path = save_run(RunRecord(**{**fields(record), "flags": flags}), tmp_path_factory.mktemp("runs"))
    assert read_head(path) == Head(start, key, status, bool(restored))


def fields(record):
    return {name: getattr(record, name) for name in record.__slots__}


def test_a_record_in_another_layout_is_read_all_the_same(tmp_path):
    path = save_run(RunRecord("r1", "c/a@X", start=7.0, status="done"), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert read_head(path) == Head(7.0, "c/a@X", "done", False)


def test_what_is_no_record_is_an_error(tmp_path):
    path = tmp_path / "r1.json"
    path.write_text("no record")
    with pytest.raises(RecordError, match="not a run record"):
        read_head(path)


@pytest.fixture
def book(tmp_path):
    runs = [
        RunRecord("r3", "c/a@X", start=3.0, status="done"),
        RunRecord("r1", "c/a@X", start=1.0, status="failed"),
        RunRecord("r2", "c/b@X", start=2.0, status="done", versions_restored=("a.ms:v",)),
        RunRecord("r4", "c/b@X", start=4.0, status="failed"),
        RunRecord("r5", "c/b@X", start=5.0, status="restored", versions_restored=("a.ms:v",)),
    ]
    for run in runs:
        save_run(run, tmp_path)
    book = RunBook(tmp_path)
    assert book.refresh()
    return book


def ids(runs):
    return [run.id for run in runs]


def test_all_records_come_oldest_first(book):
    assert ids(book.all()) == ["r1", "r2", "r3", "r4", "r5"]
    assert ids(book.since(2.0)) == ["r3", "r4", "r5"]


def test_what_stands_is_the_last_run_of_each_item_and_what_put_flags_back(book):
    assert ids(book.standing()) == ["r2", "r3", "r4", "r5"]


def test_a_restore_is_not_the_last_run_of_its_item(book):
    assert book.last("c/b@X").id == "r4"
    assert book.last("c/none") is None


def test_only_what_is_asked_for_is_read_whole(book, tmp_path):
    (tmp_path / "r1.json").write_text("gone wrong since")
    assert ids(book.standing()) == ["r2", "r3", "r4", "r5"]
    assert ids(book.all()) == ["r2", "r3", "r4", "r5"]
    assert "r1.json" in book.problems[0]


def test_a_new_record_is_seen_once(book, tmp_path):
    assert not book.refresh()
    save_run(RunRecord("r6", "c/a@X", start=6.0, status="done"), tmp_path)
    assert book.refresh()
    assert not book.refresh()
    assert book.last("c/a@X").id == "r6"


def test_a_broken_record_is_named_and_asked_for_once(tmp_path):
    (tmp_path / "r1.json").write_text("{}")
    book = RunBook(tmp_path)
    assert book.refresh()
    assert not book.refresh()
    assert len(book.problems) == 1 and "r1.json" in book.problems[0]


def test_a_folder_that_is_not_there_holds_no_records(tmp_path):
    book = RunBook(tmp_path / "none")
    assert not book.refresh()
    assert book.all() == book.standing() == []
