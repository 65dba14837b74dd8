import re
import threading

import pytest
from casapilot.steps.checklist import ticks as module
from casapilot.steps.checklist.model import Key
from casapilot.steps.checklist.ticks import Choice, Note, SignOff, Skip, Ticks, Unskip, append
from casapilot.steps.errors import ChecklistError, UsageError
from checklist_strategies import ids, relaxed, relaxed_few, texts
from hypothesis import given
from hypothesis import strategies as st

KEY = Key("cal", "bandpass", "X2cd")

keys = st.builds(Key, ids, ids, st.just("") | ids)
times = st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000)
words = texts.filter(str.strip)
entries = st.one_of(
    st.builds(SignOff, keys, times, words, texts),
    st.builds(Note, keys, times, words, texts),
    st.builds(Skip, keys, times, words, texts),
    st.builds(Unskip, keys, times, texts),
    st.builds(Choice, keys, times, words, texts, texts),
)


@relaxed_few
@given(st.lists(entries, max_size=5))
def test_any_entries_come_back_as_they_were(tmp_path_factory, some):
    path = tmp_path_factory.mktemp("ticks") / "ticks.toml"
    for entry in some:
        append(path, entry)
    assert Ticks.load(path).entries == tuple(sorted(some, key=lambda entry: entry.time))


@relaxed_few
@given(entries, entries, st.lists(st.sampled_from(["# a remark", "", "  # [[note]]", "#\tx"])))
def test_what_people_wrote_stays_byte_for_byte(tmp_path_factory, first, second, remarks):
    path = tmp_path_factory.mktemp("ticks") / "ticks.toml"
    append(path, first)
    content = path.read_bytes() + "\n".join(remarks).encode()
    path.write_bytes(content)
    append(path, second)
    assert path.read_bytes().startswith(content)
    assert len(Ticks.load(path).entries) == 2


def test_a_file_that_is_not_there_holds_nothing(tmp_path):
    assert Ticks.load(tmp_path / "ticks.toml") == Ticks()


def test_the_last_word_counts(tmp_path):
    path = tmp_path / "ticks.toml"
    append(path, SignOff(KEY, 10.0, "AB"))
    append(path, SignOff(KEY, 30.0, "CD"))
    append(path, SignOff(KEY, 20.0, "EF"))
    append(path, Note(Key("cal", "other"), 40.0, "another item's"))
    ticks = append(path, Choice(KEY, 50.0, "keep"))
    assert ticks.signed(KEY).initials == "CD"
    assert ticks.noted(KEY) is None
    assert ticks.chosen(KEY).choice == "keep"
    assert len(ticks.of(KEY)) == 4


def test_a_skip_can_be_taken_back_and_given_again(tmp_path):
    path = tmp_path / "ticks.toml"
    assert append(path, Skip(KEY, 1.0, "no data")).skipped(KEY).reason == "no data"
    assert append(path, Unskip(KEY, 2.0)).skipped(KEY) is None
    assert append(path, Skip(KEY, 3.0, "still none")).skipped(KEY).reason == "still none"


def test_the_file_reads_well(tmp_path):
    path = tmp_path / "ticks.toml"
    append(path, SignOff(KEY, 1795347688.25, "AB", "flat within 3 deg"))
    assert path.read_text().splitlines()[2:] == [
        "[[sign-off]]",
        'key = "cal/bandpass@X2cd"',
        "time = 2026-11-22T11:41:28.250Z",
        'initials = "AB"',
        'text = "flat within 3 deg"',
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('key = "bandpass"', "checklist/item"),
        ("time = 2026-11-22T11:41:28", "with its zone"),
        ('reson = "x"', 'Did you mean "reason"'),
        ("reason = 3", "must be a string"),
        ("reason = ", "is not TOML"),
    ],
)
def test_a_broken_entry_is_named_with_its_line(tmp_path, line, words):
    path = tmp_path / "ticks.toml"
    append(path, Note(KEY, 1.0, "before"))
    append(path, Skip(KEY, 2.0, "why"))
    name = line.split(" ")[0].replace("reson", "reason")
    head, _, tail = path.read_text().rpartition("[[skip]]")
    path.write_text(f"{head}[[skip]]{re.sub(f'{name} = .*', line, tail)}")
    content = path.read_bytes()
    number = content.decode().splitlines().index(line) + 1
    with pytest.raises(ChecklistError) as caught:
        Ticks.load(path)
    assert words in str(caught.value)
    assert caught.value.where == f"{path}:{number}"
    with pytest.raises(ChecklistError):
        append(path, Note(KEY, 3.0, "more"))
    assert path.read_bytes() == content


def test_an_unknown_kind_of_entry_names_the_nearest(tmp_path):
    path = tmp_path / "ticks.toml"
    path.write_text("[[notes]]\n")
    with pytest.raises(ChecklistError) as caught:
        Ticks.load(path)
    assert caught.value.todo == 'Did you mean "note"?'


@relaxed
@given(st.text(max_size=80))
def test_any_text_loads_or_is_refused_with_reason(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any-ticks.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        Ticks.load(path)
    except ChecklistError as error:
        assert error.where.startswith(str(path))


@pytest.mark.parametrize("entry", [Skip(KEY, 1.0, " "), SignOff(KEY, 1.0, "\x1b"), Note(KEY, 1.0, "")])
def test_an_entry_that_says_nothing_is_refused(tmp_path, entry):
    with pytest.raises(UsageError, match="needs its"):
        append(tmp_path / "ticks.toml", entry)
    assert not (tmp_path / "ticks.toml").exists()


def test_what_a_terminal_would_obey_is_not_kept(tmp_path):
    ticks = append(tmp_path / "ticks.toml", Note(KEY, 1.0, "red \x1b[31m\udcff text"))
    assert ticks.noted(KEY).text == "red [31m? text"


def test_entries_of_many_writers_are_all_kept(tmp_path):
    path = tmp_path / "ticks.toml"
    writers = [
        threading.Thread(target=append, args=(path, Note(KEY, float(number), "x"))) for number in range(12)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Ticks.load(path).entries) == 12
    assert [each.name for each in tmp_path.iterdir()] == ["ticks.toml"]


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "ticks.toml"
    append(path, Note(KEY, 1.0, "first"))
    content = path.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(ChecklistError, match="No space left"):
        append(path, Note(KEY, 2.0, "second"))
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["ticks.toml"]
