"""Lints: each finds its defect, and none finds one in a sound script."""

from __future__ import annotations

import pytest
from casapilot.steps.script import Script, Severity, lint
from hypothesis import given, settings
from hypothesis import strategies as st
from script_synth import UID, build

OTHER = "uid___A002_Xa8df68_Xb4b"
SOUND = f"""\
# Using reference antenna = DV18
import re
if re.search('^6', casalith.version()) == None:
  sys.exit('PLEASE USE THE SAME VERSION OF CASA')
step_title = {{0: 'Split', 1: 'Solve', 2: 'Apply'}}
thesteps = []
# Note: J1 didn't have any Tsys, so I used the one made on J2. This is probably Ok.
mystep = 0
if(mystep in thesteps):
  gencal(vis = '{UID}.ms', caltype = 'antpos', antenna = 'DV01', parameter = [0, 0, 1e-4])
  applycal(vis = '{UID}.ms', gaintable = '{UID}.ms.antpos')
  split(vis = '{UID}.ms', outputvis = '{UID}.ms.split')
  flagmanager(vis = '{UID}.ms.split', mode = 'save', versionname = 'Original')
mystep = 1
if(mystep in thesteps):
  flagdata(vis = '{UID}.ms.split')
  gaincal(vis = '{UID}.ms.split', refant = 'DV18,DA41')
  bandpass(vis = '{UID}.ms.split', refant = 'DV18')
mystep = 2
if(mystep in thesteps):
  flagmanager(vis = '{UID}.ms.split', mode = 'save', versionname = 'BeforeApplycal')
  applycal(vis = '{UID}.ms.split')
"""


def codes(text, **how):
    return [
        finding.code
        for finding in lint(Script.parse(text.encode(), f"{UID}.ms.scriptForCalibration.py"), **how)
    ]


def test_a_sound_script_has_no_findings():
    assert codes(SOUND) == []


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("foreign-uid", f"flagdata(vis = '{UID}", f"flagdata(vis = '{OTHER}"),
        ("foreign-uid", "thesteps = []", f"thesteps = []\n# flagmanager(vis = '{OTHER}.ms')"),
        ("unsplit-ms", f"flagdata(vis = '{UID}.ms.split')", f"flagdata(vis = '{UID}.ms')"),
        ("refant", "refant = 'DV18'", "refant = 'DA57'"),
        ("refant", "# Using reference antenna = DV18", "# Using reference antenna = DA57 #DV18 is bad"),
        ("refant", "thesteps = []", "thesteps = []\naU.plotWVRSolutions(caltable='x', antenna='DV01')"),
        ("version-guard", "if re.search(", "#if re.search("),
        ("antpos-zero", "[0, 0, 1e-4]", "[0, 0.0, 0e+00]"),
        ("python2", "thesteps = []", "thesteps = []\nprint 'a'"),
        ("python2", "thesteps = []", "thesteps = []\nexecfile('a')"),
        ("remark", "thesteps = []", "thesteps = [] # I think DV01 is bad"),
        ("remark", "thesteps = []", "# TODO: ask Anna"),
        ("guidance", "thesteps = []", "thesteps = []\n#>>> Set the threshold here\n#>>> and there"),
        ("version-saved-twice", "'BeforeApplycal'", "'Original'"),
        ("step-twice", "mystep = 2", "mystep = 1"),
        ("title-twice", "2: 'Apply'", "2: 'Apply', 2: 'Apply'"),
        ("title-without-step", "2: 'Apply'", "2: 'Apply', 3: 'Gone'"),
        ("step-without-title", ", 2: 'Apply'", ""),
        ("preset", "thesteps = []", "thesteps = [18,19]"),
        ("preset", "thesteps = []", "applyonly = True"),
        ("syntax", "thesteps = []", "thesteps = []\nthe plots look odd"),
        ("syntax", "thesteps = []", "thesteps = []\nreturn = 1"),
    ],
)
def test_a_defect_is_found(code, old, new):
    assert old in SOUND
    found = lint(Script.parse(SOUND.replace(old, new, 1).encode(), f"{UID}.py"))
    hits = [finding for finding in found if finding.code == code]
    assert len(hits) == (1 if code != "refant" or "Using" not in new else 2)
    assert all(hit.todo and hit.text and hit.line > 0 for hit in hits)


def test_another_uid_in_a_comment_is_only_a_note():
    (one,) = lint(Script.parse(f"{SOUND}# {OTHER}\n".encode(), f"{UID}.py"))
    assert one.severity is Severity.NOTE and "comment" in one.text


def test_a_script_about_several_ebs_has_no_foreign_uid():
    text = f"concat(vis=['{UID}.ms.split.cal', '{OTHER}.ms.split.cal'], concatvis='calibrated.ms')\n"
    assert lint(Script.parse(text.encode(), "scriptForFluxCalibration.py")) == ()


def test_the_mous_uid_is_not_another_eb():
    assert codes(SOUND + "# uid___A001_X13e_X1fe\n") == []


def test_python_2_is_none_of_lints_business_under_casa_5():
    text = SOUND + "print 'a'\n"
    assert codes(text) == ["python2"] and codes(text, casa_major=5) == []


def test_python_2_is_said_once_a_kind_with_its_count():
    (one,) = lint(Script.parse(b"print 'a'\nprint 'b'\n"))
    assert (one.line, one.severity) == (1, Severity.ERROR) and "2 times" in one.text


def test_a_version_deleted_in_between_may_be_saved_again():
    save = f"flagmanager(vis='{UID}.ms', mode='save', versionname='a')\n"
    delete = f"flagmanager(vis='{UID}.ms', mode='delete', versionname='a')\n"
    assert codes(save + delete + save) == []
    assert codes(save + save) == ["version-saved-twice"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_nothing_makes_a_lint_raise(content):
    lint(Script.parse(build([0, 1]).content + content))
