"""What the catalogue may send, and what is made of it."""

import math

import pytest
from casapilot.steps.fluxes import Failure, Flux, Question, Trouble, conditions, worries
from casapilot.steps.fluxes.answer import read_answer
from casapilot.steps.fluxes.votable import MOST_BYTES, read_rows
from flux_kit import CELLS, COLUMNS, QUESTION, votable
from hypothesis import given
from hypothesis import strategies as st


def read(data, question=QUESTION, **words):
    return read_answer(data, question, **words)


def test_an_answer_is_read_by_the_names_of_its_columns():
    flux = read(votable(), url="http://127.0.0.1/", asked_at="2026-11-22T19:00:00Z")
    assert (flux.jy, flux.error_jy, flux.spectral_index, flux.spectral_index_error) == (4.5, 0.2, -0.6, 0.05)
    assert (flux.age_days, flux.measurements, flux.two_bands, flux.bracketed) == (3.0, 5, True, True)
    assert (flux.status, flux.clarification, flux.catalogue_name) == (0, "", "J1427-4206")
    assert (flux.frequency_hz, flux.from_hz) == (QUESTION.frequency_hz, None)
    assert (flux.url, flux.asked_at) == ("http://127.0.0.1/", "2026-11-22T19:00:00Z")
    assert worries(flux) == ()


@given(st.permutations(COLUMNS), st.booleans())
def test_the_order_of_the_columns_does_not_matter(columns, with_clarification):
    if not with_clarification:
        columns = [name for name in columns if name != "Clarification"]
    flux = read(votable(tuple(columns), Clarification="look twice"))
    assert (flux.jy, flux.age_days, flux.measurements) == (4.5, 3.0, 5)
    assert flux.clarification == ("look twice" if with_clarification else "")


def test_a_clarification_is_a_worry():
    flux = read(votable(COLUMNS, Clarification="only one measurement"))
    assert worries(flux) == ("the catalogue says: only one measurement",)


def test_a_row_with_one_cell_less_lacks_the_clarification():
    twelve = tuple(name for name in COLUMNS if name != "Clarification")
    assert read(votable(COLUMNS, cells_of=twelve)) == read(votable(twelve))


def test_a_row_with_one_cell_more_has_a_clarification_second():
    twelve = tuple(name for name in COLUMNS if name != "Clarification")
    flux = read(votable(twelve, cells_of=COLUMNS, Clarification="so it is"))
    assert (flux.jy, flux.clarification) == (4.5, "so it is")


@pytest.mark.parametrize(
    ("cells", "trouble", "words"),
    [
        ({"FluxDensity": "null"}, Trouble.INVALID, "gives no flux density"),
        ({"FluxDensity": ""}, Trouble.INVALID, "an empty cell"),
        ({"FluxDensity": "NaN"}, Trouble.INVALID, "NaN"),
        ({"FluxDensity": "0.0"}, Trouble.INVALID, "not above zero"),
        ({"FluxDensity": "-1"}, Trouble.INVALID, "not above zero (-1 Jy)"),
        ({"StatusCode": "4"}, Trouble.INVALID, "no valid flux density for J1427-4206"),
        ({"Frequency": "86.8"}, Trouble.INVALID, "far from"),
        ({"SourceName": "J1427-4300"}, Trouble.OTHER_SOURCE, "another source than J1427-4206: J1427-4300"),
        ({"SourceName": "null"}, Trouble.OTHER_SOURCE, "no name"),
    ],
)
def test_what_is_no_flux_density_is_told_in_words(cells, trouble, words):
    found = read(votable(**cells))
    assert isinstance(found, Failure) and found.trouble is trouble
    assert words in found.words


def test_a_name_matched_by_its_beginning_only_is_another_source():
    question = Question("3c27", QUESTION.date, QUESTION.frequency_hz)
    assert read(votable(SourceName="3C273;J1229+0203"), question).trouble is Trouble.OTHER_SOURCE
    assert isinstance(read(votable(SourceName="3C273;J1229+0203"), Question("3c273", *_rest())), Flux)
    assert isinstance(read(votable(SourceName="J1229+0203"), Question("3C 273", *_rest())), Flux)


def _rest():
    return QUESTION.date, QUESTION.frequency_hz


def test_without_a_row_the_catalogue_knows_nothing():
    found = read(votable(rows=0))
    assert found.trouble is Trouble.UNKNOWN and "nothing on J1427-4206" in found.words


@pytest.mark.parametrize("text", ["null", "", "nan", "-1000", "-1000.0", "-inf"])
def test_a_spectral_index_that_is_none_is_not_known(text):
    flux = read(votable(SpectralIndex=text))
    assert (flux.spectral_index, flux.spectral_index_error, flux.jy) == (None, None, 4.5)


@pytest.mark.parametrize("text", ["null", "0", "-1000"])
def test_an_error_that_is_none_is_not_known_and_said(text):
    flux = read(votable(FluxDensityError=text))
    assert flux.error_jy is None and worries(flux) == ("the catalogue gives no error",)


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("911", "9 or more measurements in two bands before and after the date; usual heuristic"),
        ("100", "1 measurement in one band on one side of the date; usual heuristic"),
        ("11", "0 measurements in two bands before and after the date; usual heuristic"),
        ("null", "not said what it rests on; usual heuristic"),
        ("9111", "not said what it rests on; usual heuristic"),
        ("x1", "not said what it rests on; usual heuristic"),
    ],
)
def test_the_three_digits_are_told_in_words(digits, words):
    assert conditions(read(votable(DataConditions=digits))) == words


