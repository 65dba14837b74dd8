from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.errors import MousError
from casapilot.steps.mous.create import NewEb, create_mous
from casapilot.steps.mous.mous import Mous, find_mous
from hypothesis import given
from hypothesis import strategies as st

UID = "uid___A001_X13e_X1fe"
EB1 = NewEb("X2cd", "uid___A002_X85c183_X2cd")
EB2 = NewEb("X7e0", "uid___A002_X85c183_X7e0")
#: Words that a person may put into a title or project.
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


def create(root: Path, *ebs: NewEb, uid: str = UID, title: str = "Orion") -> Mous:
    return create_mous(root, uid=uid, title=title, ebs=ebs, checklists=["alma-calibration"])


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_folders_are_those_the_packager_expects(tmp_path: Path) -> None:
    create(tmp_path / "mous", EB1, EB2)
    folders = {str(path.relative_to(tmp_path / "mous")) for path in (tmp_path / "mous").rglob("*/")}
    assert {"Calibration_X2cd", "Calibration_X7e0", "Combination/calibrated", "Imaging"} <= folders
    assert {".casapilot/live", ".casapilot/runs"} <= folders
    assert (tmp_path / "mous" / "README.header.txt").is_file()


def test_one_eb_needs_no_combination(tmp_path: Path) -> None:
    create(tmp_path / "mous", EB1)
    assert not (tmp_path / "mous" / "Combination").exists()


def test_names_of_ms_and_script_follow_from_the_uid(tmp_path: Path) -> None:
    eb = create(tmp_path / "mous", EB1).eb("X2cd")
    assert eb.ms == "uid___A002_X85c183_X2cd.ms"
    assert eb.script == eb.folder / "uid___A002_X85c183_X2cd.ms.scriptForCalibration.py"
    assert eb.folder == tmp_path / "mous" / "Calibration_X2cd"


@given(title=WORDS, project=WORDS, python=WORDS, facts=st.dictionaries(WORDS, st.booleans() | st.integers()))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, title: str, project: str, python: str, facts: dict[str, object]
) -> None:
    root = tmp_path_factory.mktemp("mous")
    made = create_mous(
        root,
        uid=UID,
        title=title,
        project=project,
        ebs=[EB1],
        checklists=["one", "two"],
        facts=facts,
        casa_python=python,
    )
    assert made == Mous.load(root) == find_mous(made.eb("X2cd").folder)
    assert (made.title, made.project, made.casa_python, made.facts) == (title, project, python, facts)
    assert (made.uid, made.checklists, made.launcher) == (UID, ("one", "two"), "local")


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    create(tmp_path, EB1)
    mous_toml = tmp_path / "mous.toml"
    mous_toml.write_text(mous_toml.read_text().replace("Orion", "Orion KL") + "# mine\n")
    (tmp_path / "README.header.txt").write_text("mine\n")
    before = files(tmp_path)
    again = create(tmp_path, EB1, EB2, title="Another")
    assert files(tmp_path) == before
    assert again.title == "Orion KL"
    assert [eb.name for eb in again.ebs] == ["X2cd"]


def test_a_second_time_completes_what_is_missing(tmp_path: Path) -> None:
    mous = create(tmp_path, EB1)
    (tmp_path / "README.header.txt").unlink()
    mous.runs.rmdir()
    create(tmp_path, EB1)
    assert mous.runs.is_dir() and (tmp_path / "README.header.txt").is_file()


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("chapter 1")
    with pytest.raises(MousError, match="not empty"):
        create(tmp_path, EB1)
    assert files(tmp_path) == {"thesis.tex": b"chapter 1"}


def test_another_mous_is_refused_and_left_alone(tmp_path: Path) -> None:
    create(tmp_path, EB1)
    before = files(tmp_path)
    with pytest.raises(MousError, match="another MOUS"):
        create(tmp_path, EB2, uid="uid___A001_X13e_Xfff")
    assert files(tmp_path) == before and not (tmp_path / "Calibration_X7e0").exists()


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mous").write_text("")
    with pytest.raises(MousError, match="is a file"):
        create(tmp_path / "mous", EB1)


@pytest.mark.parametrize("name", ["../X1", "a/b", "", " ", "X1\n", "-rf", ".git"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(MousError):
        create(tmp_path / "mous", NewEb(name, "uid___A002"))
    with pytest.raises(MousError):
        create(tmp_path / "mous", NewEb("X1", name))
    with pytest.raises(MousError):
        create(tmp_path / "mous", EB1, uid=name)
    assert not (tmp_path / "mous").exists()


def test_a_parent_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MousError) as error:
        create(tmp_path / "file" / "mous", EB1)
    assert error.value.todo


def test_people_find_comments_in_mous_toml(tmp_path: Path) -> None:
    create(tmp_path, EB1)
    text = (tmp_path / "mous.toml").read_text()
    assert text.count("#") >= 4
    assert text.index("[mous]") < text.index("[casa]") < text.index("[run]") < text.index("[[eb]]")


def test_the_readme_has_the_fields_of_a_delivery(tmp_path: Path) -> None:
    create(tmp_path, EB1, EB2)
    text = (tmp_path / "README.header.txt").read_text()
    assert f"Member OUS: {UID}\n" in text
    assert "uid___A002_X85c183_X2cd, uid___A002_X85c183_X7e0" in text
    assert "CASA version used for reduction:\n" in text
