"""Pictures in a terminal: each way of showing them gives back the picture, and terminals are told apart."""

from __future__ import annotations

import base64
import io
import itertools
import re

import pytest
from casapilot.steps.errors import UsageError
from casapilot.tui.pictures import Ability, as_text, cells_of, fitted, in_ascii, kitty, open_picture, sixel
from casapilot.tui.terminal import ability_of, passed_through
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

UTF8 = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
FEW = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255), (0, 128, 0)]


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    width, height = draw(SIZES)
    picture = Image.new("RGB", (width, height))
    picture.putdata([FEW[n % 5] for n in draw(st.binary(min_size=width * height, max_size=width * height))])
    return picture


def decoded(text: str, width: int, height: int) -> Image.Image:
    """A picture of sixels as a terminal draws it."""
    body = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+);(\d+)(.*)\x1b\\', text, re.DOTALL)
    assert body and (int(body[1]), int(body[2])) == (width, height)
    palette: dict[int, tuple[int, ...]] = {}
    picture = Image.new("RGB", (width, height + 6), (1, 2, 3))
    pixels = picture.load()
    x = top = colour = 0
    for number, levels, count, sign, control in re.findall(
        r"#(\d+)((?:;\d+){4})?|(?:!(\d+))?([?-~])|([$-])", body[3]
    ):
        if number:
            colour = int(number)
            if levels:
                palette[colour] = tuple(round(int(each) * 2.55) for each in levels.split(";")[2:])
        elif control:
            x, top = 0, top + (6 if control == "-" else 0)
        else:
            end = x + int(count or 1)
            for at, bit in itertools.product(range(x, end), range(6)):
                if (ord(sign) - 63) >> bit & 1:
                    pixels[at, top + bit] = palette[colour]
            x = end
    return picture.crop((0, 0, width, height))


@settings(max_examples=40)
@given(images())
def test_sixels_are_the_picture(picture):
    shown = decoded(sixel(picture), *picture.size)
    pairs = zip(picture.tobytes(), shown.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 3


@settings(max_examples=40)
@given(images(), st.integers(1, 80), st.integers(1, 30))
def test_kitty_gets_the_picture_in_pieces_that_it_takes(picture, columns, rows):
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty(picture, columns, rows))
    assert all(len(data) <= 4096 for _, data in pieces)
    assert pieces[0][0].startswith(f"a=T,f=100,q=2,c={columns},r={rows}")
    assert [head[-3:] for head, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    whole = base64.standard_b64decode("".join(data for _, data in pieces))
    assert Image.open(io.BytesIO(whole)).tobytes() == picture.tobytes()


@given(images())
def test_half_blocks_hold_every_pixel(picture):
    rows = cells_of(picture)
    data = picture.tobytes()
    pixels = [tuple(data[n : n + 3]) for n in range(0, len(data), 3)]
    width, height = picture.size
    halves = [[cell[half] for cell in row] for row in rows for half in (0, 1)][:height]
    assert [pixel for row in halves for pixel in row] == pixels
    assert all(len(row) == width for row in halves)


@given(images(), st.integers(1, 100), st.integers(1, 60))
def test_a_picture_keeps_its_shape_and_fits(picture, width, height):
    small = fitted(picture, width, height)
    assert small.width <= width and small.height <= height
    assert small.width == width or small.height == height


@pytest.mark.parametrize("ability", [Ability.TRUE_COLOUR, Ability.COLOURS_256, Ability.ASCII])
def test_text_has_no_more_columns_and_rows_than_there_are(ability):
    picture = Image.new("RGB", (300, 200), "red")
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in as_text(picture, ability, 20, 10)]
    assert 0 < len(lines) <= 10
    assert max(map(len, lines)) <= 20
    assert "\n".join(lines).isascii() == (ability is Ability.ASCII)


