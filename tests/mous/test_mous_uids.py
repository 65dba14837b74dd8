from __future__ import annotations

from pathlib import Path

import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.mous.uids import asdm_uid, disk_uid, find_uid, short_names, uid_uri
from hypothesis import given
from hypothesis import strategies as st

HEX = st.integers(0, 2**40).map(lambda number: f"X{number:x}")
ARCHIVE = st.sampled_from(["A001", "A002", "A003"])


@given(archive=ARCHIVE, project=HEX, item=HEX, blanks=st.sampled_from(["", " ", "\n"]))
def test_both_ways_of_writing_a_uid_mean_the_same(archive: str, project: str, item: str, blanks: str) -> None:
    disk = f"uid___{archive}_{project}_{item}"
    uri = f"uid://{archive}/{project}/{item}"
    assert disk_uid(blanks + uri + blanks) == disk_uid(disk) == disk == disk_uid(disk.upper().lower())
    assert uid_uri(disk) == uri
    assert find_uid(f"EB {uri} of today") == disk


@pytest.mark.parametrize(
    "text",
    ["", "A001/X1/X2", "uid://A001/X1", "uid___A001_X1_Xg", "uid://A001/X1/X2/X3", "../uid___A001_X1_X2"],
)
def test_what_is_no_uid_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="not a uid") as told:
        disk_uid(text)
    assert "uid://A001/X13e/X1fe" in told.value.todo


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_uids(text: str) -> None:
    found = find_uid(text)
    assert not found or disk_uid(found) == found


@pytest.mark.parametrize("end", ["", ".asdm.sdm", ".sdm", ".ASDM.SDM"])
def test_an_asdm_is_known_by_its_name_with_and_without_the_suffix_of_packages(end: str) -> None:
    assert asdm_uid(Path("raw") / f"uid___A002_X85c183_X2cd{end}") == "uid___A002_X85c183_X2cd"


def test_a_folder_called_otherwise_is_no_asdm_by_name() -> None:
    assert asdm_uid(Path("eb1")) == "" and asdm_uid(Path("uid___A002_X1_X2.ms")) == ""


@given(st.lists(st.tuples(HEX, HEX), unique=True, min_size=1, max_size=8))
def test_short_names_are_the_last_part_and_never_twice(parts: list[tuple[str, str]]) -> None:
    uids = [f"uid___A002_{project}_{item}" for project, item in parts]
    names = short_names(uids)
    assert len(set(names)) == len(names)
    lasts = [item for _, item in parts]
    for name, (_, item) in zip(names, parts, strict=True):
        assert name.endswith(item) and (name == item) == (lasts.count(item) == 1)
