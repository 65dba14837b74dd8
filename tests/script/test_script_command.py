"""`casapilot script`."""

from __future__ import annotations

import io
import json
import subprocess

import pytest
from casapilot.steps.script import Script
from casapilot.tui.cli import main
from script_synth import build

BODY = "gaincal(vis='x.ms', antenna='DV01,DV02',\n{i}  solint = 'inf')"
CONTENT = build([0, 7], bodies={0: (BODY,), 1: (BODY, "# bandpass(vis='y')")}).content


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "scriptForCalibration.py"
    path.write_bytes(CONTENT)
    path.chmod(0o750)
    return path


def edit(script, *words):
    return main(["script", words[0], str(script), *words[1:], "--why", "low SNR", "--initials", "AB"])


def test_steps_are_a_list_of_number_title_and_span(script, capsys):
    assert main(["script", "steps", str(script), "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert [(step["number"], step["title"]) for step in steps] == [
        (0, "Import of the ASDM"),
        (7, "Fix of SYSCAL table times"),
    ]
    assert CONTENT[steps[1]["start"] : steps[1]["end"]].startswith(b"mystep = 7\n")


def test_calls_are_a_list_with_spans_of_their_values(script, capsys):
    assert main(["script", "calls", str(script), "--json"]) == 0
    calls = json.loads(capsys.readouterr().out)
    assert [(call["step"], call["task"]) for call in calls] == [(0, "gaincal"), (7, "gaincal")]
    span = calls[0]["parameters"]["solint"]
    assert CONTENT[span["start"] : span["end"]].decode() == span["text"] == "'inf'"
    assert main(["script", "calls", str(script), "--json", "--commented"]) == 0
    assert [call["commented"] for call in json.loads(capsys.readouterr().out)] == [False, False, True]


def test_tables_name_steps_calls_and_lines(script, capsys):
    assert main(["script", "steps", str(script)]) == 0
    assert "7  Fix of SYSCAL table times  line" in capsys.readouterr().out
    assert main(["script", "calls", str(script)]) == 0
    assert "gaincal  vis='x.ms', antenna='DV01,DV02', solint='inf'" in capsys.readouterr().out


def test_lint_exits_with_1_only_for_errors(script, capsys):
    script.write_bytes(b"# TODO\n")
    assert main(["script", "lint", str(script), "--json"]) == 0
    assert [one["code"] for one in json.loads(capsys.readouterr().out)] == ["remark"]
    script.write_bytes(b"print 'a'\n")
    assert main(["script", "lint", str(script)]) == 1
    assert f"{script}:1: error:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (("set", "7", "gaincal", "solint", "int"), b"'inf'", b"'int'"),
        (("set", "SYSCAL", "gaincal", "solint", "x[0]", "--raw"), b"'inf'", b"x[0]"),
        (("set", "7", "gaincal", "minsnr", "-1"), b"solint =", b"minsnr = -1,\n    solint ="),
        (("remove", "7", "gaincal", "antenna"), b"antenna='DV01,DV02',\n    ", b""),
        (("drop-item", "7", "gaincal", "antenna", "DV01"), b"DV01,DV02", b"DV02"),
        (("add-item", "7", "gaincal", "antenna", "DV03"), b"DV02", b"DV02,DV03"),
        (("uncomment", "7", "bandpass"), b"# bandpass", b"bandpass"),
        (("insert", "7", "a = 1", "--before", "gaincal"), b"  gaincal", b"  a = 1\n  gaincal"),
    ],
)
def test_an_edit_is_written_marked_and_shown(script, capsys, words, old, new):
    assert edit(script, *words) == 0
    at = CONTENT.index(b"mystep = 7")
    text = b"".join(line for line in script.read_bytes().splitlines(True) if b"# AB " not in line)
    assert text == CONTENT[:at] + CONTENT[at:].replace(old, new, 1)
    assert script.stat().st_mode & 0o777 == 0o750
    said = capsys.readouterr()
    assert said.out == "" and "+++ b/scriptForCalibration.py" in said.err and "low SNR" in said.err


def test_commenting_out_and_in_from_the_command_line_restores_the_file(script):
    assert edit(script, "comment", "0", "gaincal") == 0
    assert script.read_bytes() != CONTENT
    assert edit(script, "uncomment", "0", "gaincal") == 0
    assert script.read_bytes() == CONTENT


def test_a_dry_run_prints_the_diff_and_writes_nothing(script, capsys):
    assert main(["script", "set", str(script), "0", "gaincal", "solint", "int", "--dry-run"]) == 0
    assert "+    solint = 'int')" in capsys.readouterr().out
    assert script.read_bytes() == CONTENT