def test_a_thin_line_is_seen_in_ascii_and_paper_is_blank():
    picture = Image.new("RGB", (800, 400), "white")
    picture.paste("black", (0, 200, 800, 202))
    lines = list(in_ascii(picture, 60, 20))
    inked = [line for line in lines if line.strip()]
    assert len(inked) == 1
    assert len(inked[0]) >= 55


def test_what_is_no_picture_is_refused_in_words(tmp_path):
    for name, content in (("a.png", b"no"), ("b.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50), ("c.png", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match="is no PNG picture"):
            open_picture(tmp_path / name)
    with pytest.raises(UsageError, match="is not there"):
        open_picture(tmp_path / "none.png")


def test_only_png_is_opened_whatever_the_name_says(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "x.gif")
    (tmp_path / "x.gif").rename(tmp_path / "x.png")
    with pytest.raises(UsageError, match="is no PNG picture"):
        open_picture(tmp_path / "x.png")


def test_what_is_transparent_is_paper(tmp_path):
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "x.png")
    assert open_picture(tmp_path / "x.png").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("environ", "answer", "ability"),
    [
        ({}, "\x1b_Gi=31;OK\x1b\\\x1b[?62;c", Ability.KITTY),
        ({}, "\x1b[?62;4;22c", Ability.SIXEL),
        ({}, "\x1b[?62;22c", Ability.COLOURS_256),
        ({}, "\x1b[?4c", Ability.COLOURS_256),
        ({"TERM": "xterm-kitty"}, "", Ability.KITTY),
        ({"TERM_PROGRAM": "WezTerm"}, "", Ability.KITTY),
        ({"TERM_PROGRAM": "iTerm.app"}, "", Ability.SIXEL),
        ({"TERM": "foot"}, "", Ability.SIXEL),
        ({"COLORTERM": "truecolor"}, "", Ability.TRUE_COLOUR),
        ({}, "", Ability.COLOURS_256),
        ({"TERM": "xterm"}, "", Ability.ASCII),
        ({"TERM": "linux"}, "\x1b[?62;4c", Ability.ASCII),
        ({"LANG": "C"}, "\x1b[?62;4c", Ability.ASCII),
        ({"NO_COLOR": "1"}, "", Ability.ASCII),
        ({"TERM": "screen-256color", "STY": "1"}, "\x1b[?62;4c", Ability.COLOURS_256),
    ],
)
def test_terminals_are_told_by_their_answer_else_by_their_name(environ, answer, ability):
    assert ability_of({**UTF8, **environ}, lambda question: answer) is ability


@pytest.mark.parametrize(
    ("passthrough", "outside", "answer", "ability"),
    [
        ("on", "xterm-kitty", "\x1b[?1;2c", Ability.KITTY),
        ("off", "xterm-kitty", "\x1b[?1;2c", Ability.COLOURS_256),
        ("on", "xterm-256color", "\x1b[?1;2c", Ability.COLOURS_256),
        ("off", "xterm-256color", "\x1b[?1;2;4c", Ability.SIXEL),
    ],
)
def test_tmux_lets_through_only_what_it_is_allowed_to(passthrough, outside, answer, ability):
    environ = {**UTF8, "TERM": "screen-256color", "TMUX": "/tmp/x,1,0"}
    answers = {"show": passthrough, "display": outside}
    assert ability_of(environ, lambda question: answer, lambda *words: answers[words[0]]) is ability


def test_for_the_terminal_outside_tmux_each_sequence_is_wrapped_and_its_escapes_doubled():
    text = "\x1b_Ga=T;AAAA\x1b\\\x1b_Gm=0;BB\x1b\\"
    assert passed_through(text, {}) == text
    wrapped = passed_through(text, {"TMUX": "x"})
    assert wrapped == (
        "\x1bPtmux;\x1b\x1b_Ga=T;AAAA\x1b\x1b\\\x1b\\\x1bPtmux;\x1b\x1b_Gm=0;BB\x1b\x1b\\\x1b\\"
    )
