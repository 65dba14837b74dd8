"""Edits: each changes what it means to and nothing else."""

from __future__ import annotations

import re

import pytest
from casapilot.steps.errors import ScriptError
from casapilot.steps.script import (
    Mark,
    Script,
    add_item,
    as_value,
    comment_in,
    comment_out,
    drop_item,
    find_call,
    insert_after,
    insert_at_end,
    insert_at_start,
    insert_before,
    remove_parameter,
    set_parameter,
    unified,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from script_synth import build, scripts

MARK = Mark("low SNR", "AB", "2026-11-22")
MARK_LINE = re.compile(rb"[ \t]*# AB 2026-11-22: [^\r\n]*(?:\r\n|\n|\r)")

CALL = b"""\
mystep = 1
if(mystep in thesteps):
  gaincal(vis = 'x.ms', # the split one
    antenna = 'DV01, DA41,DV16',
    spw = '0~3,7:5~20',
    #solint = 'inf',
    field = ['0','1', '2'],
    calmode='p') # phases
"""


def only(content, task="gaincal", commented=False):
    """The script, and its only call of a task."""
    script = Script.parse(content)
    return script, find_call(script, None, task, commented=commented)


def unmarked(content):
    """The bytes without the one mark that an edit has made."""
    text, count = MARK_LINE.subn(b"", content)
    assert count == 1
    return text


def edited(content, change, *arguments, task="gaincal"):
    """The bytes after an edit, without its mark."""
    script, call = only(content, task)
    return unmarked(change(script, call, *arguments, MARK).content)


@settings(max_examples=60, deadline=None)
@given(scripts(), st.data())
def test_setting_a_parameter_changes_its_value_only(synth, data):
    script = Script.parse(synth.content)
    calls = [call for call in script.calls if not call.commented and call.parameters]
    assume(calls)
    call = data.draw(st.sampled_from(calls))
    name = data.draw(st.sampled_from(sorted(call.parameters)))
    new = data.draw(st.sampled_from(["'int'", "[1, 2]", "True", "{'a': (1,)}", "f(x)[0]"]))
    after = set_parameter(script, call, name, new, MARK)
    span = call.parameters[name]
    assert unmarked(after.content) == script.content[: span.start] + new.encode() + script.content[span.end :]
    assert len(after.calls) == len(script.calls)
    assert [step.number for step in after.steps] == [step.number for step in script.steps]


@settings(max_examples=60, deadline=None)
@given(scripts(python3=True), st.data())
def test_edited_scripts_of_python_3_still_compile_and_keep_their_newlines(synth, data):
    script = Script.parse(synth.content)
    assert script.compiles
    calls = [call for call in script.calls if not call.commented and call.parameters]
    assume(calls)
    call = data.draw(st.sampled_from(calls))
    edit = data.draw(
        st.sampled_from(
            [
                lambda: set_parameter(script, call, "minsnr", "3.0", MARK),
                lambda: comment_out(script, call, MARK),
                lambda: insert_before(script, call, "if a:\n  b = '''\n x'''\n", MARK),
                lambda: insert_after(script, call, "a = 1", MARK),
                lambda: insert_at_start(script, script.steps[-1], "a = 1", MARK),
                lambda: insert_at_end(script, script.steps[-1], "a = 1\nb = 2", MARK),
            ]
        )
    )
    after = edit()
    assert after.compiles
    if script.source.newline == b"\r\n":
        assert after.content.count(b"\n") == after.content.count(b"\r\n")


@settings(max_examples=80, deadline=None)
@given(scripts(), st.data())
def test_commenting_out_and_in_again_gives_the_same_bytes(synth, data):
    script = Script.parse(synth.content)
    calls = [call for call in script.calls if not call.commented]
    assume(calls)
    call = data.draw(st.sampled_from(calls))
    try:
        out = comment_out(script, call, MARK)
    except ScriptError:
        assume(False)
    hidden = [
        one for one in out.calls if one.commented and one.task == call.task and one.line == call.line + 1
    ]
    assert len(hidden) == 1
    assert comment_in(out, hidden[0], MARK).content == script.content


@settings(max_examples=60, deadline=None)
@given(scripts(python3=True), st.data())
def test_removing_a_parameter_takes_just_that_one(synth, data):
    script = Script.parse(synth.content)
    choices = [
        (call, name)
        for call in script.calls
        if not call.commented
        for name, param in call.parameters.items()
        if script.content[: param.start].rstrip().endswith(b"=")
    ]
    assume(choices)
    call, name = data.draw(st.sampled_from(choices))
    after = remove_parameter(script, call, name, MARK)
    now = next(one for one in after.calls if one.line == call.line + 1 and one.task == call.task)
    before = {key: param.text for key, param in call.parameters.items() if key != name}
    assert {key: param.text for key, param in now.parameters.items()} == before


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (b"f=1\ngaincal(vis='x')\n", "vis", b"f=1\ngaincal()\n"),
        (b"gaincal(vis='x', a=1)\n", "vis", b"gaincal(a=1)\n"),
        (b"gaincal(vis='x', a=1)\n", "a", b"gaincal(vis='x')\n"),
        (b"gaincal(vis='x', a=1,)\n", "a", b"gaincal(vis='x')\n"),
        (b"gaincal(vis='x', # c\n  a=1)\n", "a", b"gaincal(vis='x', # c\n  )\n"),
        (b"gaincal(vis='x', # c\n  a=1)\n", "vis", b"gaincal(# c\n  a=1)\n"),
        (b"gaincal(vis='x',\n  a=1, # c\n  b=2)\n", "a", b"gaincal(vis='x',\n  b=2)\n"),
        (b"gaincal(vis='x',\n  a=1, # c\n  b=2)\n", "b", b"gaincal(vis='x',\n  a=1, # c\n  )\n"),
        (b"gaincal(vis='x',\n  a=[1,\n   2]\n)\n", "a", b"gaincal(vis='x',\n)\n"),
        (b"gaincal('x', a=1)\n", "a", b"gaincal('x')\n"),
        (b"gaincal('x', # c\n  #b=1,\n  a=1)\n", "a", b"gaincal('x', # c\n  #b=1,\n  )\n"),
    ],
)
def test_a_parameter_goes_with_one_comma(before, name, after):
    assert edited(before, remove_parameter, name) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"gaincal()\n", b"gaincal(minsnr=3)\n"),
        (b"gaincal('x')\n", b"gaincal('x', minsnr=3)\n"),
        (b"gaincal('x', a = 1)\n", b"gaincal('x', minsnr = 3, a = 1)\n"),
        (b"gaincal(*a, **b)\n", None),
        (
            b"gaincal('x',\n  a=1, # c\n  b=2 # d\n  )\n",
            b"gaincal('x',\n  a=1, # c\n  minsnr=3,\n  b=2 # d\n  )\n",
        ),
        (b"gaincal('x',\r\n\ta=1)\r\n", b"gaincal('x',\r\n\tminsnr=3,\r\n\ta=1)\r\n"),
    ],
)
def test_a_parameter_is_added_in_the_style_of_its_neighbours(before, after):
    if after is None:
        with pytest.raises(ScriptError, match="cannot be added to"):
            edited(before, set_parameter, "minsnr", "3")
    else:
        assert edited(before, set_parameter, "minsnr", "3") == after


