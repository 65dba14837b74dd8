"""casapilot generate, as it is called."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from casapilot.steps.generate import Metadata
from casapilot.steps.mous.create import NewEb, create_mous
from casapilot.steps.record import read_history
from casapilot.steps.run.start import begin
from casapilot.steps.script import Script
from casapilot.tui.cli import main
from generate_kit import UID, block, read_from_nothing

OTHER = "uid___A002_X85c183_X3f0"
SCRIPT = f"{UID}.ms.scriptForCalibration.py"


@pytest.fixture(autouse=True)
def asdm(monkeypatch):
    """Every directory that has ASDM.xml is the ASDM of the kit."""
    read_from_nothing(monkeypatch)
    monkeypatch.setattr(Metadata, "of", lambda asdm: block())


def stage(folder: Path, uid: str = UID) -> Path:
    (folder / uid).mkdir(parents=True)
    (folder / uid / "ASDM.xml").write_text("<ASDM/>")
    return folder / uid


@pytest.fixture
def mous(tmp_path, monkeypatch):
    ebs = [NewEb("X2cd", UID), NewEb("X3f0", OTHER)]
    made = create_mous(tmp_path / "mous", uid="uid___A001_X1_X2", title="t", ebs=ebs, checklists=["vla-line"])
    for eb in made.ebs:
        stage(eb.folder, eb.uid)
    begin(made)
    monkeypatch.chdir(made.root)
    return made


def subjects(mous):
    return [entry.subject for entry in read_history(mous.root)]


def test_in_a_mous_each_eb_without_a_script_gets_one_as_a_commit(mous):
    assert main(["generate", "--with", "own"]) == 0
    assert all(eb.script.exists() for eb in mous.ebs)
    assert subjects(mous)[1] == "X2cd: script generated, refant DA41"
    entry = read_history(mous.root)[0]
    assert (entry.action, entry.eb) == ("edit", OTHER)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=mous.root, capture_output=True, text=True)
    assert status.stdout == ""


def test_a_script_that_is_there_is_left_alone(mous, capsys):
    mous.ebs[0].script.write_text("# mine\n")
    assert main(["generate", "--with", "own"]) == 0
    assert mous.ebs[0].script.read_text() == "# mine\n"
    assert mous.ebs[1].script.exists()
    assert main(["generate", "--with", "own"]) == 0
    assert "each EB has a script already" in capsys.readouterr().err


def test_a_script_is_replaced_only_by_force_and_git_keeps_what_was_there(mous, capsys):
    script = mous.ebs[0].script
    script.write_text("# mine\n")
    assert main(["generate", "X2cd", "--with", "own"]) == 3
    assert script.read_text() == "# mine\n"
    assert main(["generate", "X2cd", "--with", "own", "--force", "--refant", "DA45"]) == 0
    assert f"replacing {SCRIPT} (1 lines)" in capsys.readouterr().err
    assert b"refant = 'DA45'" in script.read_bytes()
    assert subjects(mous)[0] == "X2cd: script generated, refant DA45"
    words = ["git", "show", f"HEAD~1:{script.relative_to(mous.root)}"]
    old = subprocess.run(words, cwd=mous.root, capture_output=True, text=True)
    assert old.stdout == "# mine\n"


def test_antenna_positions_are_found_in_the_mous(mous):
    (mous.root / "antennapos.csv").write_text(f"ms,antenna,xoff,yoff,zoff\n{UID}.ms,DA42,1e-3,0,0\n")
    assert main(["generate", "X2cd", "--with", "own"]) == 0
    assert b"antenna = 'DA42'" in mous.ebs[0].script.read_bytes()


def test_elsewhere_the_script_goes_beside_the_asdm(tmp_path, monkeypatch):
    folder = stage(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", str(folder), "--with", "own"]) == 0
    assert Script.read(tmp_path / SCRIPT).steps


def test_a_linked_asdm_has_its_script_beside_the_link(tmp_path):
    asdm = stage(tmp_path / "staged")
    work = tmp_path / "work"
    work.mkdir()
    (work / UID).symlink_to(asdm)
    assert main(["generate", str(work / UID), "--flux", "J1058+0133=3.8@230e9"]) == 0
    assert (work / SCRIPT).exists() and not (asdm.parent / SCRIPT).exists()


def test_an_asdm_of_a_mous_by_its_path_is_that_eb(mous):
    assert main(["generate", f"Calibration_X2cd/{UID}", "--with", "own"]) == 0
    assert subjects(mous)[0].startswith("X2cd: ")


def test_to_standard_output_goes_the_script_alone(tmp_path, capsys):
    assert main(["generate", str(stage(tmp_path)), "--stdout", "--casa", "none"]) == 0
    out = capsys.readouterr().out
    assert Script.parse(out.encode()).compiles
    assert "SAME VERSION" not in out
    assert [path.name for path in tmp_path.iterdir()] == [UID]


def test_to_a_file_of_ones_own_goes_a_copy(tmp_path):
    folder, out = stage(tmp_path), tmp_path / "mine.py"
    assert main(["generate", str(folder), "--out", str(out), "--casa", "6.5"]) == 0
    assert "GENERATING THE SCRIPT: 6.5" in out.read_text()
    assert main(["generate", str(folder), "--out", str(out)]) == 3
    assert main(["generate", str(folder), "--out", str(out), "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nothing-there"], "neither an EB of this MOUS nor a directory"),
        (["."], "not an ASDM"),
        ([f"{UID}", "--refant", "DV99"], "no antenna 'DV99'"),
        ([f"{UID}", "--flux", "J1=x"], "cannot read"),
        ([f"{UID}", "--casa", "latest"], "is not a version"),
        ([f"{UID}", "--antpos", "lost.csv"], "cannot be read"),
        ([], "which ASDM?"),
    ],
)
def test_what_cannot_be_is_refused_in_words(tmp_path, monkeypatch, capsys, words, reason):
    stage(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["generate", *words, "--with", "own"]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / SCRIPT).exists()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A CASA whose Python finds almaqa2csg."""
    code = (
        "import sys\n"
        "def generateReducScript(msNames, step, refant=''):\n"
        "    print('WARNING: guessed')\n"
        "    open(msNames + '.ms.scriptForCalibration.py', 'w').write('# by the site, ' + refant + '\\n')\n"
    )
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "almaqa2csg.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setenv("CASAPILOT_CASA_PYTHON", sys.executable)


