"""Calls, flag versions, log redirections, and what only Python 2 understands."""

from __future__ import annotations

import ast

import pytest
from casapilot.steps.script import Script, VersionAct
from casapilot.steps.script.tasks import TASKS
from hypothesis import given, settings
from script_synth import UID, build, scripts


def calls(content):
    return Script.parse(content).calls


@settings(max_examples=80, deadline=None)
@given(scripts(python3=True))
def test_calls_and_their_values_stand_where_python_says(synth):
    content = synth.content
    script = Script.parse(content)
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    bom = 3 if content.startswith(b"\xef\xbb\xbf") else 0

    def span(node):
        first = starts[node.lineno - 1] + (bom if node.lineno == 1 else 0)
        return first + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    wanted = {}
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Call):
            task = ast.unparse(node.func).removeprefix("casatasks.")
            if task in TASKS:
                wanted[span(node)] = (task, {key.arg: span(key.value) for key in node.keywords})
    live = [call for call in script.calls if not call.commented]
    assert {(call.start, call.end): call.task for call in live} == {
        at: task for at, (task, _) in wanted.items()
    }
    for call in live:
        _, keywords = wanted[call.start, call.end]
        assert all(
            (call.parameters[key].start, call.parameters[key].end) == at for key, at in keywords.items()
        )
        step = script.steps[[number for number, _ in synth.steps].index(call.step)]
        assert call in script.calls_in(step)


@settings(max_examples=80, deadline=None)
@given(scripts())
def test_spans_of_values_hold_their_text(synth):
    script = Script.parse(synth.content)
    for call in script.calls:
        for param in call.parameters.values():
            assert synth.content[param.start : param.end].decode(script.source.encoding) == param.text


def test_values_of_several_lines_and_backslashes_are_whole():
    (call,) = calls(b"gaincal(vis = 'x', \\\n  spw = ['1',\n    '2'], # c\n  #field = '3',\n  append=T)")
    assert {name: param.text for name, param in call.parameters.items()} == {
        "vis": "'x'",
        "spw": "['1',\n    '2']",
        "append": "T",
    }


def test_positional_arguments_have_their_names_where_these_are_known():
    (call,) = calls(b"flagmanager('x.ms', 'save', 'Original', 'a comment')")
    assert list(call.parameters) == ["vis", "mode", "versionname", "3"]


@pytest.mark.parametrize(
    "content",
    [
        b"'a,b'.split(',')",
        b"ia.imstat()",
        b"# split (see above)",
        b"# clean the data with clean() first",
        b"def split(vis): pass",
        b"x = 'gaincal(vis=1)'",
        b"#gaincal(vis='x'",
    ],
)
def test_what_only_looks_like_a_task_is_none(content):
    assert calls(content) == ()


@pytest.mark.parametrize(
    ("content", "task"),
    [
        (b"casatasks.split(vis='a')", "split"),
        (b"import casatasks as c\nc.split(vis='a')", "split"),
        (b"from casatasks import gaincal as gc\ngc(vis='a')", "gaincal"),
        (b"r = imstat('a')['rms'][0]", "imstat"),
        (b"if applyonly != True: plotms(vis='a')", "plotms"),
        (b"print flagdata(vis='a')", "flagdata"),
        (b"clean(vis=['a', f'{b}.ms'])", "clean"),
    ],
)
def test_tasks_are_known_under_all_their_names(content, task):
    assert [call.task for call in calls(content)] == [task]


def test_calls_commented_out_are_marked_so_and_have_true_spans():
    content = b"if 1 in thesteps:\n  a = 1\n#  gaincal(vis = 'x.ms', # c\n#    solint = 'inf')\n  b = 1\n"
    (call,) = calls(content)
    assert (call.commented, call.step, call.line) == (True, 1, 3)
    span = call.parameters["solint"]
    assert content[span.start : span.end] == b"'inf'"
    assert content[call.start : call.end].startswith(b"gaincal(") and content[call.end - 1 : call.end] == b")"