@pytest.mark.parametrize(
    ("cells", "count", "words"),
    [
        ({"StatusCode": "1"}, 0, "seldom observed"),
        ({"StatusCode": "2"}, 1, "outside of the time window had to be used"),
        ({"StatusCode": "3"}, 1, "fallback"),
        ({"StatusCode": "7"}, 1, "status 7"),
        ({"Nearest_Measurement_Date": "14"}, 0, ""),
        ({"Nearest_Measurement_Date": "14.5"}, 1, "more than 14"),
        ({"Nearest_Measurement_Date": "-20"}, 1, "20 d away"),
        ({"Nearest_Measurement_Date": "null"}, 0, ""),
        ({"Date": "2013-03-10"}, 1, "its answer is for 2013-03-10"),
    ],
)
def test_what_deserves_a_look_is_a_worry(cells, count, words):
    flux = read(votable(**cells))
    assert len(worries(flux)) == count
    assert words in conditions(flux) + " ".join(worries(flux))


def test_an_answer_at_a_frequency_near_by_is_carried_over_with_its_index():
    flux = read(votable(Frequency=str(QUESTION.frequency_hz / 1.1)))
    assert flux.jy == pytest.approx(4.5 * 1.1**-0.6)
    assert flux.from_hz == pytest.approx(QUESTION.frequency_hz / 1.1)
    assert flux.error_jy / flux.jy == pytest.approx(math.hypot(0.2 / 4.5, math.log(1.1) * 0.05))


BROKEN = [
    (b"", "is empty"),
    (b"  \n", "is empty"),
    (b"Service temporarily unavailable", "not XML"),
    (votable()[:-40], "not XML"),
    (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    (b"<html><body/></html>", "web page"),
    (b'<!DOCTYPE VOTABLE [<!ENTITY a "b">]><VOTABLE>&a;</VOTABLE>', "document type"),
    (
        votable().replace(b"<VOTABLE ", b'<!DOCTYPE VOTABLE SYSTEM "v.dtd"><VOTABLE '),
        "declares a document type",
    ),
    (b"<VOTABLE/>", "no columns"),
    (votable(columns=("SourceName", "Date")), "no column FluxDensity"),
    (votable(cells_of=COLUMNS[:4]), "4 cells for 12 columns"),
    (b"<a>" * 60 + b"</a>" * 60, "nested too deeply"),
    (votable().replace(b"<TABLEDATA>", b"<BINARY/><TABLEDATA>"), "binary"),
    (b'<VOTABLE><INFO name="QUERY_STATUS" value="ERROR">no database</INFO></VOTABLE>', "no database"),
    (b" " * (MOST_BYTES + 1), "larger than"),
    (b'<?xml version="1.0" encoding="klingon"?><VOTABLE/>', "encoding"),
    (votable(rows=1200), "too many rows"),
]


@pytest.mark.parametrize(("data", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_what_is_no_votable_is_broken_and_says_how(data, words):
    found = read(data)
    assert found.trouble is Trouble.BROKEN
    assert words in found.words


def test_entities_are_never_expanded():
    lines = ['<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa">']
    lines += [f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)]
    assert read(("".join(lines) + "]><v>&j;</v>").encode()).trouble is Trouble.BROKEN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "cp1252"])
def test_the_document_says_its_encoding_itself(encoding):
    text = votable(Verbose="ñandú").decode().replace("UTF-8", encoding)
    flux_rows = read_rows(text.encode(encoding), "us-ascii")
    assert flux_rows[0]["verbose"] == "ñandú"


def test_without_a_word_of_its_own_the_header_tells_the_encoding():
    text = votable(Verbose="ñandú").decode().partition("\n")[2]
    assert read_rows(text.encode("latin-1"), "ISO-8859-1")[0]["verbose"] == "ñandú"
    assert read_rows(b"\xef\xbb\xbf" + text.encode(), "ISO-8859-1")[0]["verbose"] == "ñandú"


def test_a_letter_in_another_encoding_than_the_one_declared_does_not_cost_the_number():
    data = votable(Verbose="XX").replace(b"XX", "ñ".encode("latin-1"))
    assert read(data).jy == 4.5


@given(st.binary(max_size=300))
def test_no_bytes_are_an_accident(data):
    assert isinstance(read(data), Failure)


@given(st.data())
def test_a_damaged_answer_is_a_flux_density_or_a_failure(data):
    whole = bytearray(votable())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
    found = read(bytes(whole))
    assert isinstance(found, Failure) or (math.isfinite(found.jy) and found.jy > 0)


@given(
    st.dictionaries(
        st.sampled_from(sorted(CELLS)), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))
    )
)
def test_no_cells_are_an_accident(cells):
    found = read(votable(COLUMNS, **cells))
    assert isinstance(found, Failure) or (math.isfinite(found.jy) and found.jy > 0)
    if isinstance(found, Flux):
        assert conditions(found) and isinstance(worries(found), tuple)


@given(
    st.floats(1e-3, 1e3), st.floats(1e-4, 10), st.floats(-3, 3), st.floats(1e-3, 1), st.floats(30e9, 950e9)
)
def test_numbers_come_back_as_they_were_sent(jy, error, index, index_error, hz):
    cells = {
        "FluxDensity": repr(jy),
        "FluxDensityError": repr(error),
        "SpectralIndex": repr(index),
        "SpectralIndexError": repr(index_error),
        "Frequency": repr(hz),
    }
    flux = read(votable(**cells), Question("J1427-4206", QUESTION.date, hz))
    assert (flux.jy, flux.error_jy, flux.spectral_index, flux.spectral_index_error, flux.frequency_hz) == (
        jy,
        error,
        index,
        index_error,
        hz,
    )
