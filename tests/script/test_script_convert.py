"""From Python 2 to Python 3: what has to change changes, and not a byte beside it."""

from __future__ import annotations

import contextlib
import io
import re

import pytest
from casapilot.steps.errors import ScriptError
from casapilot.steps.script import Script, convert, lint
from casapilot.steps.script.two_to_three import _refactored
from hypothesis import given, settings
from hypothesis import strategies as st
from script_of_4_7 import TEXT
from script_synth import build, scripts

#: What a line has that a conversion may change.
OLD = re.compile(
    rb"\bprint\b|execfile|<>|except[^:]*,|\b[TF]\b|raise|`|\b0[0-7]|\d[lL]\b|xrange|range|has_key|keys|iter"
    rb"|bdf|raw_input|casadef|recipes|taskinit|tasks|unicode|unichr|[uU][rR]['\"]|\bexec\b|map|filter|zip|\t"
)


def converted(text: str | bytes) -> bytes:
    return convert(Script(text.encode() if isinstance(text, str) else text, "x.py")).script.content


def codes(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in convert(Script(text.encode())).findings]


CASES = (
    ("print 'Step ', mystep, step_title[mystep]\n", "print('Step ', mystep, step_title[mystep])\n"),
    ("print\n", "print()\n"),
    ("print >>f, 'a',\n", "print('a', end=' ', file=f)\n"),
    ("print ('a %s') % x\n", "print(('a %s') % x)\n"),
    ("print -1\nprint [1], (2,)\n", "print(-1)\nprint([1], (2,))\n"),
    ("print('a', b)\nprint 'c'\n", "print('a', b)\nprint('c')\n"),
    ("print('a', file=f)\nprint 'c'\n", "print('a', file=f)\nprint('c')\n"),
    ("if x <> 1: y = `x`\n", "if x != 1: y = repr(x)\n"),
    ("try:\n  a()\nexcept IOError, e:\n  pass\n", "try:\n  a()\nexcept IOError as e:\n  pass\n"),
    ("raise ValueError, 'no'\n", "raise ValueError('no')\n"),
    ("exec 'a = 1' in space\n", "exec('a = 1', space)\n"),
    ("x = d.has_key('a')\n", "x = 'a' in d\n"),
    ("for k, v in d.iteritems(): print k\n", "for k, v in d.items(): print(k)\n"),
    ("for i in xrange(3): pass\n", "for i in range(3): pass\n"),
    ("print 1\nk = d.keys()\nk.sort()\n", "print(1)\nk = list(d.keys())\nk.sort()\n"),
    ("print 1\na = range(3) + [4]\n", "print(1)\na = list(range(3)) + [4]\n"),
    (
        "print 1\nthesteps = range(0,len(step_title))\n",
        "print(1)\nthesteps = list(range(0,len(step_title)))\n",
    ),
    ("print 1\na = map(str, b)[0]\n", "print(1)\na = list(map(str, b))[0]\n"),
    ("a = raw_input('go?')\n", "a = input('go?')\n"),
    ("os.chmod('a', 0755)\nb = 7L\n", "os.chmod('a', 0o755)\nb = 7\n"),
    ("a = ur'b' + unicode(c) + unichr(9) + u'd'\n", "a = r'b' + str(c) + chr(9) + u'd'\n"),
    ("print 1\nflagdata(a = T, T = F) # T\n", "print(1)\nflagdata(a = True, T = False) # T\n"),
    ("print 1\nT = 300.\nx = T\n", "print(1)\nT = 300.\nx = T\n"),
    ("print x.T, d['F']\n", "print(x.T, d['F'])\n"),
    ("import os, casadef\n", "import os, casalith\n"),
    (
        "from taskinit import casalog, tbtool\n",
        "from casatasks import casalog; from casatools import table as tbtool\n",
    ),
    ("from taskinit import *\n", "from casatasks import *\n"),
    ("from tasks import gaincal\n", "from casatasks import gaincal\n"),
    (
        "from recipes.almahelpers import fixsyscaltimes # SACM/JAO - Fixes\n",
        "from casarecipes.almahelpers import fixsyscaltimes # SACM/JAO - Fixes\n",
    ),
    ("if casadef.casa_version >= '4.3': a = 1\n", "if casalith.version_string() >= '4.3': a = 1\n"),
    (
        "importasdm('x', bdfflags=F)\nos.system(os.environ['CASAPATH']+'/bin/bdflags2MS x x.ms')\n",
        "importasdm('x', bdfflags=True)\n"
        "pass # importasdm has done it: os.system(os.environ['CASAPATH']+'/bin/bdflags2MS x x.ms')\n",
    ),
)


