"""Steps: every form of header, intact and broken."""

from __future__ import annotations

import re

import pytest
from casapilot.steps.errors import ScriptError
from casapilot.steps.script import Script, step_sha
from hypothesis import example, given, settings
from hypothesis import strategies as st
from script_synth import BROKEN, HEADERS, Synth, build, marker, scripts


def check(synth: Synth) -> Script:
    """Steps have their numbers and titles, and each spans its own body and nobody else's."""
    script = Script.parse(synth.content)
    assert [step.number for step in script.steps] == [number for number, _ in synth.steps]
    for index, step in enumerate(script.steps):
        text = script.step_text(step)
        assert set(re.findall(rb"marker_(\d+)_", text)) == {str(index).encode()}
        assert marker(index, "first").encode() in text
        assert marker(index, "last").encode() in text
        assert b"and so on" in text
        assert b"between" not in text
        assert step.start <= step.header < step.body_start <= step.end
    return script


@pytest.mark.parametrize("header", sorted(HEADERS))
@pytest.mark.parametrize("deep", ["", " " * 12])
def test_every_header_form_gives_its_steps(header, deep):
    script = check(build([0, 1, 5], header=header, deep=deep))
    assert script.steps[0].title == "Import of the ASDM"


@pytest.mark.parametrize("numbers", [[0, 1.1, 3.1, 99, 9999], [1, 2, 10], ["import", "cal"], [-1]])
def test_numbers_may_be_floats_have_gaps_or_be_names(numbers):
    check(build(numbers))


@settings(max_examples=120, deadline=None)
@given(scripts())
def test_synthesised_scripts_give_their_steps_and_their_bytes(synth):
    script = check(synth)
    assert script.content == synth.content
    if "?" not in synth.content.decode("latin-1"):
        accents = script.source.encoding == "latin-1"
        assert accents or [step.title for step in script.steps] == [title for _, title in synth.steps]


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00if(mystep in thesteps):\r\r\n\x00")
@example(b"'''\nmystep = 1\nif 1 in thesteps:\n  (")
@example(b"\xef\xbb\xbf")
@example(b"if mystep in thesteps")
@example(b"mystep = 1\nif mystep in thesteps:")
def test_any_bytes_come_back_and_never_raise(content):
    script = Script.parse(content)
    for name in ("steps", "calls", "titles", "helpers", "versions", "redirections", "old", "errors"):
        assert getattr(script, name) is not None
    assert script.content == content


@settings(max_examples=80, deadline=None)
@given(scripts(), st.data())
def test_damaged_scripts_never_raise_and_spans_stay_in_order(synth, data):
    at = data.draw(st.integers(0, len(synth.content)))
    damage = data.draw(st.sampled_from([b"'", b'"""', b"(", b")", b"\x00", b"\\\n", b"text\n", b"#"]))
    script = Script.parse(synth.content[:at] + damage + synth.content[at:])
    for step in script.steps:
        assert 0 <= step.start <= step.header < step.end <= len(script.content)
    starts = [step.start for step in script.steps]
    assert starts == sorted(starts)


@pytest.mark.parametrize("kind", sorted(BROKEN))
@pytest.mark.parametrize("at", [0, 1, 2])
def test_broken_text_in_a_step_hides_no_step(kind, at):
    synth = build([0, 1, 2], junk={at: BROKEN[kind]})
    script = Script.parse(synth.content)
    assert script.errors
    assert [(step.number, step.title) for step in script.steps] == list(synth.steps)
    for index, step in enumerate(script.steps):
        text = script.step_text(step)
        assert marker(index, "first").encode() in text and marker(index, "last").encode() in text
        others = set(re.findall(rb"marker_(\d+)_", text))
        assert others == {str(index).encode()}


def test_a_triple_quote_that_never_ends_hides_no_step():
    synth = build([0, 1], junk={0: '  """ a remark'})
    assert [step.number for step in Script.parse(synth.content).steps] == [0, 1]


def test_a_shared_block_is_two_steps_with_one_span():
    script = Script.parse(b"if (2 in thesteps) or (3 in thesteps):\n  x = 1\nif 4 in thesteps:\n  y = 1\n")
    assert [(step.number, step.start, step.end) for step in script.steps] == [
        (2, 0, 47),
        (3, 0, 47),
        (4, 47, 73),
    ]


def test_a_condition_on_a_step_with_its_own_block_is_no_step():
    script = Script.parse(
        b"if 2 in mysteps or 3 in mysteps:\n  a = 1\n"
        b"mystep = 2\nif mystep in mysteps:\n  if 3 in mysteps:\n    b = 1\n"
        b"mystep = 3\nif mystep in mysteps:\n  c = 1\n"
    )
    assert [(step.number, step.line) for step in script.steps] == [(2, 3), (3, 7)]


