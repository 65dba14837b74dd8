"""What is kept, what stands in, and flux.csv."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from casapilot.steps.errors import MousError, UsageError
from casapilot.steps.fluxes import (
    Addresses,
    Catalogue,
    CsvRow,
    Flux,
    FluxBook,
    Origin,
    Question,
    Trouble,
    at_frequency,
    look_up,
    parse_given,
    update_table,
)
from casapilot.steps.generate.tables import read_fluxes
from flux_kit import echo, sends
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2016, 6, 12)
QUESTION = Question("J1058+0133", DAY, 233e9)
FLUX = Flux(
    "J1058+0133", DAY, 233e9, 3.8, 0.19, -0.6, 0.1, 3.0, 5, True, False, 0, asked_at="2026-11-20T10:00:00Z"
)
NOW_S = 1795374000.0  # 2026-11-22 19:00
HAND = parse_given("J1058+0133", "3.5@230GHz:-0.5", DAY, source="SMA", given_at="2026-11-20T10:00:00Z")
UID = "uid___A002_X85c183_X2cd"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fluxes.json"


@pytest.fixture
def ask(service):
    return Catalogue(Addresses(service.url, ""), timeout_s=5.0, clock=lambda: NOW_S)


def kept(path, *fluxes):
    book = FluxBook(path)
    for flux in fluxes:
        book.put(flux)
    book.save()
    return FluxBook(path)


def test_what_is_kept_comes_back_as_it_was(path):
    carried = replace(at_frequency(FLUX, 345e9), clarification="näh", url="http://127.0.0.1/?a=b")
    book = kept(path, FLUX, carried, HAND)
    assert set(book.answers) == {FLUX, carried}
    assert book.given == (HAND,)
    assert not book.is_changed


def test_without_a_path_nothing_is_written(tmp_path):
    book = FluxBook(None)
    book.put(FLUX)
    book.save()
    assert list(tmp_path.iterdir()) == []
    assert book.answer(QUESTION) == FLUX


def test_two_who_write_at_the_same_time_lose_nothing(path):
    one, other = FluxBook(path), FluxBook(path)
    one.put(FLUX)
    other.put(HAND)
    one.save()
    other.save()
    assert FluxBook(path).answers == (FLUX,) and FluxBook(path).given == (HAND,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"schema": 2, "answers": [], "given": []}',
        '{"schema": 1, "answers": [{}], "given": []}',
        '{"schema": 1, "answers": 3, "given": []}',
        "\xff",
    ],
)
def test_a_damaged_file_is_told_and_left_alone(path, text):
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(MousError, match="git checkout"):
        FluxBook(path)
    assert path.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize(
    "change",
    [
        {"jy": -1},
        {"jy": "3.8"},
        {"jy": True},
        {"jy": float("nan")},
        {"frequency_hz": 233},
        {"error_jy": -0.1},
        {"date": "soon"},
        {"date": 3},
        {"origin": "given"},
        {"origin": "me"},
        {"two_bands": 1},
        {"measurements": 1.5},
        {"name": 3},
        {"colour": "red"},
        {"spectral_index": 1e300},
    ],
)
def test_a_value_that_cannot_be_is_told(path, change):
    kept(path, FLUX)
    data = json.loads(path.read_text())
    data["answers"][0] |= change
    path.write_text(json.dumps(data))
    with pytest.raises(MousError, match="holds something wrong"):
        FluxBook(path)


def test_a_question_is_asked_once_and_then_answered_from_the_cache(path, service, ask):
    book = FluxBook(path)
    first = look_up(QUESTION, book, ask, now_s=NOW_S)
    book.save()
    again = look_up(QUESTION, FluxBook(path), ask, now_s=NOW_S + 3 * 86400)
    assert len(service.asked) == 1
    assert again.flux == first.flux and first.said == ()
    assert again.said == ("asked 2026-11-22 (3 d ago)",)


def test_an_answer_of_the_second_address_says_so(service, backup):
    service.answer = lambda words: sends(503)
    both = Catalogue(Addresses(service.url, backup.url), timeout_s=5.0)
    assert look_up(QUESTION, FluxBook(None), both, now_s=NOW_S).said == ("answered at the second address",)


def test_a_refresh_asks_again_and_says_what_it_was(path, service, ask):
    book = kept(path, FLUX)
    service.answer = lambda words: echo(words, FluxDensity="4.1")
    found = look_up(QUESTION, book, ask, refresh=True, now_s=NOW_S)
    assert found.flux.jy == 4.1
    assert found.said == ("it was 3.8 Jy, asked 2026-11-20 (2 d ago)",)
    assert book.answer(QUESTION).jy == 4.1


@pytest.mark.parametrize(
    "answer",
    [
        lambda words: sends(503),
        lambda words: echo(words, FluxDensity="null"),
        lambda words: echo(words, StatusCode="4"),
        lambda words: echo(words, SourceName="J1"),
        lambda words: b"<",
    ],
)
def test_a_failure_never_takes_the_place_of_an_answer(path, service, ask, answer):
    book = kept(path, FLUX)
    before = path.read_bytes()
    service.answer = answer
    found = look_up(QUESTION, book, ask, refresh=True, now_s=NOW_S)
    book.save()
    assert found.flux == FLUX and found.failure is not None
    assert found.said[0].startswith("not answered now: ") and found.said[1] == "asked 2026-11-20 (2 d ago)"
    assert path.read_bytes() == before


def test_offline_the_nearest_answer_is_carried_over_and_that_is_said(path):
    near = replace(FLUX, date=DAY - timedelta(3), frequency_hz=100e9, jy=6.0)
    book = kept(path, replace(FLUX, date=DAY - timedelta(3), frequency_hz=343e9), near)
    found = look_up(QUESTION, book, None, now_s=NOW_S)
    assert found.flux.from_hz == 343e9  # nearer, in the logarithm
    assert found.said == (
        "carried over from 343.00 GHz",
        "for 2016-06-09, 3 d off",
        "asked 2026-11-20 (2 d ago)",
    )
    assert found.failure is None


def test_the_same_day_goes_before_the_same_frequency(path):
    same_day = replace(FLUX, frequency_hz=345e9)
    book = kept(path, replace(FLUX, date=DAY - timedelta(1)), same_day)
    assert look_up(QUESTION, book, None, now_s=NOW_S).flux.date == DAY


@pytest.mark.parametrize("other", [{"date": DAY - timedelta(15)}, {"name": "J1058+0134"}])
def test_what_is_too_far_does_not_stand_in(path, other):
    found = look_up(QUESTION, kept(path, replace(FLUX, **other)), None, now_s=NOW_S)
    assert found.flux is None and found.failure.trouble is Trouble.NOT_ASKED


def test_with_the_catalogue_out_of_reach_the_nearest_stands_in_with_the_reason(path, service, ask):
    service.answer = lambda words: sends(500)
    found = look_up(QUESTION, kept(path, replace(FLUX, frequency_hz=231e9)), ask, now_s=NOW_S)
    assert found.flux.from_hz == 231e9
    assert "HTTP 500" in found.said[0] and found.failure.trouble is Trouble.REFUSED


def test_what_a_person_gave_is_used_only_when_asked_for(path, service, ask):
    book = kept(path, HAND)
    assert look_up(QUESTION, book, None, now_s=NOW_S).flux is None
    assert look_up(QUESTION, book, ask, now_s=NOW_S).flux.origin is Origin.CATALOGUE
    found = look_up(QUESTION, book, ask, given=True, now_s=NOW_S)
    assert found.flux.origin is Origin.GIVEN
    assert found.flux.jy == pytest.approx(3.5 * (233 / 230) ** -0.5)
    assert len(service.asked) == 1


# -- flux.csv ----------------------------------------------------------------------------------------------

ROW = CsvRow(f"{UID}.ms", 0, 17, FLUX)


def test_a_new_table_has_the_pipelines_columns_and_the_generator_reads_it(tmp_path):
    text = update_table("", [ROW, replace(ROW, spw=19, flux=HAND)])
    assert text.splitlines()[0] == "ms,field,spw,I,Q,U,V,spix,comment"
    assert text.splitlines()[1].startswith(
        f"{UID}.ms,0,17,3.8,0.0,0.0,0.0,-0.6,# field=J1058+0133 date=2016-06-12"
    )
    (tmp_path / "flux.csv").write_text(text)
    first, second = read_fluxes(tmp_path / "flux.csv", UID)
    assert (first.field, first.spw, first.flux_jy, first.spix) == ("0", 17, 3.8, -0.6)
    assert (second.spw, second.flux_jy, "by hand: SMA" in second.comment) == (19, 3.5, True)


def test_a_row_is_replaced_where_it_stands_and_all_else_stays():
    old = (
        "# of the pipeline\r\nms,field,spw,I,spix,comment\r\n"
        f'{UID}.ms,J1058+0133,17,3.1,-0.7,"old, with a comma"\r\n'
        f"other.ms,0,17,9,,x\r\n\r\n{UID}.ms,1,17,0.9,,last"
    )
    new = update_table(old, [ROW, replace(ROW, spw=19)])
    lines = new.split("\r\n")
    assert lines[:2] == old.split("\r\n")[:2] and lines[3:6] == old.split("\r\n")[3:]
    assert lines[2].startswith(f"{UID}.ms,0,17,3.8,-0.6,#")
    assert lines[6].startswith(f"{UID}.ms,0,19,3.8,-0.6,#") and lines[7:] == [""]


def test_written_twice_it_is_the_same():
    once = update_table("", [ROW])
    assert update_table(once, [ROW]) == once


def test_a_second_row_for_the_same_is_taken_out():
    old = f"ms,field,spw,I\n{UID}.ms,0,17,1\n{UID}.ms,J1058+0133,17,2\n"
    assert update_table(old, [ROW]) == f"ms,field,spw,I\n{UID}.ms,0,17,3.8\n"


def test_a_table_of_another_form_is_refused():
    with pytest.raises(UsageError, match=r"no column ms and no I|no column ms and no i"):
        update_table("field,spw\n0,17\n", [ROW])


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
LINE = st.lists(CELL, min_size=1, max_size=5).map(
    lambda cells: ",".join(c.replace("\n", "").replace("\r", "") for c in cells)
)


@given(st.lists(LINE, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_lines_that_are_not_ours_are_never_touched(lines, ending, ended):
    old = ending.join(["ms,field,spw,I,comment", *lines]) + (ending if ended else "")
    new = update_table(old, [ROW])
    assert new.startswith(old)
    assert new.count(f"{UID}.ms,0,17,3.8,") == 1


@given(st.text(max_size=60))
def test_no_table_is_an_accident(text):
    try:
        new = update_table(text, [ROW])
    except UsageError:
        return
    assert f"{UID}.ms" in new


def test_a_comment_cannot_begin_a_line_of_its_own():
    evil = replace(HAND, source='a\n"b",c\r\nms,field')
    text = update_table("", [replace(ROW, flux=evil)])
    assert len(text.splitlines()) == 2
