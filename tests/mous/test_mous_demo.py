from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from casapilot.steps.checklist.facts import FACTS as KNOWN_FACTS
from casapilot.steps.checklist.load import find_checklist
from casapilot.steps.errors import CasaError, MousError
from casapilot.steps.mous import demo
from casapilot.steps.mous.create import NewEb, create_mous


@pytest.fixture
def fits(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "NGC5921.fits"
    path.parent.mkdir()
    path.write_bytes(b"SIMPLE  =")
    return path


def test_the_demo_has_script_and_data_side_by_side(tmp_path: Path, fits: Path) -> None:
    mous = demo.create_demo(tmp_path / "mous", fits)
    eb = mous.eb("NGC5921")
    assert eb.folder == tmp_path / "mous" / "Calibration_NGC5921"
    assert eb.script.read_bytes() == demo.SCRIPT.read_bytes()
    assert (eb.folder / "NGC5921.fits").is_symlink()
    assert (eb.folder / "NGC5921.fits").read_bytes() == fits.read_bytes()
    assert f"vis = '{eb.ms}'" in eb.script.read_text()


def test_a_relative_path_of_the_data_is_linked_right(
    tmp_path: Path, fits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fits.parent)
    mous = demo.create_demo(tmp_path / "mous", Path(fits.name))
    assert (mous.ebs[0].folder / "NGC5921.fits").read_bytes() == fits.read_bytes()


def test_its_checklist_is_shipped_and_its_facts_are_known(tmp_path: Path, fits: Path) -> None:
    mous = demo.create_demo(tmp_path / "mous", fits)
    assert [find_checklist(name).stem for name in mous.checklists] == ["vla-line"]
    for name, value in mous.facts.items():
        assert type(value) is KNOWN_FACTS[name].type, name


def test_an_edited_script_is_kept(tmp_path: Path, fits: Path) -> None:
    eb = demo.create_demo(tmp_path / "mous", fits).ebs[0]
    eb.script.write_text("mine")
    demo.create_demo(tmp_path / "mous", fits)
    assert eb.script.read_text() == "mine"


def test_a_link_that_leads_nowhere_is_renewed(tmp_path: Path, fits: Path) -> None:
    eb = demo.create_demo(tmp_path / "mous", fits).ebs[0]
    moved = fits.rename(tmp_path / "moved.fits")
    demo.create_demo(tmp_path / "mous", moved)
    assert (eb.folder / "NGC5921.fits").resolve() == moved


def test_data_that_somebody_put_there_are_kept(tmp_path: Path, fits: Path) -> None:
    eb = demo.create_demo(tmp_path / "mous", fits).ebs[0]
    (eb.folder / "NGC5921.fits").unlink()
    (eb.folder / "NGC5921.fits").write_text("mine")
    demo.create_demo(tmp_path / "mous", fits)
    assert (eb.folder / "NGC5921.fits").read_text() == "mine"


def test_another_mous_is_not_turned_into_the_demo(tmp_path: Path, fits: Path) -> None:
    create_mous(tmp_path / "mous", uid="uid___A001", title="", ebs=[NewEb("X1", "a")], checklists=[])
    with pytest.raises(MousError, match="another MOUS"):
        demo.create_demo(tmp_path / "mous", fits)
    assert not (tmp_path / "mous" / "Calibration_NGC5921").exists()


@pytest.mark.parametrize("spec", [None, ModuleSpec("casadata", None)])
def test_missing_casadata_is_said_with_what_to_do(
    spec: ModuleSpec | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: spec)
    with pytest.raises(CasaError, match="casadata is not installed") as error:
        demo.find_demo_data()
    assert "casapilot[casa]" in error.value.todo


def test_casadata_without_the_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModuleSpec("casadata", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(demo, "find_spec", lambda name: spec)
    with pytest.raises(CasaError, match="without them"):
        demo.find_demo_data()
    data = tmp_path / "__data__" / "demo" / "NGC5921.fits"
    data.parent.mkdir(parents=True)
    data.touch()
    assert demo.find_demo_data() == data


def test_the_data_are_found_without_importing_casa() -> None:
    code = (
        "import sys; from casapilot.steps.errors import CasapilotError\n"
        "from casapilot.steps.mous.demo import find_demo_data\n"
        "try: find_demo_data()\n"
        "except CasapilotError: pass\n"
        "print([name for name in sys.modules if name.startswith(('casa', 'numpy')) and 'pilot' not in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