@pytest.mark.parametrize("value", ["", "1, 2", "a=1", "'a", "1) + (2", "x\ny = 3", "# no"])
def test_what_is_not_one_value_is_refused(value):
    script, call = only(CALL)
    with pytest.raises(ScriptError, match="is not a value"):
        set_parameter(script, call, "spw", value, MARK)


def test_the_mark_stands_above_the_call_and_tells_the_old_value():
    script, call = only(CALL)
    after = set_parameter(script, call, "calmode", "'ap'", MARK)
    assert after.content.splitlines()[2] == b"  # AB 2026-11-22: gaincal calmode 'p' -> 'ap': low SNR"


def test_a_mark_stays_in_one_line_and_in_the_letters_of_the_file():
    script, call = only(CALL)
    after = set_parameter(
        script, call, "calmode", "'ap'", Mark("d\u00e9j\u00e0 vu\nimport os", "AB", "2026-11-22")
    )
    assert after.content.isascii()
    assert b": deja vu import os\n" in after.content


def test_an_edit_of_a_loop_in_one_line_is_marked_above_the_loop():
    script, call = only(b"if x:\n  for i in a: applycal(vis=i)\n", "applycal")
    after = set_parameter(script, call, "vis", "'y'", MARK)
    assert MARK_LINE.search(after.content).start() == len(b"if x:\n")
    assert b"for i in a: applycal(vis='y')" in after.content