def test_code_comes_from_standard_input(script, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("if a:\n    b = 1\n"))
    assert edit(script, "insert", "0", "-", "--start") == 0
    assert b"  if a:\n      b = 1\n" in script.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "0", "gaincal", "solint", "int"), "needs a reason"),
        (("set", "99", "gaincal", "solint", "int", "--why", "x"), "no step has the number 99"),
        (("set", "SYSCL", "gaincal", "solint", "int", "--why", "x"), "Fix of SYSCAL table times"),
        (("set", "-", "gaincal", "solint", "int", "--why", "x"), "Say --nth"),
        (("set", "0", "tclean", "niter", "1", "--why", "x"), "Calls there: gaincal"),
        (("insert", "-", "a = 1", "--why", "x"), "Name the step"),
    ],
)
def test_mistakes_are_told_with_what_to_do_and_change_nothing(script, capsys, words, said):
    assert main(["script", words[0], str(script), *words[1:]]) == 2
    assert said in capsys.readouterr().err
    assert script.read_bytes() == CONTENT


def test_a_file_that_is_not_there_is_told_so(tmp_path, capsys):
    assert main(["script", "steps", str(tmp_path / "no.py")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_control_characters_do_not_reach_the_terminal(script, capsys):
    script.write_bytes(b"step_title = {0: '\x1b[31mred'}\nif 0 in thesteps:\n  gaincal(vis='\x1b]0;x\x07')\n")
    for what in ("steps", "calls", "lint"):
        main(["script", what, str(script)])
    assert "\x1b" not in capsys.readouterr().out


def in_a_mous(tmp_path, content):
    """A script in a MOUS with a history; returns it and how to call git there."""
    folder = tmp_path / "Calibration_X2cd"
    folder.mkdir()
    path = folder / "scriptForCalibration.py"
    path.write_bytes(content)
    (tmp_path / "mous.toml").write_text(
        '[mous]\nuid = "uid___A001_X1_X2"\nchecklists = []\n[[eb]]\nname = "X2cd"\n'
        'folder = "Calibration_X2cd"\nscript = "scriptForCalibration.py"\nms = "x.ms"\n'
    )
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "start"], check=True)
    return path, git


def test_an_edit_in_a_mous_is_committed_with_its_reason(tmp_path, capsys):
    path, git = in_a_mous(tmp_path, CONTENT)
    assert edit(path, "set", "0", "gaincal", "solint", "int") == 0
    log = subprocess.run(
        [*git, "log", "-1", "--format=%B"], check=True, capture_output=True, text=True
    ).stdout
    assert "low SNR" in log and "Action: edit" in log
    assert "committed:" in capsys.readouterr().err
    assert subprocess.run([*git, "status", "--short"], check=True, capture_output=True).stdout == b""
    assert b"'int'" in path.read_bytes() and Script.read(path).compiles


OLD = CONTENT.replace(b"\n", b"\r\n") + b"print 'done'\r\n"


def test_a_conversion_is_shown_and_written_only_when_confirmed(script, capsys):
    script.write_bytes(OLD)
    assert main(["script", "convert", str(script)]) == 3
    said = capsys.readouterr().err
    assert "-print 'done'" in said and "+print('done')" in said and "Say --yes" in said
    assert main(["script", "convert", str(script), "--dry-run"]) == 0
    assert "+print('done')" in capsys.readouterr().out
    assert script.read_bytes() == OLD
    assert main(["script", "convert", str(script), "--yes"]) == 0
    assert script.read_bytes() == OLD.replace(b"print 'done'", b"print('done')")
    assert main(["script", "convert", str(script)]) == 0
    assert "nothing to convert" in capsys.readouterr().err


def test_a_conversion_of_the_script_of_an_eb_is_committed(tmp_path, capsys, monkeypatch):
    path, git = in_a_mous(tmp_path, OLD)
    monkeypatch.chdir(tmp_path)
    assert main(["script", "convert", "X2cd", "--yes", "--initials", "AB"]) == 0
    assert b"print('done')" in path.read_bytes()
    log = subprocess.run(
        [*git, "log", "-1", "--format=%B"], check=True, capture_output=True, text=True
    ).stdout
    assert "converted to the Python 3 of CASA 6" in log and "Action: edit" in log
    assert main(["script", "convert", "X9"]) == 2
    assert "The EBs here: X2cd" in capsys.readouterr().err


def test_what_cannot_be_converted_is_told_and_stays(script, capsys):
    script.write_bytes(OLD + b"this is no code\r\n")
    assert main(["script", "convert", str(script), "--yes"]) == 2
    said = capsys.readouterr().err
    assert "cannot be converted whole: line" in said and "Nothing was changed" in said
    assert script.read_bytes() == OLD + b"this is no code\r\n"


def test_a_helper_can_be_commented_out_and_in_wherever_it_stands(script):
    body = b"  if a: es.checkCalTable('x',\n    b=1)\n  c = 1\n"
    text = b"es = aU.stuff()\nmystep = 0\nif mystep in thesteps:\n" + body
    script.write_bytes(text)
    for name in ("aU.stuff", "es.checkCalTable"):
        assert edit(script, "comment", "-", name) == 0
    lines = [line.strip() for line in script.read_bytes().splitlines()]
    assert b"#es = aU.stuff()" in lines and b"#if a: es.checkCalTable('x'," in lines
    for name in ("es.checkCalTable", "aU.stuff"):
        assert edit(script, "uncomment", "-", name) == 0
    assert script.read_bytes() == text