def test_a_call_outside_of_the_steps_has_none():
    assert calls(b"listobs('x')\nif 1 in thesteps:\n  a = 1\n")[0].step is None


def test_helpers_are_kept_apart():
    script = Script.parse(b"es.checkCalTable('x.tsys')\naU.plotWVRSolutions(caltable='x')\n")
    assert script.calls == ()
    assert [call.task for call in script.helpers] == ["es.checkCalTable", "aU.plotWVRSolutions"]


def test_flag_versions_are_told_with_ms_name_and_step():
    script = Script.parse(
        b"vis = 'x.ms'\nmystep = 3\nif mystep in thesteps:\n"
        b"  flagmanager(vis = vis + '.split', mode = 'save', versionname = 'Original')\n"
        b"  flagmanager(vis, 'restore', f'{vis}_v')\n  flagmanager(vis=vis)\n"
        b"  flagmanager(vis=a[0], mode='delete', versionname='b')\n  #flagmanager(vis='x', mode='save')\n"
    )
    assert [(version.act, version.ms, version.name) for version in script.versions] == [
        (VersionAct.SAVE, "x.ms.split", "Original"),
        (VersionAct.RESTORE, "x.ms", "x.ms_v"),
        (VersionAct.LIST, "x.ms", ""),
        (VersionAct.DELETE, "a[0]", "b"),
    ]
    assert {version.step for version in script.versions} == {3}


def test_a_name_with_two_values_is_not_resolved():
    script = Script.parse(b"v = 'a'\nv = 'b'\nflagmanager(vis=v, mode='save', versionname='x')\n")
    assert script.versions[0].ms == "v"


def test_log_redirections_go_there_and_back():
    script = Script.parse(
        f"mylog = casalog.logfile()\ncasalog.setlogfile('{UID}.wvrgcal')\n"
        "casalog.setlogfile(filename=mylog)\nother.setlogfile('y')\n".encode()
    )
    assert [(one.path, one.back, one.line) for one in script.redirections] == [
        (f"{UID}.wvrgcal", False, 2),
        ("mylog", True, 3),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"print 'a', b", "print statement"),
        (b"print >>log, 'a'", "print statement"),
        (b"execfile('a.py')", "execfile()"),
        (b"if a <> b: pass", "<> for !="),
        (b"try:\n  a\nexcept IOError, e:\n  b", "except X, e"),
        (b"raise ValueError, 'a'", "raise X, text"),
        (b"exec 'a = 1'", "exec statement"),
        (b"x = 0777", "number 0777 or 7L"),
        (b"x = `y`", "backticks"),
        (b"def f(a, (b, c)): pass", "parameter (a, b)"),
        (b"if d.has_key('a'): pass", "has_key()"),
        (b"if a:\n        b\n\tc\n", "tabs mixed with blanks"),
    ],
)
def test_what_only_python_2_understands_is_seen(content, what):
    script = Script.parse(content)
    assert script.is_python2 and script.old[0].what == what


@settings(max_examples=60, deadline=None)
@given(scripts(python3=True))
def test_python_3_is_not_taken_for_python_2(synth):
    assert not Script.parse(synth.content).is_python2


@pytest.mark.parametrize(
    "content", [b"print('a')", b"print ('a %s' % b)", b"except_ = 0\nx = 00", b"# print 'a'"]
)
def test_what_both_understand_is_not_python_2(content):
    assert not Script.parse(content).is_python2


def test_broken_places_are_told_with_their_lines():
    script = Script.parse(build([0, 1], junk={1: "free text, see plots"}).content)
    text = script.content.splitlines()[script.errors[0].line - 1]
    assert b"free text" in text


def test_the_encoding_is_the_one_declared_or_one_that_reads_all_bytes():
    assert Script.parse("# \u00e9".encode()).source.encoding == "utf-8"
    assert Script.parse(b"# -*- coding: cp1252 -*-\n# \x80").source.encoding == "cp1252"
    assert Script.parse(b"# -*- coding: nonsense -*-\n# \xe9").source.encoding == "latin-1"
