import pytest
from casapilot.steps.checklist.lines import line_of, locate
from casapilot.steps.checklist.toml import loads
from casapilot.steps.checklist.write import to_toml
from checklist_strategies import checklists, relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

TEXT = '''\
# a comment with [brackets] and key = "value"
top = 1
"quoted key" = """
[not.a.header]
key = 'x' \\""" """
[head] # [other]
a.b = [ # first
  "x]", # ]
  { c = '#', d = [1, 2] },
]

[[item]]
id = 'one'
[[item.check]]
metric = ''\'a
'' b''\'
[item.more]
deep = true
[[item]]
id = "two"
  [[item.check]]
  [[item.check]]
  metric = 1979-05-27 07:32:00
'''


def test_every_kind_of_place_has_its_line():
    lines = locate(TEXT)
    assert lines[("top",)] == 2
    assert lines[("quoted key",)] == 3
    assert lines[("head", "a", "b")] == 7
    assert lines[("head", "a", "b", 0)] == 8
    assert lines[("head", "a", "b", 1, "d", 1)] == 9
    assert lines[("item", 0)] == 12
    assert lines[("item", 0, "check", 0, "metric")] == 15
    assert lines[("item", 0, "more", "deep")] == 18
    assert lines[("item", 1, "id")] == 20
    assert lines[("item", 1, "check", 1, "metric")] == 23
    assert ("not", "a", "header") not in lines and ("key",) not in lines


def test_what_is_missing_is_at_what_is_around_it():
    lines = locate(TEXT)
    assert line_of(lines, ("item", 1, "title")) == 19
    assert line_of(lines, ("nothing",)) == 1


def places(data, where=()):
    """Every place in parsed TOML."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in pairs:
        yield (*where, name)
        yield from places(value, (*where, name))


def test_all_places_of_that_text_are_found():
    assert set(places(loads(TEXT))) == set(locate(TEXT))


@relaxed
@given(checklists())
def test_all_places_of_any_checklist_are_found(checklist):
    text = to_toml(checklist)
    assert set(places(loads(text))) == set(locate(text))


PIECES = st.sampled_from(
    ["a", "b.c", " = ", "1", '"x"', "'y'", '"""', "'''", "\\", "[", "]", "[[", "]]", "{", "}", ",", "\n", "#"]
)


@settings(relaxed, max_examples=500)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_whatever_the_parser_takes_is_found_whole_and_the_rest_does_no_harm(text):
    lines = locate(text)
    try:
        data = loads(text)
    except ValueError:
        return
    assert set(places(data)) <= set(lines)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_a_long_string_that_does_not_end_is_given_up_at_once(quote):
    assert ("a",) in locate(f"a = {quote}" + "x y \\" * 20_000)


def test_an_endless_nesting_is_an_error_of_the_text():
    try:
        loads("a = " + "[" * 100_000)
    except ValueError:
        pass
    else:
        raise AssertionError("it was taken for TOML")
    assert ("a",) in locate("a = " + "[" * 100_000)
