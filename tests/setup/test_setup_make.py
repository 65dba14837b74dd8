"""The first make on a fresh machine, played with Pythons and gits made of three lines of shell."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Answers as a Python of that version does; `{venv}` says whether it can make environments.
PYTHON = """#!/bin/sh
case "$*" in
  *"sys.exit("*) exit {unfit} ;;
  *"import ensurepip"*) exit {no_venv} ;;
  *"sys.version_info[:2])"*) echo {version} ;;
  --version) echo Python {version}.1 ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "{version}" >"$3/made-with" ;;
  *"pip install"*) echo "$@" >>"$(dirname "$0")/../pip-calls"; echo pip says so; exit {pip} ;;
esac
"""
SHIM = "#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n"


class Machine:
    """A folder with the project's set-up files, and a PATH with only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "casapilot"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.root / ".ci").mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml", "constraints.txt", ".ci/make-venv"):
            shutil.copy(ROOT / name, self.root / name)
        for name in ("sh", "make", "awk", "df", "dirname", "touch", "rm", "tail", "mkdir", "cp", "echo"):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        self.put("git", "#!/bin/sh\n")

    def put(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    def python(
        self, name: str, version: str = "3.11", *, venv: bool = True, fit: bool = True, pip: int = 0
    ) -> None:
        self.put(name, PYTHON.format(version=version, unfit=int(not fit), no_venv=int(not venv), pip=pip))

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "HOME": str(self.root), "LC_ALL": "C"}
        return subprocess.run(
            ["make", "-s", "-C", self.root, *(words or (".venv/.stamp",))],
            capture_output=True,
            text=True,
            env=environment,
        )

    @property
    def made_with(self) -> str:
        return (self.root / ".venv" / "made-with").read_text().strip()

    @property
    def pip_calls(self) -> list[str]:
        path = self.root / ".venv" / "pip-calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_make_installs_and_the_second_starts_at_once(machine):
    machine.python("python3.11")
    first = machine.make()
    assert first.returncode == 0, first.stderr
    assert "600 MB" in first.stderr and len(first.stderr.splitlines()) < 6 and not first.stdout
    calls = machine.pip_calls
    assert all("--constraint constraints.txt" in call for call in calls)
    assert calls[-1].endswith("--editable .[casa,dev]")
    second = machine.make()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert machine.pip_calls == calls


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_new_requirements_are_brought_in(machine, name):
    machine.python("python3.11")
    machine.make()
    calls = machine.pip_calls
    stamp = (machine.root / ".venv" / ".stamp").stat().st_mtime
    os.utime(machine.root / name, (stamp + 10, stamp + 10))
    assert machine.make().returncode == 0
    assert len(machine.pip_calls) == 2 * len(calls)


def test_a_python_that_does_not_run_is_passed_over(machine):
    machine.put("python3.11", SHIM)
    machine.python("python3.13", "3.13", venv=False)
    machine.python("python3.12", "3.12")
    assert machine.make().returncode == 0
    assert machine.made_with == "3.12"


def test_debian_without_python3_venv_is_told_the_command(machine):
    machine.python("python3.11", venv=False)
    done = machine.make()
    assert done.returncode != 0
    assert "apt install python3.11-venv" in done.stderr


def test_a_python_that_is_too_old_is_named(machine):
    machine.python("python3", "3.9", fit=False)
    done = machine.make()
    assert done.returncode != 0
    assert "python3 is 3.9" in done.stderr and "dnf install python3.11" in done.stderr


def test_no_python_at_all_is_told(machine):
    done = machine.make()
    assert done.returncode != 0 and "PYTHON=/path/to/python3.11" in done.stderr


def test_no_git_is_told(machine):
    machine.python("python3.11")
    (machine.bin / "git").unlink()
    done = machine.make()
    assert done.returncode != 0 and "apt install git" in done.stderr


def test_the_python_one_names_is_the_one_taken(machine):
    machine.python("python3.11")
    machine.python("mine", "3.13")
    assert machine.make(".venv/.stamp", "PYTHON=mine").returncode == 0
    assert machine.made_with == "3.13"


def test_a_failed_installation_says_why_and_is_tried_again(machine):
    machine.python("python3.11", pip=1)
    done = machine.make()
    assert done.returncode != 0
    assert "pip says so" in done.stderr and "install.log" in done.stderr
    assert not (machine.root / ".venv" / ".stamp").exists()
    machine.python("python3.11")
    shutil.copy(machine.bin / "python3.11", machine.root / ".venv" / "bin" / "python")
    assert machine.make().returncode == 0


def test_an_environment_whose_python_is_gone_is_made_anew(machine):
    machine.python("python3.11")
    machine.make()
    (machine.root / ".venv" / "bin" / "python").write_text(SHIM)
    (machine.root / ".venv" / ".stamp").unlink()
    assert machine.make().returncode == 0
    assert machine.made_with == "3.11"


def test_test_runs_the_fast_tests_first_and_all_of_them(machine):
    machine.python("python3.11")
    machine.make()
    said = machine.make("-n", "test").stdout
    assert [line.partition("-m pytest ")[2] for line in said.splitlines()] == [
        "-q -m 'not casa'",
        "-q -m casa",
    ]


def test_every_target_has_its_line_in_help(machine):
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = machine.make("help").stdout
    assert targets
    for target in set(targets[1].split()) - {"help"}:
        assert f"make {target} " in shown


def test_ci_runs_make_test_in_the_projects_folder(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "Makefile").write_text("test:\n\t@pwd; exit 3\n")
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], cwd="/", capture_output=True, text=True)
    assert done.stdout.split() == [str(tmp_path)] and done.returncode != 0


def test_this_python_is_one_that_the_set_up_takes():
    script = (ROOT / ".ci" / "make-venv").read_text()
    check = re.search(r'fits\(\) \{ "\$1" -c \'(.*?)\'', script)
    assert check and subprocess.run([sys.executable, "-c", check[1]]).returncode == 0