def test_where_the_site_has_a_generator_a_person_has_to_say_which(mous, site, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["generate", "X2cd"]) == 3
    assert "almaqa2csg" in capsys.readouterr().err
    assert not mous.ebs[0].script.exists()


def test_the_sites_generator_writes_its_script_as_it_is_and_it_is_committed(mous, site, capfd):
    assert main(["generate", "X2cd", "--with", "almaqa2csg", "--refant", "DA43"]) == 0
    assert mous.ebs[0].script.read_text() == "# by the site, DA43\n"
    assert subjects(mous)[0] == "X2cd: script generated by almaqa2csg"
    out, err = capfd.readouterr()
    assert (out, "WARNING: guessed" in err) == ("", True)


def test_the_sites_generator_replaces_by_force_and_git_keeps_what_was_there(mous, site):
    script = mous.ebs[0].script
    script.write_text("# mine\n")
    assert main(["generate", "X2cd", "--with", "almaqa2csg", "--force"]) == 0
    assert script.read_text().startswith("# by the site")
    assert subjects(mous)[1].endswith("edited outside casapilot")


def test_a_generator_that_is_not_there_is_told(mous, capsys):
    assert main(["generate", "X2cd", "--with", "almaqa2csg"]) == 4
    assert "no almaqa2csg" in capsys.readouterr().err


def test_a_generator_that_writes_nothing_is_told(mous, site, tmp_path, capsys):
    (tmp_path / "site" / "almaqa2csg.py").write_text("def generateReducScript(*a, **k): pass\n")
    assert main(["generate", "X2cd", "--with", "almaqa2csg"]) == 2
    assert "has written no script" in capsys.readouterr().err