@pytest.mark.parametrize(
    ("name", "item", "old", "new"),
    [
        ("antenna", "DA41", b"'DV01, DA41,DV16'", b"'DV01,DV16'"),
        ("antenna", "DV01", b"'DV01, DA41,DV16'", b"'DA41,DV16'"),
        ("antenna", "DV16", b"'DV01, DA41,DV16'", b"'DV01, DA41'"),
        ("spw", "2", b"'0~3,7:5~20'", b"'0~1,3,7:5~20'"),
        ("spw", "0", b"'0~3,7:5~20'", b"'1~3,7:5~20'"),
        ("spw", "7", b"'0~3,7:5~20'", b"'0~3'"),
        ("spw", "0~3", b"'0~3,7:5~20'", b"'7:5~20'"),
        ("field", "1", b"['0','1', '2']", b"['0', '2']"),
        ("field", "0", b"['0','1', '2']", b"['1', '2']"),
    ],
)
def test_an_item_is_taken_out_of_a_selection(name, item, old, new):
    assert edited(CALL, drop_item, name, item) == CALL.replace(old, new)


def test_the_last_item_is_never_taken_out_since_empty_selects_all():
    script, call = only(CALL)
    with pytest.raises(ScriptError, match="only item") as caught:
        drop_item(script, call, "calmode", "p", MARK)
    assert "selects everything" in caught.value.todo


def test_an_item_that_is_not_there_is_told_with_those_that_are():
    script, call = only(CALL)
    with pytest.raises(ScriptError) as caught:
        drop_item(script, call, "antenna", "DV99", MARK)
    assert "DA41" in caught.value.todo
    with pytest.raises(ScriptError, match="no parameter uvrange"):
        drop_item(script, call, "uvrange", "1", MARK)


def test_items_are_added_once():
    assert edited(CALL, add_item, "antenna", "DV02") == CALL.replace(b"DV16'", b"DV16,DV02'")
    assert edited(CALL, add_item, "field", "5") == CALL.replace(b"'2']", b"'2', '5']")
    script, call = only(CALL)
    with pytest.raises(ScriptError, match="already"):
        add_item(script, call, "antenna", "DA41", MARK)


def test_selections_that_are_computed_are_left_to_people():
    script, call = only(b"gaincal(antenna='DV01,' + bad, spw='%s,1' % 2)\n")
    for name in ("antenna", "spw"):
        with pytest.raises(ScriptError, match="not one text or list"):
            drop_item(script, call, name, "1", MARK)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(["DV01", "DA41&&DV02", "0~9", "3:1~5;7~9", "12", "!PM01"]), min_size=2, unique=True
    ),
    st.data(),
)
def test_taking_any_item_out_leaves_the_others(items, data):
    gap = data.draw(st.sampled_from([",", ", ", " ,"]))
    item = data.draw(st.sampled_from(items))
    left = edited(f"gaincal(antenna='{gap.join(items)}')\n".encode(), drop_item, "antenna", item)
    text = left.decode().split("'")[1]
    assert [part.strip() for part in text.split(",")] == [one for one in items if one != item]