@pytest.mark.parametrize(("old", "new"), CASES)
def test_each_construct_becomes_what_python_3_has_for_it(old: str, new: str) -> None:
    assert converted(old).decode() == new
    assert converted(new) == new.encode()


@pytest.mark.parametrize(("old", "new"), CASES)
def test_windows_newlines_and_bytes_of_any_encoding_stay(old: str, new: str) -> None:
    around = b"# \xe9\x85 caf\xe9\r\n"
    assert (
        converted(around + old.replace("\n", "\r\n").encode()) == around + new.replace("\n", "\r\n").encode()
    )


@pytest.mark.parametrize(
    "guard",
    [
        "if re.search('^4.3.1', casadef.casa_version) == None:\n  sys.exit('ERROR: 4.3.1')\n",
        "if casadef.casa_version != '4.7.2' or not casadef.casa_version:\n  sys.exit('ERROR: 4.7.2')\n",
        "if re.search('^5.6.1', '.'.join([str(i) for i in cu.version().tolist()[:-1]])) == None:\n"
        " sys.exit('ERROR: 5.6.1')\n",
        "if re.search('^5.0.0', casaVersion) is None:\n sys.exit('ERROR: 5.0.0')\n",
    ],
)
@pytest.mark.parametrize(("version", "stops"), [("6.7.0.31", False), ("5.6.1", True)])
def test_the_guard_of_the_version_lets_casa_6_pass_and_no_older(
    guard: str, version: str, stops: bool
) -> None:
    class casalith:
        version = staticmethod(lambda: [int(part) for part in VERSION.split(".")])
        version_string = staticmethod(lambda: VERSION)

    VERSION = version
    text = converted("import re, sys\n" + guard)
    stopped = False
    try:
        exec(text, {"casalith": casalith})
    except SystemExit:
        stopped = True
    assert stopped is stops


def test_a_guard_for_a_casa_6_and_a_version_that_is_only_told_stay() -> None:
    for text in (
        "if re.search('^6.2.1', '.'.join([str(i) for i in cu.version().tolist()[:-1]])) == None:\n"
        " sys.exit('no')\n",
        "print(cu.version())\ncasaVersion = '5'\n",
    ):
        assert converted(text) == text.encode()


def test_what_is_converted_prints_what_python_2_printed() -> None:
    text = (
        "d = {'b': 1, 'a': 2}\nk = d.keys()\nk.sort()\nprint k, `d['a']`\n"
        "try:\n\tif d.has_key('b') and 1 <> 2: raise KeyError, 'b'\n"
        "except KeyError, e:\n        print 'no', e,\n"
        "print 0755, 3L, (1) * 2\nprint\nprint map(lambda x: x + 1, range(3)) + [9]\n"
    )
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(converted(text), {})
    assert said.getvalue() == "['a', 'b'] 2\nno 'b' 493 3 2\n\n[1, 2, 3, 9]\n"


def test_tabs_are_widened_only_where_python_3_refuses_them() -> None:
    text = "if a:\n\tb = 1\n\tc = '\t'\nif d:\n\te = 1\n        f = 2\nprint 1\n"
    new = converted(text).decode()
    assert new == "if a:\n\tb = 1\n\tc = '\t'\nif d:\n        e = 1\n        f = 2\nprint(1)\n"


