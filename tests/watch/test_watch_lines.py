"""One line of a log, in every form it is met."""

from __future__ import annotations

import pytest
from casapilot.steps.watch.lines import LogLine, decode, iso, parse, seconds_between, strip_escapes
from hypothesis import given
from hypothesis import strategies as st

DUTC = "MeasTable::dUTC(Double) (file ../../measures/MeasTable.cc, line 4290)"

PLAIN = {
    "4.2": (
        "2014-02-11 10:00:00\tINFO\tgaincal::::\tgaincal(vis='a.ms',",
        LogLine("2014-02-11 10:00:00", "INFO", "gaincal::::", "gaincal(vis='a.ms',", False),
    ),
    "continued": (
        "2014-02-11 10:00:00\tINFO\tgaincal::::+\t        field='1')",
        LogLine("2014-02-11 10:00:00", "INFO", "gaincal::::", "        field='1')", True),
    ),
    "blank before the plus": (
        "2019-11-22 02:42:21\tINFO\tSIImageStore::printBeamSet +\tPol  Type",
        LogLine("2019-11-22 02:42:21", "INFO", "SIImageStore::printBeamSet", "Pol  Type", True),
    ),
    "no origin": (
        "2022-12-08 21:08:52\tSEVERE\t\tException Reported: x",
        LogLine("2022-12-08 21:08:52", "SEVERE", "", "Exception Reported: x", False),
    ),
    "only a plus": (
        "2022-12-08 21:08:52\tSEVERE\t+\tmore",
        LogLine("2022-12-08 21:08:52", "SEVERE", "", "more", True),
    ),
    "file and line": (
        f"2026-01-02 03:04:05\tSEVERE\t{DUTC}+\tUntil",
        LogLine("2026-01-02 03:04:05", "SEVERE", DUTC, "Until", True),
    ),
    "no message": (
        "2018-03-22 11:31:17\tINFO\t::casa\t",
        LogLine("2018-03-22 11:31:17", "INFO", "::casa", "", False),
    ),
    "trailing tab lost": (
        "2018-03-22 11:31:17\tINFO\t::casa",
        LogLine("2018-03-22 11:31:17", "INFO", "::casa", "", False),
    ),
    "debug level": (
        "2020-01-01 00:00:00\tDEBUG2\ta b[c]\td",
        LogLine("2020-01-01 00:00:00", "DEBUG2", "a b[c]", "d", False),
    ),
    "tabs and a second stamp": (
        "2026-11-22 14:41:48\tSEVERE\tms::x\tA: 2026-11-22 14:41:48\tSEVERE\tb::c\tErr",
        LogLine("2026-11-22 14:41:48", "SEVERE", "ms::x", "A: 2026-11-22 14:41:48\tSEVERE\tb::c\tErr", False),
    ),
    "CRLF": (
        "2018-03-22 11:31:17\tWARN\ta::b\tc\r",
        LogLine("2018-03-22 11:31:17", "WARN", "a::b", "c", False),
    ),
    "colours": (
        "\x1b[31m2018-03-22 11:31:17\tWARN\ta::b\tc\x1b[0m",
        LogLine("2018-03-22 11:31:17", "WARN", "a::b", "c", False),
    ),
    "markup stays text": (
        "2018-03-22 11:31:17\tWARN\ta::b\t[red]c[/]",
        LogLine("2018-03-22 11:31:17", "WARN", "a::b", "[red]c[/]", False),
    ),
}

COPIES = {
    "blanks for tabs": (
        "2023-02-24 22:48:26     INFO    applycal::::casa        ##### Begin Task: applycal           #####",
        ("INFO", "applycal::::casa", "##### Begin Task: applycal           #####", False),
    ),
    "one blank is all that is left": (
        f"LOGS/x.log:2026-05-12 02:09:52     SEVERE  {DUTC}+ Until",
        ("SEVERE", DUTC, "Until", True),
    ),
    "empty origin": (
        "2026-02-18 14:29:23     SEVERE          Exception Reported: x",
        ("SEVERE", "", "Exception Reported: x", False),
    ),
    "empty origin, continued": ("2026-02-18 14:29:23     SEVERE  +       x", ("SEVERE", "", "x", True)),
    "after a prompt": (
        "CASA <6>:      ...: 2026-02-18 14:29:41 WARN    importfits::::casa      no beam",
        ("WARN", "importfits::::casa", "no beam", False),
    ),
    "of Python's logging": (
        "2026-02-18 14:27:57 INFO: Environment is not MPI enabled.",
        ("INFO", "", "Environment is not MPI enabled.", False),
    ),
    "in a comment, one tab survived": (
        "# 2014-05-05 16:02:59 INFO gaincal\t##########",
        ("INFO", "gaincal", "##########", False),
    ),
    "inside another log": (
        "x - 2019-01-12 22:03:05,044 INFO - 2019-01-12 20:03:02\tINFO\tCalibrater::solve\t.  B Jones",
        ("INFO", "Calibrater::solve", ".  B Jones", False),
    ),
    "a string of a notebook": (
        '    "2019-11-22 02:39:06\\tINFO\\ttclean::::casa\\t##### x\\n",',
        ("INFO", "tclean::::casa", "##### x", False),
    ),
    "origin with a signature": (
        "2021-11-09 02:27:51 INFO image::regrid() const [with T = float]   hello  there",
        ("INFO", "image::regrid() const [with T = float]", "hello  there", False),
    ),
    "indented": ("    2019-11-22 02:39:06\tINFO\ta::b \tc", ("INFO", "a::b", "c", False)),
}