def test_the_only_call_of_a_block_leaves_a_pass():
    content = b"if x:\n  gaincal(vis='x',\n\n\n    a=1)\ny = 1"
    script, call = only(content)
    out = comment_out(script, call, MARK)
    assert out.compiles and b"  pass  # in place of gaincal\n" in out.content
    back = comment_in(out, find_call(out, None, "gaincal", commented=True), MARK)
    assert back.content == content


def test_the_last_line_without_newline_comes_back_without_one():
    content = b"if x:\n  gaincal(vis='x')"
    script, call = only(content)
    out = comment_out(script, call, MARK)
    assert comment_in(out, find_call(out, None, "gaincal", commented=True), MARK).content == content


@pytest.mark.parametrize(
    "content",
    [
        b"if gaincal(vis='x'):\n  a = 1\n",
        b"a = 1; gaincal(vis='x')\n",
        b"if x: gaincal(vis='x')\nelse: y = 1\n",
    ],
)
def test_a_call_that_shares_its_line_is_not_commented_out(content):
    script, call = only(content)
    with pytest.raises(ScriptError) as caught:
        comment_out(script, call, MARK)
    assert "by hand" in caught.value.todo


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"if x:\n  a = 1\n  # gaincal(vis='x', # c\n  #   a=1)\n",
            b"if x:\n  a = 1\n  gaincal(vis='x', # c\n    a=1)\n",
        ),
        (
            b"if x:\n  a = 1\n#  gaincal(vis='x',\n#   a=1)\nb = 1\n",
            b"if x:\n  a = 1\n  gaincal(vis='x',\n   a=1)\nb = 1\n",
        ),
        (b"if x:\n  # gaincal(vis='x')\n  a = 1\n", b"if x:\n  gaincal(vis='x')\n  a = 1\n"),
        (b"for i in x:\n    a = 1\n#gaincal(vis='x')\n", b"for i in x:\n    a = 1\ngaincal(vis='x')\n"),
        (
            b"if x:\n  if y:\n    a = 1\n  #gaincal(vis='x')\n",
            b"if x:\n  if y:\n    a = 1\n  gaincal(vis='x')\n",
        ),
        (
            b"if x:\n  a = 1\n  #gaincal(vis='x')\nelse:\n  b = 1\n",
            b"if x:\n  a = 1\n  gaincal(vis='x')\nelse:\n  b = 1\n",
        ),
    ],
)
def test_what_a_person_commented_out_comes_in_at_the_depth_of_the_code_around(before, after):
    script, call = only(before, commented=True)
    assert unmarked(comment_in(script, call, MARK).content) == after


def test_only_what_is_commented_out_comes_in_and_only_live_calls_are_edited():
    script, call = only(CALL)
    with pytest.raises(ScriptError, match="is not commented out"):
        comment_in(script, call, MARK)
    script, call = only(b"#gaincal(vis='x')\n", commented=True)
    with pytest.raises(ScriptError, match="is commented out"):
        set_parameter(script, call, "vis", "'y'", MARK)


def test_blocks_go_where_they_are_wanted():
    script = Script.parse(build([0, 1], bodies={0: ("gaincal(vis='x',\n{i}  a=1)",)}).content)
    step = script.steps[0]
    call = find_call(script, step, "gaincal")
    block = "if a:\n    b = 1"
    body = [line.strip() for line in script.step_text(step).splitlines() if line.strip()]

    def order(new):
        lines = new.step_text(new.steps[0]).splitlines()
        assert b"    # AB" not in new.content
        return [line.strip() for line in lines if line.strip()].index(b"if a:")

    at = body.index(b"gaincal(vis='x',")
    assert order(insert_before(script, call, block, MARK)) == at + 1
    assert order(insert_after(script, call, block, MARK)) == at + 3
    assert order(insert_at_end(script, step, block, MARK)) == len(body) + 1
    assert order(insert_at_start(script, step, block, MARK)) == 3