def test_helpers_that_take_the_step_as_an_argument_are_no_steps():
    script = Script.parse(
        b"mystep = 0\ndef tell(mystep):\n    if mystep in thesteps:\n        print(mystep)\n"
        b"for mystep in thesteps:\n    if mystep in thesteps: pass\n"
    )
    assert script.steps == ()


def test_counted_steps_have_their_numbers():
    script = Script.parse(
        b"mystep = 0\nif mystep in s.thesteps:\n  a\nmystep += 1\nif mystep in thesteps:\n  b\n"
    )
    assert [step.number for step in script.steps] == [0, 1]


def test_statements_between_number_and_header_belong_to_the_step():
    script = Script.parse(b"mystep = 4\ncasalog.post('x')\nif mystep in thesteps:\n  a\n")
    assert script.steps[0].start == 0


def test_code_between_steps_is_left_to_itself():
    script = Script.parse(b"mystep = 4\nfor i in x:\n  y()\nif mystep in thesteps:\n  a\n")
    assert script.steps[0].start == script.steps[0].header


def test_one_number_in_two_blocks_gives_two_steps():
    script = Script.parse(b"mystep = 4\nif mystep in thesteps:\n  a\nif mystep in thesteps:\n  b\n")
    assert [step.number for step in script.steps] == [4, 4]
    with pytest.raises(ScriptError, match="2 steps have the number 4"):
        script.step(4)


def test_a_step_in_one_line_has_its_body_there():
    script = Script.parse(b"if 5 in thesteps: foo()\nbar()\n")
    step = script.steps[0]
    assert script.content[step.body_start : step.end] == b" foo()\n"


def test_negated_conditions_are_no_steps():
    script = Script.parse(b"mystep = 1\nif mystep not in thesteps:\n  a\nif not mystep in thesteps:\n  b\n")
    assert script.steps == ()


def test_a_header_commented_out_leaves_its_code_to_the_step_before():
    script = Script.parse(
        b"step_title = {4: 'a', 5: 'b'}\nmystep = 4\nif(mystep in thesteps):\n  x = 1\n\n"
        b"# mystep = 5\n# if(mystep in thesteps):\n  y = 1\n"
    )
    assert [step.number for step in script.steps] == [4]
    assert b"y = 1" in script.step_text(script.steps[0])
    assert script.titles[5] == "b"


def test_titles_without_block_are_kept_and_later_entries_win():
    script = Script.parse(b"step_title = {0: ' a ', 1: 'b', 0: 'c'}\nstep_title[7] = 'd'\n")
    assert script.titles == {0: "c", 1: "b", 7: "d"}
    assert len(script.title_entries) == 4


def test_titles_are_found_in_a_dict_that_is_broken():
    script = Script.parse(b"step_title = {0: 'a',\n  1: 'b'\n  2: 'c'}\nif 1 in thesteps:\n  x = 1\n")
    assert script.titles == {0: "a", 1: "b", 2: "c"}


def test_titles_may_be_called_otherwise():
    assert Script.parse(b"TODO = {0: 'Save flags', 1: 'Solve'}").titles[1] == "Solve"


def test_a_step_without_title_is_known_by_the_comment_above():
    script = Script.parse(b"######\n#\n# STEP 0: Scan info\n#\nif 0 in mysteps:\n  x\n")
    assert script.steps[0].title == ""
    assert script.step_by_title("scan").number == 0


def test_steps_are_found_by_title_and_errors_name_the_near_ones():
    script = Script.parse(build(list(range(11))).content)
    assert script.step_by_title("^bandpass").number == 7
    assert script.step("Gain calibration").number == 9
    assert script.step("8").number == 8
    with pytest.raises(ScriptError) as caught:
        script.step_by_title("Bandpas calibraton")
    assert "Bandpass calibration" in caught.value.todo
    with pytest.raises(ScriptError, match="steps have a title like"):
        script.step_by_title("flag")
    with pytest.raises(ScriptError, match="not a regular expression"):
        script.step_by_title("(")


def test_an_exact_title_wins_over_one_that_contains_it():
    script = Script.parse(
        b"step_title = {0: 'listobs', 1: 'Listobs, and save original flags'}\n"
        b"if 0 in thesteps:\n  a\nif 1 in thesteps:\n  b\n"
    )
    assert script.step_by_title("listobs").number == 0


def test_the_sha_of_a_step_changes_with_its_text_only():
    one, two = (Script.parse(build([0, 1], bodies={1: (body,)}).content) for body in ("a = 1", "a = 2"))
    assert step_sha(one, one.steps[0]) == step_sha(two, two.steps[0])
    assert step_sha(one, one.steps[1]) != step_sha(two, two.steps[1])


def test_a_missing_file_is_told_so(tmp_path):
    with pytest.raises(ScriptError, match="cannot be read"):
        Script.read(tmp_path / "nothing.py")