@pytest.mark.parametrize("text, expected", PLAIN.values(), ids=PLAIN)
def test_a_line_as_casa_writes_it_gives_its_fields(text: str, expected: LogLine) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text, expected", COPIES.values(), ids=COPIES)
def test_a_line_of_a_copy_gives_the_same_fields(text: str, expected: tuple[str, str, str, bool]) -> None:
    line = parse(text)
    assert line is not None
    assert (line.level, line.origin, line.message, line.continued) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CASA <3>: gaincal()",
        "0%....10....20",
        "",
        "Traceback (most recent call last):",
        "1 of 36 solutions flagged due to SNR < 4 in spw=0 at 2022/09/21/10:27:58.5",
        "2020-04-19 22:18:21 CARACal INFO:  img",
        "2020-04-19 22:18:21",
    ],
)
def test_a_line_of_something_else_is_none(text: str) -> None:
    assert parse(text) is None


stamps = st.datetimes().map(lambda t: f"{t:%Y-%m-%d %H:%M:%S}".rjust(19, "0"))
levels = st.sampled_from(["INFO", "WARN", "SEVERE", "DEBUG", "DEBUG1", "DEBUG2", "INFO3"])
plain_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80)
classes = st.from_regex(
    r"[A-Za-z]\w{0,12}(::\w{0,12}){1,3}( \(file [\w./]{1,30}, line \d{1,4}\))?", fullmatch=True
)


@given(stamps, levels, plain_text, st.booleans(), plain_text)
def test_whatever_the_origin_and_message_the_tabs_part_them(
    stamp: str, level: str, origin: str, continued: bool, message: str
) -> None:
    origin = origin.rstrip().rstrip("+").rstrip()
    line = parse(f"{stamp}\t{level}\t{origin}{'+' * continued}\t{message}")
    assert line == LogLine(stamp, level, origin, message, continued)


@given(stamps, levels, classes, st.booleans(), st.from_regex(r"[!-~]( ?[!-~]){0,60}", fullmatch=True))
def test_tabs_turned_into_blanks_part_the_same_fields(
    stamp: str, level: str, origin: str, continued: bool, message: str
) -> None:
    if message.startswith(("(", "[", "+", "const")):
        message = "x" + message
    text = f"{stamp}\t{level}\t{origin}{'+' * continued}\t{message}".expandtabs(8)
    assert parse(text) == LogLine(stamp, level, origin, message, continued)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    line = parse(decode(data))
    assert line is None or len(line.time) == 19


@given(
    st.text(st.characters(exclude_characters="\x1b")),
    st.sampled_from(["\x1b[1;31m", "\x1b]0;title\x07", "\x1b(B"]),
)
def test_escapes_go_and_the_text_stays(text: str, escape: str) -> None:
    assert strip_escapes(f"{escape}{text}\x1b[0m") == text


def test_invalid_utf8_is_replaced_and_the_line_still_read() -> None:
    line = parse(decode(b"2018-03-22 11:31:17\tWARN\ta::b\tf\xfcr\r\n"))
    assert line is not None and line.message == "f�r"


def test_times_become_iso_and_differences() -> None:
    assert iso("2018-03-22 11:31:17") == "2018-03-22T11:31:17Z"
    assert seconds_between("2018-03-22 23:59:59.5", "2018-03-23 00:00:01") == 1.5
    assert seconds_between("2018-13-99 00:00:00", "2018-03-23 00:00:01") is None


def test_the_task_is_the_first_part_of_the_origin() -> None:
    line = parse("2018-03-22 11:31:17\tINFO\tapplycal::calibrater::open\tx")
    assert line is not None and line.task == "applycal" and not line.is_warning