def test_a_marked_file_and_one_of_an_old_mac_stay_what_they_are() -> None:
    assert converted(b"\xef\xbb\xbfprint 1") == b"\xef\xbb\xbfprint(1)"
    assert converted(b"# a\rprint 1\rx = 2\r") == b"# a\rprint(1)\rx = 2\r"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print 1\nfree text here\n", "line 2"),
        ("print 1\nraise 'text', 3\n", "line 2: .*string exceptions"),
        ("print 1\nx = (1,\n", "line"),
        ("print 1\n  x = 1\n", "line 2"),
        ("x = 1\nflagdata(vis = 'x', antenna = 'DV01'\ny = 2\n", "line"),
    ],
)
def test_what_cannot_be_converted_whole_is_refused_with_its_lines(text: str, said: str) -> None:
    with pytest.raises(ScriptError) as error:
        convert(Script(text.encode(), "x.py"))
    assert re.search(said, error.value.what) and "cannot be converted whole" in error.value.what
    assert "Nothing was changed" in error.value.todo


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("print 1\na = n/2\n", [(2, "division")]),
        ("print 1\na = len(b)/nspw + x/2.0 + np.pi/n + 'a'/b\n", [(2, "division")]),
        ("from __future__ import division\nprint 1\na = n/2\n", []),
        ("print 1\nclean(vis='x')\n# clean(vis='y')\n", [(2, "old-task")]),
        ("print 1\nos.system(os.environ['CASAPATH']+'/bin/asdm2MS x')\n", [(2, "casapath")]),
        ("print 1\na.sort(cmp=f)\n", [(2, "cmp")]),
        ("print 1\nimport taskinit\n", [(2, "moved")]),
        ("a = n/2\nraise 'x'\n", []),
    ],
)
def test_what_means_something_else_now_is_pointed_out(text: str, found: list[tuple[int, str]]) -> None:
    assert codes(text) == found


def test_nothing_of_python_2_is_left_for_the_lints() -> None:
    for old, _ in CASES:
        assert not [one for one in lint(Script(converted(old))) if one.code == "python2"], old


@settings(max_examples=60, deadline=None)
@given(scripts(python3=True))
def test_python_3_is_left_as_it_is(synth) -> None:
    script = Script(synth.content)
    assert convert(script).script is script


@settings(max_examples=120, deadline=None)
@given(scripts())
def test_converting_again_changes_nothing_and_lines_without_python_2_stay(synth) -> None:
    script = Script(synth.content)
    try:
        new = convert(script).script
    except ScriptError:
        assert not script.compiles
        return
    assert new.compiles
    assert convert(new).script is new
    assert [(step.number, step.title) for step in new.steps] == [(s.number, s.title) for s in script.steps]
    before, after = (one.content.splitlines(True) for one in (script, new))
    assert len(before) == len(after)
    changed = [line for line, other in zip(before, after, strict=True) if line != other]
    assert all(OLD.search(line) for line in changed)
    assert bool(changed) or script.compiles


#: A T that a file gives a value speaks for the whole file.
TOGETHER = {old: new for old, new in CASES if "T = 300" not in old}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(TOGETHER)), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_constructs_do_not_disturb_each_other(parts: list[str], newline: str) -> None:
    text = "print 0\n" + "".join(parts)
    expected = "print(0)\n" + "".join(TOGETHER[part] for part in parts)
    assert converted(text.replace("\n", newline)).decode() == expected.replace("\n", newline)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_converted_or_refused(content: bytes) -> None:
    for text in (content, build([0, 1]).content + content, b"print 1\n" + content):
        try:
            new = convert(Script(text)).script
        except ScriptError as error:
            assert error.what
        else:
            assert new.compiles


@settings(max_examples=40, deadline=None)
@given(scripts(python3=True))
def test_what_fissix_does_not_change_it_gives_back_byte_for_byte(synth) -> None:
    text = re.sub(rb"\brange\b|\bkeys\b", b"x", synth.content.removeprefix(b"\xef\xbb\xbf")).decode("latin-1")
    assert _refactored(text, True) == text


def test_a_script_of_2016_converts_whole_and_the_lints_find_nothing_else_in_it() -> None:
    """Old spw numbers behind the split (0, 1) are nothing to complain of."""
    text = TEXT.read_text().replace("@UID@", "uid___A002_X1_X2")
    text = re.sub("@[A-Z0-9]+@", "7", text.replace("@REFANT@", "DV18"))
    script = Script(text.encode(), "scriptForCalibration.py")
    assert {one.code for one in lint(script)} == {"python2"}
    done = convert(script)
    assert done.findings == () and lint(done.script) == ()
    before, after = (one.content.splitlines() for one in (script, done.script))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 51
    assert all(re.search(rb"print|= [TF]\b|range|casadef|recipes", old) for old, _ in changed)
    assert b"and casalith.version()[0] < 6" in done.script.content
