"""Flag versions, kept by CASA's own tool beside real sets."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casapilot.steps.casa import flag_count, flag_versions
from casapilot.steps.errors import FlagError

pytestmark = pytest.mark.casa

NAME = "BeforeBandpass"


@pytest.fixture
def ms(casa: Any, ngc5921: Path, own: Callable[[Path], Path]) -> str:
    """A set with one saved version, which still has its flags."""
    path = str(own(ngc5921))
    flag_versions.save(path, NAME, "before the bandpass")
    return path


def folder(ms: str) -> Path:
    return Path(ms + ".flagversions")


def flag_more(casa: Any, ms: str, **selection: str) -> None:
    casa.flagdata(ms, mode="manual", flagbackup=False, **selection)


def kill_the_save(ms: str) -> None:
    """Leave what a save leaves that is killed: the name in the list, a table without content."""
    (folder(ms) / f"flags.{NAME}" / "table.dat").write_bytes(b"")


def test_a_version_is_listed_and_casa_sees_it_too(casa: Any, ms: str) -> None:
    assert flag_versions.list_versions(ms) == [flag_versions.Version(NAME, "before the bandpass", True)]
    assert casa.flagmanager(ms, mode="list")[0] == {"name": NAME, "comment": "before the bandpass"}


def test_a_set_without_versions_lists_none(casa: Any, ngc5921: Path) -> None:
    assert flag_versions.list_versions(str(ngc5921)) == []


def test_versions_that_casa_saved_are_trusted(casa: Any, ms: str) -> None:
    casa.flagmanager(ms, mode="save", versionname="manual", comment="by hand: all good")
    assert flag_versions.list_versions(ms)[1] == flag_versions.Version("manual", "by hand: all good", True)


def test_restore_brings_every_flag_back(casa: Any, ms: str) -> None:
    before = flag_count.count_flags(ms)
    assert flag_versions.same_flags(ms, NAME)
    flag_more(casa, ms, scan="4", antenna="7")
    assert flag_count.count_flags(ms) != before
    assert not flag_versions.same_flags(ms, NAME)
    flag_versions.restore(ms, NAME)
    assert flag_versions.same_flags(ms, NAME)
    assert flag_count.count_flags(ms) == before


def test_restoring_twice_changes_nothing(ms: str) -> None:
    flag_versions.restore(ms, NAME)
    flag_versions.restore(ms, NAME)
    assert flag_versions.same_flags(ms, NAME)


@pytest.mark.parametrize("row", [0, 11111, 22652])
def test_one_flag_or_one_flagged_row_makes_the_difference(
    ms: str, open_table: Callable[..., Any], row: int
) -> None:
    with open_table(Path(ms), write=True) as table:
        flags = table.getcell("FLAG", row)
        flags[1, 31] = not flags[1, 31]
        table.putcell("FLAG", row, flags)
    assert not flag_versions.same_flags(ms, NAME)
    flag_versions.restore(ms, NAME)
    with open_table(Path(ms), write=True) as table:
        table.putcell("FLAG_ROW", row, not table.getcell("FLAG_ROW", row))
    assert not flag_versions.same_flags(ms, NAME)


@pytest.mark.parametrize("name", ["mixed", "regular"])
def test_sets_of_several_shapes_are_compared_whatever_their_tiles(
    casa: Any, request: pytest.FixtureRequest, own: Callable[[Path], Path], name: str
) -> None:
    path = str(own(request.getfixturevalue(name)))
    flag_versions.save(path, "clean")
    assert flag_versions.same_flags(path, "clean")
    flag_more(casa, path, spw="8:100", antenna="ea01&ea02", correlation="LL")
    assert not flag_versions.same_flags(path, "clean")


def test_flags_in_another_storage_are_compared_through_casatools(
    casa: Any, regular: Path, tmp_path: Path, open_table: Callable[..., Any]
) -> None:
    path = tmp_path / "other.ms"
    with open_table(regular) as table:
        managers = table.getdminfo()
        for manager in managers.values():
            if "FLAG" in manager["COLUMNS"]:
                manager.update(TYPE="StandardStMan", NAME="Otherwise", SPEC={})
        table.copy(str(path), deep=True, valuecopy=True, dminfo=managers).close()
    flag_versions.save(str(path), "clean")
    assert flag_versions.same_flags(str(path), "clean")
    flag_more(casa, str(path), spw="8:100", antenna="ea01&ea02", correlation="LL")
    assert not flag_versions.same_flags(str(path), "clean")


def test_saving_under_a_name_that_exists_is_refused_and_keeps_the_clean_flags(casa: Any, ms: str) -> None:
    flag_more(casa, ms, scan="4")
    with pytest.raises(FlagError, match="exists already"):
        flag_versions.save(ms, NAME)
    assert [path.name for path in folder(ms).glob("flags.*")] == [f"flags.{NAME}"]
    flag_versions.restore(ms, NAME)
    assert flag_versions.same_flags(ms, NAME)


def test_what_a_killed_save_left_is_not_trusted_and_not_restored(ms: str) -> None:
    kill_the_save(ms)
    assert not flag_versions.list_versions(ms)[0].trusted
    for use in (flag_versions.restore, flag_versions.same_flags):
        with pytest.raises(FlagError, match="its flags are not there"):
            use(ms, NAME)


def remove_table(ms: str) -> None:
    shutil.rmtree(folder(ms) / f"flags.{NAME}")


def unlist(ms: str) -> None:
    kill_the_save(ms)
    (folder(ms) / "FLAG_VERSION_LIST").write_text("")


@pytest.mark.parametrize("leave", [kill_the_save, remove_table, unlist])
def test_what_a_killed_save_left_is_replaced_by_the_next_save_which_says_so(
    ms: str, leave: Callable[[str], None]
) -> None:
    leave(ms)
    saved = flag_versions.save(ms, NAME, "again")
    assert "killed" in saved.note
    assert flag_versions.list_versions(ms) == [flag_versions.Version(NAME, "again", True)]
    assert flag_versions.same_flags(ms, NAME)


def test_mending_leaves_a_whole_version_alone(ms: str) -> None:
    assert not flag_versions.mend(ms, NAME)
    assert not flag_versions.mend(ms, "never-saved")
    assert flag_versions.same_flags(ms, NAME)
    kill_the_save(ms)
    assert flag_versions.mend(ms, NAME)
    assert flag_versions.list_versions(ms) == []


SAVE = """
import sys
from casapilot.steps.casa import config, flag_versions
config.configure()
config.import_tools()
print("ready", flush=True)
flag_versions.save(sys.argv[1], sys.argv[2])
"""


def test_a_save_that_is_really_killed_leaves_no_version_that_is_trusted_in_part(ms: str) -> None:
    for delay_s in (0.0, 0.005, 0.01, 0.02):
        name = f"killed_after_{delay_s}_s"
        saver = subprocess.Popen([sys.executable, "-c", SAVE, ms, name], stdout=subprocess.PIPE, text=True)
        assert saver.stdout and saver.stdout.readline() == "ready\n"
        time.sleep(delay_s)
        saver.kill()
        saver.communicate()
        if not flag_versions.is_trusted(ms, name):
            flag_versions.save(ms, name)
        assert flag_versions.same_flags(ms, name)


def test_a_version_of_other_rows_is_neither_trusted_nor_overwritten(
    casa: Any, ms: str, ngc5921: Path, open_table: Callable[..., Any]
) -> None:
    casa.concat(str(ngc5921), ms)
    assert not flag_versions.is_trusted(ms, NAME)
    with pytest.raises(FlagError, match="does not fit the rows"):
        flag_versions.restore(ms, NAME)
    with pytest.raises(FlagError, match="exists already"):
        flag_versions.save(ms, NAME)


def test_a_version_can_be_renamed_with_its_comment_but_not_onto_another(casa: Any, ms: str) -> None:
    flag_versions.rename(ms, NAME, "until 20261122")
    assert flag_versions.list_versions(ms) == [
        flag_versions.Version("until_20261122", "before the bandpass", True)
    ]
    flag_versions.save(ms, NAME)
    with pytest.raises(FlagError, match="exists already"):
        flag_versions.rename(ms, NAME, "until_20261122")
    with pytest.raises(FlagError, match="no flag version 'nope'"):
        flag_versions.rename(ms, "nope", "x")


def test_comments_stay_on_one_line_and_names_become_file_names(casa: Any, ms: str) -> None:
    saved = flag_versions.save(ms, "step 3: a/b\n", "first : part\nsecond")
    assert saved.name == "step_3_a_b"
    assert flag_versions.list_versions(ms)[-1] == flag_versions.Version(
        "step_3_a_b", "first : part second", True
    )


@pytest.mark.parametrize("name", ["", "...", "///", "main"])
def test_names_that_cannot_be_are_refused(name: str) -> None:
    with pytest.raises(FlagError, match="cannot name a flag version"):
        flag_versions.safe_name(name)


@pytest.mark.parametrize("name", ["", "../../x.ms", "a\0b"])
def test_nothing_outside_the_folder_of_versions_is_touched(ms: str, name: str) -> None:
    for use in (flag_versions.restore, flag_versions.same_flags):
        with pytest.raises(FlagError):
            use(ms, name)
    assert not flag_versions.is_trusted(ms, name)


def test_what_casas_tool_says_about_a_failure_is_passed_on(ms: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def open(self, _: str) -> None:
            raise RuntimeError("\nLockFile.cc: No space left on device\nmore")

        def done(self) -> None:
            pass

    monkeypatch.setattr(sys.modules["casatools"], "agentflagger", Full)
    with pytest.raises(FlagError, match=r"cannot be saved: LockFile\.cc: No space left on device"):
        flag_versions.save(ms, "next")


def test_bit_patterns_of_all_sorts_survive_a_save_and_a_restore(
    casa: Any, ms: str, open_table: Callable[..., Any]
) -> None:
    random = np.random.default_rng(5)
    with open_table(Path(ms), write=True) as table:
        flags = random.random((2, 63, table.nrows())) < 0.5
        table.putcol("FLAG", flags)
    flag_versions.save(ms, "random")
    flag_more(casa, ms)
    flag_versions.restore(ms, "random")
    assert flag_versions.same_flags(ms, "random")
    assert flag_count.count_flags(ms)["flagged"] == flags.sum()