def test_a_block_goes_behind_the_lines_in_which_a_step_says_its_name():
    script = Script.parse(
        b"mystep = 1\nif mystep in thesteps:\n\tcasalog.post('x')\n\tprint('x')\n\n\ta = 1\n"
    )
    after = insert_at_start(script, script.steps[0], "b = 1", MARK)
    assert unmarked(after.content).endswith(b"print('x')\n\n\tb = 1\n\ta = 1\n")


def test_nothing_is_inserted_in_a_step_of_one_line():
    script = Script.parse(b"if 5 in thesteps: foo()\n")
    with pytest.raises(ScriptError, match="in the line of its if"):
        insert_at_end(script, script.steps[0], "a = 1", MARK)
    with pytest.raises(ScriptError, match="nothing to insert"):
        script = Script.parse(build([0]).content)
        insert_at_end(script, script.steps[0], "\n", MARK)


def test_an_edit_that_would_break_the_script_is_refused():
    script = Script.parse(build([0]).content)
    with pytest.raises(ScriptError, match="no longer be Python"):
        insert_at_end(script, script.steps[0], "this is no python", MARK)


def test_intact_calls_of_broken_scripts_can_be_edited():
    content = build([0, 1], bodies={1: ("gaincal(vis='x')",)}, junk={0: "free text, see plots"}).content
    script = Script.parse(content)
    assert script.errors
    after = set_parameter(script, find_call(script, script.step(1), "gaincal"), "vis", "'y'", MARK)
    assert unmarked(after.content) == content.replace(b"gaincal(vis='x')", b"gaincal(vis='y')")


def test_one_of_several_calls_must_be_named():
    script = Script.parse(b"gaincal(vis='a')\ngaincal(vis='b')\n")
    with pytest.raises(ScriptError) as caught:
        find_call(script, None, "gaincal")
    assert "1 in line 1, 2 in line 2" in caught.value.todo
    assert find_call(script, None, "gaincal", 2).line == 2
    with pytest.raises(ScriptError, match="no number 3"):
        find_call(script, None, "gaincal", 3)
    with pytest.raises(ScriptError, match="no call of bandpass") as caught:
        find_call(script, None, "bandpass")
    assert "gaincal" in caught.value.todo


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("spw", "int", "'int'"),
        ("spw", "3", "'3'"),
        ("dq", "it's", '"it\'s"'),
        ("q", "it's", "'it\\'s'"),
        ("n", "3", "3"),
        ("n", "inf", "'inf'"),
        ("n", "J1058+0133", "'J1058+0133'"),
        ("n", "myvis", "myvis"),
        ("n", "myvis+'.x'", "myvis+'.x'"),
        ("spw", "myvis", "'myvis'"),
        ("spw", "['a', 'b']", "['a', 'b']"),
        ("spw", "True", "True"),
        ("new", "'x'", "'x'"),
        ("new", "-1.5", "-1.5"),
    ],
)
def test_what_a_person_types_becomes_python(name, typed, value):
    script, call = only(b"myvis = 'x'\ngaincal(spw='1', q='2', dq=\"2\", n=4)\n")
    assert as_value(script, call, name, typed) == value


def test_letters_that_the_script_cannot_hold_are_refused():
    script, call = only(b"print 'x'\ngaincal(field='a')\n")
    with pytest.raises(ScriptError, match="cannot hold"):
        set_parameter(script, call, "field", "'\u03b1 Ori'", MARK)


def test_the_diff_shows_the_change_and_nothing_when_there_is_none():
    script, call = only(CALL)
    after = set_parameter(script, call, "calmode", "'ap'", MARK)
    text = unified(script, after, "x.py")
    assert "-    calmode='p') # phases\n+    calmode='ap') # phases\n" in text
    assert unified(script, script) == ""
    assert "No newline at end" in unified(Script.parse(b"a"), Script.parse(b"b"))
