"""ASDMs as they are staged, and on their way into a MOUS."""

from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.errors import AsdmError, MousError
from casapilot.steps.mous import transfer
from casapilot.steps.mous.room import FACTORS, room_for
from casapilot.steps.mous.staged import look_at
from casapilot.steps.mous.transfer import Bring, How, bring
from mous_kit import EB1, write_asdm


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_asdm_is_taken_with_its_size_and_uid(tmp_path: Path) -> None:
    folder = write_asdm(tmp_path / EB1)
    found = look_at(folder)
    assert (found.path, found.uid, found.growth) == (folder.resolve(), EB1, 1.0)
    assert found.size_bytes == sum(map(len, contents(folder).values()))


def test_visibilities_of_sixteen_bits_will_be_twice_as_large(tmp_path: Path) -> None:
    short = look_at(write_asdm(tmp_path / EB1, integers=True))
    assert short.growth == 2.0
    room = room_for([short], tmp_path)
    assert room.needed_bytes == int(short.size_bytes * 2 * sum(FACTORS.values())) and room.is_enough


@pytest.mark.parametrize("name", ["ExecBlock.xml", "ASDMBinary/uid___A002_X85c183_Xf0", "Antenna.xml"])
def test_an_asdm_that_is_not_whole_is_told_with_what_is_missing(tmp_path: Path, name: str) -> None:
    folder = write_asdm(tmp_path / EB1)
    (folder / name).unlink()
    with pytest.raises(AsdmError, match="not whole") as told:
        look_at(folder)
    assert name in told.value.what


def test_what_is_no_asdm_is_told_with_what_was_meant(tmp_path: Path) -> None:
    write_asdm(tmp_path / "raw" / EB1)
    with pytest.raises(AsdmError, match=r"no ASDM.xml") as told:
        look_at(tmp_path / "raw")
    assert EB1 in told.value.todo
    with pytest.raises(AsdmError, match="not there"):
        look_at(tmp_path / "gone")
    (tmp_path / "a.tar").write_text("")
    with pytest.raises(AsdmError) as told:
        look_at(tmp_path / "a.tar")
    assert "Unpack" in told.value.todo


@pytest.mark.parametrize("how", list(How))
def test_an_asdm_arrives_whole_and_only_a_move_takes_it_away(tmp_path: Path, how: How) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    before = contents(source)
    job = Bring(source.resolve(), tmp_path / "mous" / "Calibration_X2cd" / EB1, how)
    bring(job)
    assert contents(job.target) == before
    assert source.exists() == (how is not How.MOVE)
    assert job.target.is_symlink() == (how is How.LINK)
    assert [path.name for path in job.target.parent.iterdir()] == [EB1]


@pytest.fixture
def two_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "is_same_disk", lambda one, other: False)


def test_a_move_to_another_disk_compares_before_the_source_goes(tmp_path: Path, two_disks: None) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    before = contents(source)
    bring(Bring(source, tmp_path / "mous" / EB1, How.MOVE))
    assert contents(tmp_path / "mous" / EB1) == before and not source.exists()


def test_a_copy_that_differs_leaves_the_source_and_no_copy(
    tmp_path: Path, two_disks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    before = contents(source)
    copytree = transfer.shutil.copytree

    def damaged(source: Path, target: Path, *more: object) -> None:
        copytree(source, target, *more)  # it calls itself for folders
        if more:
            return
        (target / "Main.xml").write_text((source / "Main.xml").read_text()[:-1] + " ")

    monkeypatch.setattr(transfer.shutil, "copytree", damaged)
    with pytest.raises(MousError, match="differs"):
        bring(Bring(source, tmp_path / "mous" / EB1, How.MOVE))
    assert contents(source) == before and list((tmp_path / "mous").iterdir()) == []


def test_a_second_time_does_nothing(tmp_path: Path) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    job = Bring(source.resolve(), tmp_path / EB1, How.LINK)
    bring(job)
    assert job.is_done
    bring(job)
    assert job.target.resolve() == source.resolve()


def test_a_link_that_leads_nowhere_is_renewed(tmp_path: Path) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    (tmp_path / EB1).symlink_to(tmp_path / "moved away")
    bring(Bring(source.resolve(), tmp_path / EB1, How.LINK))
    assert (tmp_path / EB1 / "ASDM.xml").exists()


def test_something_else_of_that_name_is_left_alone(tmp_path: Path) -> None:
    source = write_asdm(tmp_path / "staged" / EB1)
    (tmp_path / EB1).mkdir()
    (tmp_path / EB1 / "mine").write_text("mine")
    with pytest.raises(MousError, match="not this ASDM"):
        bring(Bring(source.resolve(), tmp_path / EB1, How.MOVE))
    assert (tmp_path / EB1 / "mine").read_text() == "mine" and source.exists()
