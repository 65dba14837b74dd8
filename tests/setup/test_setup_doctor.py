import json
import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from casapilot.steps import doctor
from casapilot.steps.doctor import Place, Verdict, examine
from casapilot.steps.mous.mous import Mous
from casapilot.tui.cli import main

CASA = {"casa": "6.7.0-31", "python": "3.11.2", "data": "", "error": ""}


class Machine:
    """Answers of commands, and an environment, as they would be elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8", "PATH": os.environ["PATH"]}
        self.answers = {"git --version": "git version 2.39.5\n", "versions": json.dumps(CASA)}

    def command(self, words):
        line = " ".join(words)
        for part, answer in self.answers.items():
            if part in line:
                return 0, answer
        return 127, ""

    def finding(self, name):
        mous = Mous(self.folder, "uid", casa_python="/opt/casa/python3")
        found = {each.name: each for each in examine(Place(self.folder, mous, self.environ, self.command))}
        return found[name]

    def verdict(self, name):
        return self.finding(name).verdict


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_whatever_is_not_ok_says_what_to_do(machine):
    machine.environ = {}
    machine.answers = {}
    findings = list(examine(Place(machine.folder, None, {}, machine.command)))
    assert any(each.verdict is not Verdict.OK for each in findings)
    for each in findings:
        assert each.verdict is Verdict.OK or each.todo, each.name


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("git version 2.39.5", Verdict.OK),
        ("git version 3.0.1", Verdict.OK),
        ("git version 1.8.3.1", Verdict.MISSING),
        ("", Verdict.MISSING),
    ],
)
def test_git_has_to_be_new_enough(machine, answer, verdict):
    machine.answers["git --version"] = answer
    assert machine.verdict("git") is verdict


def test_a_name_that_is_not_set_in_git_is_worth_a_look(machine, tmp_path, monkeypatch):
    assert machine.verdict("Your name") is Verdict.OK
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    finding = machine.finding("Your name")
    assert finding.verdict is Verdict.LOOK and "git config --global user.name" in finding.todo


@pytest.mark.parametrize(
    ("free", "verdict"), [(100e9, Verdict.OK), (5e9, Verdict.LOOK), (0.1e9, Verdict.MISSING)]
)
def test_free_disk(machine, monkeypatch, free, verdict):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, int(free)))
    assert machine.verdict("Free disk") is verdict


def test_a_socket_can_be_made(machine):
    assert machine.verdict("Sockets") is Verdict.OK
    assert machine.verdict("Sockets") is Verdict.OK


def test_a_socket_folder_of_somebody_else_is_in_the_way(machine, monkeypatch):
    def refuse(root, name):
        raise doctor.CasapilotError("does not belong to you alone", "/tmp/casapilot-0", "Remove it.")

    monkeypatch.setattr(doctor, "socket_path", refuse)
    assert machine.verdict("Sockets") is Verdict.MISSING


def test_a_folder_one_may_not_write_is_missing_something(machine, monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    assert machine.verdict("Folder") is Verdict.MISSING


def test_a_folder_of_another_account_is_worth_a_look(machine, monkeypatch):
    monkeypatch.setattr(doctor, "_user", lambda: "somebody")
    assert "safe.directory" in machine.finding("Folder").todo


def test_a_lock_left_in_git_is_told_and_left_alone(machine):
    lock = machine.folder / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    assert f"rm {lock}" in machine.finding("git lock").todo
    assert lock.exists()


@pytest.mark.parametrize(
    ("kills", "linger", "verdict"),
    [("no", "no", Verdict.OK), ("yes", "no", Verdict.LOOK), ("yes", "yes", Verdict.OK)],
)
def test_a_logout_that_kills_the_reduction_is_told(machine, kills, linger, verdict):
    machine.answers["KillUserProcesses"] = f"KillUserProcesses={kills}\n"
    machine.answers["Linger"] = f"Linger={linger}\n"
    assert machine.verdict("After logout") is verdict


@pytest.mark.parametrize(
    ("environ", "verdict", "text"),
    [
        ({"TERM": "dumb"}, Verdict.LOOK, "TERM=dumb"),
        ({"TERM": "screen", "LANG": "C.UTF-8"}, Verdict.OK, "16 colours, UTF-8"),
        ({"TERM": "xterm", "LANG": "en_GB.UTF-8", "LC_ALL": "C"}, Verdict.LOOK, "drawn in ASCII"),
        ({"TERM": "xterm", "LC_CTYPE": "de_DE.utf8", "COLORTERM": "truecolor"}, Verdict.OK, "16 million"),
    ],
)
def test_the_terminal(machine, environ, verdict, text):
    machine.environ = environ
    finding = machine.finding("Terminal")
    assert finding.verdict is verdict and text in finding.text


@pytest.mark.parametrize(
    ("environ", "setting", "verdict"),
    [
        ({}, "", Verdict.OK),
        ({"TMUX": "x"}, "external", Verdict.OK),
        ({"TMUX": "x"}, "off", Verdict.LOOK),
        ({"STY": "x"}, "", Verdict.LOOK),
        ({"TERM_PROGRAM": "Apple_Terminal"}, "", Verdict.LOOK),
    ],
)
def test_the_way_to_the_clipboard(machine, environ, setting, verdict):
    machine.environ |= environ
    machine.answers["set-clipboard"] = setting + "\n"
    assert machine.verdict("Copying") is verdict


def test_tmux_is_recommended_and_not_required(machine, tmp_path):
    machine.environ["TMUX"] = "x"
    assert "inside tmux" in machine.finding("tmux").text
    machine.environ = {"PATH": str(tmp_path)}
    assert machine.verdict("tmux") is Verdict.LOOK


@pytest.mark.parametrize(
    "answer", ["", "Traceback", json.dumps({**CASA, "error": "casatasks cannot be imported"})]
)
def test_a_casa_that_does_not_start_is_missing(machine, answer):
    machine.answers["versions"] = answer
    assert machine.verdict("CASA") is Verdict.MISSING


def test_the_casa_of_the_mous_is_the_one_asked(machine):
    assert "/opt/casa/python3" in machine.finding("CASA").text


def data_folder(root: Path, version: str) -> Path:
    (root / f"casadata-{version}.dist-info").mkdir(parents=True)
    data = root / "casadata" / "__data__"
    (data / "geodetic" / "IERSpredict").mkdir(parents=True)
    return data


@pytest.mark.parametrize(("days", "verdict"), [(10, Verdict.OK), (400, Verdict.LOOK)])
def test_the_age_of_casas_data_comes_from_its_package(machine, tmp_path, days, verdict):
    made = date.today() - timedelta(days)
    data = data_folder(tmp_path / "site-packages", f"{made.year}.{made.month}.{made.day}")
    machine.answers["versions"] = json.dumps({**CASA, "data": str(data)})
    finding = machine.finding("CASA's data")
    assert finding.verdict is verdict and str(made) in finding.text


def test_the_age_of_a_sites_data_comes_from_its_note_or_its_tables(tmp_path):
    data = tmp_path / "data"
    table = data / "geodetic" / "IERSpredict" / "table.dat"
    assert doctor._data_date(data) is None
    table.parent.mkdir(parents=True)
    table.touch()
    assert doctor._data_date(data) == date.today()
    (data / "readme.txt").write_text("# measures data\nversion : WSRT\ndate : 2024-03-01\n")
    assert doctor._data_date(data) == date(2024, 3, 1)


def test_the_command_ends_with_4_only_when_something_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("casapilot.tui.commands.doctor.run_command", Machine(tmp_path).command)
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", "/opt/casa/python3")
    assert main(["doctor", str(tmp_path)]) == 0
    assert "6.7.0-31" in capsys.readouterr().out
    monkeypatch.setattr("casapilot.tui.commands.doctor.run_command", lambda words: (127, ""))
    assert main(["doctor", str(tmp_path), "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert {each["name"] for each in found if each["status"] == "missing"} == {"git", "CASA"}
    assert all(list(each) == ["name", "status", "text", "todo"] for each in found)


def test_a_folder_that_is_not_there_is_an_error(tmp_path, capsys):
    assert main(["doctor", str(tmp_path / "none")]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_a_command_that_is_not_there_answers_127():
    assert doctor.run_command(["no-such-command-here"]) == (127, "")
    assert doctor.run_command(["echo", "x"]) == (0, "x\n")
