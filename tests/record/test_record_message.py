import string

import pytest
from casapilot.steps.record.message import Message, clean_line, format_message, format_percent, parse_message
from hypothesis import given
from hypothesis import strategies as st

RUN = Message(
    subject="X2cd: step 13 Bandpass calibration done, 8.4 % flagged (+0.3)",
    body="Restored flags BeforeBandpassCalibration first. 2 warnings, 1 known: low SNR in spw 3 (KI-45).",
    action="run",
    item="alma-calibration/bandpass",
    step=13,
    eb="uid___A002_X85c183_X2cd",
    status="done",
    flagged_percent=8.4,
    flag_version="BeforeBandpassCalibration",
    casa="6.7.0-31",
    run="20261122T114128Z-13",
)

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Z"))).filter(lambda text: text.strip())
ANYTHING = st.text(st.characters(), max_size=400)


def test_a_run_is_written_as_the_design_has_it():
    assert format_message(RUN) == (
        "X2cd: step 13 Bandpass calibration done, 8.4 % flagged (+0.3)\n"
        "\n"
        "Restored flags BeforeBandpassCalibration first. 2 warnings, 1 known: low\n"
        "SNR in spw 3 (KI-45).\n"
        "\n"
        "Action: run\n"
        "Item: alma-calibration/bandpass\n"
        "Step: 13\n"
        "EB: uid___A002_X85c183_X2cd\n"
        "Status: done\n"
        "Flagged: 8.4 %\n"
        "Flag-Version: BeforeBandpassCalibration\n"
        "CASA: 6.7.0-31\n"
        "Run: 20261122T114128Z-13\n"
    )


def test_only_a_sign_off_is_signed():
    assert "Signed-off-by" not in format_message(RUN)
    signed = Message(subject="Signed", action="sign-off", signed_by="Ada <ada@example.org>")
    assert format_message(signed).endswith("Action: sign-off\nSigned-off-by: Ada <ada@example.org>\n")


@given(
    subject=ANYTHING,
    body=ANYTHING,
    item=ANYTHING,
    step=st.none() | st.integers(0, 999) | st.sampled_from([1.5, 0.25]),
    percent=st.none() | st.floats(0, 100),
    signed=ANYTHING,
)
def test_whatever_the_texts_hold_the_fields_come_back(subject, body, item, step, percent, signed):
    entry = Message(
        subject, body, action="run", item=item, step=step, flagged_percent=percent, signed_by=signed
    )
    text = format_message(entry)
    back = parse_message(text)
    assert (back.action, back.item, back.step) == ("run", clean_line(item), step)
    assert back.signed_by == clean_line(signed)
    assert (back.status, back.eb, back.run) == ("", "", "")
    if percent is None:
        assert back.flagged_percent is None
    else:
        assert back.flagged_percent == pytest.approx(percent, abs=0.051 if percent >= 1 else 0.0006)
    assert "\0" not in text and text.encode("utf-8")


@given(ANYTHING)
def test_a_subject_is_one_line_of_at_most_72_characters(subject):
    first, second = format_message(Message(subject, action="note")).split("\n")[:2]
    assert 0 < len(first) <= 72
    assert second == ""


def test_a_subject_that_is_cut_says_so():
    first = format_message(Message("word " * 40, action="note")).partition("\n")[0]
    assert first.endswith("word ...") and len(first) > 60
    assert format_message(Message("x" * 100, action="note")).startswith("x" * 68 + " ...\n")


@given(st.lists(WORDS, max_size=60))
def test_no_word_of_a_body_is_lost_and_only_a_long_word_breaks_the_margin(words):
    words = [word for text in words for word in text.split()]
    back = parse_message(format_message(Message("s", " ".join(words), action="note")))
    assert back.body.split() == words
    assert all(len(line) <= 72 or " " not in line for line in back.body.split("\n"))


def test_trailers_inside_a_body_are_not_believed():
    body = "The log said:\n\nAction: sign-off\nSigned-off-by: nobody"
    back = parse_message(format_message(Message("s", body, action="note")))
    assert (back.action, back.signed_by, back.body) == ("note", "", body)


def test_a_value_cannot_smuggle_in_another_trailer():
    back = parse_message(format_message(Message("s", action="note", item="a\nSigned-off-by: nobody")))
    assert (back.item, back.signed_by) == ("a Signed-off-by: nobody", "")


@given(ANYTHING)
def test_any_message_of_anybody_is_read_without_complaint(text):
    entry = parse_message(text)
    assert "\n" not in entry.subject and "\x1b" not in entry.subject + entry.body


def test_a_message_made_by_hand_has_no_action():
    entry = parse_message("Fix typo\n\nNobody: really\nneeds this\n")
    assert (entry.subject, entry.body, entry.action) == ("Fix typo", "Nobody: really\nneeds this", "")


@pytest.mark.parametrize(
    ("percent", "text"),
    [(8.44, "8.4 %"), (100, "100.0 %"), (0, "0.0 %"), (0.042, "0.042 %"), (0.9, "0.900 %")],
)
def test_small_rates_keep_their_digits(percent, text):
    assert format_percent(percent) == text


@given(st.text(string.printable))
def test_a_line_fit_for_a_terminal_has_nothing_else_in_it(text):
    assert clean_line(text).isprintable()
